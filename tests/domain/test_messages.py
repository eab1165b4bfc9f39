"""The message catalogue is the only list (contract, COM-018, house-style §1)."""

import re
import string
from pathlib import Path

import pytest

from domain import messages

ROOT = Path(__file__).parents[2]
FOLDERS = ["domain", "models", "services", "forms", "views", "templates", "seed"]
SOURCES = [
    path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in (".py", ".html")
] + [ROOT / "app.py"]  # fmt: skip
NAMED = re.compile(r"""["'](error\.[^"' ]*|info\.[^"' ]*)["']""")
SHAPE = re.compile(r"error\.[A-Z][0-9]{2}\.[0-9]{5}|info\.[a-z_]+\.[a-z_]+")
# views/frame/conversation.py puts these together from its three verbs.
COMPOSED = {
    "info.regist.confirm", "info.regist.complete", "info.update.confirm", "info.update.complete",
    "info.replace.confirm", "info.replace.complete",
}  # fmt: skip
PLACEHOLDERS = {
    "error.B01.00004": {"sign"},
    "error.C00.00001": {"label"},
    "error.C00.00002": {"label"},
    "error.C00.00003": {"label"},
    "error.C00.00004": {"label", "longest"},
    "error.C00.00005": {"label", "sign"},
    "error.C00.00006": {"label"},
    "error.C00.00007": {"label"},
    "error.C00.00008": {"label", "length"},
    "error.C00.00009": {"label", "other"},
    "error.C00.00010": {"label"},
    "error.C00.00011": {"label"},
    "error.C00.00020": {"label"},
    "error.C00.00021": {"label"},
    "error.C00.00022": {"label", "other"},
    "error.C00.00023": {"label", "other"},
    "error.C00.00012": {"label", "half", "full"},
    "error.C00.00013": {"label", "ending"},
    "error.C00.00014": {"label"},
    "error.C01.00002": {"who", "when"},
    "info.remark.company": {"company"},
    "error.B05.00001": {"item"},
    "error.B05.00005": {"names"},
    "error.B05.00006": {"item", "longest"},
    "error.B05.00008": {"item"},
    "error.B02.00001": {"shortest", "longest"},
    "error.B02.00007": {"code"},
    "error.B02.00011": {"label", "sign"},
    "error.B02.00012": {"label", "sign"},
    "error.B03.00002": {"code"},
    "error.B04.00001": {"label"},
    "error.B04.00002": {"code"},
    "info.remark.equal": {"what", "id", "company", "name", "state", "day"},
    "info.remark.mail": {"code"},
    "error.Y06.00003": {"shortest", "longest"},
    "error.Y06.00004": {"classes"},
    "error.Y06.00005": {"sign"},
    "error.Y06.00006": {"generations"},
    "error.F01.00002": {"extension"},
    "error.F01.00004": {"most"},
    "error.F01.00005": {"sign"},
    "error.F01.00006": {"longest"},
    "error.F01.00009": {"most"},
    "error.F01.00011": {"most"},
    "error.F01.00012": {"most"},
    "error.N01.00003": {"codes"},
    "error.O01.00001": {"code"},
    "error.O01.00002": {"code"},
    "error.O01.00005": {"label"},
    "error.K01.00004": {"label"},
    "error.K01.00005": {"label", "other"},
    "error.K01.00006": {"serial"},
    "error.R01.00005": {"who", "when", "result"},
    "error.R01.00006": {"who", "when"},
    "error.R01.00008": {"ids"},
    "error.R01.00009": {"ids"},
    "error.R02.00002": {"label", "most"},
    "error.R03.00001": {"most"},
    "error.R03.00002": {"days"},
    "info.claim.confirm": {"who"},
    "info.review.complete": {"number", "result"},
    "info.bulk_approve.confirm": {"count"},
    "info.bulk_approve.complete": {"count"},
    "error.U02.00001": {"most"},
    "error.U02.00002": {"most"},
    "error.U02.00003": {"code"},
    "error.U02.00004": {"code"},
    "error.U04.00001": {"ids"},
    "error.U04.00002": {"ids"},
    "error.U04.00004": {"ids"},
    "error.X01.00001": {"row", "column", "sign"},
    "info.delete.complete": {"count"},
    "info.maintenance.planned": {"start", "end"},
    "info.maintenance.planned_open": {"start"},
    "info.maintenance.running": {"end"},
}


