"""Look after refunds and disputes that are still open, in case the event of their end got lost.

Part of the recovery. What has been open for long is looked at less and less often. A refund that
succeeded may still fail, days later: for some weeks it is looked at now and then.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

import gateway
from errors import Unavailable
from extensions import atomic, db, now, release_reads, settings
from gateway import Refused
from payments import disputes, history, refunds, settlement
from payments.dispute_models import OPEN_DISPUTES, Dispute
from payments.models import Refund, Transaction
from payments.states import Stale

log = structlog.get_logger()

OPEN_REFUNDS = ("pending", "requires_action")
FOLLOWED_REFUNDS = (*OPEN_REFUNDS, "succeeded")
# The pause before the first look; each further one is as long as all before it together.
FIRST_LOOK = timedelta(seconds=60)
BATCH = 100
# A refund that succeeded so many days ago is looked at when nobody has for as long: five looks
# within a month. Few in one round: when a shop comes back after weeks, many are due.
LATER_LOOKS = (1, 2, 4, 8, 16)
LATER_BATCH = 10
# Our id, and the PaymentIntent's.
Order = tuple[str, str]


def follow() -> int:
    """Bring what is due to what Stripe says now; how many orders changed."""
    changed, _missed = look(_due())
    return changed


def look(orders: Iterable[Order]) -> tuple[int, set[Order]]:
    """Bring these to what Stripe says; how many changed, and those that could not be looked at."""
    changed, missed = 0, set[Order]()
    for order in orders:
        try:
            changed += _look_at_refunds(*order)
            changed += _look_at_disputes(*order)
            continue
        except (Unavailable, Refused, Stale) as error:
            log.info("not followed", transaction=order[0], reason=type(error).__name__)
        except Exception:
            log.exception("following", transaction=order[0])
        missed.add(order)
    return changed, missed


def _look_at_refunds(transaction_id: str, payment_id: str) -> bool:
    facts = gateway.current().refunds(payment_id)
    with atomic() as session:
        transaction = history.any_one_locked(session, transaction_id)
        changed = refunds.apply(session, transaction, facts)
        for refund in transaction.refunds:
            if refund.status in FOLLOWED_REFUNDS:
                refund.updated_at = now()
    settlement.announce(settlement.Effects(transaction, moved=changed))
    return changed


def _look_at_disputes(transaction_id: str, payment_id: str) -> bool:
    try:
        news = disputes.ask(transaction_id, payment_id)
    except Unavailable as error:
        if gateway.why(error) != "permission":
            raise
        return False  # the list of disputes, which waits for it too, will tell of this one
    with atomic() as session:
        transaction = history.any_one_locked(session, transaction_id)
        changed = disputes.apply(session, transaction, news)
        for dispute in disputes.of_order(session, transaction_id):
            if dispute.status in OPEN_DISPUTES:
                dispute.updated_at = now()
    settlement.announce(settlement.Effects(transaction, moved=changed))
    return changed


def _due() -> set[Order]:
    """Orders with something that is worth another look."""
    found: set[Order] = set()
    order = (Transaction.id, Transaction.payment_intent_id)
    quiet = now() - FIRST_LOOK
    waiting = select(*order, Refund.created_at, Refund.updated_at).where(
        Refund.transaction_id == Transaction.id,
        Transaction.mode == settings().mode,
        Refund.status.in_(OPEN_REFUNDS),
        Refund.stripe_id.is_not(None),
        Refund.updated_at < quiet,
    )
    disputed = select(*order, Dispute.opened_at, Dispute.updated_at).where(
        Dispute.transaction_id == Transaction.id,
        Dispute.mode == settings().mode,
        Dispute.status.in_(OPEN_DISPUTES),
        Dispute.updated_at < quiet,
    )
    for query in (waiting, disputed):
        for transaction_id, payment_id, began, looked in db.session.execute(query):
            if payment_id and _is_worth_a_look(began, looked):
                found.add((transaction_id, payment_id))
    later = set(_later_looks())
    release_reads()
    return set(sorted(found)[:BATCH]) | later


def _later_looks() -> Iterator[Order]:
    """Refunds that succeeded, in the order of their last look; the query finds only what is due."""
    for days in LATER_LOOKS:
        oldest, newest = now() - timedelta(days=2 * days), now() - timedelta(days=days)
        query = select(Transaction.id, Transaction.payment_intent_id).where(
            Refund.transaction_id == Transaction.id,
            Transaction.mode == settings().mode,
            Refund.status == "succeeded",
            Refund.created_at.between(oldest, newest),
            # As it is never older than the refund, the index leads to these rows alone.
            Refund.updated_at.between(oldest, newest),
        )
        rows = db.session.execute(query.order_by(Refund.updated_at).limit(LATER_BATCH))
        yield from ((row[0], str(row[1])) for row in rows)


def _is_worth_a_look(began: datetime, looked: datetime) -> bool:
    return now() - looked > looked - began
