"""ヘルプ: its pages, who gets which, the words of its lists, and the 変更履歴 (COM-018, SYS-007, SYS-009).

The texts themselves are in templates/help/.
"""

from dataclasses import dataclass
from typing import NamedTuple

from domain import terms
from domain.roles import USER_ROLES, Permission, Role, Scope, Site

BOTH = frozenset({Site.ADMIN, Site.PORTAL})  # the two of the market; the board has its own pages


@dataclass(frozen=True)
class Topic:
    """One page of ヘルプ; templates/help/<slug>.html is its text."""

    slug: str
    title: str
    summary: str  # one line in the contents
    public: bool = False  # readable before the sign-in: nothing internal in it
    sites: frozenset[Site] = BOTH
    permission: Permission | None = None  # who lacks it does not see the page


BOARD_ONLY = frozenset({Site.BOARD})
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
        Topic(
            "board-rules",
            "目的と利用ルール",
            "掲示板の目的、利用資格、IDとパスワード、掲載の取扱いを説明します。",
            public=True,
            sites=BOARD_ONLY,
        ),
        Topic(
            "board-environment",
            "動作環境",
            "推奨ブラウザ、ブラウザの設定、メールの受信設定を説明します。",
            public=True,
            sites=BOARD_ONLY,
        ),
        Topic(
            "board-policy",
            "IDとパスワードの規則",
            "IDとパスワードに使用できる文字と長さ、凍結を説明します。",
            public=True,
            sites=BOARD_ONLY,
        ),
        Topic(
            "board-service",
            "運営とご利用いただけない機能",
            "掲示板の運営者、問合せ先、用意していない機能を説明します。",
            public=True,
            sites=BOARD_ONLY,
        ),
    ),
    WORK: (
        Topic(
            "board-registration",
            "新規登録の手順",
            "IDを登録し、ログインとログアウトをする手順を説明します。",
            public=True,
            sites=BOARD_ONLY,
        ),
        Topic(
            "board-posting",
            "発電設備等の情報の掲載",
            "情報を登録、再申請、削除する手順を説明します。",
            public=True,
            sites=BOARD_ONLY,
        ),
        Topic(
            "board-browsing",
            "発電設備等の情報の参照",
            "情報を検索し、問合せ先に連絡する手順を説明します。",
            public=True,
            sites=BOARD_ONLY,
        ),
        Topic(
            "board-password",
            "パスワード再設定",
            "パスワードを忘れたとき、変更したいときの手順を説明します。",
            public=True,
            sites=BOARD_ONLY,
        ),
        Topic(
            "board-deletion",
            "IDの変更、削除",
            "IDが不要となったとき、担当者が交代したときの手続きを説明します。",
            public=True,
            sites=BOARD_ONLY,
        ),
        Topic("top", "ポータルトップの操作", "画面の構成、メニュー、お知らせの確認、ログアウトの手順を説明します。"),
        Topic(
            "notice",
            "お知らせの確認",
            "お知らせ一覧の見方、お知らせと添付ファイルを確認する手順を説明します。",
            sites=frozenset({Site.PORTAL}),
            permission=Permission.NOTICE_READ,
        ),
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
            "certificates",
            "クライアント証明書の確認と管理",
            "登録されているクライアント証明書の検索、参照など、利用できる操作の手順を説明します。",
            permission=Permission.CERTIFICATE_SEARCH,
        ),
        Topic(
            "notices",
            "お知らせ管理の操作",
            "事業者へのお知らせを作成し、公開する手順を説明します。",
            permission=Permission.NOTICE_SEARCH,
        ),
        Topic(
            "review",
            "審査の操作",
            "申請を確認し、承認または否認する手順を説明します。",
            permission=Permission.REVIEW_SEARCH,
        ),
        Topic(
            "maintenance",
            "メンテナンスの操作",
            "システムを停止する期間を登録する手順を説明します。",
            permission=Permission.MAINTENANCE_SEARCH,
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


# 状態 of a クライアント証明書 (terms.STATUS) -> what help says about it.
CERTIFICATE_STATES = {
    "valid": "接続に使用できます。",
    "expiring": "接続に使用できますが、有効期間の終了まで30日以内です。新しいクライアント証明書を用意してください。",
    "early": "有効期間が始まるまで、接続に使用できません。",
    "expired": "有効期間が終了しているため、接続に使用できません。",
    "withdrawn": "取り下げられたため、接続に使用できません。",
}


class Revision(NamedTuple):
    number: str  # 版数
    day: str  # 変更日
    change: str  # 変更内容
    remark: str = ""  # 備考


REVISION_HEADINGS = ("版数", "変更日", "変更内容", "備考")
REVISIONS = (Revision("第1版", "2026/11/21", "新規作成", "クライアント環境のセットアップ、操作手順、各種一覧"),)

# What 権限一覧 calls a permission that is no event, or a wider one than its event.
PERMISSIONS: dict[str, str] = {
    Permission.USER_SEARCH: "ユーザ情報の検索・参照",
    Permission.USER_UNLOCK: "ユーザロック解除・パスワード再発行",
    Permission.USER_REGISTER_ADMIN: "登録作業者(管理者)の登録",
    Permission.OPERATOR_SEARCH: "事業者の検索・参照",
    Permission.STAFF_SEARCH: "職員情報の検索・参照",
    Permission.STAFF_UNLOCK: "職員のユーザロック解除・パスワード再発行",
    Permission.STAFF_END_SESSIONS: "職員のセッション終了",
    Permission.AUDIT_SEARCH: "操作履歴の検索・参照",
    Permission.MAIL_SEARCH: "メール送信履歴の検索・参照",
    Permission.NOTICE_READ: "お知らせの閲覧",
    Permission.NOTICE_SEARCH: "お知らせ管理の検索・参照",
    Permission.NOTICE_PUBLISH: "お知らせの公開・取下げ",
    Permission.MAINTENANCE_SEARCH: "メンテナンスの検索・参照",
    "certificate:search": "クライアント証明書の検索・参照",
    Permission.POST_READ: "掲載された発電設備等の情報の閲覧",
    Permission.POST_SEARCH: "掲載情報の検索・参照",
    Permission.POST_REGISTER: "掲載の申込",
    Permission.POST_REVIEW: "掲載の審査",
    Permission.REGISTRATION_SEARCH: "利用申込の検索・参照",
    Permission.REGISTRATION_REVIEW: "利用申込の審査",
    Permission.MEMBER_SEARCH: "会員の検索・参照",
    Permission.REVIEW_SEARCH: "審査の一覧の参照",
    Permission.PHRASE_SEARCH: "定型文の検索・参照",
    Permission.DOMAIN_SEARCH: "メールドメインの検索・参照",
    Permission.CLOSURE_SEARCH: "休業日の検索・参照",
}
SCOPES = {Scope.NONE: "―", Scope.SELF: "○ 自分", Scope.OPERATOR: "○ 自事業者", Scope.ALL: "○ すべて"}


def name_of(permission: Permission) -> str:
    """How 権限一覧 calls a permission; its own code if nobody has named it (a test sees to it that somebody has)."""
    return PERMISSIONS.get(permission) or terms.EVENTS.get(permission, permission)


# Messages of screens the portal does not have (staff, the board): how their ids begin, after error. or info.
STAFF_MESSAGES = (
    "B01.", "B02.0000", "B02.00011", "B02.00012", "B02.00013", "B03.", "B04.", "B05.", "B06.", "R0",
    "apply.", "bulk_approve.", "challenge.", "claim.", "domain_", "member_", "post.",
    "post_", "remark.", "review.", "secret.",
    "C00.00012", "C00.00013", "C00.00014", "F01.", "K01.00002", "K01.00003",
    "K01.00004", "K01.00005", "K01.00006", "K01.00007", "K01.00008",
    "K01.00009", "K01.0001", "M01.", "N01.", "O01.", "S01.", "U02.00002",
    "U02.00004", "U07.", "W01.", "cancel.", "certificate_", "end_sessions.",
    "maintenance.none", "publish.", "reinstate.", "replace.", "resend.", "takedown.",
    "withdraw.",
)  # fmt: skip


def concerns(message_id: str, site: Site) -> bool:
    """Can people of this site meet the message?"""
    return site is Site.ADMIN or not message_id.partition(".")[2].startswith(STAFF_MESSAGES)


def roles_of(site: Site) -> tuple[Role, ...]:
    """Whose columns of 権限一覧 concern people of this site."""
    return tuple(Role) if site is Site.ADMIN else USER_ROLES


# What メッセージ一覧 writes where a message has a value of the moment.
PLACEHOLDERS = {
    "label": "項目名",
    "other": "比較する項目",
    "sign": "文字",
    "longest": "上限の文字数",
    "shortest": "下限の文字数",
    "length": "文字数",
    "full": "全角の文字数",
    "half": "半角の文字数",
    "ending": "末尾の文字",
    "classes": "種類の数",
    "generations": "世代数",
    "who": "変更した人",
    "when": "日時",
    "code": "コード",
    "most": "上限",
    "ids": "対象のID",
    "count": "件数",
    "row": "行",
    "column": "列名",
    "extension": "拡張子",
    "codes": "事業者コード",
    "start": "開始日時",
    "end": "終了予定日時",
    "serial": "シリアル番号",
    "item": "項目名",
    "names": "記入された内容",
    "result": "審査結果",
    "number": "申請番号",
    "days": "日数",
    "what": "共通する項目",
    "id": "ID",
    "company": "勤務先会社名",
    "name": "お名前",
    "state": "状態",
    "day": "申込日",
}
