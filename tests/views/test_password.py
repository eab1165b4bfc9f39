"""パスワード変更, forced and signed in: #010 4章, security.md B."""

from datetime import timedelta

import pytest

from tests.factories import PASSWORD
from tests.pages import Page, plain

NEW = "Kaede+2026momiji"
HINT = "英大文字, 英小文字, 数字, 記号の中から3種類以上含む半角8文字以上20文字以下"
DONE = plain("info.password.complete : パスワードの変更が完了しました。")
WRONG_CURRENT = plain("error.Y06.00001 : 現在のパスワードが間違っています。")
REUSED = plain("error.Y06.00006 : 過去4世代と同じパスワードは使用できません。")
LOCKED = plain(
    "error.Y05.00002 : アカウントがロックされています。事業者の管理者（登録作業者（管理者））へ連絡してください。"
)

# (現在のパスワード, 新しいパスワード, 確認) -> label of the field, the whole message
CAUSES = [
    ("Wrong#2026x", NEW, NEW, "現在のパスワード", "error.Y06.00001 : 現在のパスワードが間違っています。"),
    ("", NEW, NEW, "現在のパスワード", "error.Y06.00001 : 現在のパスワードが間違っています。"),
    (PASSWORD, NEW, NEW + "x", "新しいパスワード (確認)",
     "error.Y06.00002 : 新しいパスワードと新しいパスワード (確認)が一致しません。"),
    (PASSWORD, "Abc#567", "Abc#567", "新しいパスワード",
     "error.Y06.00003 : 新しいパスワードは8文字以上20文字以下で入力してください。"),
    (PASSWORD, "Abcdefgh#1234567890zz", "Abcdefgh#1234567890zz", "新しいパスワード",
     "error.Y06.00003 : 新しいパスワードは8文字以上20文字以下で入力してください。"),
    (PASSWORD, "momiji2026", "momiji2026", "新しいパスワード",
     "error.Y06.00004 : 新しいパスワードには、英大文字, 英小文字, 数字, 記号の中から3種類以上を含めてください。"),
    (PASSWORD, "Momiji 2026", "Momiji 2026", "新しいパスワード",
     "error.Y06.00005 : 新しいパスワードに使用できない文字（半角スペース）が含まれています。"),
    (PASSWORD, "Momiji￥2026", "Momiji￥2026", "新しいパスワード",
     "error.Y06.00005 : 新しいパスワードに使用できない文字（￥）が含まれています。"),
    (PASSWORD, "Ｍomiji#2026", "Ｍomiji#2026", "新しいパスワード",
     "error.Y06.00005 : 新しいパスワードに使用できない文字（Ｍ）が含まれています。"),
    (PASSWORD, "u280003304", "u280003304", "新しいパスワード",
     "error.Y06.00007 : ユーザIDと同一のパスワードは使用できません。"),
    (PASSWORD, PASSWORD, PASSWORD, "新しいパスワード",
     "error.Y06.00006 : 過去4世代と同じパスワードは使用できません。"),
]  # fmt: skip


@pytest.fixture
def forced(make, signed_in, time):
    """forced(…): (account, browser) of somebody signed in with a 仮パスワード."""

    def sign_in(account=None, **values):
        account = account or make.user(temporary_until=time.now + timedelta(days=2), **values)
        return account, signed_in(account)

    return sign_in


def change(page, current=PASSWORD, new=NEW, again=None):
    """Fill in the screen, press [変更] and the dialog's [OK]; the page at the end."""
    typed = {"現在のパスワード": current, "新しいパスワード": new}
    return page.press("変更", **typed, **{"新しいパスワード (確認)": new if again is None else again})


def own_screen(browser, account):
    """The walk of #010 4章(2)①–④."""
    page = browser.page("/portal/").click("参加登録").click("ユーザ情報管理")
    page = page.press("検索", ユーザID=account.login_id).click(account.login_id)
    assert page.heading == "ユーザ情報詳細画面"
    return page.click("パスワード変更")


# --- the screens (COM-016, 030…039, 046) -----------------------------------------------------------


def test_the_forced_screen_has_three_mandatory_fields_and_one_button(forced):  # COM-030, COM-032, COM-033
    _, browser = forced()
    page = browser.page("/password")
    assert page.heading == "パスワード変更画面"
    assert page.labels() == [
        plain(label) + "*" for label in ("現在のパスワード", "新しいパスワード", "新しいパスワード (確認)")
    ]
    assert page.controls() == ["変更"]
    assert page.crumbs == []
    assert page.soup.find(id="hint-new").get_text() == HINT
    dialog = page.soup.find("dialog", attrs={"role": "dialog"})
    assert [plain(b.get_text()) for b in dialog.find_all("button")] == ["キャンセル", "OK"]
    assert plain("info.password.confirm : パスワードを変更します。よろしいですか。") in plain(dialog.get_text())
    assert all(not i.has_attr("maxlength") and not i.has_attr("onpaste") for i in page.soup.select("main input"))


