"""`settle`: bring a transaction to what Stripe says of its PaymentIntent.

One function for the answer to a purchase, the return from 3D Secure, the webhook and the
recovery. Settling twice, or with old news, changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.orm import Session

import card_testing
import recorder
from extensions import atomic, release_reads
from gateway import Refused
from gateway_types import CardFacts, Decline, Payment
from payments import merging, states, views
from payments.history import any_one_locked
from payments.models import Attempt, Transaction
from payments.states import Stale
from sockets import push_words
from wallet import cards, leaving, records
from wallet.models import Card

log = structlog.get_logger()

# What stays so at Stripe, whatever is tried.
FINAL = ("succeeded", "canceled")
# Where Stripe has answered an attempt without saying yet whether its card pays.
ASKED = ("requires_action", "processing")


@dataclass
class Effects:
    """What is left to do after the commit: tell the tabs, let go of a superseded card, count.

    `declined_later`: why, where the bank had asked first, so that no message was answered with it.
    """

    transaction: Transaction
    moved: bool = False
    wallet_changed: bool = False
    declined_later: Decline | None = None
    superseded: list[str] = field(default_factory=list)
    # Another one that is the same user's from now on.
    followed: Transaction | None = None


def settle(
    transaction_id: str,
    payment: Payment,
    source: str,
    *,
    number: int | None = None,
    version: int | None = None,
) -> Transaction:
    """Apply Stripe's word, commit, and tell every tab. Returns the transaction as it is now.

    number: of the attempt that this is the answer to. version: where it was only looked how the
    PaymentIntent stands, that of the order before the look; what is final needs neither.
    Raises: Stale when the order has gone on since the look began.
    """
    with atomic() as session:
        effects = apply(session, transaction_id, payment, source, number=number, version=version)
    return announce(effects)


def apply(
    session: Session,
    transaction_id: str,
    payment: Payment,
    source: str,
    *,
    number: int | None = None,
    version: int | None = None,
) -> Effects:
    """The part of `settle` that belongs into the caller's commit. Raises: Stale."""
    recorder.about(transaction_id, payment.id)
    transaction = any_one_locked(session, transaction_id)
    effects = Effects(transaction)
    target = _target(transaction, payment, number, version)
    if target is None or not _is_ours(transaction, payment, number):
        return effects
    facts, was = _facts(transaction, payment), transaction.status
    if target != was:
        effects.moved = states.move(session, transaction, target, source, **facts)
    if effects.moved:
        if target == "declined" and was in ASKED:
            effects.declined_later = payment.decline
        tried, meant = transaction.attempt.card_id, _card_id_of(transaction, payment)
        _record_attempt(transaction.attempt, payment, target)
        _settle_card(session, effects, meant, payment.card, target)
        if tried != meant:
            _settle_card(session, effects, tried, None, "declined")
        effects.followed = merging.follow(session, transaction)
    return effects


def refused(transaction: Transaction, refusal: Refused) -> Payment:
    """A definite no of Stripe's, without a charge, in the shape of an answer."""
    error = {"code": refusal.shown_code, "message": str(refusal)}
    return _made_up(transaction, "requires_payment_method", error)


def nothing(transaction: Transaction) -> Payment:
    """Stripe has nothing for this transaction and never will, in the shape of an answer."""
    return _made_up(transaction, "canceled")


def _made_up(transaction: Transaction, status: str, error: dict[str, Any] | None = None) -> Payment:
    # Whether a customer that came with this very attempt got into the intent isn't known.
    is_kept = "amount" in transaction.attempt.params or "customer" not in transaction.attempt.params
    intent = {
        "id": transaction.payment_intent_id,
        "customer": transaction.customer_id if is_kept else None,
        "status": status,
        "amount": transaction.amount,
        "currency": transaction.currency,
    }
    return Payment.of(intent, error)


def announce(effects: Effects) -> Transaction:
    """After the commit: pushes and Stripe calls, which must not happen inside one."""
    transaction = effects.transaction
    if effects.moved:
        _tell(transaction)
    if effects.followed:
        _tell(effects.followed)
    for payment_method_id in effects.superseded:
        leaving.let_go(payment_method_id)
    if effects.wallet_changed:
        cards.announce(transaction.user_id)
    release_reads()
    if effects.declined_later:
        why, what = effects.declined_later, transaction.attempt.idempotency_key
        card_testing.declined_later(transaction.user_id, what, why)
    return transaction


def _tell(transaction: Transaction) -> None:
    push_words(
        transaction.user_id,
        "transaction-changed",
        lambda: {"transaction": views.to_wire(transaction)},
    )


