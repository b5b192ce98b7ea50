"""Commands for the shop owner: `flask refunds ...` and `flask orders ...`.

Exit codes: 0 done, 1 refused (the reason is on stderr, nothing was given back), 2 wrong usage,
3 no answer from Stripe (the refund may have been made, and is finished by itself).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

import money
from errors import Unavailable
from extensions import release_reads
from gateway import OutcomeUnknown
from payments import history, refunds
from payments.models import Refund, Transaction
from payments.refund_orders import REASONS, RefundRefused, Wanted

_SHOWN = 50
_UNANSWERED = (
    "Stripe hasn't answered: the refund may or may not have been made. It is kept as pending and "
    "brought to its end by the running shop. Don't refund in the dashboard; to ask again now, give "
    "the same command again."
)

refunds_group = AppGroup("refunds", help="Giving money back.")
orders_group = AppGroup("orders", help="What was bought.")


class _Unanswered(click.ClickException):
    exit_code = 3


def init_cli(app: Flask) -> None:
    app.cli.add_command(refunds_group)
    app.cli.add_command(orders_group)


@refunds_group.command("create")
@click.argument("transaction")
@click.option("--amount", help="As people write it, like 12.50. Without it: all that is left.")
@click.option("--reason", type=click.Choice(REASONS), help="Kept at Stripe with the refund.")
@click.option("--key", help="Your own name for this refund: used again, it is the same refund.")
@click.option("--another", is_flag=True, help="Give the same amount back once more.")
def create_refund(
    transaction: str, amount: str | None, reason: str | None, key: str | None, another: bool
) -> None:
    """Give money back on the order TRANSACTION (txn_..., or its pi_... at Stripe).

    The same command again is the same refund, so it is safe to repeat whenever you are in doubt.
    """
    if key is not None and not 0 < len(key) <= 80:
        raise click.UsageError("A key has 1 to 80 characters.")
    with _refusals():
        given = refunds.create(transaction, Wanted(amount, reason, key, another))
    _report(given)


@refunds_group.command("list")
@click.argument("transaction", required=False)
def list_refunds(transaction: str | None) -> None:
    """List the newest refunds, or those of the order TRANSACTION."""
    with _refusals():
        found = refunds.newest(_SHOWN, _known(transaction).id if transaction else None)
    for refund in found:
        click.echo(f"{_moment(refund)}  {refund.transaction_id}  {_line(refund)}")
    if not found:
        click.echo("There is no refund yet.")


@orders_group.command("show")
@click.argument("transaction")
def show_order(transaction: str) -> None:
    """Show all that is known of the order TRANSACTION (txn_..., or its pi_... at Stripe)."""
    with _refusals():
        order = _known(transaction)
    total = money.display(order.amount, order.currency)
    click.echo(f"{order.id}  {order.status}  {total}  {order.cog.name}")
    click.echo(f"At Stripe: {order.payment_intent_id or 'not yet'} ({order.mode} mode)")
    if order.receipt_email:
        click.echo(f"Receipt to: {order.receipt_email}")
    for line in order.lines:
        click.echo(f"  {line.quantity} x {line.name}  {money.display(line.amount, order.currency)}")
    for refund in order.refunds:
        click.echo(f"Refund {_moment(refund)}  {_line(refund)}")
    if order.needs_review:
        click.echo("This order needs a look: compare it with the Stripe dashboard.")


def _known(reference: str) -> Transaction:
    order = history.any_one(reference)
    release_reads()
    if order is None:
        raise RefundRefused(f"There is no order {reference!r} in this mode.")
    return order


def _report(given: refunds.Given) -> None:
    refund, order = given.refund, given.transaction
    if not given.is_new:
        click.echo(f"This refund was asked for before, on {_moment(refund)}.")
    click.echo(_line(refund))
    if not given.is_new and refund.request_key is None:
        click.echo("To give the same amount back once more, add --another.")
    left = order.amount - order.amount_refunded
    click.echo(f"Left of {order.id}: {money.display(left, order.currency)}")
    if refund.status in ("failed", "canceled"):
        raise click.ClickException("This refund gave nothing back: see the Stripe dashboard.")


def _line(refund: Refund) -> str:
    words = [money.display(refund.amount, refund.currency), refund.status]
    if refund.is_unanswered:
        words.append("(no answer from Stripe yet)")
    if refund.failure_reason:
        words.append(f"({refund.failure_reason})")
    words += [refund.reason or "", refund.id, refund.stripe_id or ""]
    if refund.params is None:
        words.append("made in the dashboard")
    return "  ".join(word for word in words if word)


def _moment(refund: Refund) -> str:
    return f"{refund.created_at:%Y-%m-%d %H:%M} UTC"


@contextmanager
def _refusals() -> Iterator[None]:
    """What can't be done becomes a message and an exit code."""
    try:
        yield
    except RefundRefused as refusal:
        raise click.ClickException(str(refusal)) from None
    except Unavailable:
        raise click.ClickException(
            "Stripe can't be reached or doesn't take our key. This command gave nothing back."
        ) from None
    except OutcomeUnknown:
        raise _Unanswered(_UNANSWERED) from None
    except (OperationalError, ProgrammingError) as error:
        reason = str(error.orig).splitlines()[0]
        hint = "Set the database up with `flask db upgrade`, or check DATABASE_URL."
        raise click.ClickException(f"The database says: {reason}. {hint}") from None
