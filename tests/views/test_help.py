"""ヘルプ: who reads what, before the sign-in and after, pictures included (contract, issue 4 items 8)."""

import re
import struct
from pathlib import Path

import pytest

from models import db
from tests.pages import plain

PICTURES = Path(__file__).parents[2] / "static" / "help"
ROLES = ["一般", "管理者", "市場管理者", "審査担当"]
EVERYBODY = [
    "クライアント環境のセットアップ", "システムへのログイン方法", "パスワードポリシー", "エラー・メンテナンス画面",
    "ポータルトップの操作", "パスワード変更方法", "ユーザ情報管理の操作", "クライアント証明書の確認と管理", "権限一覧",
    "メッセージ一覧", "変更履歴",
    "マニュアル・お問い合わせ",
]  # fmt: skip
CONTENTS = {  # what each sees besides
    "一般": {"事業者情報管理の操作", "お知らせの確認"},
    "管理者": {"事業者情報管理の操作", "お知らせの確認"},
    "市場管理者": {
        "事業者管理の操作",
        "お知らせ管理の操作",
        "メンテナンスの操作",
        "職員情報管理の操作",
        "操作履歴・メール送信履歴の確認",
    },
    "審査担当": {"事業者管理の操作", "お知らせ管理の操作", "メンテナンスの操作", "審査の操作"},
}
PUBLIC = {
    "クライアント環境のセットアップ", "システムへのログイン方法", "パスワードポリシー", "エラー・メンテナンス画面",
    "マニュアル・お問い合わせ",
}  # fmt: skip


def contents_of(page):
    return {plain(a.get_text()) for a in page.soup.select("main ul.links a")}


def headings_of(page):
    return [plain(h.get_text()) for h in page.soup.select("main h2, main h3")]


# --- who reads what -----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", list(ROLES))
def test_every_page_has_the_control_help_and_it_leads_to_the_contents_of_this_person(reader, who, crawl):
    """Contract: every page of the portal has a control ヘルプ. Staff read staff's pages, operators theirs."""
    browser, home = reader(who)
    site = home.split("/")[1]
    pages = crawl(browser, f"/{site}/")
    inside = {address: page for address, page in pages.items() if address.startswith(f"/{site}/")}
    assert len(inside) > 10
    for address, page in inside.items():
        assert page.soup.select_one("header a[href$='/help/']").get_text() == "ヘルプ", address
        assert page.link("ヘルプ") == home, address
    index = browser.page(f"/{site}/").click("ヘルプ")
    assert (index.status, index.heading, index.crumbs) == (200, "ヘルプ", ["TOP", "ヘルプ"])
    assert contents_of(index) == set(map(plain, EVERYBODY)) | set(map(plain, CONTENTS[who]))
    for title in contents_of(index):
        page = index.click(title)
        assert (page.status, page.heading, page.crumbs) == (200, title, ["TOP", "ヘルプ", title])


@pytest.mark.parametrize(("who", "slug"), [
    ("一般", "staff"), ("管理者", "records"), ("管理者", "operators"), ("審査担当", "staff"), ("審査担当", "records"),
    ("審査担当", "operator"), ("市場管理者", "notice"), ("市場管理者", "review"), ("一般", "review"),
    ("stranger", "certificates"), ("stranger", "notice"),
    ("市場管理者", "nothing"), ("市場管理者", "..%2Findex"), ("stranger", "users"),
    ("stranger", "permissions"), ("stranger", "messages"), ("stranger", "top"), ("stranger", "changes"),
])  # fmt: skip
def test_a_page_of_somebody_else_is_404(reader, who, slug):
    browser, home = reader(who)
    assert browser.get(f"{home}{slug}/").status_code == 404


def test_steps_a_role_lacks_are_left_out(reader):
    """PRM-01, PRM-04, USR-100: 一般 and 審査担当 read; only 広域機関 replaces a 管理者."""
    heads = {}
    for who in ROLES:
        browser, home = reader(who)
        heads[who] = headings_of(browser.page(f"{home}users/"))
    assert heads["一般"] == heads["審査担当"] == ["ユーザ情報の検索", "ユーザ情報の参照", "ユーザ情報のCSV出力"]
    writing = ["ユーザ情報の登録", "ユーザ情報の変更", "ユーザ情報の削除", "ユーザロック解除とパスワード再発行"]
    assert heads["管理者"] == heads["一般"] + writing
    assert heads["市場管理者"] == heads["管理者"] + ["登録作業者(管理者)の交代"]


def test_help_on_certificates_is_reading_for_operators_and_writing_for_who_may_write(reader):  # COM-022, COM-023
    heads = {}
    for who in ROLES:
        browser, home = reader(who)
        heads[who] = headings_of(browser.page(f"{home}certificates/"))
    reading = ["クライアント証明書の検索と参照", "状態の見方"]
    assert heads["審査担当"] == reading
    assert heads["一般"] == heads["管理者"] == [*reading, "クライアント証明書の更新"]
    assert heads["市場管理者"] == [
        *reading, "クライアント証明書の登録", "未登録証明書の割当", "クライアント証明書の変更と取下げ",
    ]  # fmt: skip


