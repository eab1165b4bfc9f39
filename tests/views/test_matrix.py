"""Who gets what answer from every route: R-051, PRM-03, PRM-05, XC-009, contract "Addresses".

Both tables are written by hand from requirements.md §3 and contract.md and import nothing from the
product. A route that is not in the first table fails; so does an entry that is no route any more.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from domain import clock
from domain.review import ReviewState
from models import Closure, MailDomain, Maintenance, Notice, OutgoingMail, Phrase
from services import reviews
from tests import staff_request

# --- class × identity -> status ----------------------------------------------------------------------
# "own" is the route's own answer, the third column of ROUTES. Order of the columns:
IDENTITIES = [
    "anonymous",
    "一般",
    "管理者",
    "管理者 of 0002",
    "市場管理者",
    "審査担当",
    "must change",
    "shut out",
    "会員",
]

# fmt: off
CLASSES = {
    #                  anon.  一般   管理者 0002   市場   審査   change shut   会員
    "open":           ("own", "own", "own", "own", "own", "own", "own", "own", "own"),
    "forced page":    (302,   302,   302,   302,   302,   302,   "own", 401,   302),
    "anybody's":      (302,   "own", "own", "own", "own", "own", 302,   401, "own"),
    "portal page":    (302,   "own", "own", "own", 403,   403,   302,   401,   403),
    "portal form":    (302,   "own", "own", "own", 403,   403,   403,   401,   403),
    "管理者 page":    (302,   403,   "own", "own", 403,   403,   302,   401,   403),
    "管理者 form":    (302,   403,   "own", "own", 403,   403,   403,   401,   403),
    "staff page":     (302,   403,   403,   403,   "own", "own", 302,   401,   403),
    "staff form":     (302,   403,   403,   403,   "own", "own", 403,   401,   403),
    "market page":    (302,   403,   403,   403,   "own", 403,   302,   401,   403),
    "market form":    (302,   403,   403,   403,   "own", 403,   403,   401,   403),
    "member page":    (302,   403,   403,   403,   403,   403,   302,   401,   "own"),  # 情報掲示板
    "member form":    (302,   403,   403,   403,   403,   403,   403,   401,   "own"),
    "review page":    (302,   403,   403,   403,   403,   "own", 302,   401,   403),  # issue 5, item 7: not 市場管理者
    "review form":    (302,   403,   403,   403,   403,   "own", 403,   401,   403),
}

# --- (rule, method) -> class, own answer ---------------------------------------------------------------
# 302: the route leads on, because there is nothing to complete, or the operation was refused with a message.
ROUTES = {
    ("/static/<path:filename>", "GET"):             ("open", 200),
    ("/healthz", "GET"):                            ("open", 200),
    ("/readyz", "GET"):                             ("open", 200),
    ("/", "GET"):                                   ("open", 302),
    ("/login", "GET"):                              ("open", 200),
    ("/login", "POST"):                             ("open", 200),  # a wrong attempt
    ("/logout", "POST"):                            ("open", 302),
    ("/password", "GET"):                           ("forced page", 200),
    ("/password", "POST"):                          ("forced page", 200),
    ("/password/complete", "GET"):                  ("open", 302),
    ("/signed-out", "GET"):                         ("open", 302),
    ("/help/", "GET"):                              ("open", 200),  # client set-up: needed before the sign-in
    ("/help/<topic>/", "GET"):                      ("open", 200),

    ("/board/login", "GET"):                        ("open", 200),
    ("/board/login", "POST"):                       ("open", 200),
    ("/board/password", "GET"):                     ("forced page", 200),
    ("/board/password", "POST"):                    ("forced page", 200),
    ("/board/password/complete", "GET"):            ("open", 302),
    ("/board/signed-out", "GET"):                   ("open", 302),
    ("/board/register", "GET"):                     ("open", 200),  # BBS-010: for people without an account
    ("/board/register", "POST"):                    ("open", 200),
    ("/board/register/complete", "GET"):            ("open", 302),
    ("/board/challenge/<key>.png", "GET"):          ("open", 404),  # no such 画像認証
    ("/board/challenge/<key>.wav", "GET"):          ("open", 404),
    ("/board/guide/", "GET"):                       ("open", 200),  # BBS-093
    ("/board/guide/<topic>/", "GET"):               ("open", 200),
    ("/board/terms", "GET"):                        ("open", 200),
    ("/board/", "GET"):                             ("member page", 200),
    ("/board/password/", "GET"):                    ("member page", 200),  # BBS-088
    ("/board/password/", "POST"):                   ("member form", 200),
    ("/board/password/complete/", "GET"):           ("member page", 302),
    ("/board/posts/", "GET"):                       ("member page", 200),  # BBS-070
    ("/board/posts/details/", "GET"):               ("member page", 200),
    ("/board/news/", "GET"):                        ("member page", 200),  # BBS-052
    ("/board/news/details/", "GET"):                ("member page", 200),
    ("/board/news/new/", "GET"):                    ("member page", 200),
    ("/board/news/new/", "POST"):                   ("member form", 200),
    ("/board/news/command/<command_name>/", "GET"):  ("member page", 405),
    ("/board/news/command/<command_name>/", "POST"): ("member form", 302),
    ("/board/help/", "GET"):                        ("member page", 200),
    ("/board/help/<topic>/", "GET"):                ("member page", 200),

    ("/admin/members/", "GET"):                     ("staff page", 200),
    ("/admin/members/details/", "GET"):             ("staff page", 200),
    ("/admin/members/command/<command_name>/", "GET"):  ("market page", 405),
    ("/admin/members/command/<command_name>/", "POST"): ("market form", 302),
    ("/admin/members/complete/", "GET"):            ("staff page", 302),
    ("/admin/posts/", "GET"):                       ("staff page", 200),  # BBS-064
    ("/admin/posts/details/", "GET"):               ("staff page", 200),
    ("/admin/posts/command/<command_name>/", "GET"):  ("market page", 405),
    ("/admin/posts/command/<command_name>/", "POST"): ("market form", 302),
    ("/admin/posts/complete/", "GET"):              ("staff page", 302),
    ("/admin/registrations/", "GET"):               ("staff page", 200),
    ("/admin/registrations/details/", "GET"):       ("staff page", 200),
    ("/admin/mail-domains/", "GET"):                ("staff page", 200),
    ("/admin/mail-domains/details/", "GET"):        ("staff page", 200),
    ("/admin/mail-domains/new/", "GET"):            ("market page", 200),
    ("/admin/mail-domains/new/", "POST"):           ("market form", 200),
    ("/admin/mail-domains/edit/", "GET"):           ("market page", 200),
    ("/admin/mail-domains/edit/", "POST"):          ("market form", 200),
    ("/admin/mail-domains/command/<command_name>/", "GET"):  ("market page", 405),
    ("/admin/mail-domains/command/<command_name>/", "POST"): ("market form", 302),
    ("/admin/mail-domains/complete/", "GET"):       ("staff page", 302),

    ("/files/<key>", "GET"):                        ("anybody's", 404),  # no such file; tests/views/test_uploads.py

    ("/portal/", "GET"):                            ("portal page", 200),
    ("/portal/registration/", "GET"):               ("portal page", 200),
    ("/portal/users/", "GET"):                      ("portal page", 200),
    ("/portal/users/details/", "GET"):              ("portal page", 200),
    ("/portal/users/new/", "GET"):                  ("管理者 page", 200),  # PRM-01
    ("/portal/users/new/", "POST"):                 ("管理者 form", 200),
    ("/portal/users/edit/", "GET"):                 ("管理者 page", 200),  # PRM-02
    ("/portal/users/edit/", "POST"):                ("管理者 form", 200),
    ("/portal/users/command/<command_name>/", "GET"):  ("管理者 page", 405),  # only 削除 has a screen of its own
    ("/portal/users/command/<command_name>/", "POST"): ("管理者 form", 302),  # PRM-01, PRM-04
    ("/portal/users/complete/", "GET"):             ("portal page", 302),
    ("/portal/users/export/", "POST"):              ("portal form", 302),  # PRM-06; nothing searched for
    ("/portal/users/password/", "GET"):             ("portal page", 200),
    ("/portal/users/password/", "POST"):            ("portal form", 200),
    ("/portal/users/password/complete/", "GET"):    ("portal page", 302),
    ("/portal/notices/", "GET"):                    ("portal page", 200),  # COM-053
    ("/portal/notices/details/", "GET"):            ("portal page", 200),
    ("/portal/operators/", "GET"):                  ("portal page", 200),  # COM-059: the own one
    ("/portal/operators/details/", "GET"):          ("portal page", 200),

    ("/portal/help/", "GET"):                       ("portal page", 200),
    ("/portal/help/<topic>/", "GET"):               ("portal page", 200),
    ("/portal/certificates/", "GET"):               ("portal page", 200),  # issue 4, item 5
    ("/portal/certificates/details/", "GET"):       ("portal page", 200),

    ("/admin/", "GET"):                             ("staff page", 200),
    ("/admin/help/", "GET"):                        ("staff page", 200),
    ("/admin/help/<topic>/", "GET"):                ("staff page", 200),
    ("/admin/password/", "GET"):                    ("staff page", 200),
    ("/admin/password/", "POST"):                   ("staff form", 200),
    ("/admin/password/complete/", "GET"):           ("staff page", 302),
    ("/admin/registration/", "GET"):                ("staff page", 200),
    ("/admin/users/", "GET"):                       ("staff page", 200),
    ("/admin/users/details/", "GET"):               ("staff page", 200),
    ("/admin/users/new/", "GET"):                   ("market page", 200),
    ("/admin/users/new/", "POST"):                  ("market form", 200),
    ("/admin/users/edit/", "GET"):                  ("market page", 200),
    ("/admin/users/edit/", "POST"):                 ("market form", 200),
    ("/admin/users/replace/", "GET"):               ("market page", 200),  # USR-100
    ("/admin/users/replace/", "POST"):              ("market form", 200),
    ("/admin/users/command/<command_name>/", "GET"):  ("market page", 405),
    ("/admin/users/command/<command_name>/", "POST"): ("market form", 302),
    ("/admin/users/complete/", "GET"):              ("staff page", 302),
    ("/admin/users/export/", "POST"):               ("staff form", 302),
    ("/admin/reviews/", "GET"):                     ("review page", 200),  # BBS-026
    ("/admin/reviews/details/", "GET"):             ("review page", 200),
    ("/admin/reviews/details/", "POST"):            ("review form", 200),
    ("/admin/reviews/approve/", "POST"):            ("review form", 409),  # nothing of the queue was ticked
    ("/admin/reviews/complete/", "GET"):            ("review page", 302),
    ("/admin/board/", "GET"):                       ("staff page", 200),
    ("/admin/phrases/", "GET"):                     ("staff page", 200),
    ("/admin/phrases/details/", "GET"):             ("staff page", 200),
    ("/admin/phrases/new/", "GET"):                 ("staff page", 200),
    ("/admin/phrases/new/", "POST"):                ("staff form", 200),
    ("/admin/phrases/edit/", "GET"):                ("staff page", 200),
    ("/admin/phrases/edit/", "POST"):               ("staff form", 200),
    ("/admin/phrases/command/<command_name>/", "GET"):  ("staff page", 405),
    ("/admin/phrases/command/<command_name>/", "POST"): ("staff form", 302),
    ("/admin/phrases/complete/", "GET"):            ("staff page", 302),
    ("/admin/closures/", "GET"):                    ("staff page", 200),
    ("/admin/closures/details/", "GET"):            ("staff page", 200),
    ("/admin/closures/new/", "GET"):                ("market page", 200),  # XC-012: reviewers do not keep the calendar
    ("/admin/closures/new/", "POST"):               ("market form", 200),
    ("/admin/closures/edit/", "GET"):               ("market page", 200),
    ("/admin/closures/edit/", "POST"):              ("market form", 200),
    ("/admin/closures/command/<command_name>/", "GET"):  ("market page", 405),
    ("/admin/closures/command/<command_name>/", "POST"): ("market form", 302),
    ("/admin/closures/complete/", "GET"):           ("staff page", 302),
    ("/admin/management/", "GET"):                  ("staff page", 200),
    ("/admin/notices/", "GET"):                     ("staff page", 200),  # COM-058
    ("/admin/notices/details/", "GET"):             ("staff page", 200),
    ("/admin/notices/new/", "GET"):                 ("market page", 200),
    ("/admin/notices/new/", "POST"):                ("market form", 200),
    ("/admin/notices/edit/", "GET"):                ("market page", 200),
    ("/admin/notices/edit/", "POST"):               ("market form", 200),
    ("/admin/notices/command/<command_name>/", "GET"):  ("market page", 405),
    ("/admin/notices/command/<command_name>/", "POST"): ("market form", 302),
    ("/admin/notices/complete/", "GET"):            ("staff page", 302),
    ("/admin/operators/", "GET"):                   ("staff page", 200),
    ("/admin/operators/details/", "GET"):           ("staff page", 200),
    ("/admin/operators/new/", "GET"):               ("market page", 200),
    ("/admin/operators/new/", "POST"):              ("market form", 200),
    ("/admin/operators/edit/", "GET"):              ("market page", 200),
    ("/admin/operators/edit/", "POST"):             ("market form", 200),
    ("/admin/operators/command/<command_name>/", "GET"):  ("market page", 405),
    ("/admin/operators/command/<command_name>/", "POST"): ("market form", 302),  # 退出
    ("/admin/operators/complete/", "GET"):          ("staff page", 302),
    ("/admin/certificates/", "GET"):                ("staff page", 200),
    ("/admin/certificates/details/", "GET"):        ("staff page", 200),
    ("/admin/certificates/new/", "GET"):            ("market page", 200),
    ("/admin/certificates/new/", "POST"):           ("market form", 200),
    ("/admin/certificates/edit/", "GET"):           ("market page", 200),
    ("/admin/certificates/edit/", "POST"):          ("market form", 200),
    ("/admin/certificates/command/<command_name>/", "GET"):  ("market page", 405),
    ("/admin/certificates/command/<command_name>/", "POST"): ("market form", 302),
    ("/admin/certificates/complete/", "GET"):       ("staff page", 302),
    ("/admin/unregistered/", "GET"):                ("market page", 200),
    ("/admin/unregistered/details/", "GET"):        ("market page", 200),
    ("/admin/unregistered/command/<command_name>/", "GET"):  ("market page", 405),
    ("/admin/unregistered/command/<command_name>/", "POST"): ("market form", 200),
    ("/admin/unregistered/complete/", "GET"):       ("market page", 302),
    ("/admin/staff/", "GET"):                       ("market page", 200),
    ("/admin/staff/details/", "GET"):               ("market page", 200),
    ("/admin/staff/new/", "GET"):                   ("market page", 200),
    ("/admin/staff/new/", "POST"):                  ("market form", 200),
    ("/admin/staff/edit/", "GET"):                  ("market page", 200),
    ("/admin/staff/edit/", "POST"):                 ("market form", 200),
    ("/admin/staff/command/<command_name>/", "GET"):  ("market page", 405),
    ("/admin/staff/command/<command_name>/", "POST"): ("market form", 302),
    ("/admin/staff/complete/", "GET"):              ("market page", 302),
    ("/admin/audit/", "GET"):                       ("market page", 200),
    ("/admin/audit/details/", "GET"):               ("market page", 200),
    ("/admin/audit/export/", "POST"):               ("market form", 302),
    ("/admin/maintenance/", "GET"):                 ("staff page", 200),
    ("/admin/maintenance/details/", "GET"):         ("staff page", 200),
    ("/admin/maintenance/new/", "GET"):             ("market page", 200),
    ("/admin/maintenance/new/", "POST"):            ("market form", 200),
    ("/admin/maintenance/edit/", "GET"):            ("market page", 200),
    ("/admin/maintenance/edit/", "POST"):           ("market form", 200),
    ("/admin/maintenance/command/<command_name>/", "GET"):  ("market page", 405),
    ("/admin/maintenance/command/<command_name>/", "POST"): ("market form", 302),
    ("/admin/maintenance/complete/", "GET"):        ("staff page", 302),
    ("/admin/mails/", "GET"):                       ("market page", 200),
    ("/admin/mails/details/", "GET"):               ("market page", 200),
    ("/admin/mails/command/<command_name>/", "GET"):  ("market page", 405),
    ("/admin/mails/command/<command_name>/", "POST"): ("market form", 302),
    ("/admin/mails/complete/", "GET"):              ("market page", 302),
}

# --- rows: rule -> identity -> {whose row: status} ------------------------------------------------------
# The 審査担当 and 市場管理者 belong to no operator: every row is theirs to read.
_USER_ROWS = ("user of 0001", "管理者 of 0001", "user of 0002", "管理者 of 0002", "deleted of 0001", "deleted of 0002")
ROWS = {
    "/portal/users/details/": {
        "一般":           dict(zip(_USER_ROWS, (200, 200, 404, 404, 200, 404), strict=True)),
        "管理者":         dict(zip(_USER_ROWS, (200, 200, 404, 404, 200, 404), strict=True)),
        "管理者 of 0002": dict(zip(_USER_ROWS, (404, 404, 200, 200, 404, 200), strict=True)),
        "市場管理者":     dict(zip(_USER_ROWS, (403, 403, 403, 403, 403, 403), strict=True)),
        "審査担当":       dict(zip(_USER_ROWS, (403, 403, 403, 403, 403, 403), strict=True)),
        "must change":    dict(zip(_USER_ROWS, (302, 302, 302, 302, 302, 302), strict=True)),
        "shut out":       dict(zip(_USER_ROWS, (401, 401, 401, 401, 401, 401), strict=True)),
        "anonymous":      dict(zip(_USER_ROWS, (302, 302, 302, 302, 302, 302), strict=True)),
    },
    "/admin/users/details/": {
        "一般":           dict(zip(_USER_ROWS, (403, 403, 403, 403, 403, 403), strict=True)),
        "管理者":         dict(zip(_USER_ROWS, (403, 403, 403, 403, 403, 403), strict=True)),
        "管理者 of 0002": dict(zip(_USER_ROWS, (403, 403, 403, 403, 403, 403), strict=True)),
        "市場管理者":     dict(zip(_USER_ROWS, (200, 200, 200, 200, 200, 200), strict=True)),
        "審査担当":       dict(zip(_USER_ROWS, (200, 200, 200, 200, 200, 200), strict=True)),
    },
    "/board/password/": {  # one's own alone
        "会員":           {"self": 200, "member": 403, "user of 0001": 403, "missing": 403},
        "一般":           {"self": 403, "member": 403},
        "anonymous":      {"member": 302},
    },
    "/board/posts/details/": {  # §9-A25: what is approved and has begun, whoever's it is
        "会員":           {"post": 200, "ended post": 200, "own post": 404, "waiting post": 404, "rejected post": 404,
                           "deleted post": 404, "early post": 404, "missing": 404},
        "一般":           {"post": 403, "missing": 403},
        "市場管理者":     {"post": 403, "missing": 403},
        "anonymous":      {"post": 302, "missing": 302},
    },
    "/board/news/details/": {  # BBS-062: the own ones
        "会員":           {"own post": 200, "post": 404, "waiting post": 404, "deleted post": 404, "missing": 404},
        "審査担当":       {"post": 403, "missing": 403},
    },
    "/admin/posts/details/": {
        "市場管理者":     {"post": 200, "waiting post": 200, "deleted post": 200, "missing": 404},
        "審査担当":       {"post": 200, "waiting post": 200, "deleted post": 200, "missing": 404},
        "管理者":         {"post": 403, "missing": 403},
        "会員":           {"own post": 403, "post": 403, "missing": 403},
    },
    "/admin/members/details/": {  # a user's number is no member
        "市場管理者":     {"member": 200, "deleted member": 200, "user of 0001": 404, "missing": 404},
        "審査担当":       {"member": 200, "deleted member": 200, "user of 0001": 404, "missing": 404},
        "管理者":         {"member": 403, "missing": 403},
        "会員":           {"self": 403, "member": 403, "missing": 403},
    },
    "/admin/registrations/details/": {
        "市場管理者":     {"registration": 200, "missing": 404},
        "審査担当":       {"registration": 200, "missing": 404},
        "管理者":         {"registration": 403, "missing": 403},
        "会員":           {"registration": 403, "missing": 403},
    },
    "/admin/mail-domains/details/": {
        "市場管理者":     {"domain": 200, "missing": 404},
        "審査担当":       {"domain": 200, "missing": 404},
        "会員":           {"domain": 403, "missing": 403},
    },
    "/admin/mail-domains/edit/": {
        "市場管理者":     {"domain": 200, "missing": 404},
        "審査担当":       {"domain": 403, "missing": 403},
        "会員":           {"domain": 403, "missing": 403},
    },
    "/portal/users/edit/": {
        "一般":           dict(zip(_USER_ROWS, (403, 403, 403, 403, 403, 403), strict=True)),
        "管理者":         dict(zip(_USER_ROWS, (200, 200, 404, 404, 302, 404), strict=True)),
        "管理者 of 0002": dict(zip(_USER_ROWS, (404, 404, 200, 200, 404, 302), strict=True)),
        "市場管理者":     dict(zip(_USER_ROWS, (403, 403, 403, 403, 403, 403), strict=True)),
    },
    "/admin/users/edit/": {
        "管理者":         dict(zip(_USER_ROWS, (403, 403, 403, 403, 403, 403), strict=True)),
        "市場管理者":     dict(zip(_USER_ROWS, (200, 200, 200, 200, 302, 302), strict=True)),  # deleted: USR-074
        "審査担当":       dict(zip(_USER_ROWS, (403, 403, 403, 403, 403, 403), strict=True)),
    },
    "/admin/users/replace/": {
        "管理者":         {"管理者 of 0001": 403, "missing": 403},
        "市場管理者":     {"管理者 of 0001": 200, "user of 0001": 302, "staff": 404, "missing": 404},
        "審査担当":       {"管理者 of 0001": 403, "missing": 403},
    },
    "/admin/mails/details/": {
        "市場管理者":     {"mail": 200, "missing": 404},
        "審査担当":       {"mail": 403, "missing": 403},
        "管理者":         {"mail": 403, "missing": 403},
    },
    "/admin/maintenance/details/": {
        "市場管理者":     {"maintenance": 200, "missing": 404},
        "審査担当":       {"maintenance": 200, "missing": 404},
        "管理者":         {"maintenance": 403, "missing": 403},
    },
    "/admin/maintenance/edit/": {
        "市場管理者":     {"maintenance": 200, "missing": 404},
        "審査担当":       {"maintenance": 403, "missing": 403},
        "管理者":         {"maintenance": 403, "missing": 403},
    },
    "/portal/users/password/": {  # one's own alone; the screen is no record, so another's is 403 (COM-039)
        "一般":           {"self": 200, "user of 0001": 403, "user of 0002": 403, "staff": 403, "missing": 403},
        "管理者":         {"self": 200, "user of 0001": 403, "user of 0002": 403, "staff": 403, "missing": 403},
        "管理者 of 0002": {"self": 200, "user of 0001": 403, "user of 0002": 403, "staff": 403, "missing": 403},
        "市場管理者":     {"self": 403, "user of 0001": 403},
    },
    "/admin/password/": {
        "市場管理者":     {"self": 200, "user of 0001": 403, "staff": 403, "missing": 403},
        "審査担当":       {"self": 200, "user of 0001": 403, "staff": 403, "missing": 403},
        "一般":           {"self": 403, "user of 0001": 403},
    },
    "/admin/operators/details/": {
        "市場管理者":     {"operator": 200, "missing": 404},
        "審査担当":       {"operator": 200, "missing": 404},
        "管理者":         {"operator": 403, "missing": 403},
    },
    "/admin/operators/edit/": {
        "市場管理者":     {"operator": 200, "missing": 404},
        "審査担当":       {"operator": 403, "missing": 403},
        "管理者":         {"operator": 403, "missing": 403},
    },
    "/portal/operators/details/": {
        "一般":           {"operator": 200, "operator 0002": 404, "missing": 404},
        "管理者":         {"operator": 200, "operator 0002": 404, "missing": 404},
        "管理者 of 0002": {"operator": 404, "operator 0002": 200, "missing": 404},
        "市場管理者":     {"operator": 403, "operator 0002": 403, "missing": 403},
        "審査担当":       {"operator": 403, "missing": 403},
        "must change":    {"operator": 302, "operator 0002": 302, "missing": 302},
        "shut out":       {"operator": 401, "operator 0002": 401},
        "anonymous":      {"operator": 302, "operator 0002": 302, "missing": 302},
    },
    "/portal/certificates/details/": {  # one's own operator's alone
        "一般":           {"certificate of 0001": 200, "certificate of 0002": 404, "certificate of 広域機関": 404},
        "管理者":         {"certificate of 0001": 200, "certificate of 0002": 404, "certificate of 広域機関": 404},
        "管理者 of 0002": {"certificate of 0001": 404, "certificate of 0002": 200, "certificate of 広域機関": 404},
        "市場管理者":     {"certificate of 0001": 403, "missing": 403},
    },
    "/admin/certificates/details/": {
        "市場管理者":     {"certificate of 0001": 200, "certificate of 広域機関": 200, "missing": 404},
        "審査担当":       {"certificate of 0001": 200, "certificate of 広域機関": 200, "missing": 404},
        "管理者":         {"certificate of 0001": 403, "missing": 403},
    },
    "/admin/certificates/edit/": {
        "市場管理者":     {"certificate of 0001": 200, "certificate of 広域機関": 200, "missing": 404},
        "審査担当":       {"certificate of 0001": 403, "missing": 403},
        "管理者":         {"certificate of 0001": 403, "missing": 403},
    },
    "/admin/unregistered/details/": {
        "市場管理者":     {"unregistered": 200, "missing": 404},
        "審査担当":       {"unregistered": 403, "missing": 403},
        "管理者":         {"unregistered": 403, "missing": 403},
    },
    "/admin/staff/details/": {  # a user's number is no member of staff
        "市場管理者":     {"self": 200, "staff": 200, "user of 0001": 404, "missing": 404},
        "審査担当":       {"self": 403, "staff": 403, "user of 0001": 403, "missing": 403},
        "一般":           {"self": 403, "staff": 403, "user of 0001": 403, "missing": 403},
    },
    "/admin/staff/edit/": {
        "市場管理者":     {"self": 200, "staff": 200, "user of 0001": 404, "missing": 404},
        "審査担当":       {"self": 403, "staff": 403, "user of 0001": 403, "missing": 403},
        "一般":           {"self": 403, "staff": 403, "user of 0001": 403, "missing": 403},
    },
    "/portal/notices/details/": {  # COM-057: drafts and what is for others do not exist
        "一般":           {"notice": 200, "notice for 0002": 404, "draft": 404, "missing": 404},
        "管理者":         {"notice": 200, "notice for 0002": 404, "draft": 404, "missing": 404},
        "管理者 of 0002": {"notice": 200, "notice for 0002": 200, "draft": 404, "missing": 404},
        "市場管理者":     {"notice": 403, "draft": 403},
    },
    "/admin/notices/details/": {
        "市場管理者":     {"notice": 200, "notice for 0002": 200, "draft": 200, "missing": 404},
        "審査担当":       {"notice": 200, "draft": 200, "missing": 404},
        "管理者":         {"notice": 403, "missing": 403},
    },
    "/admin/notices/edit/": {
        "市場管理者":     {"notice": 200, "draft": 200, "missing": 404},
        "審査担当":       {"notice": 403, "missing": 403},
        "管理者":         {"notice": 403, "missing": 403},
    },
    "/admin/reviews/details/": {
        "審査担当":       {"review": 200, "missing": 404},
        "市場管理者":     {"review": 403, "missing": 403},
        "管理者":         {"review": 403, "missing": 403},
        "anonymous":      {"review": 302, "missing": 302},
    },
    "/admin/phrases/details/": {
        "市場管理者":     {"phrase": 200, "missing": 404},
        "審査担当":       {"phrase": 200, "missing": 404},
        "管理者":         {"phrase": 403, "missing": 403},
    },
    "/admin/phrases/edit/": {
        "市場管理者":     {"phrase": 200, "missing": 404},
        "審査担当":       {"phrase": 200, "missing": 404},
        "管理者":         {"phrase": 403, "missing": 403},
    },
    "/admin/closures/details/": {
        "市場管理者":     {"closure": 200, "missing": 404},
        "審査担当":       {"closure": 200, "missing": 404},
        "管理者":         {"closure": 403, "missing": 403},
    },
    "/admin/closures/edit/": {
        "市場管理者":     {"closure": 200, "missing": 404},
        "審査担当":       {"closure": 403, "missing": 403},
        "管理者":         {"closure": 403, "missing": 403},
    },
    "/admin/audit/details/": {
        "市場管理者":     {"entry": 200, "missing": 404},
        "審査担当":       {"entry": 403, "missing": 403},
        "管理者":         {"entry": 403, "missing": 403},
    },
}
# Commands by POST: whose row -> status. 302: run, or refused with a message; 404 looks like no such row.
COMMANDS = {
    "/portal/users/command/{}/": {
        "一般":           dict(zip(_USER_ROWS, (403, 403, 403, 403, 403, 403), strict=True)),
        "管理者":         dict(zip(_USER_ROWS, (302, 302, 404, 404, 302, 404), strict=True)),
        "管理者 of 0002": dict(zip(_USER_ROWS, (404, 404, 302, 302, 404, 302), strict=True)),
        "市場管理者":     dict(zip(_USER_ROWS, (403, 403, 403, 403, 403, 403), strict=True)),
    },
    "/board/news/command/{}/": {  # 削除 is the one command
        "市場管理者":     {"post": 403, "own post": 403},
        "管理者":         {"post": 403, "own post": 403},
    },
    "/admin/members/command/{}/": {
        "管理者":         {"member": 403, "deleted member": 403},
        "会員":           {"member": 403, "deleted member": 403},
    },
    "/admin/users/command/{}/": {
        "管理者":         dict(zip(_USER_ROWS, (403, 403, 403, 403, 403, 403), strict=True)),
        "審査担当":       dict(zip(_USER_ROWS, (403, 403, 403, 403, 403, 403), strict=True)),
        "市場管理者":     dict(zip(_USER_ROWS, (302, 302, 302, 302, 302, 302), strict=True)),
    },
}
# fmt: on
TICKET = "T" * 22


@pytest.fixture
def rows(make, session, time):
    """Whose row -> its number."""
    found = {
        "user of 0001": make.user(),
        "管理者 of 0001": make.admin(),
        "user of 0002": make.user(operator="0002"),
        "管理者 of 0002": make.admin(operator="0002"),
        "deleted of 0001": make.user(deleted_at=time.now),
        "deleted of 0002": make.user(operator="0002", deleted_at=time.now),
        "staff": make.staff(),
        "operator": make.operator("0001"),
        "operator 0002": make.operator("0002"),
        "certificate of 0001": make.certificate(),
        "certificate of 0002": make.certificate("0002", "A1B3"),
        "certificate of 広域機関": make.certificate(None, "A1B4"),
        "unregistered": make.unregistered(),
        "member": make.member("kaiin0001"),
        "deleted member": make.member("kaiin0002", deleted_at=time.now, is_live=False),
        "registration": make.registration("kaiin0003"),
    }
    states = {"waiting": "applied", "rejected": "rejected", "deleted": "withdrawn"}
    days = {"early": (5, 9), "ended": (-9, -5)}
    for name, state in ({"": "approved", "early": "approved", "ended": "approved"} | states).items():
        starts, ends = (clock.today() + timedelta(days=n) for n in days.get(name, (0, 9)))
        found[f"{name} post".strip()] = make.post(
            found["member"], state=ReviewState(state), starts_on=starts, ends_on=ends
        )
    numbers = {name: row.id for name, row in found.items()}
    mail = OutgoingMail(message_id="<x@x>", event="USR-CHG", recipient="x@example.jp", subject="x", body="x")
    later = [time.now + timedelta(days=n) for n in (1, 2, 3)]
    maintenance = Maintenance(announced_from=later[0], starts_at=later[1], ends_at=later[2], text="")
    period = {"title": "お知らせ", "body": "本文", "shown_from": time.now, "shown_to": later[2]}
    notice, draft = Notice(**period, state="published"), Notice(**period)
    chosen = Notice(**period, state="published", audience="operators", operators=[found["operator 0002"]])
    session.add_all([mail, maintenance, notice, draft, chosen])
    session.commit()
    numbers["mail"], numbers["maintenance"] = mail.id, maintenance.id
    numbers |= {"notice": notice.id, "draft": draft.id, "notice for 0002": chosen.id}
    numbers["domain"] = session.scalar(select(MailDomain.id).limit(1))
    phrase, closure = Phrase(text="文"), Closure(name="年末年始", starts_on=time.now.date(), ends_on=time.now.date())
    session.add_all([phrase, closure])
    session.commit()
    numbers |= {"phrase": phrase.id, "closure": closure.id, "missing": 2_000_000}
    with staff_request.declared(*reviews.KINDS.values(), staff_request.KIND):
        staff_request.make_table()
        numbers["review"] = staff_request.submit(session, None).id
        yield numbers


class Person:
    """Somebody with a cookie that is put back before every request, so one answer cannot change the next."""

    def __init__(self, app, cookie, token, account):
        self.app, self.cookie, self.token = app, cookie, token
        self.id = account.id if account else 0
        self.operator = account.operator.code if account and account.operator_id else ""

    def ask(self, method, path, query=None, **form):
        browser = self.app.test_client()
        browser.set_cookie("panel", self.cookie)
        data = {"csrf_token": self.token, **form} if method == "POST" else None
        response = browser.open(path, method=method, query_string=query, data=data, buffered=True)
        return response


def account_of(identity, make, time):
    until = time.now + timedelta(days=2)
    return {
        "anonymous": lambda: None,
        "一般": make.user,
        "管理者": make.admin,
        "管理者 of 0002": lambda: make.admin("0002"),
        "市場管理者": make.staff,
        "審査担当": make.reviewer,
        "must change": lambda: make.user(temporary_until=until),
        "must change (staff)": lambda: make.staff(temporary_until=until),
        "会員": lambda: make.member("kaiin0009"),
        "must change (会員)": lambda: make.member("kaiin0009", temporary_until=until),
        "shut out (会員)": lambda: make.member("kaiin0009"),
        "shut out": make.user,
        "shut out (staff)": make.staff,
    }[identity]()


@pytest.fixture
def person(app, make, signed_in, session, time, token):
    def become(identity):
        account = account_of(identity, make, time)
        browser = signed_in(account) if account else app.test_client()
        csrf = token(browser)
        found = Person(app, browser.get_cookie("panel").value, csrf, account)
        found.post = make.post(account).id if identity.endswith("会員") else 0
        if identity.startswith("shut out"):
            session.execute(text("UPDATE accounts SET enabled = false WHERE id = :id"), {"id": account.id})
            session.commit()
        return found

    return become


def expected(identity):
    column = IDENTITIES.index(identity.removesuffix(" (staff)").removesuffix(" (会員)"))
    answers = {}
    for key, (kind, own) in ROUTES.items():
        status = CLASSES[kind][column]
        answers[key] = own if status == "own" else status
    return answers


def test_every_route_has_its_entry(app):
    """A new route fails here until somebody has decided who may use it."""
    routes = {(rule.rule, method) for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert routes == set(ROUTES)
    assert {kind for kind, _ in ROUTES.values()} == set(CLASSES)
    with_row = {rule for rule, _ in ROUTES if rule.endswith(("details/", "edit/", "s/password/", "replace/"))}
    assert with_row - set(ROWS) == set()


def the_row(rule, who, rows):
    """An own row of the route's kind, so that a refusal is about the person."""
    second = who.operator == "0002"
    found = {
        "/admin/operators": rows["operator"],
        "/portal/operators": rows["operator 0002" if second else "operator"],
        "/admin/staff": rows["staff"],
        "/admin/users/replace": rows["管理者 of 0001"],
        "/admin/users": rows["user of 0001"],
        "/admin/audit": 1,
        "/admin/mails": rows["mail"],
        "/admin/maintenance": rows["maintenance"],
        "/admin/certificates": rows["certificate of 0001"],
        "/portal/certificates": rows["certificate of 0002" if second else "certificate of 0001"],
        "/admin/unregistered": rows["unregistered"],
        "/admin/notices": rows["draft"],
        "/admin/members": rows["member"],
        "/admin/posts": rows["post"],
        "/board/posts": rows["post"],
        "/board/news": who.post,
        "/admin/registrations": rows["registration"],
        "/admin/mail-domains": rows["domain"],
        "/portal/notices": rows["notice"],
        "/admin/reviews": rows["review"],
        "/admin/phrases": rows["phrase"],
        "/admin/closures": rows["closure"],
    }
    return next((row for start, row in found.items() if rule.startswith(start)), who.id)


