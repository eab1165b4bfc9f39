"""Puts new revocation lists in place, or nothing (R-080).

    python deploy/crl_swap.py NEW.pem SITE --canary-cert CERT --canary-key KEY

SITE is the folder that `python -m tools.front render` wrote. Checks the new lists, tries them with `nginx -t` on a
copy of SITE, swaps, reloads, and asks /certificate-check with a certificate that must be admitted. If it is not, the
old lists come back. Exit code 0: the new lists are in force; 1: the old ones are.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from crl_check import ALARM, begins, check

_ANY = {"": "127.0.0.1", "*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - where to ask then
PATIENCE = 15.0  # seconds until the new workers must serve


class Refused(Exception):
    """Why the old lists stay."""


def swap(new: Path, site: Path, canary: list[str]) -> None:
    """Raises Refused; then the old lists are in force."""
    conf = (site / "nginx.conf").read_text(encoding="utf-8")
    lists, chain = _path(conf, "ssl_crl"), _path(conf, "ssl_trusted_certificate")
    _judge(new.read_bytes(), lists.read_bytes(), chain.read_bytes())
    _try_on_a_copy(site, conf, lists, new)
    old = lists.read_bytes()
    _replace(lists, new.read_bytes())
    try:
        _reload(site)
        _ask(conf, canary)
    except Refused:
        _replace(lists, old)
        _reload(site)
        raise


def _judge(new: bytes, old: bytes, chain: bytes) -> None:
    verdict = check(new, chain, datetime.now(UTC))
    if verdict.level == ALARM:
        raise Refused("; ".join(verdict.lines))
    before = begins(old)
    if any(issuer in before and begin < before[issuer] for issuer, begin in begins(new).items()):
        raise Refused("a list is older than the one in place")


def _try_on_a_copy(site: Path, conf: str, lists: Path, new: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="crl-swap-") as name:
        copy = Path(name) / "site"
        shutil.copytree(site, copy, ignore=shutil.ignore_patterns("logs", "run"))
        for folder in ("logs", "run"):
            (copy / folder).mkdir()
        (copy / "nginx.conf").write_text(conf.replace(f"ssl_crl {lists};", f"ssl_crl {new.absolute()};"), "utf-8")
        _nginx(copy, "-t")


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".new")
    draft.write_bytes(content)
    draft.replace(path)


def _reload(site: Path) -> None:
    """Until no worker of before takes connections any more."""
    master = (site / "run/nginx.pid").read_text(encoding="ascii").strip()
    before = _workers(master)
    _nginx(site, "-s", "reload")
    deadline = time.monotonic() + PATIENCE
    while before & _workers(master):
        if time.monotonic() > deadline:
            raise Refused(f"nginx did not take the reload; see {site}/logs/error.log")
        time.sleep(0.05)


def _workers(master: str) -> set[str]:
    """Process ids of the workers that are not shutting down."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()
    return {child for child in children if b"shutting down" not in _title(child)}


def _title(process: str) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except FileNotFoundError:  # gone
        return b"shutting down"


def _ask(conf: str, canary: list[str]) -> None:
    portal = _word(conf, r"server_name (?!_)(\S+);")
    host, _, port = _word(conf, r"listen (\S+) ssl").rpartition(":")
    target = f"{portal}:{port}:{_ANY.get(host, host)}"
    command = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--noproxy", "*", "--max-time", "10"]
    # The server's own certificate is not what is tried here.
    command += ["--insecure", "--resolve", target, *canary, f"https://{portal}:{port}/certificate-check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.stdout != "200":
        raise Refused(f"the canary got {done.stdout} {done.stderr}".strip())


def _nginx(site: Path, *arguments: str) -> None:
    command = ["nginx", "-q", "-p", f"{site}/", "-c", f"{site}/nginx.conf", "-e", f"{site}/logs/error.log", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise Refused(done.stderr.strip())


def _path(conf: str, directive: str) -> Path:
    return Path(_word(conf, rf"{directive} (\S+);"))


def _word(conf: str, pattern: str) -> str:
    found = re.search(pattern, conf)
    if found is None:
        raise Refused(f"nginx.conf has no {pattern}")
    return found[1]


def main() -> None:
    parser = argparse.ArgumentParser(description="Puts new revocation lists in place, or nothing.")
    parser.add_argument("new", type=Path)
    parser.add_argument("site", type=Path)
    parser.add_argument("--canary-cert", required=True)
    parser.add_argument("--canary-key", required=True)
    given = parser.parse_args()
    try:
        swap(given.new, given.site.absolute(), ["--cert", given.canary_cert, "--key", given.canary_key])
    except (Refused, OSError) as error:
        sys.exit(f"The old lists stay: {error}")
    print("The new lists are in force.")


if __name__ == "__main__":
    main()
