"""Certificates for tests: real ones, and what a front would say about them."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SECRET = "front-0123456789-abcdefghijklmnopqrstuv"
REQUIRED = {"CLIENT_CERT": "required", "FRONT_SECRET": SECRET, "BOARD_BASE_URL": "https://board.test"}
START = datetime(2026, 11, 1, 9, 34, 14, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
NAME = [
    [(NameOID.COUNTRY_NAME, "JP")],
    [(NameOID.ORGANIZATION_NAME, "認証株式会社")],
    [(NameOID.COMMON_NAME, "発行認証局")],
]


def name(parts=NAME):
    """An X.509 name; parts from the root to the leaf, each a list of (OID, value[, type])."""
    return x509.Name([x509.RelativeDistinguishedName([x509.NameAttribute(*p) for p in rdn]) for rdn in parts])


def made(parts=NAME, serial=0xF3A9000001, days=365):
    """A certificate of this issuer."""
    builder = x509.CertificateBuilder().subject_name(name()).issuer_name(name(parts)).public_key(KEY.public_key())
    builder = builder.serial_number(serial).not_valid_before(START).not_valid_after(START + timedelta(days=days))
    return builder.sign(KEY, hashes.SHA256())


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def key_pem():
    return KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def told(serial="A1B2", end="Nov 20 03:00:00 2027 GMT", **other):
    """The headers nginx adds for a certificate of factories.ISSUER. None as a value: not sent."""
    headers = {
        "X-Front-Auth": SECRET,
        "X-SSL-Client-Verify": "SUCCESS",
        "X-SSL-Client-Serial": serial,
        "X-SSL-Client-I-DN": r"CN=\E7\99\BA\E8\A1\8C\E8\AA\8D\E8\A8\BC\E5\B1\80,"
        r"O=\E8\AA\8D\E8\A8\BC\E6\A0\AA\E5\BC\8F\E4\BC\9A\E7\A4\BE,C=JP",
        "X-SSL-Client-V-Start": "Nov  1 03:00:00 2026 GMT",
        "X-SSL-Client-V-End": end,
        "X-Real-IP": "203.0.113.7",
    } | {key.replace("_", "-"): value for key, value in other.items()}
    return {key: value for key, value in headers.items() if value is not None}
