"""What may differ between an order here and its payment at Stripe: one comparison, no side effects.

Money is compared as it is, status by what Stripe's word means for us (`settlement.meaning`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gateway_types import DisputeFacts, Payment, RefundFacts
from payments import disputes, settlement
from payments.models import Refund, Transaction

# kind -> what an owner reads
KINDS = {
    "missing_here": "paid or payable at Stripe, no order here",
    "second_payment": "another payment for an order that has one",
    "missing_there": "an order here, no payment at Stripe",
    "status": "status",
    "amount": "amount",
    "currency": "currency",
    "customer": "customer",
    "refund_missing_here": "a refund at Stripe that isn't here",
    "refund_missing_there": "a refund here that isn't at Stripe",
    "refund_amount": "amount of a refund",
    "refund_status": "status of a refund",
    "refund_total": "sum of the refunds",
    "dispute": "what its disputes come to",
}
# At Stripe money has moved, or is about to.
MOVED = ("succeeded", "processing", "requires_capture")


@dataclass(frozen=True)
class Difference:
    """`here` and `there`: what each side says; whole numbers are minor units of `currency`."""

    kind: str
    transaction: str | None
    payment_intent: str | None
    here: str | int | None
    there: str | int | None
    currency: str | None = None
    refund: str | None = None

    @property
    def key(self) -> tuple[str, str | None, str | None, str | None]:
        """What makes it the same difference when it is looked for again."""
        return self.kind, self.transaction, self.payment_intent, self.refund

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "meaning": KINDS[self.kind]}


def of_payment(
    transaction: Transaction, payment: Payment, refunds: Sequence[RefundFacts]
) -> list[Difference]:
    """All differences of an order and the PaymentIntent that is its own.

    transaction: with its refunds. refunds: all that Stripe has of this payment.
    """
    found = [*_of_facts(transaction, payment), *of_refunds(transaction, refunds)]
    missing = missing_refunds(transaction, refunds)
    found += [refund_missing_there(transaction, refund) for refund in missing]
    # Only where nothing above explains it: one cause, one difference.
    if not any(one.kind.startswith("refund") for one in found):
        total = payment.amount_refunded
        if payment.status in MOVED and total != transaction.amount_refunded:
            here = transaction.amount_refunded
            found.append(_difference("refund_total", transaction, here, total))
    return found


def of_refunds(transaction: Transaction, facts: Sequence[RefundFacts]) -> Iterator[Difference]:
    """Differences of these refunds of Stripe's; what else the order has is not looked at."""
    known = {refund.stripe_id: refund for refund in transaction.refunds}
    for fact in facts:
        row = known.get(fact.id)
        if row is None:
            yield _difference("refund_missing_here", transaction, None, fact.amount, fact.id)
            continue
        if (row.amount, row.currency) != (fact.amount, fact.currency):
            yield _difference("refund_amount", transaction, row.amount, fact.amount, fact.id)
        if row.status != fact.status:
            yield _difference("refund_status", transaction, row.status, fact.status, fact.id)


def of_disputes(transaction: Transaction, facts: Sequence[DisputeFacts]) -> Iterator[Difference]:
    """Whether both sides know alike that a bank asks about the payment, or took it back.

    facts: all disputes that Stripe has of it.
    """
    there = disputes.state(fact.status for fact in facts)
    if there != transaction.dispute_state:
        yield _difference("dispute", transaction, transaction.dispute_state, there)


def missing_refunds(transaction: Transaction, facts: Sequence[RefundFacts]) -> list[Refund]:
    """The order's refunds that aren't among these of Stripe's."""
    known = {fact.id for fact in facts}
    return [
        refund
        for refund in transaction.refunds
        # Without Stripe's id: asked for, unanswered. One that was refused never was a refund.
        if (refund.stripe_id is not None or refund.status == "pending")
        and refund.stripe_id not in known
    ]


def refund_missing_there(transaction: Transaction, refund: Refund) -> Difference:
    refund_id = refund.stripe_id or refund.id
    return _difference("refund_missing_there", transaction, refund.amount, None, refund_id)


def missing_there(transaction: Transaction) -> Difference:
    return _difference("missing_there", transaction, transaction.amount, None)


def without_order(payment: Payment, order: Transaction | None) -> Difference:
    """A payment with our metadata that no order has; `order`: the one that it claims to be."""
    return Difference(
        kind="second_payment" if order else "missing_here",
        transaction=payment.metadata.get("transaction_id"),
        payment_intent=payment.id,
        here=order.payment_intent_id if order else None,
        there=payment.amount,
        currency=payment.currency,
    )


def same_status(transaction: Transaction, payment: Payment) -> bool:
    """Whether both sides mean the same."""
    target = settlement.meaning(payment)
    if target is None:
        # Nobody tried this intent, or its last try was refused without a trace.
        return transaction.status == "declined"
    return transaction.status == target


def _of_facts(transaction: Transaction, payment: Payment) -> Iterator[Difference]:
    if not same_status(transaction, payment):
        meant = settlement.meaning(payment) or payment.status
        yield _difference("status", transaction, transaction.status, meant, payment=payment)
    pairs: list[tuple[str, str | int | None, str | int | None]] = [
        ("amount", transaction.amount, payment.amount),
        ("currency", transaction.currency, payment.currency),
    ]
    # Before money has moved the customer may still be on its way into the intent.
    if payment.status in MOVED:
        pairs.append(("customer", transaction.customer_id, payment.customer_id))
    for kind, here, there in pairs:
        if here != there:
            yield _difference(kind, transaction, here, there, payment=payment)


def _difference(
    kind: str,
    transaction: Transaction,
    here: str | int | None,
    there: str | int | None,
    refund: str | None = None,
    payment: Payment | None = None,
) -> Difference:
    intent_id = transaction.payment_intent_id or (payment.id if payment else None)
    currency = transaction.currency
    return Difference(kind, transaction.id, intent_id, here, there, currency, refund)
