"""事業者: 検索, 詳細, 登録, 変更 by staff. XC-001…006, issue 7."""

import pytest

from tests.factories import NEW_OPERATOR
from tests.pages import plain

LABELS = [
    "参加登録申請者名*", "事業者名略称*", "エリアコード", "ライセンス区分",
    "参加区分", "安定電源", "変動電源(単独)", "変動電源(アグリゲート)", "発動指令電源(電源)", "発動指令電源(DR)",
    "発動指令電源(電源/DR混在)",
    "郵便番号", "住所",
    "連絡者所属", "連絡者氏名", "連絡者電話番号", "市外局番", "市内局番", "加入者番号", "連絡者メールアドレス",
    "担当者1氏名", "担当者1メールアドレス", "担当者2氏名", "担当者2メールアドレス",
    "担当者3氏名", "担当者3メールアドレス",
]  # fmt: skip
ADMIN_LABELS = [
    "管理者{}所属部署*", "管理者{}ユーザ名*", "管理者{}電話番号", "市外局番", "市内局番", "加入者番号",
    "管理者{}メールアドレス*",
]  # fmt: skip
DETAIL = [
    "事業者コード", "事業者コード(5桁)", "参加登録申請者名", "事業者名略称", "ライセンス区分", "参加区分", "郵便番号",
    "住所", "連絡者所属", "連絡者氏名", "連絡者電話番号", "連絡者メールアドレス", "担当者情報", "状態", "登録日時",
]  # fmt: skip


@pytest.fixture
def admin(make, signed_in):
    return signed_in(make.staff(name="広域 管理"))


def test_a_registration_from_input_to_completion(admin, read):  # XC-001, XC-002
    page = admin.page("/admin/").click("管理").click("事業者").click("新規登録")
    assert (page.heading, page.crumbs) == (
        "事業者登録画面", ["TOP", "管理", "事業者", "事業者一覧画面", "事業者登録画面"],
    )  # fmt: skip
    admins = [label.format(place) for place in (1, 2) for label in ADMIN_LABELS]
    assert page.labels() == ["事業者コード*", *LABELS, *admins]
    assert [plain(h.get_text()) for h in page.soup.select("main h2")] == [
        "所在地", "連絡者", "担当者情報", "登録作業者(管理者)1人目", "登録作業者(管理者)2人目",
    ]  # fmt: skip
    page = page.press("確認", 事業者コード="ａｂ０９", 参加登録申請者名=" 株式会社０００９ ", **NEW_OPERATOR)
    assert page.heading == "事業者登録確認画面"
    assert page.statuses == [plain("info.regist.confirm : 下記の情報で登録します。よろしいですか。")]
    shown = {name: value for name, value in page.facts().items() if value}
    assert shown == {"事業者コード": "AB09", "参加登録申請者名": "株式会社0009", "エリアコード": "(なし)",
                     "ライセンス区分": "(未設定)"} | {k: plain(v) for k, v in NEW_OPERATOR.items()}  # fmt: skip
    assert read("SELECT count(*) FROM operators") == [(0,)]
    page = page.press("戻る")
    assert (page.heading, page.value("参加登録申請者名").strip()) == ("事業者登録画面", "株式会社０００９")
    page = page.press("確認").press("実行")
    assert (page.heading, page.crumbs[-1]) == ("事業者登録完了画面", "事業者登録完了画面")
    assert page.statuses == [plain("info.regist.complete : 登録が完了しました。")]
    assert read("SELECT code, name FROM operators") == [("AB09", "株式会社０００９")]  # the name as typed
    assert page.click("一覧へ戻る").heading == "事業者一覧画面"


MAIL = "info.same_mail.warning : 2人の登録作業者(管理者)のメールアドレスが同じです。"


def test_two_管理者_with_one_address_are_told_at_確認_and_not_refused(admin, read):
    typed = {"事業者コード": "0009", "参加登録申請者名": "株式会社0009"} | NEW_OPERATOR
    assert admin.page("/admin/operators/new/").press("確認", **typed).alerts == []
    page = admin.page("/admin/operators/new/").press("確認", **typed | {"管理者2メールアドレス": "ONE@example.jp"})
    assert page.heading == "事業者登録確認画面"
    [told] = page.alerts
    assert told.startswith(plain(MAIL))
    assert page.press("実行").heading == "事業者登録完了画面"
    assert read("SELECT count(*) FROM users") == [(2,)]


