"""One spelling of serial numbers and issuers: R-078, mtls/README.md §2 and §3."""

import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from cryptography.x509 import ObjectIdentifier
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from domain.certificates import Presented, instant, normal_issuer, normal_serial
from domain.errors import DomainError
from services import certificate_file
from tests import certificates


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("00f3a9", "F3A9"),  # Windows shows the sign byte, in small letters
        ("00 f3 a9", "F3A9"),
        ("F3:A9:00:00:01", "F3A9000001"),
        ("0xf3a9", "F3A9"),
        ("\u200e0a1b2c", "A1B2C"),  # copied from the Windows dialog
        ("Ａ１Ｂ２", "A1B2"),
        ("０ｘＡ１：Ｂ２", "A1B2"),
        ("0A1B", "A1B"),  # nginx: whole bytes
        ("0F", "F"),
        ("\u3000f3\u00a0a9\t", "F3A9"),
        ("12345678901234567890", "12345678901234567890"),
        ("00" + "F" * 40, "F" * 40),
        ("0A1B2C3D4E5F60718293A4B5C6D7E8F901234567", "A1B2C3D4E5F60718293A4B5C6D7E8F901234567"),
    ],
)
def test_a_serial_number_has_one_spelling(typed, stored):  # R-078, §3
    assert normal_serial(typed) == stored
    assert normal_serial(stored) == stored


@pytest.mark.parametrize(
    "typed",
    ["-05", "－05", "\u221205", "A,B", "A1B2,A1B2", "", " ", "zz", "F" * 41, "0x", "0x0xA", "00", "0", "+05", "5.0",
     "٠١٢٣", "१२", "𝟏𝟐", "①②", "²", "Ⅽ", "𝐀", "А1", "A1;B2", "A1\x00B2", "5=", "0b101g"],
)  # fmt: skip
def test_what_is_no_serial_number_is_refused(typed):  # R-078: -05 is not 05; look-alikes of other scripts
    with pytest.raises(DomainError) as caught:
        normal_serial(typed)
    assert caught.value.message_id == "error.K01.00002"


N = NameOID
ISSUERS = {
    "Japanese": [[(N.COUNTRY_NAME, "JP")], [(N.ORGANIZATION_NAME, "株式会社　認証")], [(N.COMMON_NAME, "発行 CA 𠮷")]],
    "signs": [[(N.ORGANIZATION_NAME, 'a, "b" +<c>;\\=d')], [(N.COMMON_NAME, "#x=y")]],
    "spaces": [[(N.COMMON_NAME, "x")], [(N.ORGANIZATION_NAME, "  a  b  ")]],
    "one space": [[(N.COMMON_NAME, " ")]],
    "several in one part": [
        [(N.ORGANIZATION_NAME, "o")], [(N.ORGANIZATIONAL_UNIT_NAME, "u"), (N.COMMON_NAME, "c"), (N.SERIAL_NUMBER, "7")],
    ],
    "parts by OID": [[(ObjectIdentifier("1.2.392.200.1"), "謎")], [(N.COMMON_NAME, "c")]],
    "rare parts": [
        [(N.DOMAIN_COMPONENT, "jp")], [(N.EMAIL_ADDRESS, "a@b.jp")], [(N.USER_ID, "u1")], [(N.STREET_ADDRESS, "1-1")],
        [(N.POSTAL_CODE, "100")], [(N.ORGANIZATION_IDENTIFIER, "X")], [(N.SURNAME, "山田")], [(N.GIVEN_NAME, "太郎")],
        [(N.TITLE, "長")], [(N.JURISDICTION_COUNTRY_NAME, "JP")], [(N.BUSINESS_CATEGORY, "b")],
        [(N.LOCALITY_NAME, "千代田区")], [(N.STATE_OR_PROVINCE_NAME, "東京都")], [(N.DN_QUALIFIER, "q")],
        [(N.PSEUDONYM, "p")], [(N.GENERATION_QUALIFIER, "Jr")], [(N.INITIALS, "T")],
    ],
    "invisible signs": [[(N.COMMON_NAME, "a\nb\x7f\u200ec\u2028")]],
    "16-bit text": [[(N.COMMON_NAME, "発行", _ASN1Type.BMPString)]],
    "the same part twice": [[(N.ORGANIZATIONAL_UNIT_NAME, "b")], [(N.ORGANIZATIONAL_UNIT_NAME, "a")]],
}  # fmt: skip


