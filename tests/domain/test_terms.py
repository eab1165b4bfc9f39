"""Status words and labels, as the manual's screens print them."""

import pytest

from domain import terms


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("enabled", True, "有効"),
        ("enabled", False, "無効"),
        ("is_locked", False, "利用可能"),
        ("is_locked", True, "ロック中"),
        ("is_deleted", False, "未削除"),
        ("is_deleted", True, "削除済"),
        ("result", "ok", "成功"),
        ("result", "refused", "拒否"),
        ("name", True, None),
        ("enabled", None, None),
        ("enabled", [True], None),
    ],
)
def test_the_value_vocabulary(field, value, word):
    """USR-025."""
    assert terms.word(field, value) == word


@pytest.mark.parametrize(
    ("field", "label"),
    [
        ("login_id", "ユーザID"),
        ("role", "権限区分"),
        ("operator.code", "事業者コード"),
        ("operator.name", "参加登録申請者名"),
        ("department", "所属部署"),
        ("name", "ユーザ名"),
        ("phone", "電話番号"),
        ("email", "メールアドレス"),
        ("enabled", "有効/無効"),
        ("valid_from", "適用開始日"),
        ("valid_to", "適用終了日"),
        ("is_locked", "ユーザロック"),
        ("is_deleted", "削除状態"),
        ("with_deleted", "削除済みの情報を表示"),
    ],
)
def test_labels_of_the_user_screens(field, label):
    """USR-011 … USR-023."""
    assert terms.USER[field] == label


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        ("HINT_ALNUM", "半角英数字で入力してください。"),
        ("HINT_TEXT", "全角または半角文字で入力してください。"),
        ("HINT_MAIL", "正しいメールアドレスを入力してください。"),
        ("HINT_DATE", "yyyy/mm/dd形式で入力してください。"),
        ("HINT_ENABLED_SEARCH", "有効/無効を絞り込みたい場合は、チェックしてください。(複数チェック可)"),
        ("PASSWORD_HINT", "英大文字, 英小文字, 数字, 記号の中から3種類以上含む半角8文字以上20文字以下"),
    ],
)
def test_hints_are_part_of_the_interface(hint, text):
    """XC-008, USR-014, COM-032."""
    assert getattr(terms, hint) == text