def test_the_second_管理者_s_address_is_looked_at_in_every_form_of_users(admin, make, signed_in):
    make.operator()
    first = make.admin(email="one@example.jp")
    second = make.admin(email="two@example.jp")
    general = make.user(email="one@example.jp")
    make.admin(operator="0002", email="elsewhere@example.jp")

    def told(address, email, user=admin, **typed):
        page = user.page(address).press("確認", メールアドレス=email, **typed)
        assert page.heading.endswith("確認画面"), page.alerts
        return [alert.startswith(plain(MAIL)) for alert in page.alerts]

    edit = f"/admin/users/edit/?id={second.id}"
    assert told(edit, "one@example.jp") == [True]
    assert told(edit, "two@example.jp") == []
    assert told(edit, "elsewhere@example.jp") == []
    assert told(f"/admin/users/edit/?id={general.id}", "two@example.jp") == []
    replace = {"所属部署": "部", "ユーザ名": "後任"}
    assert told(f"/admin/users/replace/?id={second.id}", "one@example.jp", **replace) == [True]
    assert told(f"/admin/users/replace/?id={second.id}", "two@example.jp", **replace) == []
    own = f"/portal/users/edit/?id={first.id}"
    assert told(own, "Two@example.jp", user=signed_in(first)) == [True]


def test_a_code_is_given_once(admin, make, read):  # error.O01.00001
    typed = {"事業者コード": "０００９", "参加登録申請者名": "別の会社"} | NEW_OPERATOR
    confirm = admin.page("/admin/operators/new/").press("確認", **typed)
    make.operator("0009")  # somebody else, meanwhile
    message = plain("error.O01.00001 : 事業者コード0009は既に登録されています。")
    early = admin.page("/admin/operators/new/").press("確認", **typed)
    assert (early.heading, early.alerts, early.field_error("事業者コード")) == ("事業者登録画面", [message], message)
    page = confirm.press("実行")
    assert (page.heading, page.alerts, page.field_error("事業者コード")) == ("事業者登録画面", [message], message)
    assert page.value("参加登録申請者名") == "別の会社"
    assert read("SELECT count(*) FROM operators") == [(1,)]
    page = page.press("確認", 事業者コード="0010").press("実行")  # the ticket was not used up by the refusal
    assert page.heading == "事業者登録完了画面"


def test_errors_keep_what_was_typed(admin, read):  # XC-004
    page = admin.page("/admin/operators/new/")
    for typed, label, message in [
        ({"事業者コード": ""}, "事業者コード", "error.C00.00001 : 事業者コードを入力してください。"),
        ({"事業者コード": "00-1"}, "事業者コード", "error.C00.00002 : 事業者コードは半角英数字で入力してください。"),
        ({"事業者コード": "001"}, "事業者コード", "error.C00.00008 : 事業者コードは4文字で入力してください。"),
        ({"参加登録申請者名": ""}, "参加登録申請者名", "error.C00.00001 : 参加登録申請者名を入力してください。"),
        ({"参加登録申請者名": "株" * 26}, "参加登録申請者名",
         "error.C00.00012 : 参加登録申請者名は全角25文字（半角50文字）以内で入力してください。"),
        ({"事業者名略称": "株式会社九電"}, "事業者名略称",
         "error.C00.00013 : 事業者名略称は末尾に「_容」を付けて入力してください。"),
        ({"郵便番号": "135-0061"}, "郵便番号",
         "error.C00.00014 : 郵便番号はハイフンなしの半角数字7桁で入力してください。"),
        ({"郵便番号": "", "担当者1氏名": "担当 一"}, "担当者1メールアドレス",
         "error.O01.00005 : 担当者情報（1人目）は氏名とメールアドレスの両方を入力してください。"),
    ]:  # fmt: skip
        both = {"事業者コード": "0009", "参加登録申請者名": "株式会社0009"} | NEW_OPERATOR | typed
        page = page.press("確認", **both)
        assert page.heading == "事業者登録画面"
        assert page.alerts == [plain(message)]
        assert page.field_error(label) == plain(message)
        link = page.soup.select_one("main [role=alert] a")["href"]
        assert page.soup.find(id=link.removeprefix("#")) is page._labelled(label)
        assert {name: page.value(name) for name in both} == both
    assert read("SELECT count(*) FROM operators") == [(0,)]


