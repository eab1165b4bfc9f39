"""メッセージ一覧: how the catalogue is printed and searched (COM-018)."""

import pytest

from domain import messages

ALL = [message_id for message_id, _ in messages.find("")]


def found(typed):
    return [message_id for message_id, _ in messages.find(typed)]


def test_nothing_typed_finds_every_message_by_id():
    assert sorted(messages.ids()) == ALL
    assert found("　 ") == ALL


def test_values_of_the_moment_have_japanese_names():
    """〔値〕 would say nothing: a new placeholder needs its word in guides.PLACEHOLDERS."""
    texts = dict(messages.find(""))
    assert texts["error.C01.00002"].startswith("表示していた内容は、〔変更した人〕が〔日時〕に変更しました。")
    assert [i for i, text in texts.items() if "〔値〕" in text or "{" in text] == []


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("error.Y07", ["error.Y07.00001", "error.Y07.00002"]),
        ("info.logout.confirm", ["info.logout.confirm"]),
        ("INFO.LOGOUT.CONFIRM：ログアウトします。", ["info.logout.confirm"]),
        ("ｾｯｼｮﾝ ﾀｲﾑｱｳﾄ", ["error.Y07.00001"]),
        ("仮パスワード 有効期間", ["error.Y05.00003"]),
        ("事業者コード0001は既に登録されています。", ["error.O01.00001"]),
        ("9999999", []),
        ("ありません ありえません", []),
    ],
)
def test_what_is_typed_finds(typed, ids):
    texts = found(typed)
    assert texts == ids


def test_a_message_as_a_screen_printed_it_finds_its_own_line():
    """Whatever the values were: every message finds itself."""
    for message_id in ALL:
        printed = messages.general(message_id).replace("〔", "").replace("〕", "")
        assert message_id in found(printed), message_id
        assert found(f"{message_id} : {printed}") == [message_id]