def test_after_the_forced_change_the_session_ends_and_the_person_signs_in_anew(forced, enter, app):  # COM-031, COM-034
    account, browser = forced()
    before = browser.get_cookie("panel").value
    page = change(browser.page("/password"))
    assert page.heading == "パスワード変更完了画面"
    assert page.statuses == [
        plain("info.password.again : パスワードの変更が完了しました。新しいパスワードで、再度ログインしてください。")
    ]
    assert page.controls() == ["ログイン"]
    assert browser.get("/portal/").status_code == 302
    assert browser.page("/portal/").response.headers["Location"].startswith("/login")
    replayed = app.test_client()
    replayed.set_cookie("panel", before)
    assert replayed.get("/portal/").status_code == 401
    login = page.click("ログイン")
    assert login.heading == "ログイン画面"
    assert login.press("ログイン", ユーザID=account.login_id, パスワード=NEW).heading == "ポータルトップ"
    assert enter(app.test_client(), account.login_id, PASSWORD).status == 200


def test_the_signed_in_screen_is_reached_from_the_own_details(make, signed_in):  # COM-035, COM-036
    user = make.user()
    page = own_screen(signed_in(user), user)
    assert page.heading == "パスワード変更画面"
    assert page.controls()[-2:] == ["戻る", "変更"]
    assert page.crumbs == [
        "TOP", "参加登録", "ユーザ情報管理", "ユーザ情報一覧画面", "ユーザ情報詳細画面", "パスワード変更画面",
    ]  # fmt: skip
    assert plain("ログイン日時") in page.text
    back = page.click("戻る")
    assert (back.heading, back.facts()["ユーザID"]) == ("ユーザ情報詳細画面", user.login_id)


def test_after_the_signed_in_change_the_session_goes_on(app, make, signed_in, enter):  # COM-038, R-024
    user = make.user()
    browser = signed_in(user)
    old_cookie = browser.get_cookie("panel").value
    page = change(own_screen(browser, user))
    assert (page.heading, page.statuses) == ("パスワード変更完了画面", [DONE])
    assert "ログイン" not in page.controls()
    assert page.click("ホーム").heading == "ポータルトップ"
    replayed = app.test_client()  # the id has changed: the cookie from before is dead
    replayed.set_cookie("panel", old_cookie)
    assert replayed.get("/portal/").status_code == 401
    assert browser.get("/portal/").status_code == 200
    assert enter(app.test_client(), user.login_id, PASSWORD).status == 200
    assert enter(app.test_client(), user.login_id, NEW).status == 302


def test_reloading_the_completion_changes_nothing(make, signed_in, read):  # XC-011
    user = make.user()
    browser = signed_in(user)
    change(own_screen(browser, user))
    browser.page("/portal/users/password/complete/")
    assert read("SELECT count(*) FROM audit_entries WHERE event = 'password:change'")[0][0] == 1
    assert read("SELECT count(*) FROM password_generations")[0][0] == 2


def test_staff_change_their_password_from_the_top(app, make, signed_in, enter):  # COM-038 in /admin
    reviewer = make.reviewer()
    browser = signed_in(reviewer)
    page = change(browser.page("/admin/").click("パスワード変更"))
    assert (page.heading, page.statuses) == ("パスワード変更完了画面", [DONE])
    assert browser.get("/admin/").status_code == 200
    assert enter(app.test_client(), reviewer.login_id, NEW).status == 302


def test_only_the_own_password_can_be_changed(make, signed_in, read):  # COM-039, PRM-03
    admin, user, other = make.admin(), make.user(), make.admin(operator="0002")
    browser = signed_in(admin)
    details = browser.page(f"/portal/users/details/?id={user.id}")
    assert "パスワード変更" not in details.controls()
    own = browser.page(f"/portal/users/password/?id={admin.id}")
    _, _, data = own.data_of("変更", 現在のパスワード=PASSWORD, 新しいパスワード=NEW, **{"新しいパスワード(確認)": NEW})
    hashes = read("SELECT id, password_hash FROM accounts ORDER BY id")
    for id in (user.id, other.id, 10**6, "abc", ""):
        address = f"/portal/users/password/?id={id}"
        assert (id, browser.get(address).status_code) == (id, 403)
        assert (id, browser.post(address, data=data).status_code) == (id, 403)
    assert read("SELECT id, password_hash FROM accounts ORDER BY id") == hashes


