"""Refunds: asked for here, or made in Stripe's dashboard; the rows say what Stripe says.

Our own row first, Stripe second, like a purchase: the row is committed `pending` and keeps its
amount from being given back twice; no transaction is open during the call; without a definite
answer the row stays as it is, and whoever asks again asks with the same key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import gateway
from errors import Unavailable
from extensions import atomic, db, now, release_reads, settings
from gateway import OutcomeUnknown, Refused
from gateway_types import RefundFacts
from payments import history, settlement, states
from payments.models import Refund, Transaction
from payments.refund_orders import RefundRefused, Wanted, refused, reserve

log = structlog.get_logger()

# Longer than nearly every call; a call that still runs is safe too, its key is in use.
UNANSWERED_AGE = timedelta(seconds=45)
BATCH = 100


@dataclass(frozen=True)
class Given:
    """A refund as it is now; `is_new` is False when an earlier command had asked for it."""

    refund: Refund
    transaction: Transaction
    is_new: bool


def create(reference: str, wanted: Wanted) -> Given:
    """Give money back on an order: its id, or its PaymentIntent's.

    Raises: RefundRefused, Unavailable (nothing was given back); OutcomeUnknown (it may have been:
    the row stays `pending`, and the same command or the recovery goes on with it).
    """
    transaction = history.any_one(reference)
    release_reads()
    if transaction is None:
        raise RefundRefused(f"There is no order {reference!r} in {settings().mode} mode.")
    try:
        # What the dashboard has given back isn't left any more.
        _look(transaction)
    except Unavailable as error:
        if any(refund.is_unanswered for refund in transaction.refunds):
            raise OutcomeUnknown(str(error)) from error
        raise
    with atomic() as session:
        transaction = history.any_one_locked(session, transaction.id)
        refund, is_new = reserve(session, transaction, wanted)
    if refund.is_unanswered:
        transaction = _ask(transaction.id, refund)
    return Given(_row(transaction, refund.id), transaction, is_new)


def resume(refund: Refund) -> Transaction:
    """Bring a refund without an answer to its end: look at Stripe, else ask with the same key.

    Looking comes first because Stripe forgets keys after a day: then only the list tells.
    Raises: RefundRefused, Unavailable, OutcomeUnknown.
    """
    transaction = history.any_one(refund.transaction_id)
    release_reads()
    if transaction is None:
        raise RefundRefused("This refund belongs to another mode.")
    transaction = _look(transaction)
    current = _row(transaction, refund.id)
    return _ask(transaction.id, current) if current.is_unanswered else transaction


def unanswered(age: timedelta = UNANSWERED_AGE) -> list[Refund]:
    """Refunds of this mode that may or may not have been made, oldest first."""
    query = (
        select(Refund)
        .join(Transaction, Transaction.id == Refund.transaction_id)
        .where(
            Transaction.mode == settings().mode,
            Refund.status == "pending",
            Refund.stripe_id.is_(None),
            Refund.created_at < now() - age,
        )
    )
    found = list(db.session.scalars(query.order_by(Refund.created_at).limit(BATCH)))
    release_reads()
    return found


def newest(count: int, transaction_id: str | None = None) -> list[Refund]:
    """The refunds of this mode, or of one order, newest first."""
    query = (
        select(Refund)
        .join(Transaction, Transaction.id == Refund.transaction_id)
        .where(Transaction.mode == settings().mode)
        .order_by(Refund.created_at.desc(), Refund.id)
        .limit(count)
    )
    if transaction_id:
        query = query.where(Refund.transaction_id == transaction_id)
    found = list(db.session.scalars(query))
    release_reads()
    return found


def finish_unanswered() -> int:
    """For the recovery: resume what nobody is working on any more; how many came to an end."""
    finished = 0
    for refund in unanswered():
        try:
            resume(refund)
        except RefundRefused as refusal:
            log.warning("refund refused", refund=refund.id, reason=str(refusal))
        except (Unavailable, OutcomeUnknown):
            continue  # Stripe is out of reach: the next round tries again
        except Exception:
            log.exception("refund", refund=refund.id)
            continue
        finished += 1
    return finished


def apply(session: Session, transaction: Transaction, facts: Sequence[RefundFacts]) -> bool:
    """Bring the rows to what Stripe says; whether anything changed. In the caller's commit.

    The transaction is locked and loaded with its refunds. Old facts change nothing.
    """
    changed = False
    for fact in reversed(facts):
        row = _row_of(transaction, fact)
        if row is None:
            transaction.refunds.append(_from_dashboard(transaction, fact))
            changed = True
        else:
            changed |= _take(row, fact)
    transaction.count_refunds()
    session.flush()
    return changed


def _look(transaction: Transaction) -> Transaction:
    """Bring all refunds of an order to what Stripe says now."""
    if transaction.status != "succeeded" or transaction.payment_intent_id is None:
        raise RefundRefused(
            f"This order is {transaction.status}: only what was paid can be given back."
        )
    try:
        facts = gateway.current().refunds(transaction.payment_intent_id)
    except Refused as error:
        raise refused(error) from error
    return _learn(transaction.id, facts)


def _learn(transaction_id: str, facts: Sequence[RefundFacts]) -> Transaction:
    with atomic() as session:
        transaction = history.any_one_locked(session, transaction_id)
        changed = apply(session, transaction, facts)
    return settlement.announce(settlement.Effects(transaction, moved=changed))


def _ask(transaction_id: str, refund: Refund) -> Transaction:
    """One call with the row's own key, then what Stripe said of it, committed."""
    try:
        fact = gateway.current().create_refund(refund.params or {}, refund.idempotency_key)
    except Unavailable as error:
        # This call wasn't executed, but an earlier one with this key may have been.
        raise OutcomeUnknown(str(error)) from error
    except Refused as error:
        _give_up(transaction_id, refund.id, error.code)
        raise refused(error) from error
    try:
        return _learn(transaction_id, [fact])
    except SQLAlchemyError as error:
        # The money has moved; the row learns of it later.
        raise OutcomeUnknown(str(error)) from error


