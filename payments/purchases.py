"""Purchases: start one, try another card. Exactly once, whatever is re-sent.

The row is committed before Stripe is called; no transaction is open during the call; what Stripe
answers is settled and committed before anybody is told. Unknown is not declined: without a
definite answer the row stays `pending`, and the same message again asks with the same key.
"""

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

import card_testing
import gateway
import recorder
from accounts import customers, sessions
from accounts.sessions import Identity
from catalog import pricing
from errors import (
    PaymentInProgress,
    PaymentPending,
    RequestMismatch,
    Unauthenticated,
    Unavailable,
)
from extensions import atomic, release_reads
from gateway import OutcomeUnknown, Refused
from gateway_types import Payment
from languages import _
from payments import answers, history, orders, recovery, settlement, standing, views
from payments.models import Transaction
from payments.orders import Means, Wanted
from wallet import cards, records
from wire_types import PurchaseReply

log = structlog.get_logger()

# A transaction, and whether this very message began its attempt.
Begun = tuple[Transaction, bool]


def start(who: Identity, wanted: Wanted, means: Means) -> PurchaseReply:
    """Buy. The same message again gets the same transaction's answer.

    Raises: the errors of pricing and of the card; RequestMismatch, PaymentInProgress (with the
    running transaction); CardDeclined, CardExpired, AuthenticationFailed; PaymentPending,
    Unavailable (nothing was charged).
    """
    recorder.about(None, means.method_id, means.token_id)
    _prepare_saving(who, means)
    return _go_on(*_once(lambda: _open(who, wanted, means)))


def again(
    who: Identity, transaction_id: str, means: Means, opened_at: datetime | None
) -> PurchaseReply:
    """Try another card on the same PaymentIntent. Raises: NotFound, and as `start`."""
    recorder.about(None, means.method_id, means.token_id)
    _prepare_saving(who, means)
    return _go_on(*_once(lambda: _reopen(who, transaction_id, means, opened_at)))


def _prepare_saving(who: Identity, means: Means) -> None:
    """A saved card needs an account and a customer at Stripe, before any row is written."""
    if not means.save:
        return
    if who.is_guest:
        raise Unauthenticated(_("Create an account or sign in to save a card."))
    customers.ensure(who)


def _once(phase: Callable[[], Begun]) -> Begun:
    """Run a phase; if another copy of the message won the race, run it again and find its row."""
    try:
        return phase()
    except IntegrityError:
        return phase()


def _open(who: Identity, wanted: Wanted, means: Means) -> Begun:
    with atomic() as session:
        sessions.hold(who)
        # In this order: a copy that commits between the two is known, not somebody else's payment.
        running = history.open_one(who.user_id, wanted.cog_id)
        known = _known(who, means, orders.fingerprint(wanted.contents, means.contents))
        if known:
            return known, False
        if running:
            return _the_same(running, wanted, means), False
        basket_hash = orders.fingerprint(wanted.contents)
        _refuse_a_second_time(who, wanted.cog_id, basket_hash, wanted.opened_at)
        cog = pricing.cog_by_id(wanted.cog_id)
        basket = pricing.price(cog, wanted.claims)
        _check_new_attempt(who, means)
        return orders.record(session, who, wanted, means, basket), True


def _reopen(who: Identity, transaction_id: str, means: Means, opened_at: datetime | None) -> Begun:
    with atomic() as session:
        sessions.hold(who)
        # Locked: a copy of this message that comes at the same moment must find its attempt.
        transaction = history.one(who.user_id, transaction_id, lock=True)
        _refuse_another_s_request(who, transaction_id, means)
        if _is_repeated(transaction, means) or transaction.status in ("succeeded", "canceled"):
            return transaction, False
        if transaction.status in ("pending", "processing"):
            raise PaymentInProgress(transaction=views.to_wire(transaction))
        running = history.open_one(who.user_id, transaction.cog_id, but=transaction_id)
        if running:
            raise PaymentInProgress(transaction=views.to_wire(running))
        _refuse_a_second_time(who, transaction.cog_id, transaction.basket_hash, opened_at)
        _check_another(who, transaction, means)
        if not orders.record_retry(session, transaction, means):
            raise PaymentInProgress(transaction=views.to_wire(transaction))
        return transaction, True


def _check_new_attempt(who: Identity, means: Means) -> None:
    """Before its row is written. Raises: RateLimited, Unavailable (Stripe is out of reach)."""
    card_testing.check(lambda: records.has_paid(who.user_id, means.card_id))
    gateway.current().check()


def _check_another(who: Identity, transaction: Transaction, means: Means) -> None:
    """Raises: as `_check_new_attempt`; PaymentPending while a bank may still have said yes."""
    try:
        _check_new_attempt(who, means)
    except Unavailable:
        if transaction.status == "requires_action":
            raise PaymentPending(transaction=views.to_wire(transaction)) from None
        raise


def _refuse_another_s_request(who: Identity, transaction_id: str, means: Means) -> None:
    """One request is one purchase, whichever transaction it names. Raises: RequestMismatch."""
    if means.request_key is None:
        return
    found = history.by_request(who.user_id, means.request_key)
    if found and found.id != transaction_id:
        raise RequestMismatch()


