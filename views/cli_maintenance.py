"""flask maintenance on|off|status: the switch for whoever runs the service (COM-081)."""

import sys

import click
from flask.cli import AppGroup
from werkzeug.datastructures import MultiDict

from domain import clock, terms
from domain.actors import Console
from domain.errors import DomainError
from domain.messages import sentence, text
from forms.maintenance import MaintenanceNowForm
from models.base import db
from services import maintenance
from views.announcement import sentence_of
from views.cli import _check_tables as check_tables
from views.transaction import transaction

maintenance_commands = AppGroup("maintenance", help="メンテナンス: everyone but staff is shut out.")


@maintenance_commands.command("on")
@click.option("--until", default="", help='終了予定日時, "yyyy/mm/dd hh:mm" (Asia/Tokyo); without it the end is open')
@click.option("--text", "words", default="", help="お知らせ文")
def on(until: str, words: str) -> None:
    """Begin at once."""
    form = MaintenanceNowForm(MultiDict({"ends_at": until, "text": words}))
    if not form.validate():
        sys.exit("\n".join(message for _, message in form.problems))
    check_tables()
    with transaction() as s:
        try:
            maintenance.begin(s, Console(), **form.values)
        except DomainError as error:
            sys.exit(text(error.message_id, **error.params))
    _status()


@maintenance_commands.command("off")
def off() -> None:
    """End whatever runs."""
    check_tables()
    with transaction() as s:
        try:
            maintenance.end_running(s, Console())
        except DomainError as error:
            sys.exit(text(error.message_id, **error.params))
    _status()


@maintenance_commands.command("status")
def status() -> None:
    """Say what everybody is told now."""
    check_tables()
    _status()


def _status() -> None:
    found = maintenance.current(db.session())
    if found is None:
        click.echo(sentence("info.maintenance.none"))
        return
    click.echo(sentence_of(found))
    click.echo(f"{terms.MAINTENANCE['starts_at']}: {clock.minute(found.starts_at)}")
    click.echo(f"{terms.MAINTENANCE['ends_at']}: {clock.minute(found.ends_at) if found.ends_at else terms.NO_END}")
    if found.text:
        click.echo(f"{terms.MAINTENANCE['text']}: {found.text}")
