"""権限区分 and the matrix, read back against a table typed from #020 2章 and issue item 7."""

import pytest

from domain import roles
from domain.roles import SITE_OF_KIND, SLOTS, AccountKind, Permission, Role, Scope, Site, scope_of

#                         市場管理者  審査担当  管理者      一般
TABLE = {
    "user:register":        ("ALL", "NONE", "OPERATOR", "NONE", "NONE"),       # No.1, PRM-01
    "user:delete":          ("ALL", "NONE", "OPERATOR", "NONE", "NONE"),       # No.1, PRM-01
    "user:change":          ("ALL", "NONE", "OPERATOR", "NONE", "NONE"),       # No.2, PRM-02
    "password:change":      ("SELF", "SELF", "SELF", "SELF", "SELF"),          # No.3 自分のユーザのみ
    "user:search":          ("ALL", "ALL", "OPERATOR", "OPERATOR", "NONE"),    # No.5, USR-007
    "user:unlock":          ("ALL", "NONE", "OPERATOR", "NONE", "NONE"),       # No.4, PRM-04
    "user:export":          ("ALL", "ALL", "OPERATOR", "OPERATOR", "NONE"),    # No.6, PRM-06
    "user:register_admin":  ("ALL", "NONE", "NONE", "NONE", "NONE"),           # USR-003: not by operators
    "user:replace_admin":   ("ALL", "NONE", "NONE", "NONE", "NONE"),           # USR-100
    "operator:search":      ("ALL", "ALL", "OPERATOR", "OPERATOR", "NONE"),    # issue 4, item 4: an operator its own
    "operator:register":    ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "operator:change":      ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "operator:withdraw":    ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "staff:search":         ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "staff:register":       ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "staff:change":         ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "staff:unlock":         ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "staff:end_sessions":   ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "audit:search":         ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "audit:export":         ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "mail:search":          ("ALL", "NONE", "NONE", "NONE", "NONE"),           # issue 3, item 3
    "mail:resend":          ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "notice:read":          ("ALL", "ALL", "OPERATOR", "OPERATOR", "NONE"),    # COM-053; which: notices.readable
    "notice:search":        ("ALL", "ALL", "NONE", "NONE", "NONE"),            # COM-058
    "notice:register":      ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "notice:change":        ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "notice:publish":       ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "maintenance:search":   ("ALL", "ALL", "NONE", "NONE", "NONE"),            # COM-081
    "maintenance:register": ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "maintenance:change":   ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "maintenance:cancel":   ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "certificate:search":   ("ALL", "ALL", "OPERATOR", "OPERATOR", "NONE"),    # issue 4, item 5
    "certificate:register": ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "certificate:change":   ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "certificate:withdraw": ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "certificate:assign":   ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "post:read":            ("NONE", "NONE", "NONE", "NONE", "ALL"),    # BBS-037; which: services.posts.readable
    "post:search":          ("ALL", "ALL", "NONE", "NONE", "NONE"),
    "post:register":        ("NONE", "NONE", "NONE", "NONE", "SELF"),
    "post:delete":          ("ALL", "NONE", "NONE", "NONE", "SELF"),    # BBS-062, BBS-064
    "post:review":          ("NONE", "ALL", "NONE", "NONE", "NONE"),    # issue 5, item 7
    "registration:search":  ("ALL", "ALL", "NONE", "NONE", "NONE"),
    "registration:review":  ("NONE", "ALL", "NONE", "NONE", "NONE"),
    "review:search":        ("NONE", "ALL", "NONE", "NONE", "NONE"),
    "member:search":        ("ALL", "ALL", "NONE", "NONE", "NONE"),
    "member:reissue":       ("ALL", "NONE", "NONE", "NONE", "NONE"),    # BBS-081
    "member:delete":        ("ALL", "NONE", "NONE", "NONE", "NONE"),    # BBS-085
    "phrase:search":        ("ALL", "ALL", "NONE", "NONE", "NONE"),
    "phrase:register":      ("ALL", "ALL", "NONE", "NONE", "NONE"),
    "phrase:change":        ("ALL", "ALL", "NONE", "NONE", "NONE"),
    "phrase:delete":        ("ALL", "ALL", "NONE", "NONE", "NONE"),
    "domain:search":        ("ALL", "ALL", "NONE", "NONE", "NONE"),
    "domain:register":      ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "domain:change":        ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "domain:delete":        ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "closure:search":       ("ALL", "ALL", "NONE", "NONE", "NONE"),
    "closure:register":     ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "closure:change":       ("ALL", "NONE", "NONE", "NONE", "NONE"),
    "closure:delete":       ("ALL", "NONE", "NONE", "NONE", "NONE"),
}  # fmt: skip
COLUMNS = ["2", "3", "6", "7", "8"]
CELLS = [
    (permission, code, cell)
    for permission, row in TABLE.items()
    for code, cell in zip(COLUMNS, row, strict=True)
]  # fmt: skip


@pytest.mark.parametrize(("permission", "code", "cell"), CELLS)
def test_every_cell_of_the_matrix(permission, code, cell):
    assert scope_of([Role(code)], Permission(permission)) is Scope[cell]


def test_the_matrix_has_no_other_rows():
    assert {p.value for p in roles.matrix()} == set(TABLE)
    assert {p.value for p in Permission} == set(TABLE), "a permission without a row is denied loudly"


def test_the_printed_matrix_is_the_same_one():
    printed = {p.value: tuple(row[Role(code)].name for code in COLUMNS) for p, row in roles.matrix().items()}
    assert printed == TABLE


def test_rights_are_a_set_and_the_widest_counts():
    both = [Role.REVIEWER, Role.MARKET_ADMIN]
    assert scope_of(both, Permission.STAFF_CHANGE) is Scope.ALL
    assert scope_of([], Permission.PASSWORD_CHANGE) is Scope.NONE


def test_a_permission_without_a_row_is_denied_loudly():
    with pytest.raises(KeyError):
        scope_of([Role.MARKET_ADMIN], "user:explode")


@pytest.mark.parametrize(
    ("code", "label", "option"),
    [
        ("2", "市場管理者", "2:市場管理者"),
        ("3", "審査担当", "3:審査担当"),
        ("6", "登録作業者(管理者)", "6:登録作業者 (管理者)"),
        ("7", "登録作業者(一般)", "7:登録作業者 (一般)"),  # USR-005
        ("8", "一般（情報掲示板）", "8:一般（情報掲示板）"),  # BBS-013
    ],
)
def test_roles_read_as_the_screens_print_them(code, label, option):
    """A1, A11, contract: Roles read 登録作業者(管理者) / 登録作業者(一般)."""
    assert Role(code).label == label
    assert Role(code).option == option


def test_1_4_and_5_are_reserved():
    assert sorted(Role) == ["2", "3", "6", "7", "8"]


def test_two_admins_and_eight_others_per_operator():
    """USR-003, USR-004, D8."""
    assert {r.value: n for r, n in SLOTS.items()} == {"6": 2, "7": 8}


def test_users_enter_the_portal_staff_the_admin_site_and_members_the_board():
    assert SITE_OF_KIND == {
        AccountKind.USER: Site.PORTAL,
        AccountKind.STAFF: Site.ADMIN,
        AccountKind.MEMBER: Site.BOARD,
    }
    assert (Site.PORTAL, Site.ADMIN, Site.BOARD) == ("portal", "admin", "board")
