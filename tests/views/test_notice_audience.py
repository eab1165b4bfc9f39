"""公開先 with the operators' names beside the codes: a wrong code is seen before it is published (COM-058)."""

import pytest

from models import db
from tests.pages import plain
from tests.views.test_frame_costs import counted
from tests.views.test_notice_screens import NEW

NUMBER = "0000000001"


@pytest.fixture
def staff(make, signed_in):
    return signed_in(make.staff())


def confirmed(staff, codes):
    return staff.page("/admin/notices/new/").press("確認", **NEW, 公開先="operators", 公開先の事業者コード=codes)


def shown(page):
    """The lines beside 公開先の事業者コード."""
    [row] = [tr for tr in page.soup.select("table.facts tr") if tr.th and tr.th.get_text() == "公開先の事業者コード"]
    return [div.get_text() for div in row.td.find_all("div")]


def test_確認_and_詳細_show_the_names_beside_the_codes(staff, make):
    make.operator("0002", "二番<株式会社>")
    make.operator("0001", "一番株式会社")
    lines = ["0001 一番株式会社", "0002 二番<株式会社>"]
    page = confirmed(staff, "0002、０００１ 0002")
    assert (page.heading, shown(page)) == ("お知らせ登録確認画面", lines)
    page.press("実行")
    detail = staff.page("/admin/notices/?searched=1").click(NUMBER)
    assert shown(detail) == lines
    changed = detail.click("変更").press("確認", 公開先の事業者コード="0002")
    assert (changed.heading, shown(changed)) == ("お知らせ変更確認画面", lines[1:])


def test_a_conflict_shows_the_names_of_both(staff, make):
    make.operator("0001", "一番株式会社")
    make.operator("0002", "二番株式会社")
    confirmed(staff, "0001").press("実行")
    edit = staff.page("/admin/notices/?searched=1").click(NUMBER).link("変更")
    mine = staff.page(edit).press("確認", 公開先の事業者コード="0002")
    staff.page(edit).press("確認", タイトル="他").press("実行")
    page = mine.press("実行")
    assert page.status == 409
    rows = [[plain(e.get_text()) for e in tr.find_all(["th", "td"])] for tr in page.soup.select("table.conflict tr")]
    assert ["公開先の事業者コード", "0001一番株式会社", "0002二番株式会社"] in rows


def test_the_names_are_read_at_once_however_many_codes_there_are(staff, make):
    codes = [f"B{number:03d}" for number in range(30)]
    for code in codes:
        make.operator(code)
    costs = []
    for some in (codes[:2], codes):
        with counted(db.engine) as sent:
            assert len(shown(confirmed(staff, " ".join(some)))) == len(some)
        costs.append(len(sent))
        confirmed(staff, " ".join(some)).press("実行")
        number = max(row["お知らせID"] for row in staff.page("/admin/notices/?searched=1").rows())
        with counted(db.engine) as sent:
            assert len(shown(staff.page(f"/admin/notices/details/?id={int(number)}"))) == len(some)
        costs.append(len(sent))
    assert costs[:2] == costs[2:]
