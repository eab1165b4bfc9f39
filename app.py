"""Application factory: settings, extensions, screens, commands. No rules live here."""

import hashlib
import json
import logging
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, g, get_flashed_messages, request, url_for
from flask_admin import Admin
from flask_babel import Babel
from flask_mailman import Mail
from flask_migrate import Migrate

from config import SettingError, Settings, load
from domain import clock, messages, terms
from domain.roles import Site
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
    db,
    engine,
)
from services import hashing, mail, review_kinds
from views import (
    announcement,
    board_registration,
    cli,
    cli_certificate,
    cli_maintenance,
    doors,
    entrance,
    errors,
    files,
    guard,
    headers,
    health,
)
from views.frame import labels, uploads
from views.frame.links import LinkView
from views.screens import help as guide
from views.screens.audit import AuditView
from views.screens.board_home import BoardHomeView
from views.screens.board_people import MailDomainView, MemberView, RegistrationView
from views.screens.board_tables import ClosureView, PhraseView
from views.screens.certificates import CertificateView, PortalCertificateView, UnregisteredCertificateView
from views.screens.home import HomeView, StaffHomeView
from views.screens.mails import MailView
from views.screens.maintenance import MaintenanceView
from views.screens.notices import NoticeBoard, NoticeView
from views.screens.operators import OperatorView, PortalOperatorView
from views.screens.posts import MyNewsView, PostBoardView, PostView
from views.screens.reviews import ReviewDesk
from views.screens.staff import StaffView
from views.screens.users import PortalUserView, UserView
from views.transaction import address

ROOT = Path(__file__).parent
LARGEST_BODY = 2 * 1024 * 1024  # bytes of a request that are parsed; above: 413
THEMES = ("light", "dark")
assert review_kinds  # importing it declares what the review desk decides on


def create_app(settings: Settings | None = None, **overrides: Any) -> Flask:
    """The WSGI application. Without `settings` they come from the environment (contract.md)."""
    try:
        settings = settings or load()
    except SettingError as error:
        sys.exit(str(error))
    app = Flask(__name__)
    app.request_class = uploads.PanelRequest
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        BASE_URL=settings.base_url,
        INSTANCE_DIR=str(settings.instance_dir),
        MIGRATIONS=str(ROOT / "migrations"),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine.options(settings.database_url),
        SESSION_IDLE=settings.session_idle,
        SESSION_ABSOLUTE=settings.session_absolute,
        SIGN_IN_FAILURES_PER_MINUTE=settings.sign_in_failures_per_minute,
        SESSION_COOKIE_NAME="__Host-panel" if settings.https else "panel",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=1000,
        WTF_CSRF_CHECK_DEFAULT=False,  # views.guard calls protect() itself
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        BABEL_DEFAULT_LOCALE="ja",
        BABEL_DEFAULT_TIMEZONE="Asia/Tokyo",
        CLIENT_CERT_REQUIRED=settings.client_cert_required,
        FRONT_SECRET=settings.front_secret,
        BOARD_HOST=urlsplit(settings.board_base_url).hostname,
        MAIL_SETTINGS=mail.Settings(
            settings.outbox_key, settings.base_url, settings.temp_password_to_actor, settings.board_base_url
        ),
        IMAGE_CHALLENGE=settings.image_challenge,
        BCRYPT_COST=hashing.PRODUCTION_COST,
    )
    app.config.update(overrides)
    hashing.set_cost(app.config["BCRYPT_COST"])
    # One spelling per address: no redirect that would have to name a host.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False

    _init_log(app)
    _init_database(app)
    Babel(app)  # Flask-Admin asks for it once it is installed
    Mail(app)
    guard.init_app(app)
    errors.init_app(app)
    headers.init_app(app)
    app.register_blueprint(health.blueprint)
    for door in doors.ALL:
        app.register_blueprint(entrance.blueprint_of(door))
    app.register_blueprint(files.blueprint)
    app.register_blueprint(guide.blueprint)
    app.register_blueprint(guide.board_blueprint)
    app.register_blueprint(board_registration.blueprint)
    _init_sites(app)
    _init_templates(app, settings)
    cli.init_app(app)
    app.cli.add_command(cli_maintenance.maintenance_commands)
    app.cli.add_command(cli_certificate.commands)
    return app


def _init_database(app: Flask) -> None:
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)
    with app.app_context():
        engine.prepare(db.engine)


