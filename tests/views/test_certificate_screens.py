"""クライアント証明書 and 未登録証明書 on the screens of staff and operators (issue 4, item 5)."""

from datetime import timedelta
from io import BytesIO

import pytest

from models import AuditEntry, ClientCertificate, UnregisteredCertificate
from tests import certificates as real
from tests.factories import ISSUER
from tests.pages import Page, plain


@pytest.fixture
def staff(make, signed_in):
    return signed_in(make.staff())


def send(page, button, files=(), **typed):
    """Press a button of a form with files."""
    _, path, data = page.data_of(button, **typed)
    data = dict(data) | {name: (BytesIO(content), file_name) for name, file_name, content in files}
    response = page.browser.post(path, data=data, content_type="multipart/form-data")
    for _ in range(3):
        if response.status_code != 302:
            break
        response = page.browser.get(response.headers["Location"])
    return Page(page.browser, response)


FACTS = {
    "発行者": "CN=\\E7\\99\\BA, O=x", "シリアル番号": "\u200e00 f3 a9", "有効期間（開始）": "2026/11/01",
    "有効期間（終了）": "2027/11/01",
}  # fmt: skip


def test_a_certificate_is_registered_from_what_was_pasted(staff, make, session):
    make.operator()
    page = staff.page("/admin/certificates/new/")
    assert page.heading == "クライアント証明書登録画面"
    confirm = page.press("確認", 事業者コード="０００１", 備考="本社", **FACTS)
    assert confirm.heading == "クライアント証明書登録確認画面"
    shown = confirm.facts()
    assert shown["事業者コード"] == "0001"
    assert shown["参加登録申請者名"] == "株式会社0001"
    assert (shown["発行者"], shown["シリアル番号"]) == ("CN=発,O=x", "F3A9")
    assert shown["シリアル番号(10進数)"] == "62377"
    assert shown["有効期間(終了)"] == "2027/11/0123:59:59"
    done = confirm.press("実行")
    assert done.heading == "クライアント証明書登録完了画面"
    row = session.query(ClientCertificate).one()
    assert (row.operator.code, row.issuer, row.serial, row.note) == ("0001", "CN=発,O=x", "F3A9", "本社")
    assert f"{row.valid_from:%F %T} {row.valid_to:%F %T}" == "2026-10-31 15:00:00 2027-11-01 14:59:59"


def test_issuer_and_period_are_understood_as_windows_shows_them(
    staff, make, session
):  # help: 表示されているとおりに貼り付ける
    make.operator()
    windows = {
        "発行者": "CN = Test CA O = TEST C = JP",  # a box of one line makes spaces of the line ends
        "有効期間（開始）": "\u200e2026\u200e年\u200e11\u200e月\u200e1\u200e日 9:05:07",
        "有効期間（終了）": "2027年11月1日",
    }
    page = staff.page("/admin/certificates/new/").press("確認", **FACTS | windows | {"事業者コード": "0001"})
    assert page.heading == "クライアント証明書登録確認画面", page.alerts
    assert page.facts()["発行者"] == plain("CN=Test CA,O=TEST,C=JP")
    page.press("実行")
    row = session.query(ClientCertificate).one()
    assert f"{row.valid_from:%F %T} {row.valid_to:%F %T}" == "2026-11-01 00:05:07 2027-11-01 14:59:59"


def test_広域機関_is_named_and_never_left_out(staff, session):
    empty = staff.page("/admin/certificates/new/").press("確認", **FACTS | {"事業者コード": ""})
    assert empty.field_error("事業者コード").startswith("error.C00.00001")
    confirm = staff.page("/admin/certificates/new/").press("確認", **FACTS | {"事業者コード": "ｏｃｃｔｏ"})
    assert confirm.facts()["参加登録申請者名"] == "広域機関"
    confirm.press("実行")
    assert session.query(ClientCertificate).one().operator_id is None


@pytest.mark.parametrize("button", ["ファイルから読み取る", "確認"])
def test_a_far_too_large_file_is_told_beside_it_and_nothing_typed_is_lost(staff, button):
    page = staff.page("/admin/certificates/new/")
    told = send(page, button, [("file", "a.cer", b"0" * 25_000_000)], 事業者コード="0001", 備考="控")
    assert (told.status, told.heading) == (200, "クライアント証明書登録画面")
    assert told.field_error("証明書ファイル") == plain("error.K01.00013 : 証明書ファイルは100KB以内にしてください。")
    assert (told.value("事業者コード"), told.value("備考")) == ("0001", "控")


