"""How Alembic reaches the database: through the application's own engine."""

from alembic import context
from flask import current_app

from models import db

config = context.config


def run() -> None:
    with db.engine.connect().execution_options(write=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_name=lambda name, kind, parents: name != "ix_posts_title_trigrams",  # in no model: see 0004
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
