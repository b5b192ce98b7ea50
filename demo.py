"""The demo shop's shopper: an account with a filled wallet, made as any shopper would make it."""

import click
from flask.cli import AppGroup
from sqlalchemy import select

from accounts import people, sessions
from accounts.models import User
from accounts.people import DEMO_EMAIL, DEMO_PASSWORD
from catalog.demo import fill_catalog
from extensions import db, release_reads, settings
from wallet import cards

# Ids of Stripe's published test cards.
WALLET = (
    ("pm_card_visa", "tok_visa"),
    ("pm_card_mastercard", "tok_mastercard"),
)

cli = AppGroup("demo", help="The demo shop.")


@cli.command("fill")
def fill() -> None:
    """Fill an empty installation with the demo shop. Doing it again is harmless."""
    fill_catalog()
    if settings().mode != "sandbox":
        return
    _fill_wallet()
    click.echo(f"Demo sign-in: {DEMO_EMAIL} / {DEMO_PASSWORD}")


def _fill_wallet() -> None:
    known = db.session.scalar(select(User.id).where(User.email == DEMO_EMAIL))
    release_reads()
    if known:
        return
    token = people.register(DEMO_EMAIL, DEMO_PASSWORD, None, None)
    who = sessions.by_token(token)
    if who is None:
        raise RuntimeError("the session of a new account can't be gone")
    for method_id, token_id in WALLET:
        cards.add_permanent(who, method_id, token_id, None)
    people.end_session(who.session_id)
