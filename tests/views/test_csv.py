"""CSV出力: USR-020, USR-021, XC-014, PRM-06; 操作履歴 as CSV."""

import csv
import io
from datetime import date
from urllib.parse import unquote

import pytest
from sqlalchemy import insert

from domain.roles import AccountKind, Role
from models import Account, User
from tests.pages import Page, plain
from views.frame.csv_file import defused

HEADER = [
    "ユーザID", "権限区分", "事業者コード", "参加登録申請者名", "所属部署", "ユーザ名", "電話番号", "メールアドレス",
    "有効/無効", "適用開始日", "適用終了日", "ユーザロック", "削除状態",
]  # fmt: skip


def export(page, encoding="utf-8"):
    _, path, data = page.data_of("CSV出力")
    return page.browser.post(path, data=data | {"encoding": encoding}, buffered=True)


def table(response, encoding="utf-8-sig"):
    assert response.status_code == 200, response.text
    return list(csv.reader(io.StringIO(response.data.decode(encoding), newline="")))


def test_the_file_holds_the_13_columns_in_the_words_of_the_screens(make, signed_in):  # USR-020, USR-023
    boss = make.admin(login_id="U280003304", name="事業者 太郎")
    make.locked(make.user(login_id="U520008303", name="事業者 花子", enabled=False, valid_to=date(2027, 3, 31)))
    make.user(operator="0002")
    page = signed_in(boss).page("/portal/users/").press("検索")
    response = export(page)
    assert response.data.startswith(b"\xef\xbb\xbf"), "BOM"
    assert response.data.count(b"\r\n") == 3
    assert response.data.startswith('\ufeff"ユーザID","権限区分",'.encode()), "quoted"
    assert table(response) == [
        HEADER,
        ["U280003304", "登録作業者(管理者)", "0001", "株式会社0001", "総合エネルギー事業部", "事業者 太郎",
         "03-1234-5678", "u280003304@example.jp", "有効", "2019/12/23", "9999/12/31", "利用可能", "未削除"],
        ["U520008303", "登録作業者(一般)", "0001", "株式会社0001", "総合エネルギー事業部", "事業者 花子",
         "03-1234-5678", "u520008303@example.jp", "無効", "2019/12/23", "2027/03/31", "ロック中", "未削除"],
    ]  # fmt: skip


def test_the_name_of_the_file_is_japanese(make, signed_in):
    response = export(signed_in(make.user()).page("/portal/users/").press("検索"))
    plain_name, _, name = response.headers["Content-Disposition"].partition("; filename*=UTF-8''")
    assert plain_name == 'attachment; filename="export.csv"'
    assert unquote(name) == "ユーザ情報一覧_20261120120000.csv"
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"


def test_all_pages_in_the_order_of_the_list(make, signed_in, time):  # USR-020
    for n in range(25):
        make.user(name=f"事業者 {n:02d}", deleted_at=time.now, enabled=n % 2 == 0)
    page = signed_in(make.staff()).page("/admin/users/")
    found = page.press("検索", 削除済みの情報を表示=True, **{"有効/無効": ["有効"]})
    names = [f"事業者 {n:02d}" for n in range(0, 25, 2)]
    assert [row[5] for row in table(export(found))[1:]] == names
    down = found.click("ユーザ名").click("ユーザ名")
    assert [row[5] for row in table(export(down))[1:]] == names[::-1]


def test_cp932_by_choice_names_what_it_lacks(make, signed_in):  # A32
    make.user(name="髙橋 ①")
    browser = signed_in(make.staff())
    page = browser.page("/admin/users/").press("検索")
    response = export(page, "cp932")
    assert table(response, "cp932")[1][5] == "髙橋 ①"
    make.user(name="𠮷田", login_id="U999999999")
    refused = browser.follow(export(page, "cp932"))
    assert refused.heading == "ユーザ情報一覧画面"
    assert refused.alerts == [plain(
        "error.X01.00001 : 3行目のユーザ名に、CP932では出力できない文字（𠮷）が含まれています。"
        "文字コードにUTF-8を選択してください。"
    )]  # fmt: skip
    assert table(export(page))[2][5] == "𠮷田"
    assert export(page, "utf-16").status_code == 400


DANGEROUS = ["=1+1", "+1", "-1", "@x", " =1", "　＝1", "＋1", "－1", "＠x", "'=1", '"=1', "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("text", [*DANGEROUS, "\t=1", "\r=1"])
def test_what_looks_like_a_formula_is_defused(text):  # XC-014
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "事業者", "03-1234-5678", "a=b", "x@example.jp", "1-2"])
def test_what_does_not_is_left_alone(text):
    assert defused(text) == text


