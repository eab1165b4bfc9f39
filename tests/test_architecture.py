"""The layout and the rules of house-style.md §1, §4 and §10, read from the sources."""

import ast
import re
from pathlib import Path

import pytest

from domain import clock, messages, terms
from domain.roles import Permission
from models import (
    AuditEntry,
    ClientCertificate,
    Closure,
    MailDomain,
    Maintenance,
    Member,
    Notice,
    Operator,
    OutgoingMail,
    Phrase,
    Post,
    Registration,
    Staff,
    UnregisteredCertificate,
    User,
)
from views.frame.command import Command, Link
from views.frame.resource import ResourceView

ROOT = Path(__file__).parents[1]
LAYERS = ["domain", "models", "forms", "services", "views", "seed"]
MODULES = ["app", "config"]
PRODUCT = sorted([p for layer in LAYERS for p in (ROOT / layer).rglob("*.py")] + [ROOT / f"{m}.py" for m in MODULES])
TEMPLATES = sorted((ROOT / "templates").rglob("*"))
TREES = {p.relative_to(ROOT).as_posix(): ast.parse(p.read_text(encoding="utf-8")) for p in PRODUCT}

# house-style §1: views → forms, services → models → domain; forms → domain.
MAY_IMPORT = {
    "domain": {"domain"},
    "models": {"models", "domain"},
    "forms": {"forms", "domain"},
    "services": {"services", "models", "domain"},
    "views": {"views", "forms", "services", "models", "domain", "seed", "config"},
    "seed": {"seed", "services", "models", "domain"},
    "config": set(),
    "app": {"config", "views", "services", "models", "domain"},
}
FLASK = {
    "flask",
    "flask_admin",
    "flask_login",
    "flask_wtf",
    "flask_babel",
    "flask_migrate",
    "flask_sqlalchemy",
    "werkzeug",
}
MUST_NOT_IMPORT = {
    "domain": FLASK | {"sqlalchemy", "wtforms", "alembic", "psycopg", "bcrypt"},
    "services": FLASK | {"wtforms"},
    "forms": FLASK | {"sqlalchemy", "bcrypt"},
    "models": FLASK - {"flask_sqlalchemy", "flask_login"} | {"wtforms", "bcrypt"},  # db and UserMixin
    "seed": FLASK,
    "config": FLASK,
}


def layer_of(path):
    return path.split("/")[0].removesuffix(".py")


def imports_of(tree):
    """Top-level names of every module imported anywhere in a file, in functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module.split(".")[0]


def dotted(node):
    """ "datetime.now" of an attribute chain."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


