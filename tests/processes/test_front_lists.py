"""R-080: a revocation list cannot take the service down – the alarm before its end, and a swap that is refused."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from deploy.crl_check import check
from tests.processes.front import BOARD, PORTAL
from tests.processes.servers import ROOT, environment
from tools import certs as ca

pytestmark = pytest.mark.processes


@pytest.fixture
def own(tmp_path):
    """A CA of the test's own."""
    folder = tmp_path / "certs"
    ca.make(folder, (PORTAL, BOARD))
    return folder


def run(script, *arguments):
    """(exit code, what it printed)"""
    command = [sys.executable, ROOT / "deploy" / script, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(("hours", "code"), [(168, 0), (73, 0), (71, 1), (25, 1), (23, 2), (-1, 2)])
def test_r_080_the_check_rings_72_and_24_hours_before_the_end(own, hours, code):
    ca.write_lists(own, timedelta(hours=hours))
    verdict = check((own / "crl.pem").read_bytes(), (own / "chain.crt").read_bytes(), datetime.now(UTC))
    assert verdict.level == code
    assert [line.split(", good until ")[0] for line in verdict.lines] == [
        "CN=Test issuing CA,O=TEST issuing,C=JP: 1 revoked",
        "CN=Test root CA,O=TEST root,C=JP: 0 revoked",
    ]


@pytest.mark.parametrize(("hours", "code", "word"), [(168, 0, "good"), (71, 1, "WARNING"), (23, 2, "ALARM")])
def test_r_080_the_exit_code_of_the_check_is_what_rings(own, hours, code, word):
    ca.write_lists(own, timedelta(hours=hours))
    exit_code, printed = run("crl_check.py", own / "crl.pem", own / "chain.crt")
    assert (exit_code, printed.splitlines()[0]) == (code, word)


def test_r_080_the_earliest_end_of_all_levels_decides(own):
    ca.write_lists(own, timedelta(hours=23), ("root",))
    short = (own / "crl.pem").read_text()
    ca.write_lists(own, levels=("issuing",))
    both = (own / "crl.pem").read_text() + short
    assert check(both.encode(), (own / "chain.crt").read_bytes(), datetime.now(UTC)).level == 2


def test_r_080_a_missing_level_a_foreign_list_and_no_list_at_all_ring(own, tmp_path):
    ca.write_lists(own, levels=("issuing",))
    exit_code, printed = run("crl_check.py", own / "crl.pem", own / "chain.crt")
    assert (exit_code, "CN=Test root CA,O=TEST root,C=JP: no list" in printed) == (2, True)

    ca.make(tmp_path / "others", (PORTAL,))  # another CA of the same names
    exit_code, printed = run("crl_check.py", tmp_path / "others/crl.pem", own / "chain.crt")
    assert (exit_code, printed.count("the list is not signed by it")) == (2, 2)

    for content in ("", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"):
        (own / "crl.pem").write_text(content)
        assert run("crl_check.py", own / "crl.pem", own / "chain.crt")[0] == 2
    assert run("crl_check.py", own / "nothing", own / "chain.crt")[0] == 2


@pytest.fixture
def running(another_site, own, echo):
    return another_site(own, echo.port)


def swap(site, new, canary="operator-0001"):
    client = site.certs / "clients" / canary
    return run(
        "crl_swap.py", new, site.folder, "--canary-cert", f"{client}.crt", "--canary-key", f"{client}.key"
    )  # fmt: skip


def status(site, client):
    return site.call("/login", client=client).status


@pytest.fixture
def downloaded(running, tmp_path):
    """downloaded(*names, **options): new lists that revoke these clients too; the running front has the old ones."""

    def fetch(*names, **options):
        before = (running.certs / "crl.pem").read_bytes()
        ca.revoke(running.certs, *names)
        if options:
            ca.write_lists(running.certs, **options)
        new = tmp_path / "new.pem"
        new.write_bytes((running.certs / "crl.pem").read_bytes())
        (running.certs / "crl.pem").write_bytes(before)
        return new

    return fetch


def test_a_swap_puts_the_new_lists_in_force_at_once(running, downloaded):
    new = downloaded("operator-0002")
    assert status(running, "operator-0002") == 200
    assert swap(running, new) == (0, "The new lists are in force.\n")
    assert [status(running, client) for client in ("operator-0001", "operator-0002")] == [200, 403]
    assert (running.certs / "crl.pem").read_bytes() == new.read_bytes()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"life": timedelta(hours=-1)}, "good until"),
        ({"life": timedelta(hours=5)}, "good until"),
        ({"levels": ("issuing",)}, "no list"),
        ({"levels": ("root",)}, "no list"),
    ],
)
def test_r_080_lists_that_would_shut_everybody_out_are_not_swapped_in(running, downloaded, options, reason):
    before = (running.certs / "crl.pem").read_bytes()
    code, printed = swap(running, downloaded(**options))
    assert code == 1
    assert printed.startswith("The old lists stay: ")
    assert reason in printed
    assert (running.certs / "crl.pem").read_bytes() == before
    assert status(running, "operator-0001") == 200


def test_r_080_a_canary_that_is_refused_brings_the_old_lists_back(running, downloaded):
    before = (running.certs / "crl.pem").read_bytes()
    code, printed = swap(running, downloaded("staff", "operator-0002"), canary="staff")
    assert (code, "the canary got 403" in printed) == (1, True)
    assert (running.certs / "crl.pem").read_bytes() == before
    assert [status(running, client) for client in ("staff", "operator-0002")] == [200, 200], "in force again"


def test_an_older_list_does_not_bring_a_revoked_certificate_back(running, downloaded, tmp_path):
    older = tmp_path / "older.pem"
    older.write_bytes((running.certs / "crl.pem").read_bytes())
    newer = downloaded("operator-0002", begin=timedelta(minutes=-1))
    assert swap(running, newer)[0] == 0
    code, printed = swap(running, older)
    assert (code, "older than the one in place" in printed) == (1, True)
    assert status(running, "operator-0002") == 403
