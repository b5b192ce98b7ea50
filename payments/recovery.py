"""Bring transactions to an end that nobody is working on any more: look up, then fence.

A `pending` row without an answer may or may not have been charged. If Stripe has a PaymentIntent
for it, that is the answer. If not, the very key of the purchase is used up without a charge, so
that the purchase can never happen later: nobody is charged after having left.
Source: Stripe docs, "Idempotent requests".
"""

import os
import socket
import time
from collections.abc import Mapping
from datetime import timedelta

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

import gateway
import gateway_lists
import recorder
from accounts import customers
from errors import Unavailable
from extensions import atomic, db, new_id, now, release_reads, settings
from gateway import KeyUsed, OutcomeUnknown, Refused
from gateway_types import Payment
from payments import following, history, refunds, settlement
from payments.history import loaded
from payments.models import OPEN, Lease, Transaction
from wallet import leaving

log = structlog.get_logger()

# Longer than nearly every call; a call that still runs is safe too, its key is in use.
PENDING_AGE = timedelta(seconds=45)
# How long a shopper may take with his bank before the purchase is called off.
ACTION_AGE = timedelta(minutes=60)
# What waits for the bank is looked at with growing pauses, in case its event got lost.
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 300.0
INTERVAL_SECONDS = 5
LEASE = timedelta(seconds=30)
# Stripe's clock and ours may differ by this much; and by a day, where the first look found nothing
# although the key says that the purchase ran, or is too old to say.
CLOCK_MARGIN, WIDE_MARGIN = timedelta(minutes=10), timedelta(days=1)
# Stripe keeps an idempotency key for at least a day; clocks may differ by a little.
KEY_LIFETIME = timedelta(hours=23)
BATCH = 500
# From so many lost answers on, Stripe's list is read once for all instead of once for each.
MANY = 5
# Transaction -> when to look at it next (monotonic seconds), and the pause after that.
_looks: dict[str, tuple[float, float]] = {}
# PaymentIntents by transaction id, or None where each is looked up by itself.
Listed = Mapping[str, Payment] | None
RUNNER = f"{socket.gethostname()}:{os.getpid()}:{new_id('run')}"


def run_once() -> int:
    """Settle what has waited too long, if no other process is at it; returns how many moved."""
    moved = 0
    if not _take_lease():
        return moved
    stale = _stale()
    listed = _listed(stale)
    for transaction in stale:
        # A call may have taken longer than the lease: then another process is at it by now.
        if not _take_lease():
            return moved
        try:
            with recorder.sequence():
                recorder.step("recovery", transaction.status)
                recorder.about(transaction.id, transaction.payment_intent_id)
                moved += recover(transaction, listed)
        except (Unavailable, OutcomeUnknown):
            continue  # Stripe is out of reach: the next round tries again
        except Exception:
            log.exception("recovery", transaction=transaction.id)
    moved += refunds.finish_unanswered() + following.follow()
    leaving.let_go_of_leftovers()
    customers.let_go_of_leftovers()
    customers.tell_new_emails()
    return moved


def recover(transaction: Transaction, listed: Listed = None) -> bool:
    """Settle one transaction by what Stripe knows of it; whether it moved.

    listed: see `_listed`. Raises: Unavailable, OutcomeUnknown when Stripe gives no definite answer.
    """
    payment, number = truth(transaction, listed), transaction.attempt.number
    settled = settlement.settle(transaction.id, payment, "recovery", number=number)
    if settled.version == transaction.version:
        return False
    log.info("recovered", transaction=settled.id, status=settled.status)
    return True


def truth(transaction: Transaction, listed: Listed = None) -> Payment:
    """What became of the latest attempt; what never happened can't happen any more afterwards.

    listed: see `_listed`. Raises: Unavailable, OutcomeUnknown.
    """
    if listed is not None and _is_lost(transaction):
        payment = listed.get(transaction.id)
    else:
        payment = _looked_up(transaction)
    if payment is None:
        return _fence(transaction)
    if _is_left_open(transaction, payment):
        return gateway.current().cancel_payment(str(payment.id))
    return payment


def _is_left_open(transaction: Transaction, payment: Payment) -> bool:
    """Whether nobody will finish this PaymentIntent, so that it must be made impossible."""
    if transaction.status == "requires_action" and transaction.updated_at >= now() - ACTION_AGE:
        return False
    if payment.status in ("requires_payment_method", "requires_confirmation"):
        # An earlier attempt's decline, or an intent that was never confirmed.
        return payment.decline is None or not settlement.is_news(transaction, payment)
    if payment.status != "requires_action":
        return False
    if transaction.status == "pending":
        return transaction.attempt.number > 1
    return transaction.updated_at < now() - ACTION_AGE


