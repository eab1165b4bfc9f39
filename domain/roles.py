"""権限区分 and what each may do: #020 ユーザ情報管理 2章, kept in the manual's row order.

The table is data. `services.access` is its only reader: the same cell answers "may I?" and
"which rows?".
"""

from collections.abc import Iterable
from enum import IntEnum, StrEnum


class AccountKind(StrEnum):
    """The three kinds of account. All share one credential engine (`domain.credentials`)."""

    USER = "user"  # market user of an operator, ユーザID U…
    STAFF = "staff"  # 広域機関, ユーザID S…
    MEMBER = "member"  # 情報掲示板 利用者


class Role(StrEnum):
    """権限区分. The value is the code the screens print ("7:登録作業者 (一般)", #020 4章③).

    1, 4 and 5 are reserved (requirements A11): システム管理者, 照会のみ, 予備.
    """

    MARKET_ADMIN = "2"
    REVIEWER = "3"
    OPERATOR_ADMIN = "6"
    OPERATOR_GENERAL = "7"
    MEMBER = "8"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def option(self) -> str:
        """As a select prints it: 7:登録作業者 (一般)."""
        return f"{self.value}:{self.label.replace('(', ' (')}"

    @property
    def is_operator_admin(self) -> bool:
        """登録作業者(管理者): never deleted, only replaced (USR-070, USR-100)."""
        return self is Role.OPERATOR_ADMIN


_LABELS = {
    Role.MARKET_ADMIN: "市場管理者",
    Role.REVIEWER: "審査担当",
    Role.OPERATOR_ADMIN: "登録作業者(管理者)",
    Role.OPERATOR_GENERAL: "登録作業者(一般)",
    Role.MEMBER: "一般（情報掲示板）",  # 区分 of BBS-013
}
STAFF_ROLES = (Role.MARKET_ADMIN, Role.REVIEWER)
USER_ROLES = (Role.OPERATOR_ADMIN, Role.OPERATOR_GENERAL)
# Places per operator and role (USR-003, USR-004): two 管理者, eight 一般.
SLOTS = {Role.OPERATOR_ADMIN: 2, Role.OPERATOR_GENERAL: 8}


class Site(StrEnum):
    """An account signs in to exactly one. Two stand behind /login, the board has an entrance of its own."""

    ADMIN = "admin"  # 広域機関
    PORTAL = "portal"  # 事業者
    BOARD = "board"  # 発電設備等の情報掲示板


SITE_OF_KIND = {AccountKind.USER: Site.PORTAL, AccountKind.STAFF: Site.ADMIN, AccountKind.MEMBER: Site.BOARD}


class Scope(IntEnum):
    """Whose rows a permission reaches; a greater one includes the smaller."""

    NONE = 0
    SELF = 1  # the actor's own account, and what it has written
    OPERATOR = 2  # the actor's 事業者
    ALL = 3


