"""A test CA for the front: root, issuing CA, a rogue CA, server and client certificates, revocation lists.

    python -m tools.certs make FOLDER [HOST …]      everything, into a folder that is new
    python -m tools.certs revoke FOLDER NAME …      revoke clients and write the lists anew
    python -m tools.certs lists FOLDER              write the lists anew (they end after 7 days)

`make certs` does the first. For tests and try-outs only: the CAs' keys lie beside the certificates.
"""

import argparse
import ipaddress
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization import load_pem_private_key as load_key
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOSTS = ("portal.test", "board.test")
P12_PASSWORD = "test"  # noqa: S105 - printed, for a browser's import dialog
LIST_DAYS = 7
YEAR = timedelta(days=365)
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH


class Client(NamedTuple):
    name: str  # of its files
    serial: int
    organisation: str
    common_name: str
    ca: str = "issuing"
    usage: x509.ObjectIdentifier = CLIENT
    begin: timedelta = -timedelta(days=1)  # from now
    end: timedelta = YEAR


SERIAL_0001 = 0x0A1B2C3D4E5F60718293A4B5C6D7E8F901234567
CLIENTS = (
    Client("operator-0001", SERIAL_0001, "株式会社0001", "operator-0001-a"),
    Client("operator-0001-b", 0x0F, "株式会社0001", "operator-0001-b"),  # an overlapping one; a short serial
    Client("operator-0002", 0xF3A90000000000000000000000000001, "株式会社0002", "operator-0002-a"),  # sign bit set
    Client("staff", 0x7F00000000000000000000000000000000000003, "広域機関", "staff-a"),
    Client("unregistered", 0x7F00000000000000000000000000000000000002, "株式会社0003", "operator-0003-a"),
    Client("expired", 0x0E01, "株式会社0001", "expired", begin=-2 * YEAR, end=-YEAR),
    Client("not-yet-valid", 0x0E02, "株式会社0001", "not-yet-valid", begin=YEAR, end=2 * YEAR),
    Client("revoked", 0x0E03, "株式会社0001", "revoked"),
    Client("server-usage", 0x0E05, "株式会社0001", "server-usage", usage=SERVER),
    Client("rogue", SERIAL_0001, "株式会社0001", "operator-0001-a", ca="rogue"),  # same serial, same subject
)
REVOKED_FROM_THE_START = ("revoked",)


def make(folder: Path, hosts: tuple[str, ...] = HOSTS) -> None:
    """Fill a new folder. Raises FileExistsError."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # INSTANCE_DIR, if nobody has made it yet
    folder.mkdir(exist_ok=False)
    folder.chmod(0o755)
    for name in ("ca", "clients"):
        (folder / name).mkdir(mode=0o700)
    for name, issuer in (("root", "root"), ("issuing", "root"), ("rogue", "rogue")):
        _make_authority(folder, name, issuer)
    _make_server(folder, hosts)
    for client in CLIENTS:
        _make_client(folder, client)
    chain = "".join((folder / "ca" / f"{name}.crt").read_text() for name in ("issuing", "root"))
    (folder / "chain.crt").write_text(chain)
    (folder / "issuing.crt").write_text((folder / "ca/issuing.crt").read_text())
    revoke(folder, *REVOKED_FROM_THE_START)


def revoke(folder: Path, *names: str) -> None:
    """Add clients to the issuing CA's list. Raises FileNotFoundError."""
    revoked = folder / "ca/revoked.txt"
    serials = revoked.read_text().split() if revoked.exists() else []
    serials += [f"{read(folder / 'clients' / f'{name}.crt').serial_number:X}" for name in names]
    revoked.write_text("".join(f"{serial}\n" for serial in dict.fromkeys(serials)))
    write_lists(folder)


