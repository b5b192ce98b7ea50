"""What the wire and the pages show of a transaction. Amounts in minor units, with their words."""

from typing import cast

import money
from catalog.taxes import Tax
from errors import declined
from languages import _l
from payments.models import Attempt, Line, Refund, Transaction, TransactionEvent
from wire_types import (
    DeclineWire,
    DisplayStatus,
    DisputeState,
    DisputeWire,
    EventWire,
    LineWire,
    PaidCardWire,
    PaymentMethodWire,
    RefundStatus,
    RefundWire,
    Status,
    StoredCardWire,
    TaxWire,
    TransactionWire,
)

_DISPUTE_SHOWN: dict[str, DisplayStatus] = {
    "open": "disputed",
    "inquiry": "inquiry",
    "lost": "dispute_lost",
}
_DISPUTE_WORDS: dict[DisputeState, str] = {
    "open": _l("You or your bank disputed this payment. Your bank will decide."),
    "inquiry": _l("Your bank has a question about this payment. Nothing was taken back."),
    "lost": _l("Your bank has returned your money for this order."),
    "won": _l("Your bank has decided that this payment stands."),
    "closed": _l("Your bank’s question about this payment is settled."),
}


def to_wire(transaction: Transaction) -> TransactionWire:
    """One transaction, loaded with its lines, attempts, refunds and cog."""
    currency = transaction.currency
    return {
        "id": transaction.id,
        "status": cast(Status, transaction.status),
        "display_status": _display_status(transaction),
        "amount": transaction.amount,
        "currency": currency,
        "amount_display": money.display(transaction.amount, currency),
        "total_cents": transaction.amount,
        "tax": _tax(transaction),
        "cogId": transaction.cog_id,
        "cog_name": transaction.cog.name,
        "items": [_line(line, currency) for line in transaction.lines],
        "card": _card(transaction.attempt),
        "attempts": len(transaction.attempts),
        "decline": _decline(transaction),
        "refunded_cents": transaction.amount_refunded,
        "refunded_display": money.display(transaction.amount_refunded, currency),
        "refunds": [_refund(row) for row in _shown(transaction.refunds)],
        "dispute": _dispute(transaction),
        "receipt_email": transaction.receipt_email,
        "needs_review": transaction.needs_review,
        "created_at": transaction.created_at.isoformat(),
        "updated_at": transaction.updated_at.isoformat(),
        "paid_at": transaction.paid_at.isoformat() if transaction.paid_at else None,
    }


def payment_method(attempt: Attempt) -> PaymentMethodWire:
    """The PaymentMethod of an attempt as stored, in Stripe's spelling."""
    card: StoredCardWire = {
        "brand": attempt.brand,
        "last4": attempt.last_four,
        "exp_month": attempt.expomon,
        "exp_year": attempt.expoyear,
    }
    return {"id": attempt.payment_method_id, "type": "card", "card": card}


def event(entry: TransactionEvent) -> EventWire:
    at = entry.created_at.isoformat()
    return {"status": cast(Status, entry.to_status), "at": at, "source": entry.source}


def _line(line: Line, currency: str) -> LineWire:
    return {
        "item_id": line.item_id,
        "name": line.name,
        "price_cents": line.price_cents,
        "price_display": money.display(line.price_cents, currency),
        "quantity": line.quantity,
        "amount_cents": line.amount,
        "amount_display": money.display(line.amount, currency),
    }


def _tax(transaction: Transaction) -> TaxWire | None:
    name, rate, amount = transaction.tax_name, transaction.tax_rate, transaction.tax_amount
    if name is None or rate is None or amount is None:
        return None
    return cast(TaxWire, Tax(name, rate, amount).to_wire(transaction.currency))


def _card(attempt: Attempt) -> PaidCardWire | None:
    if attempt.last_four is None:
        return None
    return {
        "brand": attempt.brand,
        "last_four": attempt.last_four,
        "expomon": attempt.expomon,
        "expoyear": attempt.expoyear,
    }


def _decline(transaction: Transaction) -> DeclineWire | None:
    """Why the last attempt failed, for the shopper: Stripe's decline code stays with us."""
    attempt = transaction.attempt
    if transaction.status != "declined" or attempt.code is None:
        return None
    error = declined(attempt.code, attempt.decline_code)
    return {"code": error.code, "message": error.message}


def _shown(refunds: list[Refund]) -> list[Refund]:
    """Without those that Stripe refused: for the shopper they never were."""
    return [refund for refund in refunds if refund.status != "refused"]


def _display_status(transaction: Transaction) -> DisplayStatus:
    if transaction.status != "succeeded":
        return cast(DisplayStatus, transaction.status)
    if shown := _DISPUTE_SHOWN.get(transaction.dispute_state or ""):
        return shown
    statuses = [refund.status for refund in _shown(transaction.refunds)]
    if "pending" in statuses or "requires_action" in statuses:
        return "refund_pending"
    if transaction.amount_refunded:
        whole = transaction.amount_refunded >= transaction.amount
        return "refunded" if whole else "part_refunded"
    return "refund_failed" if statuses else "succeeded"


def _dispute(transaction: Transaction) -> DisputeWire | None:
    if transaction.dispute_state is None:
        return None
    state = cast(DisputeState, transaction.dispute_state)
    return {"state": state, "message": str(_DISPUTE_WORDS[state])}


def _refund(refund: Refund) -> RefundWire:
    return {
        "id": refund.id,
        "amount_cents": refund.amount,
        "amount_display": money.display(refund.amount, refund.currency),
        "status": cast(RefundStatus, refund.status),
        "created_at": refund.created_at.isoformat(),
    }
