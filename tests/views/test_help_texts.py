"""ヘルプ: what its pages say: COM-002…009, COM-018, SYS-007…009, #010 4章(3), #020 2章."""

import re

import pytest

from app import create_app
from domain import guides, messages
from domain.roles import Site
from models import db
from tests import databases
from tests.pages import plain


def headings_of(page):
    return [plain(h.get_text()) for h in page.soup.select("main h2, main h3")]


def section(page, heading):
    """The text from this heading to the next."""
    found = next(h for h in page.soup.select("main h2") if plain(h.get_text()) == plain(heading))
    parts = []
    for sibling in found.find_next_siblings():
        if sibling.name == "h2":
            break
        parts.append(plain(sibling.get_text()))
    return "".join(parts)


def assert_order(text, *words):
    at = -1
    for word in map(plain, words):
        at = text.find(word, at + 1)
        assert at >= 0, f"{word} is missing, or not in this order"


# --- クライアント環境のセットアップ ---------------------------------------------------------------------


@pytest.fixture(params=["stranger", "一般", "市場管理者"])
def setup(request, reader):
    browser, home = reader(request.param)
    return browser.page(f"{home}setup/")


def test_the_set_up_names_every_heading_and_step_of_the_manual(setup):  # COM-002…009, SYS-008
    assert headings_of(setup) == list(map(plain, [
        "対応ブラウザ",
        "クライアント証明書のインポート",
        "「.p12」ファイルの場合（Windows）",
        "ポップアップブロックの信用サイト登録",
        "クライアント証明書のシリアル番号と有効期限の確認",
        "クライアント証明書の選択画面設定",
        "クライアント環境のセットアップ解除",
    ]))  # fmt: skip
    assert_order(section(setup, "対応ブラウザ"), "Edge", "Chrome", "Firefox", "Safari",
                 "Internet Explorerには対応していません")  # fmt: skip
    importing = section(setup, "クライアント証明書のインポート")
    assert_order(importing, "「.p12」", "USBトークン", "ドライバ", "ダブルクリック", "[次へ]",
                 "ファイルパスを確認し、[次へ]",
                 "パスワードを入力し、[次へ]", "証明書の種類に基づいて、自動的に証明書ストアを選択する",
                 "[完了]", "[OK]",
                 "容量市場システムの画面で、クライアント証明書のパスワードを入力することはありません")  # fmt: skip
    assert_order(section(setup, "ポップアップブロックの信用サイト登録"), "コントロール パネル", "小さいアイコン",
                 "[インターネットオプション]", "[プライバシー] タブ", "「ポップアップブロックを有効にする」",
                 "入っていない場合は、登録は不要", "[設定]", "許可するWebサイトのアドレス",
                 "[追加]", "許可されたサイト",
                 "[閉じる]", "[適用]", "[OK]")  # fmt: skip
    assert_order(section(setup, "クライアント証明書のシリアル番号と有効期限の確認"), "[コンテンツ] タブ", "[証明書]",
                 "ダブルクリック", "[詳細] タブ", "「シリアル番号」と「有効期間の終了」を確認")  # fmt: skip
    assert_order(section(setup, "クライアント証明書の選択画面設定"), "[セキュリティ] タブ", "[レベルのカスタマイズ]",
                 "[その他]", "既存のクライアント証明書が1つ、または存在しない場合の証明書の選択",
                 "[有効にする]", "[OK]")  # fmt: skip
    assert_order(section(setup, "クライアント環境のセットアップ解除"), "[コンテンツ] タブ", "[証明書]", "[削除]",
                 "確認ダイアログ", "[はい]", "存在しないことを確認")  # fmt: skip
    assert setup.soup.select("main input") == [], "COM-003: the system never asks for the certificate's password"


def test_its_contents_lead_to_its_sections(setup):
    targets = [a["href"].removeprefix("#") for a in setup.soup.select("main .guide > ul a")]
    assert len(targets) == 6
    assert all(setup.soup.find("h2", id=target) for target in targets)


def test_the_settings_appear_in_help(database, tmp_path):  # COM-006, contract "Settings"
    settings = databases.settings(
        tmp_path, database[1], BASE_URL="https://panel.mihon.example", CONTACT_MAIL="a@mihon.example",
        BOARD_CONTACT_MAIL="b@mihon.example", CODE_CONTACT_MAIL="c@mihon.example", SESSION_IDLE_MINUTES="17",
        TERMS_URL="https://www.mihon.example/terms",
    )  # fmt: skip
    app = create_app(settings, TESTING=True, BCRYPT_COST=4)
    with app.app_context():
        db.engine.dispose()  # help needs no connection
    browser = app.test_client()
    assert browser.get("/help/setup/").text.count("https://panel.mihon.example/") == 2
    assert "https://panel.mihon.example/" in browser.get("/help/sign-in/").text
    contact = browser.get("/help/contact/").text
    for address in ("a@mihon.example", "b@mihon.example", "c@mihon.example"):
        assert contact.count(address) == 1
    assert 'href="https://www.mihon.example/terms"' in contact
    assert "17分" in browser.get("/help/errors/").text