@pytest.mark.parametrize(
    "identity", [*IDENTITIES, "must change (staff)", "shut out (staff)", "must change (会員)", "shut out (会員)"]
)
def test_every_route_answers_everybody_as_the_tables_say(person, rows, identity):
    who = person(identity)
    answers, heads = {}, {}
    for rule, method in sorted(ROUTES, key=lambda key: key[0] == "/logout"):  # it ends the session: last
        commands = {"mails": "resend", "maintenance": "cancel", "operators": "withdraw", "notices": "publish"}
        commands |= {"/posts/": "delete", "/news/": "delete", "members": "reissue", "mail-domains": "delete"}
        commands |= {"certificates": "withdraw", "unregistered": "assign", "phrases": "delete", "closures": "delete"}
        commands |= {"members": "reissue", "mail-domains": "delete"}
        commands |= {"certificates": "withdraw", "unregistered": "assign"}
        commands |= {"phrases": "delete", "closures": "delete"}
        command = next((name for part, name in commands.items() if part in rule), "unlock")
        path = rule.replace("<path:filename>", "css/panel.css").replace("<command_name>", command)
        path = path.replace("<topic>", "board-rules" if rule.startswith("/board/") else "setup")
        number = the_row(rule, who, rows)
        query = {"id": number} if any(word in rule for word in ("details", "edit", "replace")) else None
        answers[rule, method] = who.ask(method, path, query, rowid=number, ticket=TICKET).status_code
        if method == "GET":
            heads[rule, method] = who.ask("HEAD", path, query).status_code
    wanted = expected(identity)
    assert {k: v for k, v in answers.items() if v != wanted[k]} == {}
    assert {k: v for k, v in heads.items() if v != wanted[k]} == {}


