"""Fixtures of the front, for tests/processes/ and tests/browser/."""

import pytest

from tests import databases
from tests.processes import front
from tools.certs import make as make_certs


@pytest.fixture(scope="session")
def nginx():
    """The program, or the one command that brings it."""
    if front.NGINX is None:
        (pytest.fail if databases.CI else pytest.skip)("nginx is missing: make deps installs it")
    return front.NGINX


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    """What `make certs` makes, once. Tests that revoke make their own."""
    folder = tmp_path_factory.mktemp("certs") / "made"
    make_certs(folder, (front.PORTAL, front.BOARD))
    return folder


@pytest.fixture(scope="session")
def echo():
    made = front.Echo().start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def site(nginx, certs, echo):
    """The front before the echo."""
    made = front.Front(certs, echo.port).start()
    yield made
    made.stop()


@pytest.fixture
def another_site(nginx):
    """another_site(certs, port): a front of the test's own."""
    started = []

    def start(*arguments, **options):
        started.append(front.Front(*arguments, **options).start())
        return started[-1]

    yield start
    for each in started:
        each.stop()
