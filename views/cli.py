"""flask …: commands for whoever runs the service."""

import errno
import logging
import signal
import socket
import sys
from contextlib import nullcontext

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_migrate import upgrade
from sqlalchemy import inspect
from sqlalchemy.exc import DatabaseError

from config import Settings
from domain.actors import Console
from domain.credentials import MARKET, last_day
from domain.errors import DomainError
from domain.messages import text
from domain.roles import STAFF_ROLES, Role
from models.account import Account
from models.base import db
from seed import demo
from services import passwords, staff, sweep
from services.sign_in import find
from views import supervisor, worker
from views.frame import uploads
from views.guard import limits
from views.transaction import transaction

_THREADS = 16
_LARGEST_REQUEST = uploads.REACH + 1  # bytes the server takes in; the application's own limits are smaller
staff_commands = AppGroup("staff", help="職員 (広域機関).")
account_commands = AppGroup("account", help="Rescue for users (U…) and staff (S…).")


def init_app(app: Flask) -> None:
    for command in (serve, sweep_now, seed_demo, worker.worker):
        app.cli.add_command(command)
    app.cli.add_command(staff_commands)
    app.cli.add_command(account_commands)


@click.command("serve")
@click.option("--with-worker", is_flag=True, help="Run flask worker beside it, and again whenever it dies.")
def serve(with_worker: bool) -> None:
    """Migrate, load the demo data if it is a demo, and serve until Ctrl-C or SIGTERM."""
    from waitress import create_server

    for number in (signal.SIGINT, signal.SIGTERM):  # also before the server runs; it lets requests finish
        signal.signal(number, lambda *_: sys.exit())
    settings: Settings = current_app.config["SETTINGS"]
    _check_port(settings)
    _check_database()
    logging.getLogger("alembic").setLevel(logging.WARNING)
    upgrade()
    if settings.demo:
        _load_demo()
    db.session.remove()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    server = create_server(
        app,
        host=settings.host,
        port=settings.port,
        threads=_THREADS,
        ident=None,
        clear_untrusted_proxy_headers=True,
        max_request_body_size=_LARGEST_REQUEST,
    )
    with supervisor.Worker() if with_worker else nullcontext():
        try:
            _greet(settings)
            server.run()
        finally:
            server.close()


def _greet(settings: Settings) -> None:
    click.echo(f"\n  容量市場システム: {settings.base_url}\n")
    if settings.demo:
        for line in demo.summary():
            click.echo(f"  {line}")
        click.echo("")
    sys.stdout.flush()


def _check_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                sys.exit(f"PORT {settings.port} is in use already; choose another, e.g. PORT=8001 make run.")
            sys.exit(f"HOST {settings.host} and PORT {settings.port} cannot be listened on: {error.strerror}.")


def _check_database() -> None:
    try:
        db.engine.connect().close()
    except DatabaseError as error:
        reason = " ".join(str(error.orig).split())
        sys.exit(f"DATABASE_URL names a database that cannot be opened: {reason}")


def _check_tables() -> None:
    """For the commands that do not migrate."""
    _check_database()
    if not inspect(db.engine).has_table(Account.__tablename__):
        sys.exit("DATABASE_URL names a database without tables: flask serve or flask db upgrade makes them.")


@click.command("seed")
def seed_demo() -> None:
    """Load the demo data into an empty database."""
    _check_tables()
    click.echo("loaded" if _load_demo() else "nothing loaded: there are accounts already")


def _load_demo() -> bool:
    with transaction() as s:
        return demo.load(s)


@click.command("sweep")
def sweep_now() -> None:
    """Forget what is no longer needed (services.sweep); signing in does it as well."""
    _check_tables()
    with transaction() as s:
        sweep.run(s, limits())


@staff_commands.command("create")
@click.option("--name", required=True, prompt="ユーザ名", help="ユーザ名")
@click.option("--email", required=True, prompt="メールアドレス", help="メールアドレス")
@click.option(
    "--right",
    "rights",
    multiple=True,
    type=click.Choice([role.value for role in STAFF_ROLES]),
    default=[Role.MARKET_ADMIN.value],
    help="権限区分: " + ", ".join(role.option for role in STAFF_ROLES),
)
def staff_create(name: str, email: str, rights: tuple[str, ...]) -> None:
    """Register a member of staff; prints the 仮パスワード once."""
    from werkzeug.datastructures import MultiDict

    from forms.staff import StaffRegisterForm

    typed = MultiDict([("name", name), ("email", email), *(("rights", r) for r in rights)])
    form = StaffRegisterForm(typed)
    if not form.validate():
        sys.exit("\n".join(message for _, message in form.problems))
    _check_tables()
    with transaction() as s:
        issued = staff.register(s, Console(), form.values)
    _print_issued(issued)


@account_commands.command("unlock")
@click.argument("login_id")
def account_unlock(login_id: str) -> None:
    """ユーザロック解除."""
    _rescue(login_id, passwords.unlock)
    click.echo("ユーザロックを解除しました。")


@account_commands.command("reissue")
@click.argument("login_id")
def account_reissue(login_id: str) -> None:
    """パスワード再発行; prints the 仮パスワード once."""
    _print_issued(_rescue(login_id, passwords.reissue))


def _rescue(login_id, run):  # type: ignore[no-untyped-def]
    _check_tables()
    with transaction() as s:
        account = find(s, MARKET, MARKET.key(login_id))
        if account is None or account.is_deleted:
            sys.exit(f"ユーザID {login_id} のアカウントはありません。")
        try:
            return run(s, Console(), account)
        except DomainError as error:
            sys.exit(text(error.message_id, **error.params))


def _print_issued(issued: passwords.Issued) -> None:
    click.echo(f"ユーザID: {issued.account.login_id}")
    click.echo(f"仮パスワード: {issued.password}")
    click.echo(f"有効期限: {last_day(issued.until):%Y/%m/%d}")