def test_the_own_and_the_foreign_row_answer_as_the_table_says(person, rows):  # PRM-03, PRM-05
    rows = rows | {"entry": 1}
    people = {identity: person(identity) for identity in IDENTITIES}
    wrong = {}
    for rule, cells in ROWS.items():
        for identity, statuses in cells.items():
            who = people[identity]
            for whose, status in statuses.items():
                number = (rows | {"self": who.id, "own post": who.post})[whose]
                found = who.ask("GET", rule, {"id": number}).status_code
                if found != status:
                    wrong[rule, identity, whose] = (found, status)
    assert wrong == {}


@pytest.mark.parametrize("command", ["unlock", "reissue", "delete"])
def test_a_command_on_the_own_and_the_foreign_row(person, rows, command):  # PRM-01, PRM-04, R-052, R-055
    who = ("一般", "管理者", "管理者 of 0002", "市場管理者", "審査担当", "会員")
    people = {identity: person(identity) for identity in who}
    wrong = {}
    for rule, cells in COMMANDS.items():
        for identity, statuses in cells.items():
            for whose, status in statuses.items():
                answer = people[identity].ask(
                    "POST",
                    rule.format(command),
                    None,
                    rowid=(rows | {"own post": people["会員"].post})[whose],
                    ticket=TICKET,
                )
                if answer.status_code != status:
                    wrong[rule, identity, whose] = (answer.status_code, status)
    assert wrong == {}