def is_key_forgotten(transaction: Transaction) -> bool:
    """Whether Stripe may no longer know the key of the latest attempt."""
    return transaction.attempt.created_at < now() - KEY_LIFETIME


def _is_lost(transaction: Transaction) -> bool:
    """Whether its PaymentIntent has to be looked for, and would be fenced safely if overlooked."""
    if transaction.payment_intent_id is not None or not transaction.attempts:
        return False
    return not is_key_forgotten(transaction)


def _listed(stale: list[Transaction]) -> Listed:
    """The payments of all lost transactions, by their ids: one reading of Stripe's list for many.

    None where few are lost, each of which is looked up by itself.
    """
    lost = [transaction for transaction in stale if _is_lost(transaction)]
    if len(lost) < MANY:
        return None
    wanted = {transaction.id for transaction in lost}
    since = min(transaction.created_at for transaction in lost) - CLOCK_MARGIN
    found: dict[str, Payment] = {}
    try:
        for page in gateway_lists.payments(int(since.timestamp()), None):
            for payment in (one.payment for one in page):
                transaction_id = payment.metadata.get("transaction_id", "")
                if transaction_id in wanted:
                    found.setdefault(transaction_id, payment)
    except (Unavailable, Refused):
        return None
    return found


def _looked_up(transaction: Transaction) -> Payment | None:
    margin = WIDE_MARGIN if is_key_forgotten(transaction) else CLOCK_MARGIN
    intent_id = transaction.payment_intent_id or _look_up(transaction, margin)
    return gateway.current().payment(intent_id) if intent_id else None


def _look_up(transaction: Transaction, margin: timedelta) -> str | None:
    """The PaymentIntent among its customer's, which are few; with the wide margin among all."""
    since = int((transaction.created_at - margin).timestamp())
    customer_id = transaction.attempt.params.get("customer")
    try:
        found = gateway_lists.find_payment(transaction.id, customer_id, since)
    except Refused:
        # The customer is gone at Stripe; what was paid is not.
        return gateway_lists.find_payment(transaction.id, None, since)
    if found or customer_id is None or margin < WIDE_MARGIN:
        return found
    return gateway_lists.find_payment(transaction.id, None, since)


def _fence(transaction: Transaction) -> Payment:
    attempt, stripe = transaction.attempt, gateway.current()
    if history.version(transaction.id) != transaction.version:
        raise OutcomeUnknown("another message has gone on with it meanwhile")
    try:
        created = stripe.fence_payment(attempt.params, attempt.idempotency_key)
    except KeyUsed:
        # The purchase did run, perhaps only just now.
        intent_id = _look_up(transaction, WIDE_MARGIN)
        return stripe.payment(intent_id) if intent_id else _remembered(transaction)
    except Refused as error:
        return settlement.refused(transaction, error)
    return stripe.cancel_payment(str(created.id))


def _remembered(transaction: Transaction) -> Payment:
    """The purchase was begun, and left nothing: what Stripe remembers of its answer decides.

    Under a used key nothing can run again, so the same call only asks. Source: Stripe docs,
    "Idempotent requests": a 500 is remembered like any other answer.
    Raises: OutcomeUnknown while the first call still runs.
    """
    attempt = transaction.attempt
    if is_key_forgotten(transaction):
        raise OutcomeUnknown("the key may be forgotten by now, and then the call would run")
    try:
        return gateway.current().create_payment(attempt.params, attempt.idempotency_key)
    except Refused as error:
        return settlement.refused(transaction, error)
    except OutcomeUnknown as error:
        if not error.replayed:
            raise
    log.error("stripe failed and charged nothing", transaction=transaction.id)
    return settlement.nothing(transaction)


def _stale() -> list[Transaction]:
    """Open transactions that had no news for too long, with all that is needed.

    Those without an answer first, then by age.
    """
    waits = (Transaction.status.in_(OPEN), Transaction.updated_at < now() - PENDING_AGE)
    query = loaded().where(Transaction.mode == settings().mode, *waits)
    order = (Transaction.status != "pending", Transaction.updated_at)
    found = list(db.session.scalars(query.order_by(*order).limit(BATCH)))
    release_reads()
    for gone in _looks.keys() - {transaction.id for transaction in found}:
        del _looks[gone]
    return [transaction for transaction in found if _is_due(transaction)]


def _is_due(transaction: Transaction) -> bool:
    """Whether to look at it in this round: always, unless its bank is expected to take time."""
    if transaction.status == "pending" or transaction.updated_at < now() - ACTION_AGE:
        return True
    due, pause = _looks.get(transaction.id, (0.0, FIRST_PAUSE))
    if time.monotonic() < due:
        return False
    _looks[transaction.id] = (time.monotonic() + pause, min(pause * 2, LONGEST_PAUSE))
    return True


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
