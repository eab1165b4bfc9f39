"""新規登録 by its screens: order, labels, refusals, the steps (BBS-010…024, BBS-095, BBS-096)."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from domain.review import ReviewAction
from models import Challenge, Member, Registration
from services import reviews
from tests.factories import SENT_REGISTRATION
from tests.pages import Page, plain

PASSWORD = "Denki2026x"
LABELS = [
    "ID", "パスワード", "メールアドレス", "メールアドレス2", "郵便番号", "都道府県", "住所", "建物名", "電話番号",
    "FAX番号", "携帯電話", "お名前", "フリガナ", "勤務先会社名", "勤務先住所", "勤務先電話番号", "規約に同意",
    "画像認証",
]  # fmt: skip
REQUIRED = [
    "ID", "パスワード", "メールアドレス", "郵便番号", "都道府県", "住所", "電話番号", "お名前", "フリガナ",
    "勤務先会社名", "勤務先住所", "規約に同意", "画像認証",
]  # fmt: skip


@pytest.fixture
def digits(session):
    """digits() -> what the newest picture shows."""

    def read():
        session.rollback()
        return session.query(Challenge).order_by(Challenge.expires_at.desc()).first().answer

    return read


@pytest.fixture
def send(browser, digits, time):
    """send("confirm", name=…): one step of the form, with a solved 画像認証 unless told otherwise."""

    def step(what="confirm", page=None, /, **changes):
        time.forward(seconds=1)
        page = page or browser.page("/board/register")
        hidden = {e["name"]: e["value"] for e in page.soup.select("form.input input[type=hidden]")}
        sent = SENT_REGISTRATION | {"password": PASSWORD, "challenge": digits(), "_step": what} | hidden | changes
        return Page(browser, browser.post("/board/register", data={k: v for k, v in sent.items() if v is not None}))

    return step


def register(page):
    response = page.submit("登録")
    assert (response.status_code, response.headers["Location"]) == (302, "/board/register/complete")
    return page.browser.follow(response)


# ---- the way in ----------------
def test_the_sign_in_screen_leads_to_it_twice_and_to_the_guide(browser):  # BBS-010, BBS-035, BBS-080
    page = browser.page("/board/login")
    assert [a["href"] for a in page.soup.find_all("a") if plain(a.get_text()) == "新規登録"] == ["/board/register"] * 2
    reset = page.click("パスワード再設定")
    assert reset.status == 200
    assert plain("【発電掲示板】パスワード再設定依頼") in reset.text
    assert page.click("ヘルプ").heading == "ヘルプ"
    assert not [w for w in ("忘れた方はこちら", "MYフォト", "ご意見") if w in page.text]


def test_the_form_stands_in_the_manuals_order(browser):  # BBS-011…022, BBS-095
    page = browser.page("/board/register")
    assert page.heading == "新規登録画面"
    parts = {"市外局番", "市内局番", "加入者番号"}
    found = [label.rstrip("*") for label in page.labels()]
    assert [label for label in found if label not in parts and not label.startswith("表示色")] == LABELS
    marked = [plain(e.get_text()).rstrip("*") for e in page.soup.select("main label, main legend") if "*" in e.text]
    assert marked == REQUIRED
    assert plain("申請時のID/パスワードは忘れないように") in page.text
    assert [plain(dl.get_text()) for dl in page.soup.select("dl.fixed")] == ["区分一般"]
    assert page.soup.find("input", id="password").get("maxlength") is None


def test_the_picture_and_the_sound_are_of_our_own(browser, digits):  # BBS-022, A24
    page = browser.page("/board/register")
    picture, sound = page.soup.select_one(".challenge img")["src"], page.soup.select_one(".challenge audio")["src"]
    for address, kind in ((picture, "image/png"), (sound, "audio/wav")):
        answer = browser.get(address)
        assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, kind, "no-store")
        assert "media-src 'self'" in answer.headers["Content-Security-Policy"]
    assert digits() not in page.response.text
    assert browser.get("/board/challenge/nothing.png").status_code == 404


def test_a_solved_picture_is_shown_no_more(send, browser):
    page = send("confirm", name="")
    key = page.soup.find("input", {"name": "challenge_key"})["value"]
    assert plain("画像認証は完了しています。") in page.text
    assert browser.get(f"/board/challenge/{key}.png").status_code == 404


# ---- refusals ----------------
@pytest.mark.parametrize(
    ("field", "value", "label", "message"),
    [
        ("login_id", "abc1234", "ID", "error.B02.00003"),
        ("login_id", "a" * 33, "ID", "error.B02.00003"),
        ("login_id", "abc_12345", "ID", "error.B02.00003"),
        ("login_id", "ａｂｃ１２３４５", "ID", "error.B02.00003"),
        ("login_id", "abc 12345", "ID", "error.B02.00003"),
        ("login_id", "U123456789", "ID", "error.B02.00004"),
        ("login_id", "s000000001", "ID", "error.B02.00004"),
        ("login_id", "", "ID", "error.C00.00001"),
        ("password", "abcdefgh", "パスワード", "error.B01.00003"),
        ("password", "12345678", "パスワード", "error.B01.00003"),
        ("password", "abc1234", "パスワード", "error.B02.00001"),
        ("password", "a1" * 33, "パスワード", "error.B02.00001"),
        ("password", "abcd-1234", "パスワード", "error.B01.00004"),
        ("password", "ａｂｃｄ１２３４", "パスワード", "error.B01.00004"),
        ("password", "HATSUDEN01", "パスワード", "error.B02.00002"),
        ("password", "Password1", "パスワード", "error.Y06.00008"),
        ("password", "", "パスワード", "error.C00.00001"),
        ("email", "taro@gmail.com", "メールアドレス", "error.B02.00007"),
        ("email", "taro", "メールアドレス", "error.C00.00006"),
        ("email", "a@x.co.jp, b@y.co.jp", "メールアドレス", "error.C00.00006"),
        ("email", "a@x.co.jp\r\nBcc: b@y.co.jp", "メールアドレス", "error.C00.0000"),
        ("email2", "taro@yahoo.co.jp", "メールアドレス２", "error.B02.00007"),
        ("postal_code", "135-0061", "郵便番号", "error.C00.00014"),
        ("prefecture", "", "都道府県", "error.C00.00010"),
        ("prefecture", "江戸", "都道府県", "error.C00.00007"),
        ("address", "江東区豊洲6丁目", "住所", "error.B02.00011"),
        ("building", "ABCビル", "建物名", "error.B02.00011"),
        ("phone-subscriber", "x", "電話番号", "error.C00.00011"),
        ("phone-area", "13", "電話番号", "error.C00.00011"),
        ("name", "発電 太郎", "お名前", "error.B02.00011"),
        ("name", "ﾊﾂﾃﾞﾝ", "お名前", "error.B02.00011"),
        ("name", "発電\r\n太郎", "お名前", "error.C00.00005"),
        ("kana", "はつでん", "フリガナ", "error.B02.00012"),
        ("kana", "ﾊﾂﾃﾞﾝ", "フリガナ", "error.B02.00012"),
        ("company", "Hatsuden", "勤務先会社名", "error.B02.00011"),
        ("company_address", "", "勤務先住所", "error.C00.00001"),
        ("agreed", None, "規約に同意", "error.B02.00006"),
        ("challenge", "000", "画像認証", "error.B02.00008"),
        ("challenge", "", "画像認証", "error.C00.00001"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_beside_its_field(send, session, field, value, label, message):
    page = send("confirm", **{field: value})
    assert page.heading == "新規登録画面"
    assert message in page.field_error(label)
    assert len(page.alerts) == 1
    assert session.query(Registration).count() == 0
    assert PASSWORD not in page.response.text


def test_a_forged_category_is_refused(send):  # BBS-013
    page = send("confirm", category="管理者")
    assert "error.C00.00007" in page.alerts[0]
    assert send("confirm", category="一般").heading == "新規登録確認画面"


@pytest.mark.parametrize("given", [{"company_address": "同上"}, {"company_address": "東京都千代田区"},
    {"fax-area": "03", "fax-exchange": "1234", "fax-subscriber": "5679"}, {"building": "豊洲ビル３階"}])  # fmt: skip
def test_optional_items_and_the_same_address_are_accepted(send, given):  # BBS-018, BBS-020
    assert send("confirm", **given).heading == "新規登録確認画面"


def test_a_taken_id_is_told_only_to_who_has_solved_the_picture(send, make, read):  # BBS-004, R-008
    make.member("hatsuden01", deleted_at=None)
    page = send("confirm", challenge="000000x")
    assert "error.B02.00005" not in page.text
    page = send("confirm")
    assert "error.B02.00005" in page.field_error("ID")
    assert read("SELECT sum(failures) FROM sign_in_throttle") == [(2,)]


def test_ids_cannot_be_listed_with_one_picture(send, make, browser):
    make.member("hatsuden01")
    page = send("confirm")
    for _ in range(2):
        page = send("confirm", page)
    assert "error.B02.00013" in page.text
    assert page.soup.select_one(".challenge img")
    assert "error.B02.00005" not in send("confirm", page, challenge="x", login_id="hatsuden01").text


def test_too_many_refusals_from_one_address_are_429(app, send, make):
    app.config["SIGN_IN_FAILURES_PER_MINUTE"] = 3
    make.member("hatsuden01")
    for _ in range(3):
        assert send("confirm").status == 200
    page = send("confirm")
    assert (page.status, page.heading) == (429, "アクセス制限画面")


# ---- the steps ----------------
def test_from_the_form_to_the_receipt(send, session, mails):  # BBS-023, BBS-024
    page = send("confirm")
    assert (page.heading, page.facts()["ID"], page.facts()["区分"]) == ("新規登録確認画面", "hatsuden01", "一般")
    assert page.facts()["パスワード"] == plain("（入力したパスワード）")
    assert PASSWORD not in page.response.text
    done = register(page)
    assert done.heading == "登録受付完了画面"
    assert done.browser.page("/board/register/complete").heading == "登録受付完了画面"
    session.rollback()
    [row] = session.query(Registration)
    assert (row.login_id, row.phone, row.company_address) == ("hatsuden01", "03-1234-5678", "同上")
    assert [mail.event for mail in mails()] == ["BBS-RCV"]


def test_the_address_is_filled_in_and_the_password_survives(send):  # BBS-016
    page = send("assist:postal_code", prefecture="", address="", challenge="")
    chosen = page.soup.select_one("#prefecture option[selected]")["value"]
    assert (chosen, page.value("住所")) == ("東京都", "江東区豊洲")
    assert PASSWORD not in page.response.text
    assert send("confirm", page, password="").heading == "新規登録確認画面"


def test_back_keeps_what_was_typed(send):
    page = send("confirm").press("戻る")
    assert (page.heading, page.value("ID"), page.value("お名前")) == (
        "新規登録画面",
        "hatsuden01",
        "発電 太郎".replace(" ", "　"),
    )
    assert plain("入力済みです。") in page.text
    assert page.press("確認").heading == "新規登録確認画面"


@pytest.mark.parametrize(
    ("altered", "message"),
    [
        ({"login_id": "ab"}, "error.B02.00003"), ({"email": "a@gmail.com"}, "error.B02.00007"),
        ({"agreed": None}, "error.B02.00006"), ({"password_kept": "x"}, "error.C00.00001"),
        ({"password_kept": None}, "error.C00.00001"), ({"login_id": PASSWORD}, "error.B02.00002"),
        ({"challenge_key": "A" * 22}, "error.B02.00009"), ({"company": "half"}, "error.B02.00011"),
    ],
)  # fmt: skip
def test_what_was_altered_after_the_confirmation_is_checked_again(send, browser, session, altered, message):
    _, path, data = send("confirm").data_of("登録")
    sent = {k: v for k, v in (data | altered).items() if v is not None}
    page = Page(browser, browser.post(path, data=sent))
    assert page.heading == "新規登録画面"
    assert message in page.alerts[0]
    assert session.query(Registration).count() == 0


def test_registering_without_a_solved_picture_is_refused(send, session):
    page = send("execute", challenge="")
    assert "error.B02.00009" in page.alerts[0]
    assert session.query(Registration).count() == 0


def test_columns_of_the_table_are_not_set_from_outside(send, session):
    page = send(
        "confirm", state="approved", terms_version="x", mail_flagged="1", id="7", password_hash="x", version="9"
    )
    register(page)
    session.rollback()
    row = session.query(Registration).one()
    assert (row.state, row.terms_version, row.mail_flagged, row.version) == ("applied", "2019-04-11", False, 1)


def test_the_confirmed_password_expires_with_the_picture(send, time):
    page = send("confirm")
    time.forward(minutes=31)
    again = page.press("登録")
    assert again.heading == "新規登録画面"
    assert "error.C00.00001" in again.field_error("パスワード")


@pytest.mark.meeting
def test_the_same_registration_twenty_times_has_one_effect(send, browser, app, session, read):
    _, path, data = send("confirm").data_of("登録")
    session.rollback()
    cookie, start = browser.get_cookie("panel").value, Barrier(20)

    def post(_):
        client = app.test_client()
        client.set_cookie("panel", cookie)
        start.wait()
        response = client.post(path, data=data)
        return response.status_code, response.headers.get("Location")

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, range(20)))
    assert answers == [(302, "/board/register/complete")] * 20
    for table in ("registrations", "reviews", "outgoing_mails"):
        assert read(f"SELECT count(*) FROM {table}") == [(1,)]


@pytest.mark.meeting
def test_of_two_who_want_the_same_id_at_once_one_gets_it(app, digits, session, read, time):  # BBS-004, R-087
    prepared = []
    for number in range(8):
        browser, login_id = app.test_client(), "Hatsuden01" if number % 2 else "hATSUDEN01"
        time.forward(seconds=1)
        page = browser.page("/board/register")
        key = page.soup.find("input", {"name": "challenge_key"})["value"]
        token = page.soup.find("input", {"name": "csrf_token"})["value"]
        sent = SENT_REGISTRATION | {
            "password": PASSWORD,
            "challenge": digits(),
            "_step": "confirm",
            "login_id": login_id,
        }
        confirm = Page(
            browser, browser.post("/board/register", data=sent | {"challenge_key": key, "csrf_token": token})
        )
        prepared.append((browser, *confirm.data_of("登録")[1:]))
    session.rollback()
    start = Barrier(len(prepared))

    def post(one):
        browser, path, data = one
        start.wait()
        response = browser.post(path, data=data)
        return response.status_code, "error.B02.00005" in response.text

    with ThreadPoolExecutor(len(prepared)) as pool:
        answers = sorted(pool.map(post, prepared))
    assert answers == [(200, True)] * 7 + [(302, False)]
    assert read("SELECT count(*) FROM registrations") == [(1,)]
    assert read("SELECT count(*) FROM outgoing_mails") == [(1,)]


def test_a_registration_opens_no_door_before_its_approval(send, browser, session, make, app):  # BBS-002, R-005
    register(send("confirm"))
    unknown = browser.page("/board/login").press("ログイン", ID="nobody0001", パスワード=PASSWORD)
    waiting = browser.page("/board/login").press("ログイン", ID="hatsuden01", パスワード=PASSWORD)
    assert waiting.alerts == unknown.alerts == [waiting.alerts[0]]
    assert "error.Y05.00001" in waiting.alerts[0]
    session.rollback()
    session.info["mail"] = app.config["MAIL_SETTINGS"]
    row = session.query(Registration).one()
    reviews.act(session, make.reviewer(), reviews.KINDS["registration"], row, ReviewAction.APPROVE)
    session.commit()
    response = browser.page("/board/login").submit("ログイン", ID="HATSUDEN01", パスワード=PASSWORD)
    assert response.headers["Location"] == "/board/"
    assert session.query(Member).count() == 1


def test_the_switch_is_for_demonstrations(app, browser, send, session):  # A24
    app.config["IMAGE_CHALLENGE"] = False
    page = browser.page("/board/register")
    assert page.soup.select_one(".challenge img") is None
    key = page.soup.find("input", {"name": "challenge_key"})["value"]
    page = send("confirm", challenge_key=key, challenge=None)
    assert register(page).heading == "登録受付完了画面"
    session.rollback()
    assert session.query(Registration).count() == 1


# ---- cookies ----------------
@pytest.mark.parametrize("path", ["/board/login", "/login", "/board/register"])
def test_a_browser_without_cookies_is_told_so(app, browser, path):  # BBS-096
    token = browser.page(path).soup.find("input", {"name": "csrf_token"})["value"]
    bare = app.test_client(use_cookies=False)
    page = Page(bare, bare.post(path, data={"login_id": "x", "password": "x", "csrf_token": token}))
    assert page.status == 400
    assert re.match("error.B02.00010", page.alerts[0])
    assert "Cookie" in page.text


@pytest.mark.parametrize("password", ["x" * 73, "漢" * 25, "x" * 1_000_000, "a\x00b", "\ud800", ""])
def test_any_password_is_refused_and_no_error(send, password):
    page = send("confirm", password=password.encode("utf-8", "surrogatepass"))
    assert (page.status, page.heading) == (200, "新規登録画面")
