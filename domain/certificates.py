"""クライアント証明書: what names a certificate, in one spelling, wherever it was read (mtls/README.md §2, §3).

A certificate is named by its issuer *and* its serial number: the number alone is unique per issuer only.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.errors import DomainError

LONGEST_SERIAL = 40  # hexadecimal digits
LONGEST_ISSUER = 500  # characters
# Half-width forms of the full-width ones. Not NFKC: it would turn ①, ² and Ⅽ into digits as well.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_LAST = datetime(9999, 12, 31, 14, 59, 59, tzinfo=UTC)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME = re.compile(r"([A-Z][a-z]{2}) {1,2}([0-9]{1,2}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([0-9]{4}) GMT")

# What OpenSSL – and so nginx – calls the parts of a name; parts not listed go by their OID.
SHORT_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.13": "description",
    "2.5.4.15": "businessCategory",
    "2.5.4.16": "postalAddress",
    "2.5.4.17": "postalCode",
    "2.5.4.41": "name",
    "2.5.4.42": "GN",
    "2.5.4.43": "initials",
    "2.5.4.44": "generationQualifier",
    "2.5.4.46": "dnQualifier",
    "2.5.4.65": "pseudonym",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
    "1.2.840.113549.1.9.2": "unstructuredName",
    "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL",
    "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
    "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
}
_SPELLING = {name.upper(): name for name in SHORT_NAMES.values()} | {
    "S": "ST",  # as Windows calls it
    "E": "emailAddress",
    "STREETADDRESS": "street",
}
_NAME = r"(?:OID\.)?[0-9]+(?:\.[0-9]+)+|" + "|".join(sorted(_SPELLING, key=len, reverse=True))
_WINDOWS = re.compile(rf"\s*(?:{_NAME}) = ", re.IGNORECASE)
# A part to a line there; a box of one line has a space where the line ended.
_NEXT_LINE = re.compile(rf"(?<![,+;\s])\s+(?=(?:{_NAME}) = )", re.IGNORECASE)
_ENCODINGS = {0x0C: "utf-8", 0x12: "ascii", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1C: "utf-32-be",
              0x1E: "utf-16-be"}  # fmt: skip
_UNSEEN = {"Cc", "Cf", "Zl", "Zp"}
Part = tuple[str, str]  # its short name or OID, and its value as text

STAFF_CODE = "OCCTO"  # typed in place of a 事業者コード: 広域機関


@dataclass(frozen=True)
class Presented:
    """The certificate of a connection, or the one in a file."""

    issuer: str  # normal_issuer
    serial: str  # normal_serial
    valid_from: datetime
    valid_to: datetime

    def __post_init__(self) -> None:
        """ "Without end" is 9999-12-31 23:59:59 UTC (RFC 5280), a day after the last one in Tokyo."""
        object.__setattr__(self, "valid_to", min(self.valid_to, _LAST))


def normal_serial(text: str) -> str:
    """The serial number in capital hexadecimal digits without leading zeros. Raises DomainError: error.K01.00002.

    Understood: what nginx prints and what people copy from Windows – small letters, spaces, colons, 0x,
    the sign byte in front, invisible direction marks, full width. A sign or a comma is never dropped:
    -05 is not 05, and "A,B" is two headers in one.
    """
    folded = _visible(text).translate(_HALF_WIDTH).upper()
    digits = "".join(folded.replace(":", " ").split())
    digits = digits.removeprefix("0X")
    if not re.fullmatch(r"[0-9A-F]+", digits):
        raise _bad_serial()
    digits = digits.lstrip("0")
    if not 1 <= len(digits) <= LONGEST_SERIAL:
        raise _bad_serial()
    return digits


def _bad_serial() -> DomainError:
    return DomainError("error.K01.00002", field="serial")


def _visible(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


def normal_issuer(text: str) -> str:
    """A distinguished name in RFC 2253 order, as it is stored and compared. Raises DomainError: error.K01.00003.

    nginx' escapes (\\E6\\A0…) become the characters they stand for; spaces around = and , go. What was copied from
    the certificate dialog of Windows has a part to a line, "CN = a".
    """
    try:
        return issuer_of(_pasted(_visible(text)))
    except ValueError:
        raise DomainError("error.K01.00003", field="issuer") from None


def _pasted(text: str) -> list[list[Part]]:
    """As `_parsed`, from either form. ValueError if lines of Windows ran into each other."""
    if not _WINDOWS.match(text):
        return _parsed(text)
    names = _parsed(_NEXT_LINE.sub(",", text.strip()))
    if any(" = " in value for parts in names for _, value in parts):
        raise ValueError("two lines in one")
    return names


def issuer_of(names: Iterable[Iterable[Part]]) -> str:
    """The normal form of a name given in parts, leaf first. Raises DomainError: error.K01.00003."""
    # Parts joined by + have no order of their own.
    joined = ["+".join(sorted(f"{name}={_escaped(value)}" for name, value in parts)) for parts in names]
    text = ",".join(joined)
    if not text or len(text) > LONGEST_ISSUER:
        raise DomainError("error.K01.00003", field="issuer")
    return text


def _escaped(value: str) -> str:
    safe = re.sub(r'([\\,+"<>;])', r"\\\1", value)
    safe = "".join(_hexadecimal(c) if unicodedata.category(c) in _UNSEEN else c for c in safe)
    if safe.startswith((" ", "#")):
        safe = f"\\{safe}"
    if len(value) > 1 and value.endswith(" "):
        safe = f"{safe[:-1]}\\ "
    return safe


def _hexadecimal(sign: str) -> str:
    return "".join(f"\\{byte:02X}" for byte in sign.encode())


def _parsed(text: str) -> list[list[Part]]:
    """The parts of a name as it is written. ValueError if it is none."""
    names: list[list[Part]] = [[]]
    place = 0
    while True:
        equals = text.find("=", place)
        if equals < 0:
            raise ValueError("a part without =")
        value, end = _value(text, equals + 1)
        names[-1].append((_type(text[place:equals]), value))
        if end == len(text):
            return names
        if text[end] != "+":
            names.append([])
        place = end + 1


def _type(text: str) -> str:
    name = text.strip().removeprefix("OID.")
    if re.fullmatch(r"[0-9]+(\.[0-9]+)+", name):
        return SHORT_NAMES.get(name, name)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", name):
        raise ValueError("no name of a part")
    return _SPELLING.get(name.upper(), name)


def _value(text: str, start: int) -> tuple[str, int]:
    """The value from `start` up to a separator, unescaped, and where the separator stands."""
    while start < len(text) and text[start] == " ":
        start += 1
    if text[start : start + 1] == "#":
        end = min((found for found in (text.find(c, start) for c in ",+") if found >= 0), default=len(text))
        return _dumped(text[start + 1 : end].strip()), end
    found, place, kept, quoted = bytearray(), start, 0, False
    while place < len(text):
        sign = text[place]
        if sign == "\\":
            escaped, place = _unescaped(text, place)
            found += escaped
            kept = len(found)  # spaces up to here were meant
            continue
        if sign == '"':
            quoted = not quoted
        elif sign in ",+;" and not quoted:
            break
        else:
            found += sign.encode()
            kept = len(found) if quoted or sign != " " else kept
        place += 1
    if quoted:
        raise ValueError("a quotation mark is missing")
    return found[: max(kept, 0)].decode(), place


def _unescaped(text: str, place: int) -> tuple[bytes, int]:
    pair = text[place + 1 : place + 3]
    if re.fullmatch(r"[0-9A-Fa-f]{2}", pair):
        return bytes([int(pair, 16)]), place + 3
    if not pair:
        raise ValueError("nothing is escaped")
    return pair[0].encode(), place + 2


def _dumped(digits: str) -> str:
    """The text in the DER of a part OpenSSL has no name for: #0C0548656C6C6F."""
    der = bytes.fromhex(digits)
    if len(der) < 2 or der[0] not in _ENCODINGS or der[1] >= 0x80 or len(der) != der[1] + 2:
        return f"#{der.hex().upper()}"
    return der[2:].decode(_ENCODINGS[der[0]])


def instant(text: str) -> datetime:
    """ "Nov 21 09:34:14 2027 GMT", as nginx prints it. ValueError if it is no such time."""
    found = _TIME.fullmatch(text)
    if found is None or found[1] not in _MONTHS:
        raise ValueError("no time of a certificate")
    day, hour, minute, second, year = (int(group) for group in found.groups()[1:])
    return datetime(year, _MONTHS.index(found[1]) + 1, day, hour, minute, second, tzinfo=UTC)