def test_an_address_that_is_no_route_is_404_for_everybody(person):  # contract "Addresses"
    for identity in ("anonymous", "一般", "市場管理者", "must change", "shut out"):
        who = person(identity)
        for path in (
            "/nothing",
            "/portal/nothing/",
            "/admin/users/export/csv/",
            "/admin/users/delete/",
            "/board/nothing/",
        ):
            assert (identity, path, who.ask("GET", path).status_code) == (identity, path, 404)
            assert (identity, path, who.ask("POST", path).status_code) == (identity, path, 404)
            bare = who.app.test_client().post(path)
            assert (path, bare.status_code) == (path, 400)  # a POST without a token


def test_flask_admins_own_routes_are_not_there(app):  # issue, 2
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    for unused in ("action", "export/<", "ajax", "delete", "static/bootstrap"):
        assert not any(unused in rule for rule in rules), unused
    assert [r.rule for r in app.url_map.iter_rules() if r.endpoint.endswith("static")] == ["/static/<path:filename>"]


def test_options_tells_the_methods_and_nothing_else(app, person):
    who = person("市場管理者")
    for rule in {rule for rule, _ in ROUTES}:
        path = rule.replace("<path:filename>", "css/panel.css").replace("<command_name>", "unlock")
        answer = who.ask("OPTIONS", path)
        assert (rule, answer.status_code, answer.data) == (rule, 200, b"")
        assert answer.headers["Allow"]
        stranger = app.test_client().open(path, method="OPTIONS")
        assert (rule, stranger.status_code in (200, 302)) == (rule, True)
