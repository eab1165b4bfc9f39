"""CLIENT_CERT, FRONT_SECRET and BOARD_BASE_URL (contract.md; R-077)."""

import pytest

from config import SettingError, load
from tests.certificates import SECRET

GOOD = {"CLIENT_CERT": "required", "FRONT_SECRET": SECRET, "BOARD_BASE_URL": "https://board.example.jp",
        "BASE_URL": "https://panel.example.jp"}  # fmt: skip


@pytest.fixture
def start(tmp_path):
    return lambda **environ: load({"INSTANCE_DIR": str(tmp_path / "instance")} | environ)


def test_certificates_are_not_required_by_default(start):
    settings = start()
    assert not settings.client_cert_required
    assert settings.board_base_url == settings.base_url
    assert start(FRONT_SECRET="short").front_secret == "", "not read when it is not needed"


def test_required_with_everything_it_needs(start):
    settings = start(**GOOD)
    assert settings.client_cert_required
    assert (settings.front_secret, settings.board_base_url) == (SECRET, "https://board.example.jp")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FRONT_SECRET", ""),
        ("FRONT_SECRET", "x" * 31),
        ("FRONT_SECRET", "é" * 32),
        ("FRONT_SECRET", f"two words {SECRET}"),
        ("CLIENT_CERT", "on"),
        ("CLIENT_CERT", "REQUIRED"),
        ("BOARD_BASE_URL", ""),
        ("BOARD_BASE_URL", "https://panel.example.jp"),
        ("BOARD_BASE_URL", "https://PANEL.example.jp:8443"),  # cookies know no ports
        ("BOARD_BASE_URL", "board.example.jp"),
        ("BOARD_BASE_URL", "https://board.example.jp/board"),
    ],
)
def test_required_refuses_to_start_with_less(start, name, value):
    with pytest.raises(SettingError) as caught:
        start(**GOOD | {name: value})
    assert str(caught.value).startswith(name)
    assert SECRET not in str(caught.value)


def test_outside_the_demo_the_board_is_https_as_well(start):
    keys = {"DEMO": "off", "SECRET_KEY": SECRET, "OUTBOX_KEY": SECRET}
    with pytest.raises(SettingError, match=r"^BOARD_BASE_URL"):
        start(**GOOD | keys | {"BOARD_BASE_URL": "http://board.example.jp"})