def _give_up(transaction_id: str, refund_id: str, code: str | None) -> None:
    """A definite no: nothing was given back, and the amount is free again."""
    with atomic() as session:
        transaction = history.any_one_locked(session, transaction_id)
        row = _row(transaction, refund_id)
        if row.is_unanswered and states.move_refund(row, "refused"):
            row.failure_reason = (code or "refused")[:80]
        transaction.count_refunds()
    settlement.announce(settlement.Effects(transaction, moved=True))


def _row(transaction: Transaction, refund_id: str) -> Refund:
    return next(row for row in transaction.refunds if row.id == refund_id)


def _row_of(transaction: Transaction, fact: RefundFacts) -> Refund | None:
    """By Stripe's id; or, before its answer came, by the id of ours that we sent along."""
    for row in transaction.refunds:
        if row.stripe_id == fact.id or (row.stripe_id is None and row.id == fact.refund_id):
            return row
    return None


def _take(row: Refund, fact: RefundFacts) -> bool:
    """Take Stripe's word for a row; whether it was news."""
    learned = row.stripe_id is None
    row.stripe_id = fact.id
    status = fact.status if fact.status in states.REFUND_SOURCES else "pending"
    moved = states.move_refund(row, status)
    if moved and status in ("failed", "canceled"):
        row.failure_reason = fact.failure_reason
        log.error("refund failed", refund=row.id, transaction=row.transaction_id, status=status)
    if row.amount != fact.amount:
        log.error("amount of a refund differs from Stripe's", refund=row.id)
        row.amount = fact.amount
    return learned or moved


def _from_dashboard(transaction: Transaction, fact: RefundFacts) -> Refund:
    return Refund(
        transaction_id=transaction.id,
        stripe_id=fact.id,
        amount=fact.amount,
        currency=fact.currency,
        status=fact.status if fact.status in states.REFUND_SOURCES else "pending",
        reason=fact.reason,
        failure_reason=fact.failure_reason,
    )