def used():
    found = {}
    for path in SOURCES:
        for name in NAMED.findall(path.read_text(encoding="utf-8")):
            if "{" not in name:
                found.setdefault(name, set()).add(path.relative_to(ROOT).as_posix())
    return found


def test_every_id_has_the_shape_of_the_contract():
    assert [i for i in messages.ids() if not SHAPE.fullmatch(i)] == []


def test_every_id_used_in_the_sources_exists():
    missing = {name: where for name, where in used().items() if name not in messages.ids()}
    assert missing == {}


def test_every_id_in_the_catalogue_is_used():
    assert sorted(messages.ids() - set(used()) - COMPOSED) == []


def test_ids_are_only_composed_where_we_know_it():
    composed = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if re.search(r"""["'](error|info)\.[^"']*\{""", path.read_text(encoding="utf-8"))
    }
    assert composed <= {"views/frame/conversation.py"}


@pytest.mark.parametrize("message_id", sorted(messages.ids()))
def test_a_message_has_exactly_the_placeholders_its_callers_fill(message_id):
    raw = messages._catalogue()[message_id]
    names = {name for _, name, _, _ in string.Formatter().parse(raw) if name is not None}
    assert names == PLACEHOLDERS.get(message_id, set())
    filled = messages.text(message_id, **dict.fromkeys(names, "〇〇"))
    assert filled.startswith(f"{message_id} : ")
    assert "{" not in filled
    assert "}" not in filled
    if message_id == "error.B01.00001":  # as the manual prints it (BBS-032)
        assert filled == "error.B01.00001 : このアカウントは現在使用できません"
        return
    assert filled.endswith(("。", "。（〇〇）", "〇〇申込）")), "the IDs it is about may follow"


def test_placeholders_are_listed_for_existing_messages_only():
    assert set(PLACEHOLDERS) <= messages.ids()


# Verbatim from requirements §8 and COM-017, COM-019, COM-024, USR-022, USR-093.
@pytest.mark.parametrize(
    ("message_id", "text"),
    [
        ("error.Y05.00001", "ログインIDまたはパスワードが間違っています。"
         "ログインIDまたはパスワードが正しいか、もう一度ご確認ください。"),
        ("error.Y05.00002", "アカウントがロックされています。"
         "事業者の管理者（登録作業者（管理者））へ連絡してください。"),
        ("error.Y05.00003", "仮パスワードの有効期間が過ぎています。管理者へパスワード再発行を依頼してください。"),
        ("info.regist.confirm", "下記の情報で登録します。よろしいですか。"),
        ("info.update.confirm", "下記の情報で変更します。よろしいですか。"),
        ("error.U01.00001", "検索結果が0件です。検索条件を見直してください。"),
        ("error.U01.00002", "出力件数が上限（12,000件）を超えています。検索条件を絞り込んでください。"),
        ("info.delete.confirm", "下記の情報を削除します。よろしいですか。"),
        ("error.U05.00001", "ユーザはロックされていません。"),
    ],
)  # fmt: skip
def test_texts_of_the_requirements_are_kept_word_by_word(message_id, text):
    assert messages.text(message_id) == f"{message_id} : {text}"


@pytest.mark.parametrize(
    ("message_id", "about"),
    [
        ("error.Y06.00001", "現在のパスワード"),
        ("error.Y06.00002", "一致しません"),
        ("error.Y06.00003", "文字以上"),
        ("error.Y06.00004", "種類以上"),
        ("error.Y06.00005", "使用できない文字"),
        ("error.Y06.00006", "世代"),
        ("error.Y06.00007", "ユーザIDと同一"),
        ("error.C00.00001", "入力してください"),  # 必須
        ("error.C00.00002", "半角英数字"),  # 半角
        ("error.C00.00003", "日付"),  # 日付
    ],
)
def test_each_cause_has_the_id_of_the_list(message_id, about):
    """requirements §8 (error.Y06.00001–7), contract (error.C00.00001…)."""
    assert about in messages._catalogue()[message_id]


def test_an_unknown_id_is_an_error():
    with pytest.raises(KeyError):
        messages.text("error.Z99.00001")
    with pytest.raises(KeyError):
        messages.text("error.C00.00001")  # a placeholder left open
