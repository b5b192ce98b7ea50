"""What the commands say alike: counted nouns, and how a database failed."""

import click
from sqlalchemy.exc import SQLAlchemyError


def count(number: int, noun: str, many: str | None = None) -> str:
    """many: the plural, where an s doesn't make it."""
    return f"{number} {noun if number == 1 else many or f'{noun}s'}"


def database_refusal(error: SQLAlchemyError) -> click.ClickException:
    """For a command that can't go on without its database."""
    hint = "Set the database up with `flask db upgrade`, or check DATABASE_URL."
    return click.ClickException(f"The database says: {database_reason(error)}. {hint}")


def database_reason(error: SQLAlchemyError) -> str:
    # The driver's first line is enough: no such table, locked, connection refused.
    return str(getattr(error, "orig", error)).splitlines()[0]
