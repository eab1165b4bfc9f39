"""CSV出力 (3章⑤, XC-014): what a list found, as a file that is safe to open in a spreadsheet."""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from enum import StrEnum
from typing import IO
from urllib.parse import quote

from flask import Response, send_file

from domain.errors import DomainError

MAX_ROWS = 12_000  # records, without the header (USR-021)
# What a spreadsheet would run: after spaces and quotes too, and in full width.
_FORMULA = re.compile(r"""[\s"'“”’]*[=+\-@＝＋－＠\t\r]""")


class Encoding(StrEnum):
    UTF8 = "utf-8"
    CP932 = "cp932"

    @property
    def label(self) -> str:
        return {"utf-8": "UTF-8（BOM付き）", "cp932": "CP932（Shift_JIS）"}[self.value]


def defused(text: str) -> str:
    """`text`, harmless as a cell: what looks like a formula begins with an apostrophe."""
    return f"'{text}" if _FORMULA.match(text) else text


def write(header: Sequence[str], lines: Iterable[Sequence[str]], encoding: Encoding) -> IO[bytes]:
    """A temporary file, deleted when closed. Raises DomainError error.X01.00001: a character CP932 lacks."""
    with ExitStack() as closing:
        file = closing.enter_context(tempfile.TemporaryFile())
        file.write("\ufeff".encode() if encoding is Encoding.UTF8 else b"")
        file.write(_line(header, encoding, header, 1))
        for number, line in enumerate(lines, start=2):
            file.write(_line([defused(cell) for cell in line], encoding, header, number))
        file.seek(0)
        closing.pop_all()  # send_file closes it
    return file


def _line(cells: Sequence[str], encoding: Encoding, header: Sequence[str], number: int) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    try:
        return text.getvalue().encode(encoding)
    except UnicodeEncodeError:
        for column, cell in zip(header, cells, strict=True):
            for sign in cell:
                try:
                    sign.encode(encoding)
                except UnicodeEncodeError:
                    raise DomainError("error.X01.00001", row=number, column=column, sign=sign) from None
        raise


def download(file: IO[bytes], name: str, encoding: Encoding) -> Response:
    """The file, under its Japanese name."""
    charset = "utf-8" if encoding is Encoding.UTF8 else "Shift_JIS"
    response = send_file(file, mimetype="text/csv", as_attachment=True, download_name="export.csv", max_age=0)
    response.headers["Content-Type"] = f"text/csv; charset={charset}"
    response.headers["Content-Disposition"] = f"attachment; filename=\"export.csv\"; filename*=UTF-8''{quote(name)}"
    return response
