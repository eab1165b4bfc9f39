"""添付ファイル: what may be uploaded, by name and by content (R-064…R-066).

The extension says what a file claims to be; the content must be exactly that and nothing besides.
Nothing here reads a whole file into memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from domain import office_files, plain_files
from domain.errors import DomainError
from domain.text import sign_name, unstorable

MIB = 1024 * 1024
LARGEST = 20 * MIB  # bytes of one file
MOST = 10  # files of one record
LONGEST_NAME = 255  # code points
_PATH_SIGNS = "/\\"
_BROKEN = "\ufffd"  # a name that was not sent as UTF-8


class Kind(NamedTuple):
    """One line of the allow-list.

    check: (stream, size) -> what Content-Type says beyond the media type; raises DomainError.
    """

    media_type: str
    check: Callable[[BinaryIO, int], str]


_SHEET = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DOCUMENT = "vnd.openxmlformats-officedocument.wordprocessingml.document"
KINDS = {
    "pdf": Kind("application/pdf", plain_files.pdf),
    "png": Kind("image/png", plain_files.png),
    "jpg": Kind("image/jpeg", plain_files.jpeg),
    "jpeg": Kind("image/jpeg", plain_files.jpeg),
    "xlsx": Kind(f"application/{_SHEET}", office_files.with_main_part(f"application/{_SHEET}.main+xml")),
    "docx": Kind(f"application/{_DOCUMENT}", office_files.with_main_part(f"application/{_DOCUMENT}.main+xml")),
    "csv": Kind("text/csv", plain_files.text),
    "txt": Kind("text/plain", plain_files.text),
}
EXTENSIONS = ",".join(f".{extension}" for extension in KINDS)  # for the file dialog


@dataclass(frozen=True)
class Accepted:
    """A file that may be stored. Only `accept` makes one."""

    name: str
    media_type: str
    size: int
    stream: BinaryIO


def accept(name: str, stream: BinaryIO) -> Accepted:
    """Judge a file by name, size and content. `stream` must be seekable; it is left at its beginning.

    Raises DomainError: error.F01.00001…00010, error.F01.00016.
    """
    _check_name(name)
    extension = _extension(name)
    kind = KINDS.get(extension)
    if kind is None:
        raise DomainError("error.F01.00001")
    size = stream.seek(0, 2)
    if size == 0:
        raise DomainError("error.F01.00003")
    if size > LARGEST:
        raise DomainError("error.F01.00004", most=LARGEST // MIB)
    stream.seek(0)
    try:
        more = kind.check(stream, size)
    except plain_files.Mismatch as error:
        raise DomainError("error.F01.00002", extension=extension) from error
    stream.seek(0)
    return Accepted(name, kind.media_type + more, size, stream)


def _check_name(name: str) -> None:
    """Raises DomainError: error.F01.00005, error.F01.00006. What passes is kept as it is."""
    sign = unstorable(name) or next((c for c in name if c in _PATH_SIGNS or c == _BROKEN), None)
    if sign is not None:
        raise DomainError("error.F01.00005", sign=sign_name(sign))
    if len(name) > LONGEST_NAME:
        raise DomainError("error.F01.00006", longest=LONGEST_NAME)


def _extension(name: str) -> str:
    """ "pdf" of 資料.PDF. A name that is nothing but an extension has none."""
    stem, _, extension = name.rpartition(".")
    return extension.lower() if stem and extension.isascii() else ""
