"""Commands for the shop owner: `flask orders ...`; and what `flask refunds` shares with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

import money
from declines import TABLE, coach
from errors import Unavailable
from extensions import db, release_reads, settings
from gateway import OutcomeUnknown
from payments import disputes, history, views
from payments.dispute_models import Dispute, FraudWarning
from payments.models import Attempt, Refund, Transaction
from payments.refund_orders import RefundRefused
from terminal import database_refusal

_SHOWN = 50
_UNANSWERED = (
    "Stripe hasn't answered: the refund may or may not have been made. It is kept as pending and "
    "brought to its end by the running shop. Don't refund in the dashboard; to ask again now, give "
    "the same command again."
)

orders_group = AppGroup("orders", help="What was bought.")


@orders_group.command("list")
@click.option("--disputed", is_flag=True, help="Only those that a bank asks about or has disputed.")
def list_orders(disputed: bool) -> None:
    """List the newest orders."""
    with refusals():
        found = history.newest(_SHOWN, disputed=disputed)
        release_reads()
    for order in found:
        click.echo(_summary(order))
    if not found:
        click.echo("There is no such order." if disputed else "There is no order yet.")


@orders_group.command("show")
@click.argument("transaction")
def show_order(transaction: str) -> None:
    """Show all that is known of the order TRANSACTION (txn_..., or its pi_... at Stripe)."""
    with refusals():
        order = known_order(transaction)
        disputed = disputes.of_order(db.session(), order.id)
        warnings = disputes.warnings_of_order(db.session(), order.id)
        release_reads()
    click.echo(_summary(order))
    click.echo(f"At Stripe: {order.payment_intent_id or 'not yet'} ({order.mode} mode)")
    for line in order.lines:
        click.echo(f"  {line.quantity} x {line.name}  {money.display(line.amount, order.currency)}")
    if tax := views.to_wire(order)["tax"]:
        click.echo(f"  with {tax['amount_display']} {tax['name']} ({tax['percent']} %)")
    for attempt in order.attempts:
        if attempt.code:
            click.echo(_attempt_line(attempt))
    for refund in order.refunds:
        click.echo(f"Refund {moment(refund.created_at)}  {refund_line(refund)}")
    for dispute in disputed:
        click.echo(_dispute_line(dispute))
    for warning in warnings:
        click.echo(_warning_line(warning))
    if order.needs_review:
        click.echo("This order needs a look: compare it with the Stripe dashboard.")


@orders_group.command("declines")
def list_declines() -> None:
    """Say for each reason to decline what you should know and what the shopper reads."""
    for code, decline in TABLE.items():
        click.echo(f"{code}\n  you:     {decline.owner}\n  shopper: {decline.shopper}")


def known_order(reference: str) -> Transaction:
    order = history.any_one(reference)
    release_reads()
    if order is None:
        raise RefundRefused(f"There is no order {reference!r} in {settings().mode} mode.")
    return order


def refund_line(refund: Refund) -> str:
    words = [money.display(refund.amount, refund.currency), refund.status]
    if refund.is_unanswered:
        words.append("(no answer from Stripe yet)")
    if refund.failure_reason:
        words.append(f"({refund.failure_reason})")
    words += [refund.reason or "", refund.id, refund.stripe_id or ""]
    if refund.params is None:
        words.append("made in the dashboard")
    return "  ".join(word for word in words if word)


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _summary(order: Transaction) -> str:
    words = [moment(order.created_at), order.id, order.status]
    words.append(money.display(order.amount, order.currency))
    if order.amount_refunded:
        words.append(f"refunded {money.display(order.amount_refunded, order.currency)}")
    if order.dispute_state:
        words.append(f"dispute: {order.dispute_state}")
    return "  ".join([*words, order.cog.name])


def _attempt_line(attempt: Attempt) -> str:
    """What the shopper isn't told: Stripe's own codes and what they mean for the shop."""
    reason = attempt.code or ""
    if attempt.decline_code not in (None, attempt.code):
        reason += f"/{attempt.decline_code}"
    card = f"{attempt.brand} {attempt.last_four}" if attempt.last_four else "card"
    advice = coach(attempt.code or "", attempt.decline_code).owner
    return f"Declined {moment(attempt.created_at)}  {card}  {reason}: {advice}"


def _dispute_line(dispute: Dispute) -> str:
    amount = money.display(dispute.amount, dispute.currency)
    words = [f"Dispute {moment(dispute.opened_at)}", amount, dispute.status, dispute.reason]
    if dispute.due_by and dispute.status.endswith("needs_response"):
        words.append(f"answer in the Stripe dashboard by {moment(dispute.due_by)}")
    return "  ".join([*words, dispute.stripe_id])


def _warning_line(warning: FraudWarning) -> str:
    words = [f"Early fraud warning {moment(warning.opened_at)}", warning.fraud_type]
    if warning.actionable:
        words.append("refund it now to prevent a dispute")
    return "  ".join([*words, warning.stripe_id])


class Unanswered(click.ClickException):
    """Nobody knows yet whether it was done."""

    exit_code = 3


@contextmanager
def refusals() -> Iterator[None]:
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
        raise Unanswered(_UNANSWERED) from None
    except (OperationalError, ProgrammingError) as error:
        raise database_refusal(error) from None
