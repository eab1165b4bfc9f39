"""事業者: 住所自動入力, 担当者情報, 退出, and what an operator sees of itself (issue 4, item 4; COM-059, USR-003)."""

import pytest

from tests.factories import NEW_OPERATOR
from tests.pages import plain

NOT_FOUND = "error.O01.00002 : 郵便番号9999999に該当する住所が見つかりません。住所を直接入力してください。"
CANARY = "カナリア鳥"


@pytest.fixture
def admin(make, signed_in):
    return signed_in(make.staff(name="広域 管理"))


def press_assist(page, **typed):
    """[住所自動入力]: the button beside 郵便番号 sends the whole form."""
    return page.press("住所自動入力", **typed)


# ---- 住所自動入力 ----------------
def test_the_button_fills_in_the_address_and_keeps_what_was_typed(admin, snapshot):
    before = snapshot(but=("sessions",))
    typed = NEW_OPERATOR | {"事業者コード": "0-0", "参加登録申請者名": "株式会社0009", "担当者2氏名": "担当 二"}
    page = press_assist(admin.page("/admin/operators/new/"), 郵便番号="１３５００６１", 住所="前の住所", **typed)
    assert (page.status, page.heading, page.alerts) == (200, "事業者登録画面", [])
    assert page.value("住所") == "東京都江東区豊洲"
    assert {label: page.value(label) for label in typed} == typed
    assert snapshot(but=("sessions",)) == before
    page = page.press("確認", 事業者コード="0009", 担当者2氏名="", 住所=f"{page.value('住所')}6丁目1番1号")
    assert (page.heading, page.facts()["住所"]) == ("事業者登録確認画面", plain("東京都江東区豊洲6丁目1番1号"))
    assert page.facts()["郵便番号"] == "1350061"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("9999999", NOT_FOUND),
        ("135-0061", "error.C00.00014 : 郵便番号はハイフンなしの半角数字7桁で入力してください。"),
        ("", "error.C00.00001 : 郵便番号を入力してください。"),
    ],
)
def test_an_unknown_code_is_told_beside_the_box_and_nothing_is_lost(admin, code, message):
    typed = NEW_OPERATOR | {
        "事業者コード": "0009",
        "参加登録申請者名": "株",
        "郵便番号": code,
        "住所": "手で書いた住所",
    }
    page = press_assist(admin.page("/admin/operators/new/"), **typed)
    assert (page.alerts, page.field_error("郵便番号")) == ([plain(message)], plain(message))
    assert {label: page.value(label) for label in typed} == typed


def test_the_button_works_on_the_change_screen_too(admin, make, read):
    operator = make.operator("0001")
    page = press_assist(admin.page(f"/admin/operators/edit/?id={operator.id}"), 郵便番号="5300005")
    assert (page.heading, page.value("住所")) == ("事業者変更画面", "大阪府大阪市北区中之島")
    assert page.press("確認").press("実行").heading == "事業者変更完了画面"
    assert read("SELECT postal_code, address FROM operators") == [("5300005", "大阪府大阪市北区中之島")]


def test_a_step_no_field_offers_is_no_assistant(admin, make):
    """`_step` is typed by the browser: what is not offered opens the form again."""
    page = admin.page("/admin/operators/new/")
    _, path, data = page.data_of("確認")
    for step in ("assist:address", "assist:", "assist:csrf_token", "assist:__class__"):
        answer = admin.post(path, data=data | {"_step": step})
        assert (step, answer.status_code) == (step, 200)


