"""The files of tests/uploads.csv, built here: "made" -> bytes. Nothing of the product is used."""

import csv
import io
import re
import struct
import zipfile
import zlib
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "uploads.csv"
MIB = 1024 * 1024
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MEDIA = {
    "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "xlsx": SHEET,
    "docx": DOCUMENT, "csv": "text/csv", "txt": "text/plain",
}  # fmt: skip


def lines():
    """(name, made, expected) of the table; \\uXXXX and 漢×200 in names written out."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [(spelled(row["name"]), row["made"], row["expected"]) for row in rows]


def spelled(name):
    name = re.sub(r"(.)×(\d+)", lambda m: m[1] * int(m[2]), name)
    return re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), name)


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF"
EXE = b"MZ\x90\x00\x03\x00\x00\x00" + b"\0" * 60 + b"PE\0\0" + b"\0" * 100
HTML = b"<!DOCTYPE html><script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
GIF = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
CSV = "番号,名称\r\n1,株式会社０００１\r\n2,①髙﨑\r\n"


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(*more):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0"))
        + b"".join(more)
        + chunk(b"IEND", b"")
    )


def segment(marker, data):
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def jpeg(scans=1, before=b""):
    """Markers in the order of the standard; the scan's data holds a stuffed FF, a restart marker and fill bytes."""
    thumbnail = b"Exif\0\0\xff\xd8\xff\xd9"  # the end of the picture inside is not ours
    body = (
        segment(0xE1, thumbnail) + before + segment(0xDB, b"\0" * 65) + segment(0xC0, b"\x08\0\x01\0\x01\x01\x01\x11\0")
    )
    scan = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\0\x34\xff\xd0" + b"\x56" * 70_000 + b"\xff"
    return b"\xff\xd8" + body + scan * scans + b"\xff\xd9"


def types(main, part, more=""):
    override = f'<Override PartName="/{part}" ContentType="{main}"/>'
    default = '<Default Extension="xml" ContentType="application/xml"/>'
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'{XML}<Types xmlns="{space}">{default}{override}{more}</Types>'


def package(parts, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content, **options)
    return file.getvalue()


def xlsx(*parts, main=SHEET + ".main+xml", more="", has_main=True):
    own = [("xl/workbook.xml", f"{XML}<workbook/>")] if has_main else []
    return package([("[Content_Types].xml", types(main, "xl/workbook.xml", more)), *own, *parts])


def docx(*parts, more=""):
    declared = types(DOCUMENT + ".main+xml", "word/document.xml", more)
    return package([("[Content_Types].xml", declared), ("word/document.xml", f"{XML}<document/>"), *parts])


def override(part, content_type):
    return f'<Override PartName="/{part}" ContentType="{content_type}"/>'


def lying(declared):
    """The bomb, whose local header and directory say `declared` bytes."""
    content, name = bytearray(bomb()), b"xl/media/zero.bin"
    size = struct.pack("<I", 201 * MIB)
    local = content.index(name) - 30
    directory = content.rindex(name) - 46
    for at in (local + 22, directory + 24):
        assert content[at : at + 4] == size
        content[at : at + 4] = struct.pack("<I", declared)
    return bytes(content)


@cache
def bomb():
    return xlsx(("xl/media/zero.bin", bytes(201 * MIB)))


def encrypted():
    content = bytearray(xlsx())
    content[content.index(b"xl/workbook.xml") - 30 + 6] |= 1
    content[content.rindex(b"xl/workbook.xml") - 46 + 8] |= 1
    return bytes(content)


def overlapping():
    """Two entries of the directory lead to the same place."""
    content = bytearray(xlsx(("xl/media/a.bin", b"a" * 1000), ("xl/media/b.bin", b"a" * 1000)))
    first, second = content.rindex(b"xl/media/a.bin") - 46, content.rindex(b"xl/media/b.bin") - 46
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    return bytes(content)


def twice():
    main = types(SHEET + ".main+xml", "xl/workbook.xml")
    content = package(
        [("[Content_Types].xml", main), ("xl/workbook.xml", "<workbook/>"), ("[content_Types].xml", main)]
    )
    return content.replace(b"[content_Types].xml", b"[Content_Types].xml")


