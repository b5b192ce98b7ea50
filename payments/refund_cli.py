"""Commands for the shop owner: `flask refunds ...`.

Exit codes: 0 done, 1 refused (the reason is on stderr, nothing was given back), 2 wrong usage,
3 no answer from Stripe or the database (the refund may have been made, and is finished by itself).
"""

import click
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError

import money
from payments import refunds
from payments.models import COUNTED_REFUNDS
from payments.order_cli import Unanswered, known_order, moment, refund_line, refusals
from payments.refund_orders import REASONS, Wanted
from terminal import database_reason

_SHOWN = 50
_UNSEEN = (
    "The database says: {reason}. So it isn't known whether this refund was begun. Don't refund in "
    "the dashboard; give the same command again when the database is back."
)

refunds_group = AppGroup("refunds", help="Giving money back.")


@refunds_group.command("create")
@click.argument("transaction")
@click.option("--amount", help="As people write it, like 12.50. Without it: all that is left.")
@click.option("--reason", type=click.Choice(REASONS), help="Kept at Stripe with the refund.")
@click.option("--key", help="Your own name for this refund: used again, it is the same refund.")
def create_refund(
    transaction: str, amount: str | None, reason: str | None, key: str | None
) -> None:
    """Give money back on the order TRANSACTION (txn_..., or its pi_... at Stripe).

    The same command again is the same refund, so it is safe to repeat whenever you are in doubt.
    """
    if key is not None and not 0 < len(key) <= 80:
        raise click.UsageError("A key has 1 to 80 characters.")
    with refusals():
        try:
            given = refunds.create(transaction, Wanted(amount, reason, key))
        except OperationalError as error:
            # Perhaps an earlier command, or this one, has begun it: nobody can look.
            raise Unanswered(_UNSEEN.format(reason=database_reason(error))) from None
    _report(given)


@refunds_group.command("list")
@click.argument("transaction", required=False)
def list_refunds(transaction: str | None) -> None:
    """List the newest refunds, or those of the order TRANSACTION."""
    with refusals():
        found = refunds.newest(_SHOWN, known_order(transaction).id if transaction else None)
    for refund in found:
        click.echo(f"{moment(refund.created_at)}  {refund.transaction_id}  {refund_line(refund)}")
    if not found:
        click.echo("There is no refund yet.")


def _report(given: refunds.Given) -> None:
    refund, order = given.refund, given.transaction
    if not given.is_new:
        click.echo(f"This refund was asked for before, on {moment(refund.created_at)}.")
    click.echo(refund_line(refund))
    if not given.is_new and refund.request_key is None:
        click.echo("To give the same amount back once more, name that refund: --key second")
    left = order.amount - order.amount_refunded
    click.echo(f"Left of {order.id}: {money.display(left, order.currency)}")
    if refund.status not in COUNTED_REFUNDS:
        raise click.ClickException(
            "This refund gave nothing back. To try again, give the command again, with another "
            "--key if there was one."
        )
