"""Disputes and early fraud warnings, as Stripe has them.

Recorded for the owner, who answers them in Stripe's dashboard; the shopper sees what they come to.
Source: Stripe docs, "How disputes work", "Early fraud warnings".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

import gateway
from errors import Unavailable
from extensions import db, now, release_reads, settings
from gateway_types import DisputeFacts, WarningFacts
from payments.dispute_models import DISPUTE_STATUSES, Dispute, FraudWarning
from payments.models import DISPUTE_STATES, Transaction
from payments.states import Stale

log = structlog.get_logger()

EVENTS = ("charge.dispute.", "radar.early_fraud_warning.")
_STATE = {
    "warning_needs_response": "inquiry",
    "warning_under_review": "inquiry",
    "warning_closed": "closed",
    "prevented": "closed",
    "won": "won",
    "lost": "lost",
}


@dataclass(frozen=True)
class News:
    """What Stripe says of an order now, and the versions of our rows before it was asked."""

    seen: dict[str, int]
    disputes: list[DisputeFacts]
    warnings: list[WarningFacts]


def ask(transaction_id: str, payment_id: str) -> News:
    """Fetch everything anew. Raises: Unavailable, Refused."""
    seen = _versions(of_order(db.session(), transaction_id))
    release_reads()
    return News(seen, gateway.current().disputes(payment_id), _warnings(payment_id))


def _warnings(payment_id: str) -> list[WarningFacts]:
    """None at all where the key may not read them: a hint must not hold up a dispute."""
    try:
        return gateway.current().fraud_warnings(payment_id)
    except Unavailable as error:
        if gateway.why(error) != "permission":
            raise
    log.warning("not allowed to read early fraud warnings", intent=payment_id)
    return []


def apply(session: Session, transaction: Transaction, news: News) -> bool:
    """Bring the rows to the news; whether the shopper has something to see. In the caller's commit.

    The transaction is locked. Raises: Stale when the news is older than what the rows know: a
    status may go back and forth, so only the order of asking tells which one is the last.
    """
    known = {row.stripe_id: row for row in of_order(session, transaction.id)}
    if _versions(list(known.values())) != news.seen:
        raise Stale("disputes")
    before = transaction.dispute_state
    for fact in reversed(news.disputes):
        row = known.get(fact.id) or _opened(session, transaction, fact)
        known[fact.id] = row
        _take(row, fact)
    transaction.dispute_state = state([row.status for row in known.values()])
    _record_warnings(session, transaction, news.warnings)
    session.flush()
    return transaction.dispute_state != before


def state(statuses: Iterable[str]) -> str | None:
    """What the disputes of an order come to, by their statuses at Stripe; None without any."""
    states = {_STATE.get(status, "open") for status in statuses}
    return next((one for one in DISPUTE_STATES if one in states), None)


def of_order(session: Session, transaction_id: str) -> list[Dispute]:
    """The disputes of an order, oldest first."""
    query = select(Dispute).where(Dispute.transaction_id == transaction_id)
    return list(session.scalars(query.order_by(Dispute.opened_at, Dispute.stripe_id)))


def warnings_of_order(session: Session, transaction_id: str) -> list[FraudWarning]:
    """The early fraud warnings of an order, oldest first."""
    query = select(FraudWarning).where(FraudWarning.transaction_id == transaction_id)
    return list(session.scalars(query.order_by(FraudWarning.opened_at, FraudWarning.stripe_id)))


def _versions(rows: list[Dispute]) -> dict[str, int]:
    return {row.stripe_id: row.version for row in rows}


def _opened(session: Session, transaction: Transaction, fact: DisputeFacts) -> Dispute:
    row = Dispute(
        transaction_id=transaction.id,
        mode=settings().mode,
        stripe_id=fact.id,
        opened_at=moment(fact.opened),
        version=0,
    )
    session.add(row)
    return row


def _take(row: Dispute, fact: DisputeFacts) -> None:
    due_by = moment(fact.due_by) if fact.due_by else None
    # A status that Stripe has invented since is no verdict.
    status = fact.status if fact.status in DISPUTE_STATUSES else "under_review"
    facts = (status, fact.amount, fact.currency, fact.reason, due_by)
    if row.version and facts == (row.status, row.amount, row.currency, row.reason, row.due_by):
        return
    row.status, row.amount, row.currency, row.reason, row.due_by = facts
    row.version, row.updated_at = row.version + 1, now()
    tell = log.warning if _STATE.get(status) in ("won", "closed") else log.error
    tell(
        "payment disputed",
        transaction=row.transaction_id,
        dispute=fact.id,
        status=fact.status,
        reason=fact.reason,
        answer_by=due_by.isoformat() if due_by else None,
    )


def _record_warnings(
    session: Session, transaction: Transaction, warnings: list[WarningFacts]
) -> None:
    known = {row.stripe_id: row for row in warnings_of_order(session, transaction.id)}
    for fact in warnings:
        row = known.get(fact.id)
        if row is None:
            log.error("early fraud warning", transaction=transaction.id, warning=fact.id)
            row = FraudWarning(
                transaction_id=transaction.id,
                mode=settings().mode,
                stripe_id=fact.id,
                opened_at=moment(fact.opened),
            )
            session.add(row)
        elif row.actionable == fact.actionable:
            continue
        row.fraud_type, row.actionable, row.updated_at = fact.fraud_type, fact.actionable, now()


def moment(seconds: int) -> datetime:
    """A time of Stripe's: seconds since the epoch."""
    return datetime.fromtimestamp(seconds, UTC)
