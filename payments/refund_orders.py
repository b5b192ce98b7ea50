"""What an operator may ask to be given back, and the words of every refusal."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

import money
from extensions import new_id
from gateway import Refused
from payments.models import COUNTED_REFUNDS, Refund, Transaction

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
# Source: Stripe docs, "Error codes".
_STRIPE_WORDS = {
    "charge_already_refunded": "Stripe has given all of this payment back already.",
    "refund_disputed_payment": "The shopper's bank has disputed this payment and taken the money "
    "back: it can't be refunded. Answer the dispute in the Stripe dashboard.",
    "balance_insufficient": "Your balance at Stripe is too low for this refund.",
    "resource_missing": "Stripe doesn't know this payment: do your keys belong to the account "
    "that took it?",
}
_STRIPE_WORDS["charge_disputed"] = _STRIPE_WORDS["refund_disputed_payment"]


class RefundRefused(Exception):
    """Nothing was given back; the message says why, for an operator."""


@dataclass(frozen=True)
class Wanted:
    """What an operator asks for. `amount` as he writes it ("12.50"); None: all that is left.

    The same again is the same refund, unless it has another `key`.
    """

    amount: str | None = None
    reason: str | None = None
    key: str | None = None


def reserve(session: Session, transaction: Transaction, wanted: Wanted) -> tuple[Refund, bool]:
    """The row of what is wanted: an earlier command's, or a new one that holds its amount.

    Under the lock of the transaction, so that two operators can't both have what is left.
    """
    left = transaction.amount - transaction.amount_refunded
    amount = _amount(wanted.amount, transaction) if wanted.amount is not None else None
    earlier = _earlier(transaction, wanted, amount, left)
    if earlier:
        return earlier, False
    if left == 0:
        raise RefundRefused("Nothing is left to give back on this order.")
    if amount is not None and amount > left:
        asked, rest = (money.display(value, transaction.currency) for value in (amount, left))
        raise RefundRefused(f"{asked} is more than the {rest} that can still be given back.")
    refund = _from_us(transaction, amount or left, wanted)
    transaction.refunds.append(refund)
    transaction.count_refunds()
    session.flush()
    return refund, True


def _earlier(
    transaction: Transaction, wanted: Wanted, amount: int | None, left: int
) -> Refund | None:
    """The refund that this very command has asked for before, unless it gave nothing back."""
    ours = [row for row in reversed(transaction.refunds) if row.params is not None]
    if wanted.key is not None:
        return next(
            (_same(row, wanted, amount) for row in ours if row.request_key == wanted.key), None
        )
    if amount is None and left > 0:
        return None
    for row in ours:
        alike = (row.reason, row.request_key) == (wanted.reason, None)
        if alike and row.status in COUNTED_REFUNDS and amount in (None, row.amount):
            return row
    return None


def _same(row: Refund, wanted: Wanted, amount: int | None) -> Refund:
    if amount not in (None, row.amount) or wanted.reason != row.reason:
        shown = money.display(row.amount, row.currency)
        raise RefundRefused(
            f"The key {wanted.key!r} was used before, for {shown} ({row.reason or 'no reason'}). "
            "Use another key for another refund."
        )
    return row


def _amount(text: str, transaction: Transaction) -> int:
    """Minor units of what the operator wrote."""
    currency = transaction.currency
    try:
        amount = money.parse(text, currency)
    except ValueError as error:
        raise RefundRefused(f"{error}.") from None
    if amount < 1:
        raise RefundRefused(f"{text!r} is nothing that could be given back.")
    if not money.has_whole_steps(amount, currency):
        raise RefundRefused(f"Stripe doesn't move {text} {currency.upper()}: round it.")
    return amount


def _from_us(transaction: Transaction, amount: int, wanted: Wanted) -> Refund:
    refund_id = new_id("ref")
    params = {
        "payment_intent": transaction.payment_intent_id,
        "amount": amount,
        "metadata": {"refund_id": refund_id, "transaction_id": transaction.id},
    }
    return Refund(
        id=refund_id,
        transaction_id=transaction.id,
        request_key=wanted.key,
        params=params | ({"reason": wanted.reason} if wanted.reason else {}),
        amount=amount,
        currency=transaction.currency,
        status="pending",
        reason=wanted.reason,
    )


def refused(error: Refused) -> RefundRefused:
    """Stripe's definite no, in words."""
    words = _STRIPE_WORDS.get(error.code or "", f"Stripe refused this refund: {error}")
    return RefundRefused(words)