def printed(certificate):
    """The issuer as OpenSSL prints it; nginx' $ssl_client_i_dn is the same call (X509_NAME_print_ex, RFC 2253)."""
    tool = shutil.which("openssl")
    assert tool, "openssl is missing: apt-get install openssl"
    run = [tool, "x509", "-noout", "-issuer", "-nameopt", "RFC2253"]
    found = subprocess.run(run, input=certificates.pem(certificate), capture_output=True, check=True).stdout.decode()
    return found.removesuffix("\n").removeprefix("issuer=")


@pytest.mark.parametrize("parts", ISSUERS.values(), ids=ISSUERS)
def test_the_issuer_in_a_file_is_the_issuer_the_front_prints(parts):  # (issuer, serial)
    certificate = certificates.made(parts)
    told = printed(certificate)
    assert told.isascii()
    in_file = certificate_file.read("a.cer", certificates.der(certificate)).issuer
    assert normal_issuer(told) == in_file
    assert normal_issuer(in_file) == in_file, "the normal form is its own normal form"


def test_different_issuers_stay_different():
    found = [certificate_file.read("a.pem", certificates.pem(certificates.made(p))).issuer for p in ISSUERS.values()]
    assert len(set(found)) == len(ISSUERS)
    upside_down = [list(reversed(parts)) for parts in ISSUERS.values() if len(parts) > 1]
    turned = [certificate_file.read("a.pem", certificates.pem(certificates.made(p))).issuer for p in upside_down]
    assert not set(turned) & set(found), "the order of the parts is part of the name"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("CN=a,O=b", "CN=a,O=b"),
        (" CN = a , O = b ", "CN=a,O=b"),
        ("cn=a,o=b", "CN=a,O=b"),
        ("CN=a, S=Tokyo, E=a@b.jp", "CN=a,ST=Tokyo,emailAddress=a@b.jp"),  # as Windows calls them
        ('CN="a, b"', r"CN=a\, b"),
        ("2.5.4.3=a", "CN=a"),
        (r"CN=\E7\99\BA", "CN=発"),
        ("\u200eCN=a", "CN=a"),
        ("CN=A", "CN=A"),
        # Copied from the certificate dialog of Windows: a part to a line, or, in a box of one line, a space between.
        ("CN = Test CA\r\nOU = a b\r\nO = TEST\r\nS = Tokyo\r\nC = JP\r\n", "CN=Test CA,OU=a b,O=TEST,ST=Tokyo,C=JP"),
        ("CN = Test CA OU = a b O = TEST S = Tokyo C = JP", "CN=Test CA,OU=a b,O=TEST,ST=Tokyo,C=JP"),
        ("\u200eE = a@b.jp CN = c 2.5.4.97 = d", "emailAddress=a@b.jp,CN=c,organizationIdentifier=d"),
        ('O = "a, b" C = JP', r"O=a\, b,C=JP"),
        ("CN=a O = b", "CN=a O = b"),  # not that form: a name may hold these signs
    ],
)
def test_an_issuer_that_was_typed_has_the_same_spelling(typed, stored):
    assert normal_issuer(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "a",
        "=a",
        "CN",
        "CN=a,",
        'CN="a',
        "CN=a\\",
        r"CN=\E7\99",
        "C N=a",
        "CN=#0Cxx",
        "CN=" + "a" * 500,
        "CN = Test CAO = TESTC = JP",
    ],  # lines that ran into each other
)
def test_what_is_no_issuer_is_refused(typed):
    with pytest.raises(DomainError) as caught:
        normal_issuer(typed)
    assert caught.value.message_id == "error.K01.00003"


def test_times_as_nginx_prints_them():
    assert instant("Nov 21 09:34:14 2027 GMT") == datetime(2027, 11, 21, 9, 34, 14, tzinfo=UTC)
    assert instant("Jan  1 00:00:00 2030 GMT") == datetime(2030, 1, 1, tzinfo=UTC)
    for wrong in ("", "Nov 31 00:00:00 2027 GMT", "Nov 21 09:34:14 2027", "Foo 21 09:34:14 2027 GMT", "a,b"):
        with pytest.raises(ValueError, match=r".+"):
            instant(wrong)


def test_a_certificate_without_end_can_be_shown_in_tokyo():
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert Presented("CN=a", "1", end, end).valid_to == datetime(9999, 12, 31, 14, 59, 59, tzinfo=UTC)