def test_a_file_fills_the_form_in_and_keeps_what_was_typed(staff, make, session):
    make.operator()
    page = staff.page("/admin/certificates/new/")
    filled = send(
        page, "ファイルから読み取る", [("file", "a.cer", real.der(real.made()))], 事業者コード="0001", 備考="控"
    )
    assert filled.heading == "クライアント証明書登録画面"
    assert filled.alerts == []
    assert filled.statuses == [
        "info.certificate_file.complete:ファイルから読み取りました。内容を確認してください。まだ登録されていません。"
    ]
    values = {
        label: filled.value(label) for label in ("発行者", "シリアル番号", "有効期間（終了）", "事業者コード", "備考")
    }
    assert values == {
        "発行者": "CN=発行認証局,O=認証株式会社,C=JP", "シリアル番号": "F3A9000001",
        "有効期間（終了）": "2027/11/01 18:34:14", "事業者コード": "0001", "備考": "控",
    }  # fmt: skip
    filled.press("確認").press("実行")
    assert session.query(ClientCertificate).one().serial == "F3A9000001"


def test_a_file_that_was_chosen_is_read_at_confirm_too(staff):
    page = staff.page("/admin/certificates/new/")
    filled = send(page, "確認", [("file", "a.pem", real.pem(real.made()))])
    assert filled.heading == "クライアント証明書登録画面"
    assert filled.value("シリアル番号") == "F3A9000001"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [("a.p12", b"x", "error.K01.00011"), ("a.txt", b"x", "error.K01.00012"), ("", b"", "error.K01.00010"),
     ("a.cer", b"x" * 200_000, "error.K01.00013")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why_and_nothing_typed_is_lost(staff, name, content, message):
    page = staff.page("/admin/certificates/new/")
    answer = send(page, "ファイルから読み取る", [("file", name, content)], 備考="控")
    assert answer.alerts[0].startswith(message)
    assert answer.field_error("証明書ファイル").startswith(message)
    assert answer.value("備考") == "控"


def test_enter_in_a_field_is_confirm_and_not_the_file_button(staff):
    form = staff.page("/admin/certificates/new/").soup.find("form", class_="input")
    first = form.find("button")
    assert (first["name"], first["value"], first.get("class")) == ("_step", "confirm", ["hidden"])


@pytest.mark.parametrize(
    ("typed", "label", "message"),
    [
        ({"シリアル番号": "-05"}, "シリアル番号", "error.K01.00002"),
        ({"シリアル番号": ""}, "シリアル番号", "error.C00.00001"),
        ({"発行者": "x"}, "発行者", "error.K01.00003"),
        ({"有効期間（終了）": "2027/02/30"}, "有効期間（終了）", "error.K01.00004"),
        ({"有効期間（開始）": "0001/01/01"}, "有効期間（開始）", "error.K01.00004"),
        ({"有効期間（終了）": "2026/11/01 00:00:00"}, "有効期間（終了）", "error.K01.00005"),
        ({"有効期間（終了）": "2026/11/02"}, "有効期間（終了）", "error.K01.00007"),
        ({"事業者コード": "0008"}, "事業者コード", "error.U02.00003"),
        ({"事業者コード": "01"}, "事業者コード", "error.C00.00008"),
    ],
)
def test_wrong_input_is_told_beside_the_field(staff, make, typed, label, message):
    make.operator("0001")
    page = staff.page("/admin/certificates/new/").press("確認", **({"事業者コード": "0001"} | FACTS | typed))
    assert page.heading == "クライアント証明書登録画面"
    assert page.field_error(label).startswith(message)


def test_the_registry_is_searched_changed_and_withdrawn(staff, make, session, time):
    make.certificate(note="旧")
    make.certificate(None, "FF")
    page = staff.page("/admin/certificates/").press("検索", シリアル番号="0xａ１:b2")
    [row] = page.rows()
    assert row["シリアル番号"] == "A1B2"
    assert (row["参加登録申請者名"], row["状態"]) == ("株式会社0001", "有効")
    detail = page.click("A1B2")
    assert detail.facts()["発行者"] == plain(ISSUER)
    done = detail.click("変更").press("確認", 備考="新", **{"有効期間（終了）": "2030/01/01 00:00"}).press("実行")
    assert done.heading == "クライアント証明書変更完了画面"
    detail = staff.page("/admin/certificates/details/?id=1")
    assert "有効期間(終了):変更前:2027/11/2012:00:00→変更後:2030/01/0100:00:00" in detail.text
    assert detail.press("取下げ").statuses[0].endswith("クライアント証明書の取下げが完了しました。")
    detail = staff.page("/admin/certificates/details/?id=1")
    assert detail.facts()["状態"] == "取下げ"
    assert detail.controls()[4:] == ["戻る"]  # after the breadcrumb
    session.expire_all()
    assert session.get(ClientCertificate, 1).withdrawn_at == time.now
    ours = staff.page("/admin/certificates/details/?id=2").facts()
    assert (ours["事業者コード"], ours["参加登録申請者名"]) == ("", "広域機関")


def test_an_unregistered_certificate_is_assigned_with_one_click(staff, make, session):
    make.operator()
    make.unregistered()
    detail = staff.page("/admin/unregistered/").press("検索").click("C3D4")
    assert detail.heading == "未登録証明書詳細画面"
    empty = detail.press("割当", 事業者コード="")  # an outsider's certificate must not become 広域機関's by omission
    assert empty.field_error("事業者コード").startswith("error.C00.00001")
    for typed, message in [("0008", "error.U02.00003"), ("1", "error.C00.00008")]:
        wrong = detail.press("割当", 事業者コード=typed)  # the dialog opens again, with what was typed
        assert (wrong.status, wrong.heading) == (200, "未登録証明書詳細画面")
        assert wrong.soup.find("dialog", attrs={"data-again": True})["id"] == "dialog-assign"
        assert (wrong.value("事業者コード"), wrong.field_error("事業者コード")[:15]) == (typed, message)
        assert wrong.alerts == []
    assert wrong.press("割当", 事業者コード="0007").field_error("事業者コード").startswith("error.U02.00003")
    assert not detail.soup.find("dialog", attrs={"data-again": True})
    _, path, data = detail.data_of("割当", 事業者コード="0001")
    done = staff.follow(staff.post(path, data=data))
    assert done.statuses == ["info.certificate_assign.complete:クライアント証明書の登録が完了しました。"]
    again = staff.follow(staff.post(path, data=data))  # double click: the row is gone, the answer is the same
    assert again.statuses == done.statuses
    assert session.query(UnregisteredCertificate).count() == 0
    assert session.query(ClientCertificate).one().operator.code == "0001"
    assert session.query(AuditEntry).filter_by(event="certificate:assign").count() == 1


def test_operators_see_their_own_and_cannot_do_anything(make, signed_in):
    make.certificate("0001", "A1", valid_to=make.certificate("0002", "A2").valid_to)
    make.certificate(None, "A3")
    for account in (make.user(), make.admin()):
        browser = signed_in(account)
        page = browser.page("/portal/certificates/?searched=1")
        assert [row["シリアル番号"] for row in page.rows()] == ["A1"]
        assert "事業者コード" not in page.labels()
        assert "新規登録" not in page.controls()
        detail = page.click("A1")
        assert detail.facts()["参加登録申請者名"] == "株式会社0001"
        assert detail.controls()[4:] == ["戻る"]  # after the breadcrumb
        links = browser.page("/portal/registration/").controls()
        assert links[1:] == ["ユーザ情報管理", "事業者情報管理", "クライアント証明書"]
        assert detail.soup.find(class_="history") is None  # what staff did
        assert "備考" not in detail.facts()


def test_what_ends_soon_does_not_look_like_what_has_ended(make, staff, time):  # ui.md §2: 期限間近 is orange
    make.certificate("0001", "A1", valid_to=time.now + timedelta(days=10))
    long_ago = time.now - timedelta(days=99)
    make.certificate("0001", "A2", valid_from=long_ago, valid_to=time.now - timedelta(days=10))
    page = staff.page("/admin/certificates/?searched=1")
    looks = {span.get_text(): span["class"] for span in page.soup.select("tbody .status")}
    assert looks == {"期限間近": ["status", "wa"], "期限切れ": ["status", "ng"]}


def test_the_audit_trail_names_the_refused_certificate(staff, make, session):
    """操作履歴 shows every new event and detail in words."""
    session.add(AuditEntry(event="sign_in:certificate", result="refused", detail={"issuer": ISSUER, "serial": "A1"}))
    session.commit()
    page = staff.page("/admin/audit/?searched=1&event=sign_in:certificate").click("2026/11/20 12:00:00")
    assert page.facts()["詳細"] == plain(f"発行者: {ISSUER}、シリアル番号: A1")


# ---- flask certificate add ----------------
def test_the_console_registers_the_first_certificate(app, session, tmp_path, make):
    make.operator()
    file = tmp_path / "staff.pem"
    file.write_bytes(real.pem(real.made()))
    run = app.test_cli_runner().invoke
    first = run(args=["certificate", "add", "occto", str(file)])
    assert first.exit_code == 0, first.output
    assert "参加登録申請者名: 広域機関\n" in first.output
    assert "シリアル番号: F3A9000001\n" in first.output
    row = session.query(ClientCertificate).one()
    assert (row.operator_id, row.valid_from) == (None, real.START)
    assert session.query(AuditEntry).one().actor_login_id == "console"
    second = run(args=["certificate", "add", "0001", str(file)])
    assert second.exit_code == 1
    assert "error.K01.00006" in second.output
    file.with_suffix(".cer").write_bytes(real.der(real.made(serial=5)))
    assert run(args=["certificate", "add", "0001", str(file.with_suffix(".cer"))]).exit_code == 0
    assert "error.U02.00003" in run(args=["certificate", "add", "0009", str(file)]).output
    assert run(args=["certificate", "add", "occto", str(tmp_path / "none")]).exit_code == 2