def test_the_name_changes_and_the_code_does_not(admin, make, read, signed_in):  # XC-002, USR-023
    operator = make.operator("0001")
    user = make.user()
    page = admin.page(f"/admin/operators/details/?id={operator.id}")
    assert (page.heading, page.crumbs) == (
        "事業者詳細画面", ["TOP", "管理", "事業者", "事業者一覧画面", "事業者詳細画面"],
    )  # fmt: skip
    assert list(page.facts()) == DETAIL
    assert page.facts()["登録日時"] == "2026/11/2012:00:00"
    page = page.click("変更")
    assert (page.heading, page.facts(), page.labels()) == ("事業者変更画面", {"事業者コード": "0001"}, LABELS)
    page = page.press("確認", 参加登録申請者名="株式会社1")
    assert (page.heading, page.facts()["事業者コード"], page.facts()["参加登録申請者名"]) == (
        "事業者変更確認画面", "0001", "株式会社1",
    )  # fmt: skip
    assert [plain(tr.th.get_text()) for tr in page.soup.select("tr.changed")] == ["参加登録申請者名"]
    assert page.press("実行").heading == "事業者変更完了画面"
    assert read("SELECT code, name, version FROM operators") == [("0001", "株式会社1", 2)]
    # The user's own screens show the new name, and the session lives on.
    assert signed_in(user).page("/portal/").facts()["参加登録申請者名"] == "株式会社1"


def test_a_stale_version_is_refused_with_who_and_when(admin, make, signed_in, read):
    operator = make.operator("0001")
    other = signed_in(make.staff(name="広域 花子"))
    address = f"/admin/operators/edit/?id={operator.id}"
    mine = admin.page(address).press("確認", 参加登録申請者名="私の名前")
    other.page(address).press("確認", 参加登録申請者名="花子の名前").press("実行")
    page = mine.press("実行")
    assert page.alerts == [
        plain(
            "error.C01.00002 : 表示していた内容は、広域 花子が2026/11/20 12:00:00に変更しました。"
            "最新の内容を確認のうえ、もう一度入力してください。"
        )
    ]
    assert page.value("参加登録申請者名") == "私の名前"
    assert read("SELECT name FROM operators") == [("花子の名前",)]


def test_the_list_searches_sorts_and_pages(admin, make):  # XC-005, USR-018
    for number in range(25):
        make.operator(f"{number:04d}", name=f"株式会社 {24 - number:02d}")
    page = admin.page("/admin/operators/")
    assert (page.heading, page.labels(), page.soup.find_all("table")) == (
        "事業者一覧画面", ["事業者コード", "参加登録申請者名", "状態", "参加中", "退出済"], [],
    )  # fmt: skip
    page = page.press("検索")
    assert page.headers_of_list() == ["事業者コード", "参加登録申請者名", "事業者名略称", "状態", "登録日時"]
    assert plain("1 - 20 件 (全25件)") in page.text
    assert [row["事業者コード"] for row in page.rows()] == [f"{n:04d}" for n in range(20)]
    by_name = page.click("参加登録申請者名")
    assert by_name.rows()[0]["事業者コード"] == "0024"
    assert [row["事業者コード"] for row in page.press("検索", 事業者コード="００２").rows()] == [
        "0020", "0021", "0022", "0023", "0024",
    ]  # fmt: skip
    assert len(page.press("検索", 参加登録申請者名="株式会社　1").rows()) == 10
    none = page.press("検索", 事業者コード="9999")
    assert none.alerts == [plain("error.U01.00001 : 検索結果が0件です。検索条件を見直してください。")]


def test_nobody_of_an_operator_enters(make, signed_in):  # XC-009
    browser = signed_in(make.admin())
    for path in ("", "details/?id=1", "new/", "edit/?id=1"):
        assert browser.page(f"/admin/operators/{path}").status == 403