def _init_sites(app: Flask) -> None:
    """Both sites mount the same declarations; whose rows they show is the matrix's business.

    Views are built here, not at import time: each app (and each test) gets its own blueprints.
    """
    portal = _site(app, HomeView(Site.PORTAL))
    portal.add_view(NoticeBoard("お知らせ", endpoint="portal_notices", url="notices"))
    portal.add_view(LinkView("参加登録", endpoint="portal_registration", url="registration"))
    portal.add_view(
        PortalUserView(User, db, name="ユーザ情報管理", category="参加登録", endpoint="portal_users", url="users")
    )
    portal.add_view(
        PortalOperatorView(
            Operator, db, name="事業者情報管理", category="参加登録", endpoint="portal_operators", url="operators"
        )
    )
    portal.add_view(
        PortalCertificateView(
            ClientCertificate, db, name="クライアント証明書", category="参加登録", endpoint="portal_certificates",
            url="certificates",
        )
    )  # fmt: skip
    portal.add_view(guide.HelpView(Site.PORTAL))

    board = _site(app, BoardHomeView(Site.BOARD))
    board.add_view(PostBoardView(Post, db, name="発電設備等の情報", endpoint="board_posts", url="posts"))
    board.add_view(MyNewsView(Post, db, name="MYニュース", endpoint="board_news", url="news"))
    board.add_view(guide.HelpView(Site.BOARD))

    admin = _site(app, StaffHomeView(Site.ADMIN))
    admin.add_view(LinkView("参加登録", endpoint="admin_registration", url="registration"))
    admin.add_view(UserView(User, db, name="ユーザ情報管理", category="参加登録", endpoint="admin_users", url="users"))
    admin.add_view(ReviewDesk("審査一覧", category="審査", endpoint="admin_reviews", url="reviews"))
    board_category = "情報掲示板"
    for view in (
        LinkView(board_category, endpoint="admin_board", url="board"),
        MemberView(Member, db, name="会員", category=board_category, endpoint="admin_members", url="members"),
        RegistrationView(
            Registration, db, name="利用申込", category=board_category, endpoint="admin_registrations",
            url="registrations",
        ),
        PostView(Post, db, name="掲載情報", category=board_category, endpoint="admin_posts", url="posts"),
        MailDomainView(
            MailDomain, db, name="メールドメイン", category=board_category, endpoint="admin_mail_domains",
            url="mail-domains",
        ),
        PhraseView(Phrase, db, name="定型文", category=board_category, endpoint="admin_phrases", url="phrases"),
        ClosureView(Closure, db, name="休業日", category=board_category, endpoint="admin_closures", url="closures"),
    ):  # fmt: skip
        admin.add_view(view)
    admin.add_view(LinkView("管理", endpoint="admin_management", url="management"))
    for view in (
        NoticeView(Notice, db, name="お知らせ管理", category="管理", endpoint="admin_notices", url="notices"),
        OperatorView(Operator, db, name="事業者", category="管理", endpoint="admin_operators", url="operators"),
        CertificateView(
            ClientCertificate,
            db,
            name="クライアント証明書",
            category="管理",
            endpoint="admin_certificates",
            url="certificates",
        ),
        UnregisteredCertificateView(
            UnregisteredCertificate,
            db,
            name="未登録証明書",
            category="管理",
            endpoint="admin_unregistered",
            url="unregistered",
        ),
        StaffView(Staff, db, name="職員情報管理", category="管理", endpoint="admin_staff", url="staff"),
        MaintenanceView(
            Maintenance, db, name="メンテナンス", category="管理", endpoint="admin_maintenance", url="maintenance"
        ),
        MailView(OutgoingMail, db, name="メール送信履歴", category="管理", endpoint="admin_mails", url="mails"),
        AuditView(AuditEntry, db, name="操作履歴", category="管理", endpoint="admin_audit", url="audit"),
    ):
        admin.add_view(view)
    admin.add_view(guide.HelpView(Site.ADMIN))


def _site(app: Flask, home: HomeView) -> Admin:
    return Admin(app, name=terms.SYSTEM, endpoint=home.endpoint, url=home.url, index_view=home)


def _init_templates(app: Flask, settings: Settings) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    words = {"message": messages.text, "sentence": messages.sentence, "labels": labels, "terms": terms}
    app.jinja_env.globals.update(words)  # macros see no context

    @cache
    def asset(name: str) -> str:
        """Address of a static file that changes with its content, so browsers may keep it."""
        content = (ROOT / "static" / name).read_bytes()
        return url_for("static", filename=name, v=hashlib.sha256(content).hexdigest()[:12])

    @app.context_processor
    def shared() -> dict[str, Any]:
        theme = request.cookies.get("theme", "")
        return {
            "SYSTEM": terms.SYSTEM,
            "door": doors.here(),
            "COPYRIGHT": settings.copyright,
            "board_contact": settings.board_contact_mail,
            "demo": settings.demo,
            "asset": asset,
            "instant": lambda value: f"{value.astimezone(clock.TOKYO):%Y/%m/%d %H:%M}",
            "theme": theme if theme in THEMES else "",
            "flashed": get_flashed_messages(),
            "request_no": g.get("request_no", ""),
            "maintenance": g.get("maintenance"),
            "announcement": announcement.sentence_of,
        }


class _JsonLines(logging.Formatter):
    """One line per event, whatever is in it (R-085)."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry.update(getattr(record, "facts", {}))
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=True)


def _init_log(app: Flask) -> None:
    """INSTANCE_DIR/log/panel.log: a line per request (without its query: R-074) and per error."""
    folder = Path(app.config["INSTANCE_DIR"]) / "log"
    folder.mkdir(mode=0o700, exist_ok=True)
    log = logging.getLogger("panel")
    log.setLevel(logging.INFO)
    log.propagate = False
    for old in log.handlers[:]:
        log.removeHandler(old)
        old.close()
    handler = logging.FileHandler(folder / "panel.log", encoding="utf-8", delay=True)
    handler.setFormatter(_JsonLines())
    log.addHandler(handler)

    @app.after_request
    def note(response: Any) -> Any:
        if request.endpoint not in guard.OPEN:
            row = g.get("sign_in")
            facts = {
                "request_no": g.get("request_no", ""),
                "method": request.method,
                "path": request.path[: errors.LONGEST_PATH],
                "status": response.status_code,
                "account": row.account_id if row is not None and row in db.session else None,
                "address": address(),
            }
            log.info("request", extra={"facts": facts})
        return response
