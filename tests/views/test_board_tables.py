"""定型文 and 休業日: screens of small tables whose rows are really removed (XC-012, issue 5)."""

import pytest

from models import Closure, Phrase
from tests.pages import plain

NUMBER = "error.R02.00002 : 表示順は0以上999以下の半角数字で入力してください。"


@pytest.fixture
def staff(signed_in, make):
    return signed_in(make.staff())


def test_a_phrase_is_registered_changed_and_removed(staff, session, read):
    page = staff.page("/admin/phrases/").click("新規登録")
    assert (page.heading, page.crumbs) == (
        "定型文登録画面", ["TOP", "情報掲示板", "定型文", "定型文一覧画面", "定型文登録画面"],
    )  # fmt: skip
    confirm = page.press("確認", 表示順="１０", 定型文="正式名称を記載してください。")
    assert confirm.facts() == {"表示順": "10", "定型文": "正式名称を記載してください。"}
    assert confirm.press("実行").heading == "定型文登録完了画面"
    [row] = staff.page("/admin/phrases/").press("検索").rows()
    assert row["表示順"] == "10"
    number = session.query(Phrase.id).scalar()
    page = staff.page(f"/admin/phrases/edit/?id={number}").press("確認", 表示順="0").press("実行")
    assert page.heading == "定型文変更完了画面"
    page = staff.page(f"/admin/phrases/details/?id={number}")
    assert page.controls()[-3:] == ["戻る", "削除", "変更"]
    done = page.press("削除")
    assert (done.heading, done.statuses) == (
        "定型文削除完了画面", [plain("info.delete.complete : 1件の削除が完了しました。")],
    )  # fmt: skip
    assert read("SELECT count(*) FROM phrases") == [(0,)]
    assert staff.get(f"/admin/phrases/details/?id={number}").status_code == 404
    trail = read("SELECT event FROM audit_entries WHERE target_table = 'phrases' ORDER BY id")
    assert [event for (event,) in trail] == ["phrase:register", "phrase:change", "phrase:delete"]


def test_the_removal_sent_twice_says_the_same_and_another_one_finds_nothing(staff, session, token):
    phrase = Phrase(text="文")
    session.add(phrase)
    session.commit()
    _, path, data = staff.page(f"/admin/phrases/details/?id={phrase.id}").data_of("削除")
    for _ in range(2):
        answer = staff.post(path, data=data)
        assert staff.follow(answer).heading == "定型文削除完了画面"
    assert staff.post(path, data=data | {"ticket": ["N" * 22]}).status_code == 404


@pytest.mark.parametrize(
    ("typed", "label", "message"),
    [
        ({"表示順": "", "定型文": "文"}, "表示順", "error.C00.00001 : 表示順を入力してください。"),
        ({"表示順": "x", "定型文": "文"}, "表示順", NUMBER),
        ({"表示順": "1000", "定型文": "文"}, "表示順", NUMBER),
        ({"表示順": "-1", "定型文": "文"}, "表示順", NUMBER),
        ({"表示順": "1", "定型文": ""}, "定型文", "error.C00.00001 : 定型文を入力してください。"),
        ({"表示順": "1", "定型文": "あ" * 201}, "定型文", "error.C00.00004 : 定型文は200文字以内で入力してください。"),
        ({"表示順": "1", "定型文": "既にある文"}, "定型文", "error.R02.00001 : 同じ定型文が既に登録されています。"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_phrase_is_told_beside_it(staff, session, typed, label, message):
    session.add(Phrase(text="既にある文"))
    session.commit()
    page = staff.page("/admin/phrases/new/").press("確認", **typed)
    assert page.heading == "定型文登録画面"
    assert page.field_error(label) == plain(message)


def test_a_closure_is_registered_changed_and_removed(staff, session):
    page = staff.page("/admin/closures/new/")
    typed = {"名称": "創立記念日", "開始日": "2026/12/29", "終了日": "2027/01/03", "毎年": True}
    confirm = page.press("確認", **typed)
    facts = {"名称": "創立記念日", "開始日": "2026/12/29", "終了日": "2027/01/03", "毎年": "する"}
    assert confirm.facts() == facts
    assert confirm.press("実行").heading == "休業日登録完了画面"
    [row] = staff.page("/admin/closures/").press("検索", 名称="創立").rows()
    assert row == facts
    number = session.query(Closure.id).filter_by(name="創立記念日").scalar()
    page = staff.page(f"/admin/closures/edit/?id={number}").press("確認", 終了日="2027/01/04").press("実行")
    assert page.heading == "休業日変更完了画面"
    page = staff.page(f"/admin/closures/details/?id={number}")
    assert plain("終了日: 変更前: 2027/01/03 → 変更後: 2027/01/04") in page.text
    assert page.press("削除").heading == "休業日削除完了画面"


def test_a_closure_ends_no_earlier_than_it_starts_and_lasts_sixty_days_at_most(staff):
    page = staff.page("/admin/closures/new/")
    wrong = page.press("確認", 名称="臨時", 開始日="2026/12/02", 終了日="2026/12/01")
    assert wrong.field_error("終了日").startswith("error.C00.00009")
    wrong = page.press("確認", 名称="臨時", 開始日="2026/12/01", 終了日="2027/12/01")
    assert wrong.field_error("終了日") == plain("error.R03.00001 : 休業日の期間は60日以内にしてください。")


def test_an_edit_of_a_row_that_has_been_removed_is_404(staff, session, write):
    phrase = Phrase(text="文")
    session.add(phrase)
    session.commit()
    number = phrase.id
    confirm = staff.page(f"/admin/phrases/edit/?id={number}").press("確認", 定型文="別の文")
    write("DELETE FROM phrases")
    _, path, data = confirm.data_of("実行")
    assert staff.post(path, data=data | {"_step": ["execute"]}).status_code == 404
