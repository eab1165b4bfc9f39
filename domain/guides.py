"""ヘルプ: its pages, who gets which, and the 変更履歴 (SYS-007, SYS-009). The texts are in templates/help/."""

from dataclasses import dataclass
from typing import NamedTuple

from domain.roles import Permission, Site

BOTH = frozenset(Site)


@dataclass(frozen=True)
class Topic:
    """One page of ヘルプ; templates/help/<slug>.html is its text."""

    slug: str
    title: str
    summary: str  # one line in the contents
    public: bool = False  # readable before the sign-in: nothing internal in it
    sites: frozenset[Site] = BOTH
    permission: Permission | None = None  # who lacks it does not see the page


START, WORK, LISTS = "はじめに", "操作手順", "一覧・資料"
CONTENTS: dict[str, tuple[Topic, ...]] = {
    START: (
        Topic(
            "setup",
            "クライアント環境のセットアップ",
            "対応ブラウザ、クライアント証明書のインポートと確認、ポップアップの設定を説明します。",
            public=True,
        ),
        Topic(
            "sign-in",
            "システムへのログイン方法",
            "ログインの手順、初回ログイン時のパスワード変更、ログインできないときの対処を説明します。",
            public=True,
        ),
        Topic("policy", "パスワードポリシー", "パスワードに使用できる文字と長さ、有効期限を説明します。", public=True),
        Topic(
            "errors",
            "エラー・メンテナンス画面",
            "表示される画面の名前と、その意味、対処を説明します。",
            public=True,
        ),
    ),
    WORK: (
        Topic("top", "ポータルトップの操作", "画面の構成、メニュー、お知らせの確認、ログアウトの手順を説明します。"),
        Topic("password", "パスワード変更方法", "ログインした後に、自分のパスワードを変更する手順を説明します。"),
        Topic(
            "users",
            "ユーザ情報管理の操作",
            "ユーザ情報の検索、参照など、利用できる操作の手順を説明します。",
            permission=Permission.USER_SEARCH,
        ),
        Topic(
            "operator",
            "事業者情報管理の操作",
            "自社の事業者情報を確認する手順を説明します。",
            sites=frozenset({Site.PORTAL}),
            permission=Permission.OPERATOR_SEARCH,
        ),
        Topic(
            "operators",
            "事業者管理の操作",
            "事業者の検索、参照など、利用できる操作の手順を説明します。",
            sites=frozenset({Site.ADMIN}),
            permission=Permission.OPERATOR_SEARCH,
        ),
        Topic(
            "staff",
            "職員情報管理の操作",
            "職員の登録、変更、利用停止の手順を説明します。",
            permission=Permission.STAFF_SEARCH,
        ),
        Topic(
            "records",
            "操作履歴・メール送信履歴の確認",
            "誰がいつ何をしたか、どのメールが届いたかを確認する手順を説明します。",
            permission=Permission.AUDIT_SEARCH,
        ),
    ),
    LISTS: (
        Topic("permissions", "権限一覧", "権限区分ごとに、利用できる操作とその範囲を示します。"),
        Topic("messages", "メッセージ一覧", "画面に表示されるメッセージを、メッセージIDや本文から検索できます。"),
        Topic("changes", "変更履歴", "このヘルプの版数、変更日、変更内容を示します。"),
        Topic(
            "contact",
            "マニュアル・お問い合わせ",
            "マニュアルと利用規約の参照先、お問い合わせ先を示します。",
            public=True,
        ),
    ),
}


class Revision(NamedTuple):
    number: str  # 版数
    day: str  # 変更日
    change: str  # 変更内容
    remark: str = ""  # 備考


REVISION_HEADINGS = ("版数", "変更日", "変更内容", "備考")
REVISIONS = (Revision("第1版", "2026/11/21", "新規作成", "クライアント環境のセットアップ、操作手順、各種一覧"),)