def meaning(payment: Payment) -> str | None:
    """Our word for the status of a PaymentIntent; None for one that nobody has tried to pay."""
    return {
        "succeeded": "succeeded",
        "processing": "processing",
        "requires_capture": "processing",
        "requires_action": "requires_action",
        "canceled": "canceled",
        "requires_payment_method": "declined" if payment.decline else None,
    }.get(payment.status)


def _target(
    transaction: Transaction, payment: Payment, number: int | None, version: int | None
) -> str | None:
    """The status that Stripe's word means for this transaction; None when it means nothing.

    Raises: Stale.
    """
    if payment.status in FINAL:
        return meaning(payment)
    if number is None:
        if version != transaction.version:
            # What it saw may be how a try ended that isn't the latest any more.
            raise Stale("look")
        return meaning(payment) if is_news(transaction, payment) else None
    # An answer so late that another card is being tried means nothing.
    return meaning(payment) if number == transaction.attempt.number else None


def is_news(transaction: Transaction, payment: Payment) -> bool:
    """Whether a look says more than how an attempt before the latest one ended.

    While a later attempt is in flight, its PaymentIntent still shows the earlier decline, or one
    that comes of the earlier card's question just now: taking that for the answer would call a
    payment failed that is about to succeed.
    """
    latest, earlier = transaction.attempt, transaction.attempts[:-1]
    if not earlier or payment.status in (*FINAL, "processing", "requires_capture"):
        return True
    if payment.card and payment.card.payment_method_id != latest.payment_method_id:
        return False
    if transaction.status != "pending":
        return True
    same_card = [a for a in earlier if a.payment_method_id == latest.payment_method_id]
    is_certain = all(attempt.code for attempt in same_card)
    known = {attempt.charge_id for attempt in earlier}
    return is_certain and payment.charge_id is not None and payment.charge_id not in known


def _is_ours(transaction: Transaction, payment: Payment, number: int | None) -> bool:
    """A PaymentIntent that isn't this transaction's can't settle it, whatever its metadata say."""
    known = transaction.payment_intent_id
    fits = (payment.amount, payment.currency) == (transaction.amount, transaction.currency)
    # What an earlier attempt made is not what the latest one, which is in flight, will make.
    fits = fits and number in (None, transaction.attempt.number)
    if payment.id is None or known == payment.id or (known is None and fits):
        return True
    log.error("foreign intent", transaction=transaction.id, intent=payment.id)
    return False


def _facts(transaction: Transaction, payment: Payment) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if payment.id:
        facts["payment_intent_id"] = payment.id
        # A card of a customer's may have been meant for it, and another one have paid.
        facts["customer_id"] = payment.customer_id
    differs = (payment.amount, payment.currency) != (transaction.amount, transaction.currency)
    if payment.id and differs:
        log.error("amount differs from Stripe's", transaction=transaction.id)
        facts["needs_review"] = True
    return facts


def _record_attempt(attempt: Attempt, payment: Payment, target: str) -> None:
    if payment.charge_id:
        attempt.charge_id = payment.charge_id
    if target == "declined" and payment.decline:
        attempt.code = payment.decline.code
        attempt.decline_code = payment.decline.decline_code
    card = payment.card
    if card:
        attempt.payment_method_id, attempt.brand = card.payment_method_id, card.brand
        attempt.last_four = card.last_four
        attempt.expomon, attempt.expoyear = card.expomon, card.expoyear


def _card_id_of(transaction: Transaction, payment: Payment) -> str:
    """Our card that Stripe speaks of: an earlier one, where its bank agreed after all."""
    if payment.card:
        for attempt in reversed(transaction.attempts):
            if attempt.payment_method_id == payment.card.payment_method_id:
                return attempt.card_id
    return transaction.attempt.card_id


def _settle_card(
    session: Session, effects: Effects, card_id: str, facts: CardFacts | None, target: str
) -> None:
    card = session.get_one(Card, card_id)
    step: Callable[[Session, Effects, Card, CardFacts | None], None] | None = {
        "succeeded": _card_paid,
        "declined": _card_failed,
        "canceled": _card_failed,
    }.get(target)
    if step:
        step(session, effects, card, facts)


def _card_paid(session: Session, effects: Effects, card: Card, facts: CardFacts | None) -> None:
    if card.status == "PENDING" and facts:
        if card.token_type == "permanent":
            card, superseded = records.activate(session, card, facts)
            effects.superseded += [superseded] if superseded else []
        else:
            records.take_facts(card, facts)
            card.status = "ACTIVE"
    records.mark_used(card)
    effects.wallet_changed = card.token_type == "permanent"


def _card_failed(_: Session, __: Effects, card: Card, facts: CardFacts | None) -> None:
    """A typed card is spent by its first use, declined or not; a wallet card stays."""
    if card.verified:
        return
    if facts:
        records.take_facts(card, facts)
    if card.status == "PENDING":
        card.status = "FAILED"