def calls_in(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_the_sources_are_where_we_look():
    assert len(PRODUCT) > 60
    assert {layer_of(p) for p in TREES} == set(LAYERS) | set(MODULES)


@pytest.mark.parametrize("path", list(TREES))
def test_imports_point_one_way(path):
    layer = layer_of(path)
    ours = {name for name in imports_of(TREES[path]) if name in MAY_IMPORT}
    assert ours <= MAY_IMPORT[layer]


@pytest.mark.parametrize("path", list(TREES))
def test_each_layer_keeps_to_its_libraries(path):
    """domain knows neither Flask nor SQLAlchemy, services no Flask, forms no database."""
    assert set(imports_of(TREES[path])) & MUST_NOT_IMPORT.get(layer_of(path), set()) == set()


def test_nothing_imports_the_tests():
    assert [p for p, tree in TREES.items() if {"tests", "pytest"} & set(imports_of(tree))] == []


def test_only_one_place_commits():
    """house-style §1, §10."""
    found = {path for path, tree in TREES.items() for call in calls_in(tree) if dotted(call.func).endswith(".commit")}
    assert found == {"views/transaction.py"}


def test_services_write_through_the_session_they_are_given():
    """Never db.session below views/ (§6: arguments (session, actor, …))."""
    below = [p for p in TREES if layer_of(p) in ("domain", "models", "services", "forms", "seed")]
    found = [p for p in below for node in ast.walk(TREES[p]) if dotted(node) == "db.session"]
    assert found == []


def test_there_is_one_clock():
    """XC-013, R-097: nobody else asks the system for the time."""
    asking = {
        "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.utcfromtimestamp",
        "datetime.fromtimestamp", "date.fromtimestamp", "time.time", "time.localtime", "time.gmtime", "time.strftime",
        "func.now", "func.current_timestamp", "func.current_date",
    }  # fmt: skip
    found = {
        (path, name)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and any(f".{dotted(node)}".endswith(f".{name}") for name in asking)
        for name in [dotted(node)]
    }
    allowed = {
        ("domain/clock.py", "datetime.now"),
        ("app.py", "datetime.fromtimestamp"),
    }  # aware; a log line's own time
    assert found == allowed


def test_nobody_catches_everything():
    """§10; the one handler for システムエラー画面 is registered, not an except. The exceptions and their reasons:"""
    reasons = {
        "views/errors.py": "where the error screen itself fails, a fixed page stands in",
        "views/transaction.py": "rolls back and re-raises",
        "views/worker.py": "whatever sending a mail raises, the mail waits and the worker goes on",
    }
    found = []
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                names = {dotted(n) for n in ast.walk(node.type)} if node.type else {"everything"}
                if names & {"Exception", "BaseException", "everything"}:
                    found.append(path)
    assert sorted(found) == sorted(reasons)


def test_roles_are_compared_in_one_place():
    """§4: outside domain/roles.py only the rule that is about that role (one 市場管理者 always remains)."""
    about = re.compile(r"^(Role\.[A-Z_]+|(.+\.)?(role|roles|rights))$")
    found = set()
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                names = [
                    dotted(n) for side in sides for n in ast.walk(side) if isinstance(n, (ast.Attribute, ast.Name))
                ]
                if any(about.match(name) for name in names):
                    found.add(path)
            elif isinstance(node, ast.Match) and about.match(dotted(node.subject)):
                found.add(path)
    # services/access.py reads the matrix; services/staff.py owns the rules about 権限区分 of staff.
    assert found <= {"domain/roles.py", "services/access.py", "services/staff.py"}


def test_templates_compare_no_roles():
    found = [
        p.name
        for p in TEMPLATES
        if p.is_file() and re.search(r"\.(role|roles|rights)\b\s*(==|!=|in\b|is\b)|\bRole\.", p.read_text("utf-8"))
    ]
    assert found == []


# ---- templates: nothing inline (CSP, issue item 9) ----------------
INLINE = {
    "event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "script without src": re.compile(r"<script(?![^>]*\ssrc=)[^>]*>", re.IGNORECASE),
    "javascript address": re.compile(r"javascript:", re.IGNORECASE),
    "foreign address": re.compile(r"(src|href|action)\s*=\s*[\"']?(https?:)?//", re.IGNORECASE),
    "unescaped output": re.compile(r"\|\s*safe\b|autoescape\s+false", re.IGNORECASE),
}


@pytest.mark.parametrize("path", [p for p in TEMPLATES if p.is_file()], ids=lambda p: p.name)
@pytest.mark.parametrize("what", list(INLINE))
def test_templates_have_nothing_inline(path, what):
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert INLINE[what].findall(text) == []


def test_markup_made_in_python_has_nothing_inline_either():
    """Markup("…") with a constant only; values go through .format, which escapes."""
    for path, tree in TREES.items():
        for call in calls_in(tree):
            if dotted(call.func) == "Markup":
                cleaned = [isinstance(a, ast.Call) and dotted(a.func) == "to_html" for a in call.args]  # by nh3
                constants = [a for a, clean in zip(call.args, cleaned, strict=True) if not clean]
                assert all(isinstance(a, ast.Constant) for a in constants), f"{path}:{call.lineno}"
                for what, pattern in INLINE.items():
                    assert not any(pattern.search(a.value) for a in constants), f"{path}:{call.lineno} {what}"


def test_nothing_of_flask_admin_is_extended():
    """Our own lean templates: no stock base template, no Bootstrap, jQuery, select2."""
    text = "\n".join(p.read_text("utf-8") for p in TEMPLATES if p.is_file()).lower()
    for word in ("admin/", "bootstrap", "jquery", "select2", "glyphicon"):
        assert word not in text


# ---- the audit trail has a word for everything it is told ----------------
def test_every_recorded_event_has_a_word():
    """terms.EVENTS is what 操作履歴 writes; a permission recorded as event needs one too."""
    recorded = set()
    for path, tree in TREES.items():
        for call in calls_in(tree):
            if dotted(call.func) != "audit.record":
                continue
            event = call.args[2]
            if isinstance(event, ast.Constant):
                recorded.add(event.value)
            elif dotted(event).startswith("Permission."):
                recorded.add(Permission[dotted(event).removeprefix("Permission.")].value)
            else:
                assert (path, ast.unparse(event)) in {
                    ("services/sessions.py", "event"),
                    ("services/passwords.py", "event"),
                    ("services/users.py", "event"),
                    ("services/certificates.py", "event"),
                    ("services/reviews.py", "event_of(kind, action)"),
                    ("services/small_tables.py", "permission"),
                    ("views/frame/resource.py", "self.permissions['export']"),
                }
    from services import sessions

    recorded |= set(sessions._EVENT.values())  # the variables above
    recorded |= {"account:reissue", "user:delete", "user:replace_admin", "user:export", "audit:export"}
    recorded |= {"certificate:register", "certificate:assign"}
    recorded |= {
        f"{table}:{what}" for table in ("phrase", "closure", "domain") for what in ("register", "change", "delete")
    }
    recorded |= {"registration:claim", "registration:approve", "registration:reject"}  # services.reviews.event_of
    recorded |= {"post:claim", "post:approve", "post:reject", "post:delete"}
    recorded |= {"member:reissue", "registration:claim", "registration:approve", "registration:reject"}
    assert recorded <= set(terms.EVENTS)
    assert {e for e in terms.EVENTS if e not in recorded} <= {"staff:end_sessions"}, "words nobody needs"


# ---- the declarations ----------------
@pytest.fixture
def declared(app):
    """Every ResourceView as it is mounted."""
    return [view for admin in app.extensions["admin"] for view in admin._views if isinstance(view, ResourceView)]


USERS = {
    "search": "user:search", "register": "user:register", "change": "user:change", "export": "user:export",
    "replace": "user:replace_admin",
}  # fmt: skip
EXPECTED = {  # endpoint -> model, permissions
    "portal_users": (User, USERS),
    "admin_users": (User, USERS),
    "portal_operators": (Operator, {"search": "operator:search"}),
    "admin_operators": (
        Operator,
        {"search": "operator:search", "register": "operator:register", "change": "operator:change"},
    ),
    "admin_staff": (Staff, {"search": "staff:search", "register": "staff:register", "change": "staff:change"}),
    "admin_audit": (AuditEntry, {"search": "audit:search", "export": "audit:export"}),
    "admin_maintenance": (
        Maintenance,
        {"search": "maintenance:search", "register": "maintenance:register", "change": "maintenance:change"},
    ),
    "admin_mails": (OutgoingMail, {"search": "mail:search"}),
    "board_posts": (Post, {"search": "post:read"}),
    "board_news": (Post, {"search": "post:register", "register": "post:register"}),
    "admin_posts": (Post, {"search": "post:search"}),
    "portal_certificates": (ClientCertificate, {"search": "certificate:search"}),
    "admin_notices": (
        Notice,
        {"search": "notice:search", "register": "notice:register", "change": "notice:change"},
    ),
    "admin_certificates": (
        ClientCertificate,
        {"search": "certificate:search", "register": "certificate:register", "change": "certificate:change"},
    ),
    "admin_members": (Member, {"search": "member:search"}),
    "admin_registrations": (Registration, {"search": "registration:search"}),
    "admin_mail_domains": (
        MailDomain,
        {"search": "domain:search", "register": "domain:register", "change": "domain:change"},
    ),
    "admin_unregistered": (UnregisteredCertificate, {"search": "certificate:assign"}),
    "admin_phrases": (
        Phrase,
        {"search": "phrase:search", "register": "phrase:register", "change": "phrase:change"},
    ),
    "admin_closures": (
        Closure,
        {"search": "closure:search", "register": "closure:register", "change": "closure:change"},
    ),
}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_declarations_are_these(declared):
    found = {v.endpoint: (v.model, {k: p.value for k, p in v.permissions.items()}) for v in declared}
    assert found == EXPECTED


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_declaration_is_sound(declared):
    for view in declared:
        name = view.endpoint
        columns = [*view.column_list, *(view.column_details_list or ())]
        assert [c for c in columns if c not in view.column_labels] == [], f"{name}: a column without a label"
        assert view.detail_link in view.column_list, name
        sortable = {c if isinstance(c, str) else c[0] for c in view.column_sortable_list}
        assert sortable <= set(view.column_list), name
        assert set(view.permissions) <= {"search", "register", "change", "export", "replace"}, name
        assert all(isinstance(p, Permission) for p in view.permissions.values()), name
        assert view.default_order, f"{name}: a list without an order"
        assert view.subject, name
        assert view.explanation.endswith("。"), name
        for key, needed in {
            "register": ("create", "create_form_class"),
            "change": ("update", "edit_form_class"),
        }.items():
            if key in view.permissions:
                assert all(hasattr(view, n) for n in needed), f"{name}: {key}"
        for field in view.search_form_class():
            assert field.label.text in view.column_labels.values(), f"{name}: {field.name}"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_button_is_sound(declared, app):
    ids = messages.ids()
    for view in declared:
        commands = view.commands
        assert len({c.name for c in commands}) == len(commands), view.endpoint
        for button in [*view.buttons, *view.list_buttons]:
            assert isinstance(button.permission, Permission)
            if isinstance(button, Command):
                assert {button.confirm, button.complete} <= ids, f"{view.endpoint}.{button.name}"
                assert callable(button.run)
            else:
                assert isinstance(button, Link)
                endpoint = f"{view.endpoint}{button.endpoint}" if button.endpoint[0] == "." else button.endpoint
                assert endpoint in app.view_functions, f"{view.endpoint}: {button.label}"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_columns_read_from_a_row(declared, make, session):
    """A declared column is an attribute of the model, dots followed."""
    rows = {
        Member: make.member(operator="0001"), Registration: make.registration("kaiin0002"),
        MailDomain: session.query(MailDomain).first(),
        User: make.user(), Staff: make.staff(), Operator: make.operator(), AuditEntry: AuditEntry(),
        OutgoingMail: OutgoingMail(),
        ClientCertificate: make.certificate(),
        Notice: Notice(id=1, shown_from=clock.now(), shown_to=clock.now()),
        UnregisteredCertificate: UnregisteredCertificate(),
        Post: make.post(),
        Phrase: Phrase(), Closure: Closure(),
        Maintenance: Maintenance(announced_from=clock.now(), starts_at=clock.now()),
    }  # fmt: skip
    for view in declared:
        for column in {*view.column_list, *(view.column_details_list or ())}:
            value = rows[view.model]
            for part in column.split("."):
                value = getattr(value, part)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_flask_admins_own_routes_are_not_registered(app):
    """Issue item 2: unused routes, base template and static folders are not registered."""
    stock = re.compile(r"delete|export|action|ajax|/static/admin|admin\.static|bulk")
    found = {r.rule: r.endpoint for r in app.url_map.iter_rules() if stock.search(f"{r.rule} {r.endpoint}")}
    ours = {  # CSV出力 is a POST of ours; Flask-Admin's is GET /export/<type>/
        "/portal/users/export/": "portal_users.export_view",
        "/admin/users/export/": "admin_users.export_view",
        "/admin/audit/export/": "admin_audit.export_view",
    }
    assert found == ours
    assert [b for b in app.blueprints.values() if b.static_folder or b.template_folder] == []


def test_the_frame_knows_no_business_word():
    """§7: ResourceView contains no word of the business; examples in docstrings are none."""
    words = re.compile(r"ユーザ情報|職員|事業者")
    for path, tree in TREES.items():
        if not path.startswith("views/frame/"):
            continue
        texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        bodies = [n for n in ast.walk(tree) if isinstance(n, (ast.Module, ast.ClassDef, ast.FunctionDef))]
        docstrings = {ast.get_docstring(n, clean=False) for n in bodies}
        assert [t for t in texts if t not in docstrings and words.search(t)] == [], path
        models = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module.startswith("models")}
        assert models <= {"models.base"}, path


def test_no_file_is_named_after_nothing():
    """§9."""
    assert {p.stem for p in PRODUCT} & {"utils", "helpers", "common", "misc"} == set()


def test_every_file_says_what_it_is():
    assert [path for path, tree in TREES.items() if not ast.get_docstring(tree)] == []