# --- the lists -------------------------------------------------------------------------------------------


def test_the_policy_is_the_one_that_is_enforced(browser):  # 4章(3)
    page = browser.page("/help/policy/")
    for rule in ("半角で8文字以上、20文字以下", "英大文字、英小文字、数字、記号の中から3種類以上",
                 "過去4世代と同じパスワードは使用不可",
                 "ユーザIDと同一のパスワードは使用不可", "連続して5回"):  # fmt: skip
        assert plain(rule) in page.text
    assert page.soup.select_one("code.symbols").get_text() == "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


PERMISSIONS = {  # 市場管理者, 審査担当, 管理者, 一般: #020 2章 and requirements §3
    "ユーザ情報の登録": ("○すべて", "―", "○自事業者", "―"),
    "ユーザ情報の削除": ("○すべて", "―", "○自事業者", "―"),
    "ユーザ情報の変更": ("○すべて", "―", "○自事業者", "―"),
    "パスワード変更": ("○自分", "○自分", "○自分", "○自分"),
    "ユーザロック解除・パスワード再発行": ("○すべて", "―", "○自事業者", "―"),
    "ユーザ情報の検索・参照": ("○すべて", "○すべて", "○自事業者", "○自事業者"),
    "ユーザ情報一覧CSV出力": ("○すべて", "○すべて", "○自事業者", "○自事業者"),
    "登録作業者(管理者)の登録": ("○すべて", "―", "―", "―"),
    "管理者交代": ("○すべて", "―", "―", "―"),
    "事業者の検索・参照": ("○すべて", "○すべて", "○自事業者", "○自事業者"),
    "職員情報の変更": ("○すべて", "―", "―", "―"),
    "操作履歴の検索・参照": ("○すべて", "―", "―", "―"),
    "メールの再送": ("○すべて", "―", "―", "―"),
}


ROLES = ["市場管理者", "審査担当", "登録作業者(管理者)", "登録作業者(一般)"]
OPERATORS_PERMISSIONS = [
    "ユーザ情報の登録", "ユーザ情報の削除", "ユーザ情報の変更", "パスワード変更", "ユーザロック解除・パスワード再発行",
    "ユーザ情報の検索・参照", "ユーザ情報一覧CSV出力", "事業者の検索・参照", "お知らせの閲覧",
    "クライアント証明書の検索・参照",
]  # fmt: skip


@pytest.mark.parametrize("who", ["一般", "管理者"])
def test_operators_see_the_columns_of_their_roles_and_what_these_may_do(reader, who):
    browser, home = reader(who)
    page = browser.page(f"{home}permissions/")
    assert page.headers_of_list() == ["操作", *ROLES[2:]]
    rows = {row["操作"]: tuple(row[role] for role in ROLES[2:]) for row in page.rows()}
    assert list(rows) == list(map(plain, OPERATORS_PERMISSIONS))
    for name, cells in PERMISSIONS.items():
        assert rows.get(plain(name), ("―", "―")) == tuple(map(plain, cells[2:])), name
    assert "すべて" not in page.soup.find("main").get_text()


@pytest.mark.parametrize("who", ["審査担当", "市場管理者"])
def test_the_permission_table_cell_by_cell(reader, who):
    browser, home = reader(who)
    page = browser.page(f"{home}permissions/")
    roles = ROLES
    assert page.headers_of_list() == ["操作", *roles, "一般(情報掲示板)"]
    rows = {row["操作"]: tuple(row[role] for role in roles) for row in page.rows()}
    assert {name: cells for name, cells in rows.items() if name in PERMISSIONS} == {
        plain(name): tuple(map(plain, cells)) for name, cells in PERMISSIONS.items()
    }
    assert list(rows)[:3] == ["ユーザ情報の登録", "ユーザ情報の削除", "ユーザ情報の変更"], "the manual's row order"
    assert len(rows) == len(page.rows()), "no two permissions have one name"
    assert not [name for name in rows if ":" in name], "every permission has a Japanese name"


def test_the_message_list_has_every_message(reader):  # COM-018
    for who in ("市場管理者", "審査担当"):
        browser, home = reader(who)
        page = browser.page(f"{home}messages/")
        assert page.headers_of_list() == ["メッセージID", "本文"]
        rows = page.rows()
        assert [row["メッセージID"] for row in rows] == sorted(messages.ids())
        assert page.statuses == [f"{len(rows)}件"]
        texts = {row["メッセージID"]: row["本文"] for row in rows}
        assert texts["error.C00.00001"] == plain("〔項目名〕を入力してください。")
        assert not [text for text in texts.values() if "{" in text or "}" in text]


