"""Webhooks: hints that something happened. Verify, fetch the object anew, settle, in one commit.

Delivered twice, late, out of order or before our own answer, they lead to the same end.
Source: Stripe docs, "Webhooks": verify signatures, handle duplicates, don't rely on order.
"""

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError

import gateway
import recorder
from errors import InvalidMessage
from extensions import atomic, db, release_reads, settings
from gateway import Refused
from gateway_types import EventHint, Payment, RefundFacts
from payments import disputes, health, refunds, settlement, strangers
from payments.models import Transaction, WebhookEvent
from payments.states import Stale
from wallet import cards, changes

log = structlog.get_logger()

ABOUT_A_PAYMENT = ("refund", "charge", "dispute", "radar.early_fraud_warning")
# Of a bank's own accord; `payment_method.updated` is somebody at the shop, in the dashboard.
RENEWED = "payment_method.automatically_updated"
# How often to ask anew while others, who know more by now, are faster.
TRIES = 5
# An order's id, and its version before its payment was looked at.
Seen = tuple[str, int]


def receive(body: bytes, signature: str) -> None:
    """Deal with one delivery; a duplicate is dealt with already.

    Raises: InvalidMessage (400) for a bad signature; anything else is a 500, and Stripe tries
    again later.
    """
    with recorder.sequence(ending="receipt"):
        _receive(body, signature)


def _receive(body: bytes, signature: str) -> None:
    try:
        hint = gateway.current().verify_event(body, signature)
    except Refused as error:
        recorder.step("webhook", "?", "refused")
        log.warning("webhook refused", reason=str(error))
        health.failed(f"not accepted: {error}")
        raise InvalidMessage("The signature of this event is not valid.") from None
    recorder.step("webhook", hint.type)
    if hint.livemode != (settings().mode == "live"):
        return
    recorder.about(None, hint.object_id, hint.payment_id)
    try:
        _handle_once(hint)
    except Exception as error:
        # The kind of error only: its words may hold what belongs into no row.
        health.failed(f"{hint.type}: {type(error).__name__}")
        raise


def _handle_once(hint: EventHint) -> None:
    if _is_known(hint):
        return
    try:
        _handle(hint)
    except IntegrityError:
        # Another delivery of the same event was faster.
        if not _is_known(hint):
            raise


def _handle(hint: EventHint) -> None:
    if hint.object_type == "payment_intent":
        _handle_payment(hint, hint.object_id)
    elif hint.object_type in ABOUT_A_PAYMENT and hint.payment_id:
        _handle_payment(hint, hint.payment_id)
    elif hint.object_type == "setup_intent":
        strangers.look_at_setup(hint)
        cards.settle_setup(hint.object_id)
        _remember(hint)
    elif hint.object_type == "payment_method":
        changes.refresh(hint.object_id, by_bank=hint.type == RENEWED)
        _remember(hint)
    elif hint.type == "customer.deleted":
        cards.check_customer(hint.object_id)
        _remember(hint)
    else:
        _remember(hint)


def _handle_payment(hint: EventHint, payment_id: str) -> None:
    for _ in range(TRIES):
        try:
            return _follow_payment(hint, payment_id)
        except Stale:
            continue
    raise Stale("again and again")


def _follow_payment(hint: EventHint, payment_id: str) -> None:
    stripe, known = gateway.current(), _order_with(payment_id)
    try:
        payment = stripe.payment(payment_id)
    except Refused:
        return _remember(hint)
    seen = known or _order_claimed_by(payment)
    if seen is None:
        return _remember(hint)
    transaction_id = seen[0]
    with_refunds = hint.object_type in ("refund", "charge") or payment.amount_refunded
    facts = stripe.refunds(payment_id) if with_refunds else []
    is_dispute = payment.disputed or hint.type.startswith(disputes.EVENTS)
    news = disputes.ask(transaction_id, payment_id) if is_dispute else None
    effects = _settle_and_remember(hint, seen, payment, facts, news)
    strangers.look(hint, settlement.announce(effects), payment)
    return None


def _settle_and_remember(
    hint: EventHint,
    seen: Seen,
    payment: Payment,
    facts: list[RefundFacts],
    news: disputes.News | None,
) -> settlement.Effects:
    with atomic() as session:
        session.add(_inbox_row(hint))
        session.flush()
        effects = settlement.apply(session, seen[0], payment, "webhook", version=seen[1])
        changed = refunds.apply(session, effects.transaction, facts)
        if news:
            changed |= disputes.apply(session, effects.transaction, news)
        # Our own command has told nobody: it runs in a process without sockets.
        effects.moved |= changed or hint.type.startswith(("refund.", "charge.refund"))
        health.received(session)
        return effects


def _order_with(payment_id: str) -> Seen | None:
    """Ours by the id of its PaymentIntent."""
    return _seen(Transaction.payment_intent_id == payment_id)


def _order_claimed_by(payment: Payment) -> Seen | None:
    """Before our own answer came: by the id that we sent along.

    An order whose PaymentIntent isn't known has nothing but its latest attempt there, so that its
    version may be read after the look. Raises: Stale when the answer came in between.
    """
    claimed = Transaction.id == payment.metadata.get("transaction_id")
    found = _seen(claimed, Transaction.payment_intent_id.is_(None))
    if found is None and _order_with(str(payment.id)):
        raise Stale("our own answer came meanwhile")
    return found


def _seen(*conditions: ColumnElement[bool]) -> Seen | None:
    query = select(Transaction.id, Transaction.version)
    found = db.session.execute(query.where(Transaction.mode == settings().mode, *conditions))
    row = found.first()
    release_reads()
    return (row[0], row[1]) if row else None


def _is_known(hint: EventHint) -> bool:
    known = db.session.get(WebhookEvent, hint.id) is not None
    release_reads()
    return known


def _remember(hint: EventHint) -> None:
    with atomic() as session:
        session.add(_inbox_row(hint))
        health.received(session)


def _inbox_row(hint: EventHint) -> WebhookEvent:
    return WebhookEvent(id=hint.id, type=hint.type, object_id=hint.object_id)
