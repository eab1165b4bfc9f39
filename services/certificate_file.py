"""証明書ファイル: what a .cer or .pem file says about the certificate in it."""

import re
from pathlib import PurePath

from cryptography import x509

from domain.certificates import SHORT_NAMES, Presented, issuer_of, normal_serial
from domain.errors import DomainError

LARGEST = 100 * 1024  # bytes
_EXTENSIONS = {".cer", ".crt", ".der", ".pem"}
_WITH_KEY = {".p12", ".pfx", ".key"}
_PEM = b"-----BEGIN "
# PFX ::= SEQUENCE { version INTEGER (3), … }; in BER its length may be open.
_PFX = re.compile(rb"\x30(?:[\x00-\x80]|\x81.|\x82..|\x83...|\x84....)\x02\x01\x03", re.DOTALL)


def read(name: str, content: bytes) -> Presented:
    """The one certificate in a file of this name.

    Raises DomainError: error.K01.00010 (nothing chosen), 00011 (a private key), 00012 (anything else), 00013 (size).
    """
    if not name:
        raise DomainError("error.K01.00010", field="file")
    extension = PurePath(name).suffix.lower()
    if extension in _WITH_KEY or _PFX.match(content) or b"PRIVATE KEY-----" in content:
        raise DomainError("error.K01.00011", field="file")
    if len(content) > LARGEST:
        raise DomainError("error.K01.00013", field="file")
    if extension not in _EXTENSIONS:
        raise DomainError("error.K01.00012", field="file")
    try:
        return _facts(_certificate(content))
    except (ValueError, x509.InvalidVersion, DomainError):
        raise DomainError("error.K01.00012", field="file") from None


def _certificate(content: bytes) -> x509.Certificate:
    if _PEM in content:
        [found] = x509.load_pem_x509_certificates(content)  # ValueError: none, or a chain
        return found
    return x509.load_der_x509_certificate(content)


def _facts(certificate: x509.Certificate) -> Presented:
    names = [
        [(SHORT_NAMES.get(part.oid.dotted_string, part.oid.dotted_string), _text(part.value)) for part in rdn]
        for rdn in reversed(certificate.issuer.rdns)  # RFC 2253: leaf first
    ]
    return Presented(
        issuer=issuer_of(names),
        serial=normal_serial(f"{certificate.serial_number:x}"),
        valid_from=certificate.not_valid_before_utc,
        valid_to=certificate.not_valid_after_utc,
    )


def _text(value: str | bytes) -> str:
    if isinstance(value, bytes):
        raise ValueError("a part that is no text")
    return value
