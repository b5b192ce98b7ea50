"""Look after refunds and disputes that are still open, in case the event of their end got lost.

Part of the recovery. What has been open for long is looked at less and less often.
"""

from collections.abc import Iterable
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

log = structlog.get_logger()

OPEN_REFUNDS = ("pending", "requires_action")
# The pause before the first look; each further one is as long as all before it together.
FIRST_LOOK = timedelta(seconds=60)
BATCH = 100


def follow() -> int:
    """Bring what is due to what Stripe says now; how many orders changed."""
    return look(_due())


def look(orders: Iterable[tuple[str, str]]) -> int:
    """Bring these (our id, the PaymentIntent's) to what Stripe says; how many changed."""
    changed = 0
    for transaction_id, payment_id in orders:
        try:
            changed += _look(transaction_id, payment_id)
        except (Unavailable, Refused, disputes.Stale):
            continue  # the next round tries again
        except Exception:
            log.exception("following", transaction=transaction_id)
    return changed


def _look(transaction_id: str, payment_id: str) -> bool:
    facts = gateway.current().refunds(payment_id)
    news = disputes.ask(transaction_id, payment_id)
    with atomic() as session:
        transaction = history.any_one_locked(session, transaction_id)
        changed = refunds.apply(session, transaction, facts)
        changed |= disputes.apply(session, transaction, news)
        for refund in transaction.refunds:
            if refund.status in OPEN_REFUNDS:
                refund.updated_at = now()
        for dispute in disputes.of_order(session, transaction_id):
            if dispute.status in OPEN_DISPUTES:
                dispute.updated_at = now()
    settlement.announce(settlement.Effects(transaction, moved=changed))
    return changed


def _due() -> set[tuple[str, str]]:
    """Orders (our id, the PaymentIntent's) with something open that is worth another look."""
    found: set[tuple[str, str]] = set()
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
    release_reads()
    return set(sorted(found)[:BATCH])


def _is_worth_a_look(began: datetime, looked: datetime) -> bool:
    return now() - looked > looked - began