def test_help_on_notices_tells_who_can_do_something_what_needs_doing(reader):  # COM-053…057, issue 4 item 1
    reading = ["お知らせ一覧の見方", "お知らせの参照"]
    for who, heads in (("一般", reading), ("管理者", [*reading, "対応が必要な事項"])):
        browser, home = reader(who)
        page = browser.page(f"{home}notice/")
        assert headings_of(page) == heads
        assert plain("表示開始から7日以内") in page.text
        assert (plain("24時間以内") in page.text) == (who == "管理者")


def test_before_the_sign_in_the_set_up_can_be_read_and_nothing_internal(browser, crawl):  # COM-001, COM-002
    login = browser.page("/login")
    index = login.click("ヘルプ")
    assert (index.response.request.path, index.heading, index.crumbs) == (
        "/help/",
        "ヘルプ",
        ["ログイン画面", "ヘルプ"],
    )
    assert contents_of(index) == set(map(plain, PUBLIC))
    found = crawl(browser, "/help/")
    pages = [page for address, page in found.items() if address.startswith("/help/")]
    assert len(pages) == 6
    for page in pages:
        assert page.status == 200
        for inside in ("職員", "ユーザ情報管理", "操作履歴", "市場管理者", "審査担当"):
            assert plain(inside) not in page.text.replace("操作手順、権限一覧", ""), page.heading
        for image in page.soup.find_all("img"):
            assert re.search(r"/help/(login|login-error|password-forced|error-404)\.png", image["src"])


def test_the_public_part_asks_nothing_of_the_database(app, session, browser):
    """Who has no certificate or no database yet still needs it."""
    session.rollback()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE sessions RENAME TO sessions_gone")
    for slug in ("", "setup/", "sign-in/", "policy/", "errors/", "contact/"):
        browser.set_cookie("panel", "eyJzaWQiOiJ4In0.broken")
        assert browser.get(f"/help/{slug}").status_code == 200


def test_somebody_who_must_change_the_password_can_read_the_policy(make, signed_in, time):
    browser = signed_in(make.user(temporary_until=time.now.replace(year=2027)))
    forced = browser.page("/password")
    assert forced.link("ヘルプ") == "/help/"
    assert browser.page("/help/policy/").heading == "パスワードポリシー"
    assert browser.get("/portal/help/").headers["Location"] == "/password"


# --- pictures --------------------------------------------------------------------------------------------


@pytest.fixture
def pictures(reader):
    """Who -> the names of the pictures in that person's help."""
    found = {}
    for who in ["stranger", *ROLES]:
        browser, home = reader(who)
        index = browser.page(home)
        found[who] = set()
        for title in contents_of(index):
            for image in index.click(title).soup.find_all("img"):
                name = re.fullmatch(r"/static/help/([\w-]+)\.png\?v=\w+", image["src"])[1]
                assert image["alt"], name
                size = struct.unpack(">II", (PICTURES / f"{name}.png").read_bytes()[16:24])
                assert size == (int(image["width"]), int(image["height"])), name
                answer = browser.get(image["src"], buffered=True)
                assert (answer.status_code, answer.mimetype) == (200, "image/png"), name
                found[who].add(name)
    return found


def test_every_picture_help_names_is_there_and_none_is_left_over(pictures):  # issue 4, item 8
    named = set().union(*pictures.values())
    assert len(named) > 30
    assert {p.name for p in PICTURES.iterdir()} == {f"{name}.png" for name in named}


def test_pictures_of_screens_a_role_cannot_see_are_not_shown_to_it(pictures):
    assert pictures["stranger"] == {"login", "login-error", "password-forced", "error-404"}
    assert not [n for who in ("一般", "管理者") for n in pictures[who] if n.startswith("admin")]
    assert not [n for who in ("市場管理者", "審査担当") for n in pictures[who] if n.startswith("portal")]
    assert not [n for n in pictures["一般"] if n.startswith("portal-full")]
    only_reading = [n for n in pictures["審査担当"] if n.startswith("admin")]
    assert set(only_reading) == {
        "admin-read-home", "admin-read-users", "admin-read-user", "admin-read-operators", "admin-password",
        "admin-logout",
    }  # fmt: skip


def test_pictures_are_png_of_one_width_and_modest_size():
    files = sorted(PICTURES.iterdir())
    for file in [*files, PICTURES.parents[1] / "docs" / "pictures" / "users.png"]:
        data = file.read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n", file.name
        assert data[-8:-4] == b"IEND", file.name
        width, height = struct.unpack(">II", data[16:24])
        assert width == 1366, file.name
        assert 400 <= height <= 1280, file.name
        assert len(data) <= 150_000, file.name
