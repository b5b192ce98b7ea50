"""Compare the database with Stripe over a window of time, both ways, and name every difference.

Stripe's lists are read page by page, and for each page the rows that belong to it, after it: what
the rows say is never older. What changed so short a time ago that it may still be under way is
counted, and called no difference. The window is that of the orders; refunds made in it count too,
whenever their order was.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import selectinload

import gateway
import gateway_lists
from extensions import db, now, release_reads, settings
from gateway import Refused
from gateway_lists import ListedPayment, ListedRefund
from gateway_types import DisputeFacts, Payment
from payments import differences, disputes
from payments.differences import Difference
from payments.models import Refund, Transaction
from payments.recovery import ACTION_AGE, PENDING_AGE

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


@dataclass
class Report:
    """What was looked at and found. `foreign`: payments of the account that aren't this shop's."""

    window: Window
    mode: str
    payments: int = 0
    orders: int = 0
    in_flight: int = 0
    foreign: list[Payment] = field(default_factory=list)
    found: list[Difference] = field(default_factory=list)


def compare(window: Window) -> Report:
    """Look at everything in the window; changes nothing. Raises: Unavailable."""
    look = _Look(Report(window, settings().mode), _refunds_there(window))
    since = int((window.since - MARGIN).timestamp())
    until = int((window.until + MARGIN).timestamp()) if window.until else None
    for page in gateway_lists.payments(since, until):
        orders = _orders_of([one.payment for one in page])
        for listed in page:
            look.at_payment(listed, orders)
    look.at_unseen_orders()
    look.at_late_refunds()
    look.at_late_disputes()
    return look.report


@dataclass
class _Look:
    """One look over the window. `refunds`: Stripe's, by PaymentIntent. `seen`: orders so far."""

    report: Report
    refunds: dict[str, list[ListedRefund]]
    seen: set[str] = field(default_factory=set)

    def at_payment(self, listed: ListedPayment, orders: dict[str, Transaction]) -> None:
        """orders: by their own id and by that of their payment."""
        payment = listed.payment
        order, claimed = orders.get(str(payment.id)), payment.metadata.get("transaction_id")
        claims = orders.get(claimed or "")
        if order is None and claims and not claims.payment_intent_id and claims.id not in self.seen:
            order = claims  # its answer never came here
        if order:
            self.seen.add(order.id)
            if self._window.holds(order.created_at):
                self._at_order(order, payment, listed.changed)
        elif self._window.holds(listed.created):
            self._at_payment_without_order(payment, claimed, claims)

    def at_unseen_orders(self) -> None:
        """The orders of the window whose payment was not on Stripe's list of it."""
        for order in _unseen_orders(self._window, self.seen):
            if order.payment_intent_id is None:
                self._at_unpaid_order(order)
                continue
            try:
                payment = gateway.current().payment(order.payment_intent_id)
            except Refused:
                self.report.orders += 1
                self._add(differences.missing_there(order))
            else:
                self._at_order(order, payment, order.updated_at)

    def at_late_refunds(self) -> None:
        """Refunds made in the window of orders that are older than it, there or only here."""
        made = {
            payment_id: [one for one in listed if self._window.holds(one.created)]
            for payment_id, listed in self.refunds.items()
        }
        for batch in _batches([payment_id for payment_id, listed in made.items() if listed]):
            for order in _rows(Transaction.payment_intent_id.in_(batch)):
                if not self._window.holds(order.created_at):
                    listed = made[str(order.payment_intent_id)]
                    settled = [one for one in listed if not self._window.is_fresh(one.created)]
                    self._add(*differences.of_refunds(order, [one.facts for one in settled]))
        for batch in _batches(_refunded_late(self._window)):
            for order in _rows(Transaction.id.in_(batch)):
                there = [one.facts for one in self.refunds.get(str(order.payment_intent_id), [])]
                for one in differences.missing_refunds(order, there):
                    if self._is_ours_of_the_window(one):
                        self._add(differences.refund_missing_there(order, one))

    def at_late_disputes(self) -> None:
        """Disputes opened in the window of orders that are older than it."""
        since = int((self._window.since - MARGIN).timestamp())
        for page in gateway_lists.about_payments("disputes", since):
            disputed = [one.payment_id for one in page if one.payment_id]
            for order in _rows(Transaction.payment_intent_id.in_(disputed)):
                there = gateway.current().disputes(str(order.payment_intent_id))
                opened = [disputes.moment(one.opened) for one in there]
                is_late = not self._window.holds(order.created_at)
                if is_late and not any(map(self._window.is_fresh, opened)):
                    self._add(*differences.of_disputes(order, there))

    def _is_ours_of_the_window(self, refund: Refund) -> bool:
        """Of one that was made in the dashboard we don't know when: perhaps before the window."""
        made = refund.created_at
        is_ours = refund.params is not None
        return is_ours and self._window.holds(made) and not self._window.is_fresh(made)

    @property
    def _window(self) -> Window:
        return self.report.window

    def _add(self, *found: Difference) -> None:
        self.report.found += found

    def _at_payment_without_order(
        self, payment: Payment, claimed: str | None, claims: Transaction | None
    ) -> None:
        self.report.payments += 1
        if claimed is None:
            self.report.foreign.append(payment)
        elif payment.status != "canceled":
            self._add(differences.without_order(payment, claims))

    def _at_order(self, order: Transaction, payment: Payment, changed: datetime) -> None:
        self.report.payments += 1
        self.report.orders += 1
        listed = self.refunds.get(str(payment.id), [])
        disputed = _disputes_there(order, payment)
        found = differences.of_payment(order, payment, [one.facts for one in listed])
        found += differences.of_disputes(order, disputed)
        opened = [disputes.moment(one.opened) for one in disputed]
        there = [changed, *(one.created for one in listed), *opened]
        if found and self._in_flight(order, payment, there):
            self.report.in_flight += 1
            return
        self._add(*(one for one in found if one.kind != "refund_total" or _still_so(order, one)))

    def _at_unpaid_order(self, order: Transaction) -> None:
        """Without a payment at Stripe an order is refused, called off, or waits for an answer."""
        self.report.orders += 1
        if order.status in ("declined", "canceled"):
            return
        if self._waits(order) or self._window.is_fresh(order.updated_at):
            self.report.in_flight += 1
        else:
            self._add(differences.missing_there(order))

    def _in_flight(self, order: Transaction, payment: Payment, there: list[datetime]) -> bool:
        """Whether somebody may be at work on this order, so that the two sides may differ."""
        here = [order.updated_at, *(refund.created_at for refund in order.refunds)]
        if any(self._window.is_fresh(moment) for moment in [*here, *there]) or self._waits(order):
            return True
        # The shopper is at his bank; a refusal of the bank's has no date at Stripe.
        asked = order.status == "requires_action"
        recent = order.updated_at > self._window.began - ACTION_AGE
        return asked and recent and payment.status not in differences.MOVED

    def _waits(self, order: Transaction) -> bool:
        """Whether a purchase may be running this very moment, whatever `grace` was asked for."""
        return order.status == "pending" and order.updated_at > self._window.began - PENDING_AGE


