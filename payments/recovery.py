"""Bring transactions to an end that nobody is working on any more: look up, then fence.

A `pending` row without an answer may or may not have been charged. If Stripe has a PaymentIntent
for it, that is the answer. If not, the very key of the purchase is used up without a charge, so
that the purchase can never happen later: nobody is charged after having left.
Source: Stripe docs, "Idempotent requests".
"""

import os
import socket
from datetime import timedelta

import structlog
from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import IntegrityError

import gateway
from errors import Unavailable
from extensions import atomic, db, new_id, now, release_reads, settings
from gateway import OutcomeUnknown, Refused
from gateway_types import Payment
from payments import following, refunds, settlement
from payments.history import loaded
from payments.models import Lease, Transaction
from wallet import cards

log = structlog.get_logger()

# Longer than nearly every call; a call that still runs is safe too, its key is in use.
PENDING_AGE = timedelta(seconds=45)
# How long a shopper may take with his bank before the purchase is called off.
ACTION_AGE = timedelta(minutes=60)
PROCESSING_AGE = timedelta(minutes=5)
INTERVAL_SECONDS = 5
LEASE = timedelta(seconds=30)
# Stripe's clock and ours may differ by this much.
CLOCK_MARGIN_SECONDS = 600
BATCH = 100
RUNNER = f"{socket.gethostname()}:{os.getpid()}:{new_id('run')}"


def run_once() -> int:
    """Settle what has waited too long, if no other process is at it; returns how many moved."""
    if not _take_lease():
        return 0
    moved = 0
    for transaction in _stale():
        try:
            moved += recover(transaction)
        except (Unavailable, OutcomeUnknown):
            continue  # Stripe is out of reach: the next round tries again
        except Exception:
            log.exception("recovery", transaction=transaction.id)
    moved += refunds.finish_unanswered() + following.follow()
    cards.let_go_of_leftovers()
    return moved


def recover(transaction: Transaction) -> bool:
    """Settle one transaction by what Stripe knows of it; whether it moved.

    Raises: Unavailable, OutcomeUnknown when Stripe gives no definite answer.
    """
    payment = _truth(transaction)
    settled = settlement.settle(transaction.id, payment, "recovery")
    if settled.version == transaction.version:
        return False
    log.info("recovered", transaction=settled.id, status=settled.status)
    return True


def _truth(transaction: Transaction) -> Payment:
    intent_id = transaction.payment_intent_id or _look_up(transaction)
    if intent_id is None:
        return _fence(transaction)
    payment = gateway.current().payment(intent_id)
    if _is_left_open(transaction, payment):
        return gateway.current().cancel_payment(intent_id, f"{transaction.id}:cancel")
    return payment


def _is_left_open(transaction: Transaction, payment: Payment) -> bool:
    """Whether nobody will finish this PaymentIntent, so that it must be made impossible."""
    if payment.status in ("requires_payment_method", "requires_confirmation"):
        # An earlier attempt's decline, or an intent that was never confirmed.
        return payment.decline is None or not settlement.is_news(transaction, payment)
    if payment.status != "requires_action":
        return False
    if transaction.status == "pending":
        return transaction.attempt.number > 1
    return transaction.updated_at < now() - ACTION_AGE


def _look_up(transaction: Transaction) -> str | None:
    since = int(transaction.created_at.timestamp()) - CLOCK_MARGIN_SECONDS
    customer_id = transaction.attempts[0].params.get("customer")
    return gateway.current().find_payment(transaction.id, customer_id, since)


def _fence(transaction: Transaction) -> Payment:
    attempt, stripe = transaction.attempt, gateway.current()
    try:
        created = stripe.fence_payment(attempt.params, attempt.idempotency_key)
    except OutcomeUnknown:
        # The key was used, so the purchase did run; it is there now or in the next round.
        intent_id = _look_up(transaction)
        if intent_id is None:
            raise
        return stripe.payment(intent_id)
    except Refused as error:
        return settlement.refused(transaction, error.code, str(error))
    return stripe.cancel_payment(str(created.id), f"{transaction.id}:cancel")


def _stale() -> list[Transaction]:
    """Open transactions that had no news for too long, oldest first, with all that is needed."""
    ages = {"pending": PENDING_AGE, "requires_action": ACTION_AGE, "processing": PROCESSING_AGE}
    waited = or_(
        *(
            and_(Transaction.status == status, Transaction.updated_at < now() - age)
            for status, age in ages.items()
        )
    )
    query = loaded().where(Transaction.mode == settings().mode, waited)
    found = list(db.session.scalars(query.order_by(Transaction.updated_at).limit(BATCH)))
    release_reads()
    return found


def _take_lease() -> bool:
    """Become, or stay, the one process that recovers; a dead one's lease runs out."""
    until = now() + LEASE
    free = or_(Lease.holder == RUNNER, Lease.expires_at < now())
    try:
        with atomic() as session:
            if session.scalar(select(Lease.name).where(Lease.name == "recovery")) is None:
                session.add(Lease(name="recovery", holder=RUNNER, expires_at=until))
                return True
            taken = session.execute(
                update(Lease)
                .where(Lease.name == "recovery", free)
                .values(holder=RUNNER, expires_at=until)
                .returning(Lease.name)
                .execution_options(synchronize_session=False)
            )
            return taken.first() is not None
    except IntegrityError:
        return False
