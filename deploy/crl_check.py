"""Are the revocation lists of the front good, and for how long? (R-080)

    python deploy/crl_check.py CRL.pem CHAIN.pem

An ended or missing list makes nginx refuse EVERY certificate, so run this hourly and let its exit code ring:
0 = good · 1 = a list ends within 72 hours · 2 = within 24 hours, ended, missing for a level, or not signed by it.
"""

import argparse
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509

GOOD, WARNING, ALARM = 0, 1, 2
WARN_BEFORE, ALARM_BEFORE = timedelta(hours=72), timedelta(hours=24)
_PEM = re.compile(rb"-----BEGIN X509 CRL-----.+?-----END X509 CRL-----", re.DOTALL)


class Verdict(NamedTuple):
    level: int
    lines: list[str]


def check(lists: bytes, chain: bytes, now: datetime) -> Verdict:
    """One line per level of the chain; the worst decides."""
    try:
        found = [x509.load_pem_x509_crl(pem) for pem in _PEM.findall(lists)]
        authorities = x509.load_pem_x509_certificates(chain)
    except ValueError as error:
        return Verdict(ALARM, [f"cannot be read: {error}"])
    judged = [_of_level(authority, found, now) for authority in authorities]
    return Verdict(max(level for level, _ in judged), [line for _, line in judged])


def begins(lists: bytes) -> dict[x509.Name, datetime]:
    """thisUpdate by issuer."""
    found = [x509.load_pem_x509_crl(pem) for pem in _PEM.findall(lists)]
    return {each.issuer: each.last_update_utc for each in found}


def _of_level(
    authority: x509.Certificate, lists: list[x509.CertificateRevocationList], now: datetime
) -> tuple[int, str]:
    name = authority.subject.rfc4514_string()
    of_it = [each for each in lists if each.issuer == authority.subject]
    if not of_it:
        return ALARM, f"{name}: no list"
    newest = max(of_it, key=lambda each: each.last_update_utc)
    if not newest.is_signature_valid(authority.public_key()):  # type: ignore[arg-type]  # the key of a CA signs
        return ALARM, f"{name}: the list is not signed by it"
    if newest.last_update_utc > now:
        return ALARM, f"{name}: the list begins in the future"
    end = newest.next_update_utc
    if end is None:
        return ALARM, f"{name}: the list names no next one"
    level = ALARM if end - now < ALARM_BEFORE else WARNING if end - now < WARN_BEFORE else GOOD
    return level, f"{name}: {len(newest)} revoked, good until {end:%Y-%m-%d %H:%M} UTC"


def main() -> None:
    parser = argparse.ArgumentParser(description="Checks the revocation lists of the front.")
    parser.add_argument("lists", type=Path)
    parser.add_argument("chain", type=Path)
    given = parser.parse_args()
    try:
        verdict = check(given.lists.read_bytes(), given.chain.read_bytes(), datetime.now(UTC))
    except OSError as error:
        verdict = Verdict(ALARM, [f"{error.filename}: {error.strerror}"])
    print(("good", "WARNING", "ALARM")[verdict.level])
    print("\n".join(verdict.lines))
    sys.exit(verdict.level)


if __name__ == "__main__":
    main()