def _still_so(order: Transaction, one: Difference) -> bool:
    """The sum stands on the payment, the refunds on a list that was read before it: look again.

    Raises: Unavailable, Refused.
    """
    payment = gateway.current().payment(str(one.payment_intent))
    (fresh,) = _rows(Transaction.id == order.id)
    return fresh.amount_refunded != payment.amount_refunded


def _disputes_there(order: Transaction, payment: Payment) -> list[DisputeFacts]:
    """What Stripe has of them, where either side knows of one. Raises: Unavailable, Refused."""
    if not payment.disputed and order.dispute_state is None:
        return []
    return gateway.current().disputes(str(payment.id))


def _refunds_there(window: Window) -> dict[str, list[ListedRefund]]:
    """By PaymentIntent. A refund is never older than its payment, so no end is needed."""
    found: dict[str, list[ListedRefund]] = defaultdict(list)
    for page in gateway_lists.refunds(int((window.since - MARGIN).timestamp())):
        for listed in page:
            if listed.payment_id:
                found[listed.payment_id].append(listed)
    return found


def _orders_of(payments: Sequence[Payment]) -> dict[str, Transaction]:
    """The orders that have these payments or are claimed by them, by either id."""
    ids = [str(payment.id) for payment in payments]
    claimed = [payment.metadata.get("transaction_id", "") for payment in payments]
    found: dict[str, Transaction] = {}
    for order in _rows(or_(Transaction.payment_intent_id.in_(ids), Transaction.id.in_(claimed))):
        found[order.id] = order
        if order.payment_intent_id:
            found[order.payment_intent_id] = order
    return found


def _unseen_orders(window: Window, seen: set[str]) -> Iterator[Transaction]:
    inside = Transaction.created_at.between(window.since, window.until or window.began)
    query = select(Transaction.id).where(Transaction.mode == settings().mode, inside)
    ids = list(db.session.scalars(query.order_by(Transaction.id)))
    release_reads()
    for batch in _batches([one for one in ids if one not in seen]):
        yield from _rows(Transaction.id.in_(batch))


def _refunded_late(window: Window) -> list[str]:
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


def _rows(condition: ColumnElement[bool]) -> list[Transaction]:
    """Orders of the running mode with their refunds; the read is over when this returns."""
    query = select(Transaction).options(selectinload(Transaction.refunds))
    query = query.where(Transaction.mode == settings().mode, condition)
    found = list(db.session.scalars(query.order_by(Transaction.created_at)))
    release_reads()
    return found


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), PAGE):
        yield ids[start : start + PAGE]
