"""Compare the database with Stripe over a window of time, both ways, and name every difference.

Stripe's lists are read page by page, and for each page the rows that belong to it, after it: what
the rows say is never older. What changed so short a time ago that it may still be under way is
counted, and called no difference. The window is that of the orders; refunds and disputes made in
it count too, whenever their order was.
"""

from dataclasses import dataclass, field
from datetime import datetime

import gateway
import gateway_lists
from extensions import settings
from gateway import Refused
from gateway_lists import ListedPayment, ListedRefund
from gateway_types import DisputeFacts, Payment
from payments import differences, disputes
from payments import reconcile_reads as reads
from payments.differences import Difference
from payments.models import Refund, Transaction
from payments.reconcile_reads import MARGIN, Window
from payments.recovery import ACTION_AGE, PENDING_AGE


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
    report = Report(window, settings().mode)
    look = _Look(report, reads.refunds_there(window), reads.disputes_there(window))
    since = int((window.since - MARGIN).timestamp())
    until = int((window.until + MARGIN).timestamp()) if window.until else None
    for page in gateway_lists.payments(since, until):
        orders = reads.orders_of([one.payment for one in page])
        for listed in page:
            look.at_payment(listed, orders)
    look.at_unseen_orders()
    look.at_late_refunds()
    look.at_late_disputes()
    return look.report


@dataclass
class _Look:
    """One look over the window. `refunds`, `disputes`: Stripe's, by PaymentIntent. `seen`: orders
    so far.
    """

    report: Report
    refunds: dict[str, list[ListedRefund]]
    disputes: dict[str, list[DisputeFacts]]
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
        for order in reads.unseen_orders(self._window, self.seen):
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
        for batch in reads.batches([payment_id for payment_id, listed in made.items() if listed]):
            for order in reads.rows(Transaction.payment_intent_id.in_(batch)):
                if not self._window.holds(order.created_at):
                    listed = made[str(order.payment_intent_id)]
                    settled = [one for one in listed if not self._window.is_fresh(one.created)]
                    self._add(*differences.of_refunds(order, [one.facts for one in settled]))
        for batch in reads.batches(reads.refunded_late(self._window)):
            for order in reads.rows(Transaction.id.in_(batch)):
                there = [one.facts for one in self.refunds.get(str(order.payment_intent_id), [])]
                for one in differences.missing_refunds(order, there):
                    if self._is_ours_of_the_window(one):
                        self._add(differences.refund_missing_there(order, one))

    def at_late_disputes(self) -> None:
        """Disputes opened in the window of orders that are older than it."""
        opened = {
            payment_id: [one for one in facts if self._window.holds(disputes.moment(one.opened))]
            for payment_id, facts in self.disputes.items()
        }
        for batch in reads.batches([payment_id for payment_id, facts in opened.items() if facts]):
            for order in reads.rows(Transaction.payment_intent_id.in_(batch)):
                if not self._window.holds(order.created_at):
                    found, moments = self._disputes_of(order, str(order.payment_intent_id))
                    if not any(map(self._window.is_fresh, moments)):
                        self._add(*found)

    def _disputes_of(
        self, order: Transaction, payment_id: str
    ) -> tuple[list[Difference], list[datetime]]:
        """What differs, and when those disputes were opened. The list is older than the rows, and
        a bank may decide at any time: what differs is asked anew, with the row read before and
        after.

        Raises: Unavailable, Refused.
        """
        if not list(differences.of_disputes(order, self.disputes.get(payment_id, []))):
            return [], []
        (before,) = reads.rows(Transaction.id == order.id)
        facts = gateway.current().disputes(payment_id)
        (fresh,) = reads.rows(Transaction.id == order.id)
        if fresh.dispute_state != before.dispute_state:
            return [], []
        opened = [disputes.moment(one.opened) for one in facts]
        return list(differences.of_disputes(fresh, facts)), opened

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
        found = differences.of_payment(order, payment, [one.facts for one in listed])
        disputed, opened = self._disputes_of(order, str(payment.id))
        found += disputed
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
    (fresh,) = reads.rows(Transaction.id == order.id)
    return fresh.amount_refunded != payment.amount_refunded