def test_formulas_in_every_text_field_are_defused_in_the_file(make, signed_in, time):
    for text in DANGEROUS:
        make.user(name=text, department=text, deleted_at=time.now)
    page = signed_in(make.staff()).page("/admin/users/").press("検索", 削除済みの情報を表示=True)
    for row, text in zip(table(export(page))[1:], DANGEROUS, strict=True):
        assert (row[4], row[5]) == (f"'{text}", f"'{text}")


def test_no_row_is_refused(make, signed_in, token, read):  # USR-022
    browser = signed_in(make.staff())
    csrf = token(browser)
    nothing = "error.U01.00001 : 検索結果が0件です。検索条件を見直してください。"
    for query, told in [
        ("searched=1&name=いない", nothing),
        ("", nothing),
        ("searched=1&login_id=あ", "error.C00.00002 : ユーザIDは半角英数字で入力してください。"),
    ]:
        response = browser.post(f"/admin/users/export/?{query}", data={"csrf_token": csrf, "encoding": "utf-8"})
        page = browser.follow(response)
        assert page.alerts == [plain(told)], "told once"
    assert read("SELECT count(*) FROM audit_entries WHERE event = 'user:export'") == [(0,)]


def test_12000_rows_are_exported_and_12001_refused(make, session, signed_in, time):  # USR-021
    operator, browser = make.operator(), signed_in(make.staff())

    def fill(numbers):
        common = {"kind": AccountKind.USER, "password_hash": "!", "valid_from": date(2026, 1, 1), "version": 1}
        common |= {"valid_to": date(9999, 12, 31), "enabled": True, "deleted_at": time.now, "email": "x@example.jp"}
        common |= {"created_at": time.now, "updated_at": time.now}
        ids = [{"id": 1000 + n, "login_id": f"U{n:09d}", "login_key": f"U{n:09d}"} for n in numbers]
        names = [i | {"name": "多", "name_folded": "多"} | common for i in ids]
        session.execute(insert(Account.__table__), names)
        users = {
            "operator_id": operator.id,
            "role": Role.OPERATOR_GENERAL,
            "department": "部",
            "phone": "",
            "slot": None,
        }
        session.execute(insert(User.__table__), [{"id": i["id"]} | users for i in ids])
        session.commit()

    fill(range(12_000))
    page = browser.page("/admin/users/").press("検索", 削除済みの情報を表示=True)
    rows = table(export(page))
    assert len(rows) == 12_001
    assert [rows[1][0], rows[-1][0]] == ["U000000000", "U000011999"]
    fill([12_000])
    refused = browser.follow(export(page))
    assert refused.alerts == [plain(
        "error.U01.00002 : 出力件数が上限（12,000件）を超えています。検索条件を絞り込んでください。"
    )]  # fmt: skip


def test_the_dialog_asks_and_nothing_is_exported_by_get(make, signed_in):  # USR-020, XC-003
    browser = signed_in(make.user())
    page = browser.page("/portal/users/").press("検索")
    opener = next(b for b in page.soup.find_all("button") if plain(b.get_text()) == "CSV出力")
    dialog = page.soup.find(id=opener["data-dialog"])
    assert plain(dialog.p.get_text()) == plain("info.csv.confirm : 検索結果をCSV出力します。よろしいですか。")
    assert browser.get("/portal/users/export/?searched=1").status_code == 405
    assert "CSV出力" not in browser.page("/portal/users/").controls()


def test_a_foreign_operator_is_in_nobodys_file(make, signed_in, token):
    other = make.user(operator="0002", name="カナリア")
    browser = signed_in(make.user())
    answer = browser.post(
        "/portal/users/export/?searched=1&operator_code=0002&with_deleted=1",
        data={"csrf_token": token(browser), "encoding": "utf-8"},
        buffered=True,
    )
    assert len(table(answer)) == 2
    assert other.login_id.encode() not in answer.data


def test_staff_export_the_history(make, signed_in, read):  # issue 3, item 5; XC-010
    browser = signed_in(make.staff(name="広域 管理"))
    user = make.user(name="事業者 元")
    page = browser.page(f"/admin/users/edit/?id={user.id}").press("確認", ユーザ名="=1+1")
    assert page.press("実行").heading == "ユーザ情報変更完了画面"
    page = browser.page("/admin/audit/").press("検索")
    rows = table(export(page))
    assert rows[0] == [
        "日時",
        "実行者ID",
        "実行者名",
        "操作",
        "対象",
        "結果",
        "接続元",
        "リクエスト番号",
        "詳細",
        "変更内容",
    ]
    assert rows[1][3:6] == ["ユーザ情報の変更", f"{user.login_id} =1+1", "成功"]
    assert rows[1][9] == "ユーザ名: 事業者 元 → =1+1"
    assert rows[2][3] == "ログイン"
    assert [r.event for r in read("SELECT event FROM audit_entries ORDER BY id")][-1] == "audit:export"
    page = Page(browser, browser.get("/admin/audit/?searched=1"))
    assert page.rows()[0]["操作"] == "操作履歴CSV出力"