def _known(who: Identity, means: Means, request_hash: str) -> Transaction | None:
    """The transaction of an earlier copy. Raises: RequestMismatch when the contents differ."""
    if means.request_key is None:
        return None
    found = history.by_request(who.user_id, means.request_key)
    if found and (found.request_id, found.request_hash) != (means.request_key, request_hash):
        raise RequestMismatch()
    return found


def _the_same(running: Transaction, wanted: Wanted, means: Means) -> Transaction:
    """A bare wallet purchase of the basket that is being paid is that purchase, sent twice."""
    same_basket = running.basket_hash == orders.fingerprint(wanted.contents)
    if means.request_key is None and same_basket and running.attempt.card_id == means.card_id:
        return running
    raise PaymentInProgress(transaction=views.to_wire(running))


def _refuse_a_second_time(
    who: Identity, cog_id: str, basket_hash: str, opened_at: datetime | None
) -> None:
    """Two tabs that show one basket are one purchase, also when the other has just ended.

    Raises: PaymentInProgress with the transaction that was paid since this page was opened.
    """
    if opened_at is None:
        return
    paid = history.paid_since(who.user_id, cog_id, basket_hash, opened_at)
    if paid:
        raise PaymentInProgress(
            _("You have just paid for exactly this, perhaps in another tab."),
            transaction=views.to_wire(paid),
        )


def _is_repeated(transaction: Transaction, means: Means) -> bool:
    """Whether an attempt was made by this very message. Raises: RequestMismatch."""
    if means.request_key is None:
        return transaction.status == "pending" and transaction.attempt.card_id == means.card_id
    for attempt in transaction.attempts:
        if attempt.request_id == means.request_key:
            if attempt.request_hash != orders.fingerprint(means.contents):
                raise RequestMismatch()
            return True
    return False


def _go_on(transaction: Transaction, is_new: bool) -> PurchaseReply:
    """Call Stripe if this transaction waits for it; else ask how it stands; answer.

    is_new: whether this very message began the attempt, so that nobody has called before.
    """
    recorder.about(transaction.id, transaction.payment_intent_id)
    if transaction.status != "pending":
        return answers.answer(*standing.looked(transaction))
    source = "purchase" if transaction.attempt.number == 1 else "retry"
    try:
        payment = _call(transaction)
    except (OutcomeUnknown, Unavailable) as error:
        nothing = is_new and isinstance(error, Unavailable)
        return _unanswered(transaction, nothing and not _was_asked(transaction))
    settled = standing.settled(transaction, payment, source, number=transaction.attempt.number)
    if settled.status in settlement.ASKED:
        card_testing.asked(settled.attempt.idempotency_key)
    return answers.answer(settled, payment)


def _was_asked(transaction: Transaction) -> bool:
    """Whether the bank of the card before was still being asked: it may have said yes meanwhile."""
    return any(attempt.code is None for attempt in transaction.attempts[-2:-1])


def _unanswered(transaction: Transaction, surely_nothing: bool) -> PurchaseReply:
    """No answer from Stripe; unless a copy of this message had one, or a webhook, we don't know.

    Raises: PaymentPending; Unavailable where no call was executed that could have charged.
    """
    try:
        current = history.by_id(transaction.id)
    except SQLAlchemyError:
        raise PaymentPending(transaction=views.to_wire(transaction)) from None
    release_reads()
    if current.status != "pending":
        return answers.answer(current, standing.peek(current))
    if surely_nothing:
        raise Unavailable(transaction=views.to_wire(current))
    raise PaymentPending(transaction=views.to_wire(current))


def _call(transaction: Transaction) -> Payment:
    """The one call to Stripe, always with the frozen parameters and the key of the attempt.

    Raises: OutcomeUnknown; Unavailable when nothing was executed now (a copy may have been).
    """
    attempt, stripe = transaction.attempt, gateway.current()
    if recovery.is_key_forgotten(transaction):
        # Under a forgotten key the same call would be another purchase.
        return recovery.truth(transaction)
    params, key = dict(attempt.params), attempt.idempotency_key
    try:
        if "amount" in params:
            return stripe.create_payment(params, key)
        intent_id = str(transaction.payment_intent_id)
        customer_id = params.pop("customer", None)
        if customer_id:
            stripe.set_customer(intent_id, customer_id, f"{key}:customer")
        return stripe.confirm_payment(intent_id, params, key)
    except Refused as error:
        log.warning("refused", transaction=transaction.id, code=error.code, param=error.param)
        if error.misses_the_customer and transaction.customer_id:
            cards.check_customer(transaction.customer_id)
        return _after(transaction, error)


def _after(transaction: Transaction, refusal: Refused) -> Payment:
    """Stripe did nothing with this card: what has come of the cards before it is the answer.

    Raises: OutcomeUnknown.
    """
    if transaction.payment_intent_id is None:
        return settlement.refused(transaction, refusal)
    seen = standing.seen(transaction)
    if seen.status == "requires_payment_method":
        return settlement.refused(transaction, refusal)
    if seen.status == "requires_action":
        # Called declined, it could be paid in the bank's dialog, and once more in another order.
        return gateway.current().cancel_payment(str(seen.id))
    return seen