@pytest.mark.parametrize("where", ["forced", "portal", "admin"])
def test_every_cause_has_its_message_beside_the_field(make, forced, signed_in, where, read):  # COM-037, 040…045, R-017
    if where == "forced":
        account, browser = forced(login_id="U280003304")
        page = browser.page("/password")
    elif where == "portal":
        account = make.user(login_id="U280003304")
        page = own_screen(signed_in(account), account)
    else:
        account = make.staff(login_id="S280003304")
        page = signed_in(account).page("/admin/password/")
    stored = read("SELECT password_hash FROM accounts")
    for current, new, again, label, message in CAUSES:
        new, again = (p.replace("u28", account.login_id[0].lower() + "28") for p in (new, again))
        page = change(page, current, new, again)
        assert (page.status, page.heading) == (200, "パスワード変更画面")
        assert plain(message) in page.field_error(label), (current, new, page.field_error(label))
        assert plain(message) in page.alerts[0]
        link = next(a for a in page.soup.select("[role=alert] a") if plain(a.get_text()) == plain(message))
        assert page.soup.find(id=link["href"].removeprefix("#"))["aria-invalid"] == "true"
        # COM-046: nothing is echoed.
        assert [i.get("value") for i in page.soup.find_all("input", type="password")] == [None] * 3
        assert not any(secret and secret in page.response.text for secret in (current, NEW, PASSWORD))
        if len(again) > 7:
            assert again not in page.response.text
    assert read("SELECT password_hash FROM accounts") == stored


def test_all_32_symbols_and_the_shortest_and_longest_are_accepted(make, signed_in, app, enter):  # COM-040, COM-042
    user = make.user()
    browser = signed_in(user)
    before = PASSWORD
    symbols = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    assert len(set(symbols)) == 32
    # One that is not allowed would be named; that each alone makes the third class is tested at the policy.
    wanted = [symbols[n : n + 8] + "a1" for n in range(0, 32, 8)] + ["Abcd#678", "Abcdefgh#1234567890z"]
    for new in wanted:
        page = change(browser.page("/portal/users/password/"), before, new)
        assert (new, page.heading, page.alerts) == (new, "パスワード変更完了画面", [])
        before = new
    assert enter(app.test_client(), user.login_id, before).status == 302


def test_the_last_four_passwords_are_refused_and_the_fifth_is_accepted(make, signed_in):  # COM-043, R-020
    a, b, c, d, e = PASSWORD, "Bbbb#22222", "Cccc#33333", "Dddd#44444", "Eeee#55555"
    browser = signed_in(make.user())

    def try_change(current, new):
        return change(browser.page("/portal/users/password/"), current, new)

    for current, new in [(a, b), (b, c), (c, d)]:
        assert try_change(current, new).statuses == [DONE]
        for old in [a, b, c, d][: [a, b, c, d].index(new) + 1]:
            assert try_change(new, old).field_error("新しいパスワード") == REUSED, old
    assert try_change(d, e).statuses == [DONE]  # now b, c, d, e are the last four
    for old in (b, c, d, e):
        assert try_change(e, old).field_error("新しいパスワード") == REUSED, old
    assert try_change(e, a).statuses == [DONE]


def test_the_temporary_password_counts_as_a_generation(forced, read):
    _, browser = forced()
    page = change(browser.page("/password"), PASSWORD, PASSWORD)
    assert page.field_error("新しいパスワード") == REUSED
    assert read("SELECT temporary_until FROM accounts")[0][0] is not None


def test_a_reused_password_is_no_failed_attempt(make, signed_in, read):
    browser = signed_in(make.user())
    for _ in range(6):
        change(browser.page("/portal/users/password/"), PASSWORD, PASSWORD)
    assert [row[0] for row in read("SELECT failures FROM sign_in_counters") if row[0]] == []


# --- wrong current passwords (R-023) -------------------------------------------------------------------


def test_five_wrong_current_passwords_lock_and_end_this_session(make, signed_in, app, enter, read):
    user = make.user()
    browser = signed_in(user)
    cookie = browser.get_cookie("panel").value
    for _ in range(4):
        page = change(browser.page("/portal/users/password/"), "Wrong#2026x")
        assert page.field_error("現在のパスワード") == WRONG_CURRENT
    page = change(browser.page("/portal/users/password/"), "Wrong#2026x")
    assert (page.heading, page.alerts) == ("ログイン画面", [LOCKED])
    assert browser.get("/portal/").status_code == 302
    replayed = app.test_client()
    replayed.set_cookie("panel", cookie)
    assert replayed.get("/portal/").status_code == 401
    assert enter(app.test_client(), user.login_id, PASSWORD).alerts == [LOCKED]
    assert [row[0] for row in read("SELECT event FROM audit_entries ORDER BY id")] == [
        "sign_in:ok", *["password:wrong"] * 5, "account:lock", "sign_in:locked",
    ]  # fmt: skip