def write_lists(
    folder: Path, life: timedelta = timedelta(days=LIST_DAYS), levels: tuple[str, ...] = ("issuing", "root"),
    begin: timedelta = -timedelta(minutes=5),
) -> None:  # fmt: skip
    """crl.pem: one revocation list for each level of the chain, from `begin` until `life` (both from now)."""
    revoked = (folder / "ca/revoked.txt").read_text().split()
    now = datetime.now(UTC).replace(microsecond=0)
    pem = ""
    for level in levels:
        certificate, key = authority(folder, level)
        made = x509.CertificateRevocationListBuilder(
            issuer_name=certificate.subject, last_update=min(now, now + life) + begin,
            next_update=now + life,
        )  # fmt: skip
        for serial in revoked if level == "issuing" else []:
            entry = x509.RevokedCertificateBuilder(int(serial, 16), now - timedelta(minutes=5))
            made = made.add_revoked_certificate(entry.build())
        number = x509.CRLNumber(int(now.timestamp()))
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
        made = made.add_extension(number, critical=False).add_extension(identifier, critical=False)
        pem += made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    draft = folder / "crl.new"
    draft.write_text(pem)
    draft.replace(folder / "crl.pem")


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def authority(folder: Path, name: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = load_key((folder / "ca" / f"{name}.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return read(folder / "ca" / f"{name}.crt"), key


def _make_authority(folder: Path, name: str, issuer: str) -> None:
    key = _new_key(folder / "ca" / f"{name}.key")
    subject = _name(f"TEST {name}", f"Test {name} CA")
    parent, signer = (None, key) if name == issuer else authority(folder, issuer)
    builder = _builder(subject, parent.subject if parent else subject, key, signer, 10 * YEAR)
    # pathlen 0: the issuing CA signs people and machines, no further CA.
    basic = x509.BasicConstraints(ca=True, path_length=None if parent is None else 0)
    builder = builder.add_extension(basic, critical=True).add_extension(_usage(ca=True), critical=True)
    _write(folder / "ca" / f"{name}.crt", builder.sign(signer, hashes.SHA256()))


def _make_server(folder: Path, hosts: tuple[str, ...]) -> None:
    key = _new_key(folder / "server.key")
    issuer, signer = authority(folder, "issuing")
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in dict.fromkeys((*hosts, "localhost"))]
    names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    builder = _leaf(_builder(_name("TEST", hosts[0]), issuer.subject, key, signer, YEAR), SERVER)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    _write(folder / "server.crt", builder.sign(signer, hashes.SHA256()), issuer)


def _make_client(folder: Path, client: Client) -> None:
    key = _new_key(folder / "clients" / f"{client.name}.key")
    issuer, signer = authority(folder, client.ca)
    builder = _builder(
        _name(client.organisation, client.common_name),
        issuer.subject,
        key,
        signer,
        client.end,
        client.begin,
        client.serial,
    )
    made = _leaf(builder, client.usage).sign(signer, hashes.SHA256())
    _write(folder / "clients" / f"{client.name}.crt", made)
    lock = BestAvailableEncryption(P12_PASSWORD.encode())
    packed = serialize_key_and_certificates(client.common_name.encode(), key, made, [issuer], lock)
    (folder / "clients" / f"{client.name}.p12").write_bytes(packed)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey,
    end: timedelta, begin: timedelta = -timedelta(days=1), serial: int | None = None,
) -> x509.CertificateBuilder:  # fmt: skip
    now = datetime.now(UTC).replace(microsecond=0)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    serial = serial or x509.random_serial_number()
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key(), serial, now + begin, now + end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(identifier, critical=False)
    )


def _leaf(builder: x509.CertificateBuilder, usage: x509.ObjectIdentifier) -> x509.CertificateBuilder:
    basic = x509.BasicConstraints(ca=False, path_length=None)
    builder = builder.add_extension(basic, critical=True).add_extension(_usage(ca=False), critical=True)
    return builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)


def _usage(ca: bool) -> x509.KeyUsage:
    others = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    return x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **others)


def _name(organisation: str, common_name: str) -> x509.Name:
    parts = (
        (NameOID.COUNTRY_NAME, "JP"),
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.COMMON_NAME, common_name),
    )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _new_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = ec.generate_private_key(ec.SECP256R1())
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key


def _write(path: Path, *certificates: x509.Certificate) -> None:
    path.write_bytes(b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.certs", description="A test CA for the front.")
    parser.add_argument("command", choices=("make", "revoke", "lists"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="make: host names; revoke: names of clients")
    given = parser.parse_args()
    try:
        if given.command == "make":
            make(given.folder, tuple(given.names) or HOSTS)
        elif given.command == "revoke":
            revoke(given.folder, *given.names)
        else:
            write_lists(given.folder)
    except FileExistsError:
        sys.exit(f"{given.folder} exists already: remove it, or name another folder with CERTS=…")
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} does not exist.")
    _tell(given.folder)


def _tell(folder: Path) -> None:
    print(f"{folder}: server.crt, server.key, issuing.crt, chain.crt, crl.pem")
    for path in sorted((folder / "clients").glob("*.crt")):
        certificate = read(path)
        end = certificate.not_valid_after_utc
        print(f"  clients/{path.stem:<16} {certificate.serial_number:<40X} until {end:%Y-%m-%d}")
    print(f"Each client has .crt, .key and .p12 (password: {P12_PASSWORD}). Trust ca/root.crt in the browser.")


if __name__ == "__main__":
    main()
