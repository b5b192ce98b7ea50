"""Alembic's entry: runs the one history of the schema against this app's database."""

from typing import Any

from alembic import context
from flask import current_app

from extensions import UtcDateTime, db


def render_item(kind: str, item: Any, _autogen: Any) -> str | bool:
    """Write our time type as what it is in the database: a migration imports nothing of ours."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    options = current_app.extensions["migrate"].configure_args
    with db.engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=db.metadata, render_item=render_item, **options
        )
        with context.begin_transaction():
            context.run_migrations()


run()
