"""What `flask reconcile` reads: Stripe's lists of a window, and the rows that belong to them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import selectinload

import gateway_lists
from extensions import db, now, release_reads, settings
from gateway_lists import ListedRefund
from gateway_types import DisputeFacts, Payment
from payments.models import Refund, Transaction

# Between our clock and Stripe's, and between a row and the payment that is made for it.
MARGIN = timedelta(minutes=10)
# So long something may be under way: an answer, a webhook, the recovery's next round.
GRACE = timedelta(minutes=5)
PAGE = 100


@dataclass(frozen=True)
class Window:
    """From `since` to `until` (now, if None); `grace`: see GRACE. `began`: when the look began."""

    since: datetime
    until: datetime | None = None
    grace: timedelta = GRACE
    began: datetime = field(default_factory=now)

    def holds(self, moment: datetime) -> bool:
        return self.since <= moment and (self.until is None or moment <= self.until)

    def is_fresh(self, moment: datetime) -> bool:
        """Whether this is so short ago that more may follow."""
        return moment > self.began - self.grace


def disputes_there(window: Window) -> dict[str, list[DisputeFacts]]:
    """By PaymentIntent. A dispute is never older than its payment, so no end is needed."""
    found: dict[str, list[DisputeFacts]] = defaultdict(list)
    for page in gateway_lists.disputes(int((window.since - MARGIN).timestamp())):
        for payment_id, facts in page:
            found[payment_id].append(facts)
    return found


def refunds_there(window: Window) -> dict[str, list[ListedRefund]]:
    """By PaymentIntent. A refund is never older than its payment, so no end is needed."""
    found: dict[str, list[ListedRefund]] = defaultdict(list)
    for page in gateway_lists.refunds(int((window.since - MARGIN).timestamp())):
        for listed in page:
            if listed.payment_id:
                found[listed.payment_id].append(listed)
    return found


def orders_of(payments: Sequence[Payment]) -> dict[str, Transaction]:
    """The orders that have these payments or are claimed by them, by either id."""
    ids = [str(payment.id) for payment in payments]
    claimed = [payment.metadata.get("transaction_id", "") for payment in payments]
    found: dict[str, Transaction] = {}
    for order in rows(or_(Transaction.payment_intent_id.in_(ids), Transaction.id.in_(claimed))):
        found[order.id] = order
        if order.payment_intent_id:
            found[order.payment_intent_id] = order
    return found


def unseen_orders(window: Window, seen: set[str]) -> Iterator[Transaction]:
    inside = Transaction.created_at.between(window.since, window.until or window.began)
    query = select(Transaction.id).where(Transaction.mode == settings().mode, inside)
    ids = list(db.session.scalars(query.order_by(Transaction.id)))
    release_reads()
    for batch in batches([one for one in ids if one not in seen]):
        yield from rows(Transaction.id.in_(batch))


def refunded_late(window: Window) -> list[str]:
    """The orders from before the window of which a refund was asked for here within it."""
    inside = Refund.created_at.between(window.since, window.until or window.began)
    query = select(Transaction.id).where(
        Transaction.mode == settings().mode,
        Transaction.created_at < window.since,
        Transaction.refunds.any(and_(inside, Refund.params.is_not(None))),
    )
    ids = list(db.session.scalars(query.order_by(Transaction.id)))
    release_reads()
    return ids


def rows(condition: ColumnElement[bool]) -> list[Transaction]:
    """Orders of the running mode with their refunds; the read is over when this returns."""
    query = select(Transaction).options(selectinload(Transaction.refunds))
    query = query.where(Transaction.mode == settings().mode, condition)
    found = list(db.session.scalars(query.order_by(Transaction.created_at)))
    release_reads()
    return found


def batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), PAGE):
        yield ids[start : start + PAGE]