# ---- registration and change ----------------
def test_the_detail_says_everything_in_words(admin, make):
    typed = NEW_OPERATOR | {
        "事業者コード": "0009", "参加登録申請者名": "株式会社0009", "エリアコード": "3", "ライセンス区分": "generation",
        "参加区分": ["安定電源", "発動指令電源（DR）"], "郵便番号": "1350061", "住所": "東京都江東区豊洲",
        "連絡者所属": "総務部", "連絡者氏名": "連絡 花子", "連絡者メールアドレス": "contact@example.jp",
        "担当者1氏名": "担当 一", "担当者1メールアドレス": "t1@example.jp",
    }  # fmt: skip
    page = admin.page("/admin/operators/new/").press("確認", **typed)
    confirm = page.facts()
    assert (confirm["ライセンス区分"], confirm["参加区分"]) == ("発電", plain("安定電源、発動指令電源（DR）"))
    assert page.press("実行").heading == "事業者登録完了画面"
    page = admin.page("/admin/operators/?searched=1").click("0009")
    facts = page.facts()
    wanted = ("事業者コード(5桁)", "ライセンス区分", "参加区分", "担当者情報", "状態")
    assert {name: facts[name] for name in wanted} == {
        "事業者コード(5桁)": "00093", "ライセンス区分": "発電", "参加区分": plain("安定電源、発動指令電源（DR）"),
        "担当者情報": "担当一t1@example.jp", "状態": "参加中",
    }  # fmt: skip
    users = admin.page("/admin/users/").press("検索", 事業者コード="0009").rows()
    assert [(row["ユーザ名"], row["権限区分"]) for row in users] == [
        ("新任一", "登録作業者(管理者)"), ("新任二", "登録作業者(管理者)"),
    ]  # fmt: skip


def test_a_changed_recipient_stands_in_the_history(admin, make):
    operator = make.operator("0001")
    address = f"/admin/operators/edit/?id={operator.id}"
    page = admin.page(address).press("確認", 担当者1氏名="担当 一", 担当者1メールアドレス="t1@example.jp")
    assert [plain(tr.th.get_text()) for tr in page.soup.select("tr.changed")] == [
        "担当者1氏名",
        "担当者1メールアドレス",
    ]
    page.press("実行")
    page = admin.page(address)
    assert (page.value("担当者1氏名"), page.value("担当者2氏名")) == ("担当 一", "")
    page.press("確認", 参加区分=["安定電源"], ライセンス区分="retail").press("実行")
    history = plain(admin.page(f"/admin/operators/details/?id={operator.id}").soup.select_one(".history").get_text())
    assert "担当者情報:変更後:担当一t1@example.jp" in history
    assert "参加区分:変更後:安定電源" in history
    assert "ライセンス区分:変更後:小売" in history
    assert history.count("事業者の変更") == 2


def test_a_recipient_changed_by_another_is_a_conflict(admin, make, signed_in, read):
    operator = make.operator("0001")
    other = signed_in(make.staff(name="広域 花子"))
    address = f"/admin/operators/edit/?id={operator.id}"
    mine = admin.page(address).press("確認", 担当者1氏名="私の担当", 担当者1メールアドレス="mine@example.jp")
    theirs = {"担当者1氏名": "花子の担当", "担当者1メールアドレス": "hers@example.jp"}
    assert other.page(address).press("確認", **theirs).press("実行").heading == "事業者変更完了画面"
    page = mine.press("実行")
    assert (page.status, page.heading) == (409, "事業者変更画面")
    assert page.alerts[0].startswith(plain("error.C01.00002 : 表示していた内容は、広域 花子が"))
    rows = [
        [plain(c.get_text()) for c in tr.find_all(["th", "td"])] for tr in page.soup.select("table.conflict tbody tr")
    ]
    assert rows == [
        ["担当者1氏名", "花子の担当", "私の担当"],
        ["担当者1メールアドレス", "hers@example.jp", "mine@example.jp"],
    ]
    assert page.value("担当者1氏名") == "私の担当"
    assert read("SELECT name FROM operator_recipients") == [("花子の担当",)]
    assert page.press("確認").press("実行").heading == "事業者変更完了画面"
    assert read("SELECT name FROM operator_recipients") == [("私の担当",)]


# ---- 退出 ----------------
def test_leaving_and_coming_back(admin, make, signed_in, app, enter):
    person, operator = make.user(), make.operator("0001")
    browser = signed_in(person)
    detail = f"/admin/operators/details/?id={operator.id}"
    page = admin.page(detail)
    assert [b for b in page.controls() if "退出" in b] == ["退出"]
    page = page.press("退出")
    assert (page.heading, page.statuses) == (
        "事業者退出完了画面", [plain("info.withdraw.complete : 事業者の退出が完了しました。")],
    )  # fmt: skip
    ended = browser.page("/portal/")
    assert (ended.status, ended.heading) == (401, "セッションタイムアウトエラー画面")
    wrong = plain("error.Y05.00001 : ログインIDまたはパスワードが間違っています。")
    assert enter(app.test_client(), person.login_id, "Yoryo#2026test").alerts[0].startswith(wrong)
    page = admin.page(detail)
    assert page.facts()["状態"] == "退出済"
    assert [b for b in page.controls() if "退出" in b] == ["退出取消"]
    assert [r["状態"] for r in admin.page("/admin/operators/").press("検索", 状態=["退出済"]).rows()] == ["退出済"]
    page = page.press("退出取消")
    assert page.statuses == [plain("info.reinstate.complete : 事業者の退出の取消が完了しました。")]
    assert signed_in(person).page("/portal/").status == 200
    history = plain(admin.page(detail).soup.select_one(".history").get_text())
    assert "事業者の退出の取消" in history