class Permission(StrEnum):
    """<resource>:<action>. One member per row of the table below."""

    USER_REGISTER = "user:register"
    USER_REGISTER_ADMIN = "user:register_admin"
    USER_DELETE = "user:delete"
    USER_CHANGE = "user:change"
    USER_UNLOCK = "user:unlock"
    USER_SEARCH = "user:search"
    USER_EXPORT = "user:export"
    USER_REPLACE_ADMIN = "user:replace_admin"
    PASSWORD_CHANGE = "password:change"  # noqa: S105 - a permission
    OPERATOR_SEARCH = "operator:search"
    OPERATOR_REGISTER = "operator:register"
    OPERATOR_CHANGE = "operator:change"
    OPERATOR_WITHDRAW = "operator:withdraw"
    STAFF_SEARCH = "staff:search"
    STAFF_REGISTER = "staff:register"
    STAFF_CHANGE = "staff:change"
    STAFF_UNLOCK = "staff:unlock"
    STAFF_END_SESSIONS = "staff:end_sessions"
    AUDIT_SEARCH = "audit:search"
    AUDIT_EXPORT = "audit:export"
    NOTICE_READ = "notice:read"
    NOTICE_SEARCH = "notice:search"
    NOTICE_REGISTER = "notice:register"
    NOTICE_CHANGE = "notice:change"
    NOTICE_PUBLISH = "notice:publish"
    MAIL_SEARCH = "mail:search"
    MAIL_RESEND = "mail:resend"
    MAINTENANCE_SEARCH = "maintenance:search"
    MAINTENANCE_REGISTER = "maintenance:register"
    MAINTENANCE_CHANGE = "maintenance:change"
    MAINTENANCE_CANCEL = "maintenance:cancel"
    CERTIFICATE_SEARCH = "certificate:search"
    CERTIFICATE_REGISTER = "certificate:register"
    CERTIFICATE_CHANGE = "certificate:change"
    CERTIFICATE_WITHDRAW = "certificate:withdraw"
    CERTIFICATE_ASSIGN = "certificate:assign"
    POST_READ = "post:read"
    POST_SEARCH = "post:search"
    POST_REGISTER = "post:register"
    POST_DELETE = "post:delete"
    POST_REVIEW = "post:review"
    REGISTRATION_SEARCH = "registration:search"
    REGISTRATION_REVIEW = "registration:review"
    MEMBER_SEARCH = "member:search"
    MEMBER_REISSUE = "member:reissue"
    MEMBER_DELETE = "member:delete"
    REVIEW_SEARCH = "review:search"
    PHRASE_SEARCH = "phrase:search"
    PHRASE_REGISTER = "phrase:register"
    PHRASE_CHANGE = "phrase:change"
    PHRASE_DELETE = "phrase:delete"
    DOMAIN_SEARCH = "domain:search"
    DOMAIN_REGISTER = "domain:register"
    DOMAIN_CHANGE = "domain:change"
    DOMAIN_DELETE = "domain:delete"
    CLOSURE_SEARCH = "closure:search"
    CLOSURE_REGISTER = "closure:register"
    CLOSURE_CHANGE = "closure:change"
    CLOSURE_DELETE = "closure:delete"


_N, _S, _O, _A = Scope.NONE, Scope.SELF, Scope.OPERATOR, Scope.ALL
_COLUMNS = (Role.MARKET_ADMIN, Role.REVIEWER, Role.OPERATOR_ADMIN, Role.OPERATOR_GENERAL, Role.MEMBER)

