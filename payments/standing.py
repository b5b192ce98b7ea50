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
from payments.states import Stale
from wire_types import PurchaseReply, TransactionReply

log = structlog.get_logger()

# How often to look anew while others, who know more by now, are faster.
TRIES = 3


def confirm(who: Identity, transaction_id: str) -> PurchaseReply:
    """After 3D Secure in the browser: Stripe's word counts, not the browser's.

    Raises: NotFound, CardDeclined, AuthenticationFailed, PaymentPending.
    """
    transaction = history.one(who.user_id, transaction_id)
    release_reads()
    if transaction.status in ("succeeded", "canceled") or not transaction.payment_intent_id:
        return answers.answer(transaction, peek(transaction))
    try:
        return answers.answer(*_looked(transaction))
    except Unavailable:
        # The bank may have agreed, and Stripe may have charged: we just can't see it now.
        raise PaymentPending(transaction=views.to_wire(transaction)) from None


def show(who: Identity, transaction_id: str) -> TransactionReply:
    """One transaction; while the bank waits for the shopper, with the secret to go on with."""
    transaction = history.one(who.user_id, transaction_id)
    release_reads()
    payment = None
    if transaction.status == "requires_action":
        transaction, payment = looked(transaction)
    is_asked = transaction.status == "requires_action"
    # Only now: its last move may just have been made.
    events = [views.event(entry) for entry in history.events(transaction_id)]
    release_reads()
    return {
        "transaction": {**views.to_wire(transaction), "events": events},
        "client_secret": payment.client_secret if payment and is_asked else None,
    }


def looked(transaction: Transaction) -> tuple[Transaction, Payment | None]:
    """The transaction as Stripe has it now, and what was seen: None while Stripe can't be asked.

    Raises: PaymentPending.
    """
    if transaction.payment_intent_id is None:
        return transaction, None
    try:
        return _looked(transaction)
    except (Unavailable, Refused):
        return transaction, None


def settled(
    transaction: Transaction,
    payment: Payment,
    source: str,
    *,
    number: int | None = None,
    version: int | None = None,
) -> Transaction:
    """Settle; from here on money may have moved, so a failure of ours is never a decline.

    number, version: see `settlement.settle`. Raises: PaymentPending, Stale.
    """
    try:
        return settlement.settle(transaction.id, payment, source, number=number, version=version)
    except SQLAlchemyError:
        log.exception("settle", transaction=transaction.id)
        raise PaymentPending(transaction=views.to_wire(transaction)) from None


def seen(transaction: Transaction) -> Payment:
    """The PaymentIntent as it stands. Raises: OutcomeUnknown while it can't be seen."""
    try:
        return gateway.current().payment(str(transaction.payment_intent_id))
    except Unavailable as error:
        raise OutcomeUnknown(str(error)) from error


def _looked(transaction: Transaction) -> tuple[Transaction, Payment]:
    """Look and settle, anew while somebody else is faster.

    Raises: Unavailable, Refused, PaymentPending.
    """
    for _ in range(TRIES):
        payment = gateway.current().payment(str(transaction.payment_intent_id))
        try:
            found = settled(transaction, payment, "confirm", version=transaction.version)
        except Stale:
            transaction = history.by_id(transaction.id)
            release_reads()
        else:
            return found, payment
    return transaction, payment


def peek(transaction: Transaction) -> Payment | None:
    """How the PaymentIntent stands, or None while Stripe can't be asked."""
    if transaction.payment_intent_id is None:
        return None
    try:
        return gateway.current().payment(transaction.payment_intent_id)
    except (Unavailable, Refused):
        return None