def test_what_is_refused_while_the_operator_is_away_says_why(admin, make, write):
    person, leaver, operator = make.user(), make.admin(), make.operator("0001")
    pages = {
        "パスワード再発行": admin.page(f"/admin/users/details/?id={person.id}"),
        "退出": admin.page(f"/admin/operators/details/?id={operator.id}"),
    }
    replace = admin.page(f"/admin/users/replace/?id={leaver.id}")
    typed = {"所属部署": "市場部", "ユーザ名": "後任", "メールアドレス": "next@example.jp"}
    admin.page(f"/admin/operators/details/?id={operator.id}").press("退出")
    expected = {
        "パスワード再発行": "error.O01.00006 : 事業者が退出しているため、パスワードを再発行できません。",
        "退出": "error.O01.00003 : 既に退出しています。",
    }
    for button, message in expected.items():
        assert (button, pages[button].press(button).alerts) == (button, [plain(message)])
    message = plain("error.O01.00007 : 事業者が退出しているため、管理者を交代できません。")
    assert replace.press("確認", **typed).alerts == [message]
    assert admin.page(f"/admin/users/replace/?id={leaver.id}", follow_redirects=True).alerts == [message]
    page = admin.page("/admin/users/new/").press("確認", 権限区分="7", 事業者コード="0001", **typed)
    message = plain("error.U02.00004 : 事業者コード0001の事業者は退出しているため、ユーザを登録できません。")
    assert (page.alerts, page.field_error("事業者コード")) == ([message], message)


# ---- 事業者情報管理 ----------------
@pytest.mark.parametrize("kind", ["admin", "user"])
def test_an_operator_sees_its_own_record_and_nothing_of_others(make, signed_in, crawl, write, kind):  # COM-059
    browser = signed_in(getattr(make, kind)())
    foreign = make.operator("0002", name=f"{CANARY}電力")
    own = make.operator("0001")
    for column in ("short_name", "address", "contact_name", "contact_department"):
        write(f"UPDATE operators SET {column} = :text WHERE code = '0002'", text=CANARY)
    write(
        "INSERT INTO operator_recipients (operator_id, place, name, email) VALUES (:id, 1, :name, 'x@canary.example')",
        id=foreign.id, name=CANARY,
    )  # fmt: skip
    page = browser.page("/portal/").click("参加登録").click("事業者情報管理")
    assert (page.heading, page.crumbs) == (
        "事業者情報一覧画面", ["TOP", "参加登録", "事業者情報管理", "事業者情報一覧画面"],
    )  # fmt: skip
    assert [row["事業者コード"] for row in page.press("検索").rows()] == ["0001"]
    assert page.press("検索", 事業者コード="0002").rows() == []
    page = page.press("検索").click("0001")
    assert page.heading == "事業者情報詳細画面"
    assert page.facts()["参加登録申請者名"] == "株式会社0001"
    assert [plain(e.get_text()) for e in page.soup.select("main .buttons a, main .buttons button")] == ["戻る"]
    assert page.soup.select(".history, main button, main form") == []
    for id in (foreign.id, 999_999):
        assert browser.page(f"/portal/operators/details/?id={id}").status == 404
    for path in ("new/", f"edit/?id={own.id}", "command/withdraw/"):
        assert browser.get(f"/portal/operators/{path}").status_code == 404
    for address, seen in crawl(browser, "/portal/", "/portal/operators/?searched=1").items():
        assert CANARY not in seen.response.text, address
        assert "canary.example" not in seen.response.text, address


def test_the_link_screen_has_its_items_in_the_manuals_order(make, signed_in):  # COM-059
    page = signed_in(make.user()).page("/portal/").click("参加登録")
    assert page.controls() == ["TOP", "ユーザ情報管理", "事業者情報管理", "クライアント証明書"]
    assert plain("自社の事業者情報を照会します。") in page.text
