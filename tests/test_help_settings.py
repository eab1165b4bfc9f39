"""Settings that help prints (contract.md): neutral defaults, and one sentence for what cannot be printed."""

import pytest

from config import SettingError, load


@pytest.fixture
def start(tmp_path):
    return lambda **environ: load({"INSTANCE_DIR": str(tmp_path / "instance")} | environ)


def test_the_defaults_are_neutral(start):
    settings = start()
    contacts = (settings.contact_mail, settings.board_contact_mail, settings.code_contact_mail)
    assert contacts == ("contact@example.jp", "board-contact@example.jp", "code-contact@example.jp")
    assert (settings.system_manual_url, settings.business_manual_url, settings.terms_url) == ("", "", "")


def test_they_are_what_the_environment_says(start):
    settings = start(
        CONTACT_MAIL="a@mihon.example",
        BOARD_CONTACT_MAIL="b@mihon.example",
        CODE_CONTACT_MAIL="c@mihon.example",
        SYSTEM_MANUAL_URL="https://www.mihon.example/system.html",
        BUSINESS_MANUAL_URL="http://www.mihon.example/",
        TERMS_URL="https://www.mihon.example/terms?lang=ja",
    )
    assert (settings.contact_mail, settings.board_contact_mail) == ("a@mihon.example", "b@mihon.example")
    assert settings.code_contact_mail == "c@mihon.example"
    assert settings.system_manual_url == "https://www.mihon.example/system.html"
    assert settings.business_manual_url == "http://www.mihon.example/"
    assert settings.terms_url == "https://www.mihon.example/terms?lang=ja"


@pytest.mark.parametrize("name", ["CONTACT_MAIL", "BOARD_CONTACT_MAIL", "CODE_CONTACT_MAIL"])
@pytest.mark.parametrize(
    "value", ["nobody", "@", "a@", "@b", "窓口 <a@b.example>", "a@b.example, c@d.example", "a b@c"]
)
def test_what_is_no_bare_mail_address_is_named(start, name, value):
    with pytest.raises(SettingError, match=f"^{name} must be "):
        start(**{name: value})


@pytest.mark.parametrize("name", ["SYSTEM_MANUAL_URL", "BUSINESS_MANUAL_URL", "TERMS_URL"])
@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "//host/x", "/manual", "ftp://host/", "https://", "https://[::1", "https://a b/"]
)
def test_what_is_no_web_address_is_named(start, name, value):
    with pytest.raises(SettingError, match=f"^{name} must be "):
        start(**{name: value})
