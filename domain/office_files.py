"""XLSX and DOCX by content: an Open Packaging file with that main part, without macros, not too large unpacked.

Declared sizes and counts are believed only where a lie would be found: what matters is counted while unpacking.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from domain.errors import DomainError
from domain.plain_files import Mismatch

LARGEST_UNPACKED = 200 * 1024 * 1024  # bytes of all parts together
MOST_PARTS = 4000
_LARGEST_DIRECTORY = 512 * 1024  # bytes; it is held in memory
_LARGEST_TYPES = 1024 * 1024  # bytes of [Content_Types].xml
_TYPES = "[Content_Types].xml"
_BLOCK = 64 * 1024
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UTF8_NAME = 0x800
_MACRO_PARTS = ("vbaproject", "vbadata", "macrosheets/", "activex/")


class _TooLarge(DomainError):
    def __init__(self) -> None:
        super().__init__("error.F01.00009", most=LARGEST_UNPACKED // (1024 * 1024))


def with_main_part(content_type: str) -> Callable[[BinaryIO, int], str]:
    """The check of a kind whose [Content_Types].xml declares a part of `content_type`.

    It raises Mismatch, DomainError: error.F01.00007, error.F01.00008, error.F01.00009.
    """

    def check(stream: BinaryIO, size: int) -> str:
        _check_directory(stream, size)
        try:
            with ZipFile(stream) as package:
                parts = package.infolist()
        except (BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError, struct.error) as error:
            raise Mismatch from error
        _check_parts(parts)
        _check_types(stream, parts, content_type)
        unpacked = 0
        for part in parts:
            for block in _unpack(stream, part):
                unpacked += len(block)
                if unpacked > LARGEST_UNPACKED:
                    raise _TooLarge
        return ""

    return check


def _check_directory(stream: BinaryIO, size: int) -> None:
    """Nothing before the first part, nothing behind the directory, and that of bearable size."""
    if stream.read(4) != b"PK\x03\x04" or size < 22:
        raise Mismatch
    stream.seek(size - 22)
    mark, disks, _, count, length, offset, comment = struct.unpack("<4sIHHIIH", stream.read(22))
    if mark != b"PK\x05\x06" or disks or comment or offset + length + 22 != size:
        raise Mismatch
    if length > _LARGEST_DIRECTORY or count > MOST_PARTS:
        raise _TooLarge
    stream.seek(offset)
    if length < 46 or stream.read(4) != b"PK\x01\x02":
        raise Mismatch


def _check_parts(parts: list[ZipInfo]) -> None:
    if len(parts) > MOST_PARTS:
        raise _TooLarge
    names = [part.filename.lower() for part in parts]
    if len(set(names)) != len(names) or any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise Mismatch
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise DomainError("error.F01.00008")
    if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
        raise Mismatch
    if any(word in name for name in names for word in _MACRO_PARTS):
        raise DomainError("error.F01.00007")


def _check_types(stream: BinaryIO, parts: list[ZipInfo], wanted: str) -> None:
    """[Content_Types].xml names the main part, which is there, and nothing of macros."""
    found = next((part for part in parts if part.filename == _TYPES), None)
    if found is None:
        raise Mismatch
    document = bytearray()
    for block in _unpack(stream, found):
        document += block
        if len(document) > _LARGEST_TYPES:
            raise _TooLarge
    declared = _declared(bytes(document))
    types = [content_type.lower() for _, content_type in declared]
    if any("macro" in content_type or "vba" in content_type for content_type in types):
        raise DomainError("error.F01.00007")
    names = {f"/{part.filename}".lower() for part in parts}
    if not any(content_type == wanted and part.lower() in names for part, content_type in declared):
        raise Mismatch


def _declared(document: bytes) -> list[tuple[str, str]]:
    """(part name or extension, content type) of every declaration. Raises Mismatch: no XML, or with a DTD."""
    found: list[tuple[str, str]] = []

    def element(name: str, attributes: dict[str, str]) -> None:
        if content_type := attributes.get("ContentType"):
            found.append((attributes.get("PartName", ""), content_type))

    def doctype(*_: object) -> None:
        raise Mismatch

    parser = expat.ParserCreate()
    parser.StartElementHandler = element
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Mismatch from error
    return found


def _unpack(stream: BinaryIO, part: ZipInfo) -> Iterator[bytes]:
    """The content of a part, block by block, as long as it really is. Raises Mismatch if that is not as declared."""
    stream.seek(part.header_offset)
    head = stream.read(30)
    if len(head) < 30 or head[:4] != b"PK\x03\x04":
        raise Mismatch
    named, extra = struct.unpack("<HH", head[26:])
    if stream.read(named) != part.orig_filename.encode("utf-8" if part.flag_bits & _UTF8_NAME else "cp437"):
        raise Mismatch  # called one thing in the directory and another in its place
    stream.seek(extra, 1)
    unpacked = 0
    for block in _inflated(stream, part):
        unpacked += len(block)
        yield block
    if unpacked != part.file_size:
        raise Mismatch


def _inflated(stream: BinaryIO, part: ZipInfo) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS) if part.compress_type == ZIP_DEFLATED else None
    left = part.compress_size
    while left:
        block = stream.read(min(_BLOCK, left))
        if not block:
            raise Mismatch
        left -= len(block)
        if inflater is None:
            yield block
            continue
        yield from _drained(inflater, block)
    if inflater is not None and (not inflater.eof or inflater.unused_data):
        raise Mismatch


def _drained(inflater: "zlib._Decompress", block: bytes) -> Iterator[bytes]:
    """All that `block` unpacks to, at most _BLOCK bytes at a time."""
    while True:
        try:
            out = inflater.decompress(block, _BLOCK)
        except zlib.error as error:
            raise Mismatch from error
        if out:
            yield out
        block = inflater.unconsumed_tail
        if not block and len(out) < _BLOCK:
            return