ENTITIES = XML.removesuffix("?>") + '?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
ZIP = package([("a.txt", "a")])
ZIP_WITH_END = ZIP[:-2] + struct.pack("<H", 5) + b"%%EOF"
VBA = ("xl/vbaProject.bin", OLE)
MADE = {
    "pdf": lambda: PDF,
    "pdf ended by white space": lambda: PDF + b"\r\n \r\n",
    "png": png,
    "jpeg": jpeg,
    "progressive jpeg": lambda: jpeg(scans=3),
    "xlsx": lambda: xlsx(("xl/worksheets/sheet1.xml", "<worksheet/>")),
    "docx": docx,
    "csv utf-8": CSV.encode,
    "csv utf-8 with bom": lambda: CSV.encode("utf-8-sig"),
    "csv cp932": lambda: CSV.encode("cp932"),
    "one letter": lambda: b"a",
    "text beginning with <注意>": "<注意> 本日".encode,
    "text of 20 MiB": lambda: b"0123456789abcde\n" * (20 * MIB // 16),
    "text of 20 MiB and a byte": lambda: b"0123456789abcde\n" * (20 * MIB // 16) + b"x",
    "empty": lambda: b"",
    "exe": lambda: EXE,
    "svg": lambda: SVG,
    "html": lambda: HTML,
    "zip": lambda: ZIP,
    "ole": lambda: OLE,
    "gif": lambda: GIF,
    "html before pdf": lambda: HTML + PDF,
    "javascript before pdf": lambda: b"/*" + PDF + b"*/alert(1)",
    "pdf without its end": lambda: PDF.removesuffix(b"%%EOF") + b"x" * 2000,
    "zip behind pdf": lambda: PDF + b"\n" + ZIP,
    "zip with %%EOF as comment behind pdf": lambda: PDF + b"\n" + ZIP_WITH_END,
    "html behind pdf": lambda: PDF + b"\n" + HTML,
    "zip behind png": lambda: png() + ZIP,
    "html behind png": lambda: png() + HTML,
    "zip in the last chunk of png": lambda: png(chunk(b"tEXt", ZIP)),
    "half a png": lambda: png()[:40],
    "zip behind jpeg": lambda: jpeg() + ZIP,
    "html behind jpeg and an end": lambda: jpeg() + HTML + b"\xff\xd9",
    "half a jpeg": lambda: jpeg()[:5000],
    "html between two jpeg markers": lambda: jpeg(before=HTML),
    "xlsx with macros": lambda: xlsx(
        VBA,
        main="application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        more='<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>',
    ),
    "xlsx with an undeclared vbaProject.bin": lambda: xlsx(VBA),
    "docx with a macro content type": lambda: docx(
        more=override("word/x.xml", "application/vnd.ms-word.template.macroEnabledTemplate.main+xml")
    ),
    "xlsx with an Excel 4.0 macro sheet": lambda: xlsx(
        ("xl/sheet9.xml", "<x/>"), more=override("xl/sheet9.xml", "application/vnd.ms-excel.macrosheet+xml")
    ),
    "xlsx with an encrypted entry": encrypted,
    "xlsx that unpacks to 201 MiB": bomb,
    "xlsx that declares 1 KiB and unpacks to 201 MiB": lambda: lying(1024),
    "xlsx whose parts share one place": overlapping,
    "docx with 5000 parts": lambda: docx(*((f"word/{n}.xml", "") for n in range(5000))),
    "xlsx that declares a part it lacks": lambda: xlsx(has_main=False),
    "xlsx with entities in its content types": lambda: package(
        [
            ("[Content_Types].xml", types(SHEET + ".main+xml", "xl/workbook.xml").replace(XML, ENTITIES)),
            ("xl/workbook.xml", "<workbook/>"),
        ]
    ),
    "exe before xlsx": lambda: EXE + xlsx(),
    "html behind xlsx": lambda: xlsx() + HTML,
    "half a docx": lambda: docx()[: len(docx()) // 2],
    "xlsx with its content types twice": twice,
    "csv latin-1": lambda: "Café,résumé\r\n".encode("latin-1"),
    "csv with NUL": lambda: b"a,b\r\n1,\0\r\n",
    "text utf-16": lambda: CSV.encode("utf-16"),
    "csv utf-8 cut inside a letter": lambda: CSV.encode() * 3 + "終わ".encode()[:-1],
    "script with bom": lambda: b"\xef\xbb\xbf \r\n<script>alert(1)</script>",
}