# fmt: off
_MATRIX = {                           # 市場管理者 審査担当 管理者 一般 会員   #020 2章
    Permission.USER_REGISTER:           (_A, _N, _O, _N, _N),  # No.1
    Permission.USER_DELETE:             (_A, _N, _O, _N, _N),  # No.1
    Permission.USER_CHANGE:             (_A, _N, _O, _N, _N),  # No.2 ※1 is services.users.change
    Permission.PASSWORD_CHANGE:         (_S, _S, _S, _S, _S),  # No.3 自分のユーザのみ
    Permission.USER_UNLOCK:             (_A, _N, _O, _N, _N),  # No.4
    Permission.USER_SEARCH:             (_A, _A, _O, _O, _N),  # No.5
    Permission.USER_EXPORT:             (_A, _A, _O, _O, _N),  # No.6
    Permission.USER_REGISTER_ADMIN:     (_A, _N, _N, _N, _N),  # 管理者 are 広域機関's to register
    Permission.USER_REPLACE_ADMIN:      (_A, _N, _N, _N, _N),  # USR-100
    Permission.OPERATOR_SEARCH:         (_A, _A, _O, _O, _N),
    Permission.OPERATOR_REGISTER:       (_A, _N, _N, _N, _N),
    Permission.OPERATOR_CHANGE:         (_A, _N, _N, _N, _N),
    Permission.OPERATOR_WITHDRAW:       (_A, _N, _N, _N, _N),
    Permission.STAFF_SEARCH:            (_A, _N, _N, _N, _N),
    Permission.STAFF_REGISTER:          (_A, _N, _N, _N, _N),
    Permission.STAFF_CHANGE:            (_A, _N, _N, _N, _N),
    Permission.STAFF_UNLOCK:            (_A, _N, _N, _N, _N),
    Permission.STAFF_END_SESSIONS:      (_A, _N, _N, _N, _N),
    Permission.AUDIT_SEARCH:            (_A, _N, _N, _N, _N),
    Permission.AUDIT_EXPORT:            (_A, _N, _N, _N, _N),
    Permission.NOTICE_READ:             (_A, _A, _O, _O, _N),  # whose they are: services.notices.readable
    Permission.NOTICE_SEARCH:           (_A, _A, _N, _N, _N),
    Permission.NOTICE_REGISTER:         (_A, _N, _N, _N, _N),
    Permission.NOTICE_CHANGE:           (_A, _N, _N, _N, _N),
    Permission.NOTICE_PUBLISH:          (_A, _N, _N, _N, _N),
    Permission.MAIL_SEARCH:             (_A, _N, _N, _N, _N),
    Permission.MAIL_RESEND:             (_A, _N, _N, _N, _N),
    Permission.MAINTENANCE_SEARCH:      (_A, _A, _N, _N, _N),  # COM-081: switchable by OCC
    Permission.MAINTENANCE_REGISTER:    (_A, _N, _N, _N, _N),
    Permission.MAINTENANCE_CHANGE:      (_A, _N, _N, _N, _N),
    Permission.MAINTENANCE_CANCEL:      (_A, _N, _N, _N, _N),
    Permission.CERTIFICATE_SEARCH:      (_A, _A, _O, _O, _N),
    Permission.CERTIFICATE_REGISTER:    (_A, _N, _N, _N, _N),
    Permission.CERTIFICATE_CHANGE:      (_A, _N, _N, _N, _N),
    Permission.CERTIFICATE_WITHDRAW:    (_A, _N, _N, _N, _N),
    Permission.CERTIFICATE_ASSIGN:      (_A, _N, _N, _N, _N),  # 未登録証明書, the list as well
    # 発電設備等の情報掲示板. Who decides does not administer, and the other way round.
    Permission.POST_READ:               (_N, _N, _N, _N, _A),  # which of them: services.posts.readable
    Permission.POST_SEARCH:             (_A, _A, _N, _N, _N),
    Permission.POST_REGISTER:           (_N, _N, _N, _N, _S),
    Permission.POST_DELETE:             (_A, _N, _N, _N, _S),  # BBS-062, BBS-064
    Permission.POST_REVIEW:             (_N, _A, _N, _N, _N),
    Permission.REGISTRATION_SEARCH:     (_A, _A, _N, _N, _N),
    Permission.REGISTRATION_REVIEW:     (_N, _A, _N, _N, _N),
    Permission.MEMBER_SEARCH:           (_A, _A, _N, _N, _N),
    Permission.MEMBER_REISSUE:          (_A, _N, _N, _N, _N),
    Permission.MEMBER_DELETE:           (_A, _N, _N, _N, _N),
    Permission.REVIEW_SEARCH:           (_N, _A, _N, _N, _N),
    Permission.PHRASE_SEARCH:           (_A, _A, _N, _N, _N),
    Permission.PHRASE_REGISTER:         (_A, _A, _N, _N, _N),
    Permission.PHRASE_CHANGE:           (_A, _A, _N, _N, _N),
    Permission.PHRASE_DELETE:           (_A, _A, _N, _N, _N),
    Permission.DOMAIN_SEARCH:           (_A, _A, _N, _N, _N),
    Permission.DOMAIN_REGISTER:         (_A, _N, _N, _N, _N),
    Permission.DOMAIN_CHANGE:           (_A, _N, _N, _N, _N),
    Permission.DOMAIN_DELETE:           (_A, _N, _N, _N, _N),
    Permission.CLOSURE_SEARCH:          (_A, _A, _N, _N, _N),
    Permission.CLOSURE_REGISTER:        (_A, _N, _N, _N, _N),
    Permission.CLOSURE_CHANGE:          (_A, _N, _N, _N, _N),
    Permission.CLOSURE_DELETE:          (_A, _N, _N, _N, _N),
}
# fmt: on


def scope_of(roles: Iterable[Role], permission: Permission) -> Scope:
    """How far `permission` reaches for somebody holding `roles`; the widest of them counts.

    KeyError for a permission with no row: deny loudly.
    """
    row = _MATRIX[permission]
    return max((row[_COLUMNS.index(role)] for role in roles), default=Scope.NONE)


def matrix() -> dict[Permission, dict[Role, Scope]]:
    """The whole table, for the screen and the documents that print it."""
    return {p: dict(zip(_COLUMNS, row, strict=True)) for p, row in _MATRIX.items()}
