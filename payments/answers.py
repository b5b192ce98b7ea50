"""What a purchase is answered with: a success to go on with, or the error that says what to do."""

from typing import Any

from errors import AppError, PaymentPending, declined
from gateway_types import Payment
from payments import views
from payments.models import Transaction
from wire_types import PurchaseReply


def answer(transaction: Transaction, payment: Payment | None) -> PurchaseReply:
    """The reply for where the transaction stands. `payment`: as Stripe was seen to have it.

    Raises: CardDeclined, CardExpired, AuthenticationFailed, NotFound, AmountOutOfRange (by the
    last attempt); PaymentPending while it isn't known.
    """
    if transaction.status not in ("succeeded", "requires_action", "processing"):
        raise _failure(transaction)
    reply: PurchaseReply = {
        "transaction": views.to_wire(transaction),
        "paymentMethod": views.payment_method(transaction.attempt),
    }
    if payment and payment.client_secret:
        reply["client_secret"] = payment.client_secret
    return reply


def _failure(transaction: Transaction) -> AppError:
    # Without the secret: the next card comes through our door, not to Stripe directly.
    details: dict[str, Any] = {"transaction": views.to_wire(transaction)}
    if transaction.status == "pending":
        return PaymentPending(**details)
    if transaction.status == "canceled":
        return declined("canceled", None, **details)
    attempt = transaction.attempt
    return declined(attempt.code or "card_declined", attempt.decline_code, **details)