@pytest.mark.parametrize("who", ["一般", "管理者"])
def test_operators_find_the_messages_they_can_meet_and_no_others(reader, who):  # COM-018
    browser, home = reader(who)
    shown = {row["メッセージID"] for row in browser.page(f"{home}messages/").rows()}
    hidden = messages.ids() - shown
    families = {message_id.partition(".0")[0] for message_id in hidden if message_id.startswith("error.")}
    assert families == {
        f"error.{name}"
        for name in (
            "B01", "B02", "B03", "B04", "B05", "B06", "C00", "F01", "K01", "M01", "N01", "O01", "R01", "R02", "R03",
            "S01", "U02", "U07", "W01",
        )
    }  # fmt: skip
    for met in ("error.K01.00001", "error.C02.00008", "error.U02.00001", "error.U02.00003", "error.U04.00001",
                "error.C00.00001", "error.B02.00010", "info.maintenance.planned", "info.reissue.own"):  # fmt: skip
        assert met in shown, met
    for theirs in ("info.publish.confirm", "info.withdraw.complete", "info.replace.confirm", "error.K01.00011",
                   "info.remark.equal", "info.member_reissue.complete", "info.claim.confirm",
                   "info.post.complete"):  # fmt: skip
        page = browser.page(f"{home}messages/", query_string={"q": theirs})
        assert page.rows() == [], theirs


def test_a_form_of_operators_with_files_would_need_the_messages_about_files(app):
    """Today only staff attach; whoever changes that takes error.F01 out of guides.STAFF_MESSAGES."""
    views = {getattr(f, "__self__", None) for name, f in app.view_functions.items() if name.startswith("portal_")}
    attaching = [
        v
        for v in views
        if getattr(v, "takes_files", None) and v.takes_files("create_view") and v.has_screen("create_view")
    ]
    assert bool(attaching) == guides.concerns("error.F01.00001", Site.PORTAL)


LOCKED = "error.Y05.00002"


@pytest.mark.parametrize("typed", [
    "error.Y05.00002", "ERROR.Y05.00002", "ｅｒｒｏｒ．Ｙ０５．００００２",
    "error.Y05.00002 : アカウントがロックされています。",
    "アカウントがロックされています", "ﾛｯｸ 連絡", "ロック　連絡",
])  # fmt: skip
def test_a_message_is_found_by_id_and_by_its_words_in_any_width(reader, typed):  # COM-018
    browser, home = reader("一般")
    page = browser.page(f"{home}messages/").press("検索", メッセージIDまたは本文=typed)
    assert [row["メッセージID"] for row in page.rows()] == [LOCKED]
    assert page.value("メッセージIDまたは本文") == typed


def test_a_message_is_found_by_the_beginning_of_its_id_and_as_a_screen_prints_it(reader):
    browser, home = reader("市場管理者")
    page = browser.page(f"{home}messages/", query_string={"q": "error.Y07"})
    assert [row["メッセージID"] for row in page.rows()] == ["error.Y07.00001", "error.Y07.00002"]
    page = browser.page(f"{home}messages/", query_string={"q": "ユーザ名は20文字以内で入力してください。"})
    assert "error.C00.00004" in [row["メッセージID"] for row in page.rows()]
    assert len(page.rows()) < 5


@pytest.mark.parametrize(
    "typed", ["そのような本文はありません", "{label}", "%", "' OR 1=1", "<script>", "x" * 5000, "\0"]
)
def test_what_is_not_there_is_said_so(reader, typed):  # error.U01.00001
    browser, home = reader("一般")
    page = browser.page(f"{home}messages/", query_string={"q": typed})
    assert page.status == 200
    assert [alert.split(":")[0] for alert in page.alerts] == ["error.U01.00001"]
    assert page.rows() == []


def test_the_history_of_help_has_its_four_columns(reader):  # SYS-009
    for who in ("一般", "市場管理者"):
        browser, home = reader(who)
        page = browser.page(f"{home}changes/")
        assert page.headers_of_list() == ["版数", "変更日", "変更内容", "備考"]
        assert page.rows()
        assert all(re.fullmatch(r"第\d+版", row["版数"]) for row in page.rows())
        assert all(re.fullmatch(r"\d{4}/\d\d/\d\d", row["変更日"]) for row in page.rows())


def test_help_leads_to_both_manuals_and_the_terms(reader):  # SYS-007
    for who in ("一般", "市場管理者"):
        browser, home = reader(who)
        index = browser.page(home)
        for name in ("容量市場システムマニュアル", "容量市場業務マニュアル", "利用規約"):
            page, anchor = browser.page(index.link(name)), index.link(name).split("#")[1]
            assert plain(page.soup.find("h2", id=anchor).get_text()) == name
        contact = browser.page(f"{home}contact/")
        assert contact.facts()[plain("容量市場システムについて")] == "contact@example.jp"