def test_failures_at_the_sign_in_page_and_inside_are_one_count(make, signed_in, app, enter):
    user = make.user()
    browser = signed_in(user)
    for _ in range(4):
        enter(app.test_client(), user.login_id, "Wrong#2026x")
    page = change(browser.page("/portal/users/password/"), "Wrong#2026x")
    assert (page.heading, page.alerts) == ("ログイン画面", [LOCKED])


def test_a_right_change_ends_the_row_of_failures(make, signed_in, read):  # COM-021
    browser = signed_in(make.user())
    for _ in range(4):
        change(browser.page("/portal/users/password/"), "Wrong#2026x")
    assert change(browser.page("/portal/users/password/")).statuses == [DONE]
    assert read("SELECT failures FROM sign_in_counters")[0][0] == 0


def test_a_lock_made_at_the_sign_in_page_leaves_the_session_alone(make, signed_in, app, enter, read):  # issue, 6
    user = make.user()
    browser = signed_in(user)
    for _ in range(5):
        page = enter(app.test_client(), user.login_id, "Wrong#2026x")
    assert page.alerts == [LOCKED]
    assert browser.page("/portal/").status == 200
    # The right current password is not compared any more, and the session lives on.
    page = change(browser.page("/portal/users/password/"))
    assert page.alerts == [LOCKED]
    assert browser.page("/portal/").status == 200
    assert read("SELECT count(*) FROM password_generations")[0][0] == 1


def test_an_attack_through_a_forced_screen_is_limited_too(forced, enter, app):
    account, browser = forced()
    for _ in range(5):
        page = change(browser.page("/password"), "Wrong#2026x")
    assert (page.heading, page.alerts) == ("ログイン画面", [LOCKED])
    assert enter(app.test_client(), account.login_id, PASSWORD).alerts == [LOCKED]


def test_an_overlong_current_password_counts(make, signed_in, read):  # R-014 inside
    browser = signed_in(make.user())
    page = change(browser.page("/portal/users/password/"), "漢" * 200_000)
    assert page.field_error("現在のパスワード") == WRONG_CURRENT
    assert read("SELECT failures FROM sign_in_counters")[0][0] == 1


# --- nothing else before the change (R-025) ----------------------------------------------------------------

REACHABLE = {"/password", "/password/complete", "/signed-out", "/logout", "/login", "/", "/healthz", "/readyz"}
OF_STRANGERS = {  # what needs no sign-in
    "/board/login", "/board/password", "/board/password/complete", "/board/signed-out", "/board/register",
    "/board/register/complete", "/board/terms",
}  # fmt: skip
WITHOUT_SIGN_IN = ("/static/", "/help/", "/board/guide/", "/board/challenge/")


@pytest.mark.parametrize("kind", ["user", "staff"])
def test_before_the_forced_change_no_other_route_answers(app, make, forced, token, time, snapshot, kind):
    until = time.now + timedelta(days=2)
    account = make.user(temporary_until=until) if kind == "user" else make.staff(temporary_until=until)
    _, browser = forced(account)
    form = {"csrf_token": token(browser), "id": account.id, "rowid": account.id, "ticket": "x" * 22, "_step": "execute"}
    before = snapshot(but=("sessions", "audit_entries"))
    seen = 0
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<command_name>", "unlock").replace("<path:filename>", "css/panel.css")
        if path in REACHABLE | OF_STRANGERS or path.startswith(WITHOUT_SIGN_IN):
            continue
        seen += 1
        if "GET" in rule.methods:
            got = browser.get(path, query_string={"id": account.id})
            assert (path, got.status_code, got.headers.get("Location")) == (path, 302, "/password")
        if "POST" in rule.methods:
            posted = browser.post(path, data=form, query_string={"id": account.id})
            page = Page(browser, posted)
            assert (path, page.status) == (path, 403)
            assert page.alerts == [plain("error.C03.00002 : パスワードを変更するまで、他の操作はできません。")]
    assert seen >= 25
    assert snapshot(but=("sessions", "audit_entries")) == before
    assert browser.get("/static/css/panel.css", buffered=True).status_code == 200
    assert browser.get("/healthz").status_code == 200
    page = browser.page("/password")
    assert page.heading == "パスワード変更画面"
    # [閉じる] of the 403 screen, and ログアウト, both work.
    assert browser.post("/logout", data={"csrf_token": token(browser)}).headers["Location"] == "/login"
    assert browser.get("/password").headers["Location"].startswith("/login")


def test_a_temporary_password_that_expires_while_signed_in_ends_the_session(forced, time):  # COM-024
    _, browser = forced()
    for _ in range(99):  # stay active
        time.forward(minutes=29)
        status = browser.get("/password").status_code
        if status != 200:
            break
    assert status == 401
