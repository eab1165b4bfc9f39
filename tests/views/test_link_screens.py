"""参加登録 and 管理: what is behind the tab, for whom (COM-052, #010 5章)."""

import pytest

from domain.roles import Role
from tests.pages import plain

CHANGING = ("登録、", "変更、", "削除、", "公開、", "退出を", "取下げを", "取消します")


@pytest.fixture
def lines(make, signed_in):
    """lines(person, path): the explanations of a link screen."""

    def read(person, path):
        page = signed_in(person).page(path)
        found = {li.a.get_text(): plain(li.p.get_text()) for li in page.soup.select(".links li")}
        assert found, path
        return found

    return read


def test_com_052_who_may_only_look_is_promised_no_more(make, lines):
    reviewer = make.reviewer()
    for found in (lines(make.user(role=Role.OPERATOR_GENERAL), "/portal/registration/"),
                  lines(reviewer, "/admin/registration/"), lines(reviewer, "/admin/management/")):  # fmt: skip
        assert [text for text in found.values() if any(word in text for word in CHANGING)] == []


def test_who_may_change_is_told_so(make, lines):
    assert "ロック解除" in lines(make.user(role=Role.OPERATOR_ADMIN), "/portal/registration/")["ユーザ情報管理"]
    assert "取下げ" in lines(make.staff(), "/admin/management/")["クライアント証明書"]
