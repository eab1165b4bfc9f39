"""flask certificate …: クライアント証明書 from the command line; the first ones have to come from somewhere."""

import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from domain import clock
from domain.actors import Console
from domain.errors import DomainError
from domain.messages import text
from domain.text import fold_code
from services import certificate_file, certificates
from views.cli import _check_tables as check_tables
from views.transaction import transaction

commands = AppGroup("certificate", help="クライアント証明書.")


@commands.command("add")
@click.argument("operator")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add(operator: str, file: Path) -> None:
    """Register the certificate in FILE (.cer, .pem) for OPERATOR: a 事業者コード, or occto for 広域機関."""
    check_tables()
    with file.open("rb") as opened:
        content = opened.read(certificate_file.LARGEST + 1)
    code = fold_code(operator)
    try:
        found = certificate_file.read(file.name, content)
        facts = {"issuer": found.issuer, "serial": found.serial, "note": ""}
        period = {"valid_from": found.valid_from, "valid_to": found.valid_to}
        with transaction() as s:
            row = certificates.register(s, Console(), {"operator_code": code, **facts, **period})
            owner = row.owner
    except DomainError as error:
        sys.exit(text(error.message_id, **error.params))
    click.echo(f"参加登録申請者名: {owner}")
    click.echo(f"発行者: {found.issuer}")
    click.echo(f"シリアル番号: {found.serial}")
    for name, moment in (("開始", found.valid_from), ("終了", found.valid_to)):
        click.echo(f"有効期間（{name}）: {moment.astimezone(clock.TOKYO):%Y/%m/%d %H:%M:%S}")
