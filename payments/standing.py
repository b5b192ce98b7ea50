"""How a purchase stands: ask Stripe, write down what it says, and tell the shopper.

Stripe's word counts, not the browser's.
"""

import structlog
from sqlalchemy.exc import SQLAlchemyError

import gateway
from accounts.sessions import Identity
from errors import PaymentPending, Unavailable
from extensions import release_reads
from gateway import OutcomeUnknown, Refused
from gateway_types import Payment
from payments import answers, history, settlement, views
from payments.models import Transaction
from wire_types import PurchaseReply, TransactionReply

log = structlog.get_logger()


def confirm(who: Identity, transaction_id: str) -> PurchaseReply:
    """After 3D Secure in the browser: Stripe's word counts, not the browser's.

    Raises: NotFound, CardDeclined, AuthenticationFailed, PaymentPending.
    """
    transaction = history.one(who.user_id, transaction_id)
    release_reads()
    if transaction.status in ("succeeded", "canceled") or not transaction.payment_intent_id:
        return answers.answer(transaction, peek(transaction))
    try:
        payment = gateway.current().payment(transaction.payment_intent_id)
    except Unavailable:
        # The bank may have agreed, and Stripe may have charged: we just can't see it now.
        raise PaymentPending(transaction=views.to_wire(transaction)) from None
    return answers.answer(settled(transaction, payment, "confirm"), payment)


def show(who: Identity, transaction_id: str) -> TransactionReply:
    """One transaction; while the bank waits for the shopper, with the secret to go on with."""
    transaction = history.one(who.user_id, transaction_id)
    release_reads()
    payment = peek(transaction) if transaction.status == "requires_action" else None
    if payment:
        transaction = settled(transaction, payment, "confirm")
    is_asked = transaction.status == "requires_action"
    # Only now: its last move may just have been made.
    events = [views.event(entry) for entry in history.events(transaction_id)]
    release_reads()
    return {
        "transaction": {**views.to_wire(transaction), "events": events},
        "client_secret": payment.client_secret if payment and is_asked else None,
    }


def settled(
    transaction: Transaction, payment: Payment, source: str, number: int | None = None
) -> Transaction:
    """Settle; from here on money may have moved, so a failure of ours is never a decline.

    number: see `settlement.settle`. Raises: PaymentPending.
    """
    try:
        return settlement.settle(transaction.id, payment, source, number)
    except SQLAlchemyError:
        log.exception("settle", transaction=transaction.id)
        raise PaymentPending(transaction=views.to_wire(transaction)) from None


def seen(transaction: Transaction) -> Payment:
    """The PaymentIntent as it stands. Raises: OutcomeUnknown while it can't be seen."""
    try:
        return gateway.current().payment(str(transaction.payment_intent_id))
    except Unavailable as error:
        raise OutcomeUnknown(str(error)) from error


def peek(transaction: Transaction) -> Payment | None:
    """How the PaymentIntent stands, or None while Stripe can't be asked."""
    if transaction.payment_intent_id is None:
        return None
    try:
        return gateway.current().payment(transaction.payment_intent_id)
    except (Unavailable, Refused):
        return None
