"""PDF, PNG, JPEG and text by content. A file that is two things at once is neither (polyglots, R-064).

Each check is (stream at its beginning, size) -> what its Content-Type says beyond the media type.
"""

import codecs
import re
import struct
from typing import BinaryIO

from domain.errors import DomainError

_BLOCK = 64 * 1024


class Mismatch(Exception):
    """The content is not what the extension says."""


class _Surplus(DomainError):
    """Something stands behind the end of the file proper."""

    def __init__(self) -> None:
        super().__init__("error.F01.00016")


# --- PDF ------------------------------------------------------------------------------------------
_EOF_WITHIN = 1024  # bytes from the end


def pdf(stream: BinaryIO, size: int) -> str:
    """%PDF- at byte 0, %%EOF within the last KiB, nothing but white space behind it, no zip inside the end.

    Raises Mismatch, DomainError: error.F01.00016.
    """
    if stream.read(5) != b"%PDF-":
        raise Mismatch
    stream.seek(max(0, size - _EOF_WITHIN))
    _, found, behind = stream.read().rpartition(b"%%EOF")
    if not found:
        raise Mismatch
    if behind.strip(b"\r\n\t\f \0"):
        raise _Surplus
    _no_zip_at_the_end(stream, size)
    return ""


# --- PNG ------------------------------------------------------------------------------------------
_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_CHUNKS = 50_000  # of a 20 MiB picture; each costs a step


def png(stream: BinaryIO, size: int) -> str:
    """The signature, IHDR, chunks, IEND, and nothing behind it. Raises Mismatch, DomainError: error.F01.00016."""
    if stream.read(len(_PNG)) != _PNG:
        raise Mismatch
    for number in range(_MOST_CHUNKS):
        head = stream.read(8)
        if len(head) < 8:
            raise Mismatch
        length, name = struct.unpack(">I4s", head)
        if (number == 0) is not (head == b"\0\0\0\x0dIHDR"):
            raise Mismatch
        end = stream.tell() + length + 4  # data and checksum
        if end > size:
            raise Mismatch
        if name == b"IEND":
            if length:
                raise Mismatch
            if end != size:
                raise _Surplus
            _no_zip_at_the_end(stream, size)
            return ""
        stream.seek(end)
    raise Mismatch


# --- JPEG -----------------------------------------------------------------------------------------
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
# In the data of a scan FF stands before 00, before a restart marker, or before another FF.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MOST_SEGMENTS = 10_000


def jpeg(stream: BinaryIO, size: int) -> str:
    """SOI, segments, scans, EOI, and nothing behind it. Raises Mismatch, DomainError: error.F01.00016."""
    if stream.read(2) != bytes((0xFF, _SOI)):
        raise Mismatch
    scans = 0
    for _ in range(_MOST_SEGMENTS):
        marker = _marker(stream)
        if marker == _EOI:
            if not scans:
                raise Mismatch
            if stream.tell() != size:
                raise _Surplus
            _no_zip_at_the_end(stream, size)
            return ""
        _skip_segment(stream, size, marker)
        if marker == _SOS:
            scans += 1
            _skip_scan(stream)
    raise Mismatch


def _marker(stream: BinaryIO) -> int:
    """The marker that must stand here; FF may be repeated before it."""
    if stream.read(1) != b"\xff":
        raise Mismatch
    for _ in range(_BLOCK):
        sign = stream.read(1)
        if sign != b"\xff":
            return sign[0] if sign else 0
    raise Mismatch


def _skip_segment(stream: BinaryIO, size: int, marker: int) -> None:
    length = stream.read(2)
    if marker <= 0x01 or 0xD0 <= marker <= _SOI or len(length) < 2:
        raise Mismatch
    end = stream.tell() + int.from_bytes(length, "big") - 2
    if end < stream.tell() or end > size:
        raise Mismatch
    stream.seek(end)


def _skip_scan(stream: BinaryIO) -> None:
    """Go on to the marker that ends the data of a scan."""
    while block := stream.read(_BLOCK):
        found = _NEXT_MARKER.search(block)
        if found:
            stream.seek(found.start() - len(block), 1)
            return
        if block.endswith(b"\xff") and len(block) > 1:
            stream.seek(-1, 1)
    raise Mismatch


# --- a zip behind something else ------------------------------------------------------------------
_ZIP_END, _ZIP_ENTRY = b"PK\x05\x06", b"PK\x01\x02"
_LONGEST_ZIP_END = 22 + 65535  # with a comment


def _no_zip_at_the_end(stream: BinaryIO, size: int) -> None:
    """Zip readers look from the end: a directory there makes the file an archive as well.

    Raises DomainError: error.F01.00016.
    """
    begin = max(0, size - _LONGEST_ZIP_END)
    stream.seek(begin)
    tail = stream.read()
    at = tail.find(_ZIP_END)
    while at >= 0:
        if len(tail) - at >= 22:
            (length,) = struct.unpack_from("<I", tail, at + 12)
            if length <= begin + at:
                stream.seek(begin + at - length)
                if stream.read(4) in (_ZIP_ENTRY, _ZIP_END):
                    raise _Surplus
        at = tail.find(_ZIP_END, at + 1)


# --- text -----------------------------------------------------------------------------------------
_MAGIC = (
    b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"PK\x03\x04", b"PK\x05\x06", b"MZ\x90", b"\x7fELF",
    b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh9", b"\xfd7zXZ", b"{\\rtf", b"#!", b"%!PS",
    b"\xff\xfe", b"\xfe\xff", b"\xca\xfe\xba\xbe", b"MSCF", b"!<arch>", b"RIFF", b"OggS", b"ID3\x03", b"ID3\x04",
)  # fmt: skip
_MARKUP = re.compile(rb"\s*<(?:!doctype|!--|\?xml|\?php|html|head|body|svg|script|iframe|%)", re.IGNORECASE)
_BOM = codecs.BOM_UTF8
# Bytes Windows gives no character in CP932, but Python's codec does.
_NOT_CP932 = frozenset("\x80\xa0\uf8f0\uf8f1\uf8f2\uf8f3")


def text(stream: BinaryIO, size: int) -> str:
    """CSV, TXT: UTF-8 with or without BOM, else CP932, to the last byte; no NUL; begins as no other kind of file.

    Raises Mismatch, DomainError: error.F01.00010.
    """
    head = stream.read(512)
    if head.startswith(_MAGIC) or _MARKUP.match(head.removeprefix(_BOM)):
        raise Mismatch
    if _is_encoded(stream, "utf-8"):
        return "; charset=utf-8"
    if not head.startswith(_BOM) and _is_encoded(stream, "cp932"):
        return "; charset=Shift_JIS"
    raise DomainError("error.F01.00010")


def _is_encoded(stream: BinaryIO, encoding: str) -> bool:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        while block := stream.read(_BLOCK):
            decoded = decoder.decode(block)
            if "\0" in decoded or (encoding == "cp932" and not _NOT_CP932.isdisjoint(decoded)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
