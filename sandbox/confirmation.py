"""Confirming a PaymentIntent: one attempt, from the chosen card to its charge."""

from sandbox import banks, charges, events, intents, next_actions
from sandbox.cards import Card
from sandbox.context import Context
from sandbox.errors import ApiError, Json, card_error
from sandbox.method_rules import (
    card_of,
    check_usable,
    decline_of_charge,
    is_expired,
    join,
    run_checks,
)
from sandbox.outcomes import AUTHENTICATION_REQUIRED, GENERIC, Decline
from sandbox.records import Record, Tx

NOT_AUTHENTICATED = (
    "We are unable to authenticate your payment method. Please choose a different payment method "
    "and try again."
)
_NO_METHOD = (
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either "
    "update the PaymentIntent with a payment method and then confirm it again, or confirm it "
    "again directly with a payment method or ConfirmationToken."
)
_SUCCEEDED = (
    "You cannot confirm this PaymentIntent because it has already succeeded after being "
    "previously confirmed."
)
_NOT_HANDLED = (
    "This payment required an authentication action to complete, but `error_on_requires_action` "
    "was set. When you're ready, you can upgrade your integration to handle actions at "
    "https://stripe.com/docs/payments/payment-intents/upgrade-to-handle-actions."
)


def check_state(intent: Record) -> None:
    """Raises: ApiError unless the intent may be confirmed now."""
    if intent["status"] == "succeeded":
        raise intents.unexpected(intent, _SUCCEEDED)
    if intent["status"] not in intents.CONFIRMABLE:
        raise intents.refused(intent, "confirm", "confirmed", intents.CONFIRMABLE)


def confirm(ctx: Context, intent: Record) -> None:
    """Tries to pay. Raises: ApiError (402) for a decline; the failed charge stays."""
    if intent["payment_method"] is None:
        raise intents.unexpected(intent, _NO_METHOD)
    method = ctx.tx.get("payment_method", intent["payment_method"])
    check_usable(method, intent, "PaymentIntent")
    intents.check_return_url(ctx, intent)
    if method["customer"] is None:
        method.hide(used_by=intent.id)
    run_checks(method)
    intent.change(last_payment_error=None, next_action=None)
    decline = _attempt(ctx, intent, method)
    if decline is not None:
        error = decline.error(charge=intent["latest_charge"], payment_method=method.body)
        raise error.about("payment_intent", intent.body).keep()


def after_challenge(ctx: Context, intent: Record, passed: bool) -> None:
    """The customer came back from 3DS: charge, or ask for another card."""
    method = ctx.tx.get("payment_method", intent["payment_method"])
    intent["next_action"] = None
    if not passed:
        error = ApiError(402, NOT_AUTHENTICATED, code="payment_intent_authentication_failure")
        _back_to_start(ctx.tx, intent, error.about("payment_method", method.body))
    elif intent["confirmation_method"] == "manual":
        intent.hide(authenticated=method.id)
        intent["status"] = "requires_confirmation"
    else:
        captcha = intent.hidden["challenge"]["kind"] == "captcha"
        _charge(ctx.tx, intent, method, None if captcha else charges.AUTHENTICATED)


def _attempt(ctx: Context, intent: Record, method: Record) -> Decline | None:
    card = card_of(method)
    if intent.unhide("authenticated") == method.id:
        return _charge(ctx.tx, intent, method, charges.AUTHENTICATED)
    if ctx.get("off_session", "false") != "false":
        needs = card.off_session == "required" or (
            card.off_session == "setup" and not method.hidden.get("set_up")
        )
        refusal = AUTHENTICATION_REQUIRED if needs else None
        return _charge(ctx.tx, intent, method, None, refusal)
    return _on_session(ctx, intent, method, card)


def _on_session(ctx: Context, intent: Record, method: Record, card: Card) -> Decline | None:
    asked = intents.wants_three_ds(intent)
    challenged = card.challenge in ("always", "captcha") or (
        card.challenge == "requested" and asked
    )
    if not challenged or is_expired(ctx.tx, method):
        return _charge(ctx.tx, intent, method, charges.ATTEMPTED if asked else None)
    if card.lookup_fails:
        return _charge(ctx.tx, intent, method, None, GENERIC)
    if ctx.params.get("error_on_requires_action"):
        raise _not_handled(ctx, intent, method)
    kind = "captcha" if card.challenge == "captcha" else "three_d_secure"
    next_actions.require(ctx, intent, method, kind)
    events.emit(ctx.tx, "payment_intent.requires_action", intent)
    return None


def _not_handled(ctx: Context, intent: Record, method: Record) -> ApiError:
    code = "authentication_required"
    error = card_error(_NOT_HANDLED, code, decline_code="authentication_not_handled")
    error.about("payment_method", method.body)
    _back_to_start(ctx.tx, intent, error)
    return error.about("payment_intent", intent.body).keep()


def bank_answers(tx: Tx, intent: Record) -> None:
    """A bank that took its time has decided, unless the payment was called off meanwhile."""
    if intent["status"] == "processing":
        method = tx.get("payment_method", intent["payment_method"])
        intent["processing"] = None
        _charge_now(tx, intent, method, intent.unhide("three_ds"))


def _charge(
    tx: Tx,
    intent: Record,
    method: Record,
    three_ds: Json | None,
    refusal: Decline | None = None,
) -> Decline | None:
    """One charge. `refusal` is known before the bank is asked."""
    seconds = 0 if refusal else banks.patience(tx)
    if not seconds:
        return _charge_now(tx, intent, method, three_ds, refusal)
    intent.change(status="processing", processing={"type": "card"})
    intent.hide(three_ds=three_ds)
    tx.schedule(seconds, "bank_answers", intent.id)
    events.emit(tx, "payment_intent.processing", intent)
    return None


def _charge_now(
    tx: Tx,
    intent: Record,
    method: Record,
    three_ds: Json | None,
    refusal: Decline | None = None,
) -> Decline | None:
    decline = refusal or decline_of_charge(tx, method)
    manual = intents.card_option(intent, "capture_method") == "manual"
    captured = decline is None and not manual
    charge = charges.add(tx, intent, method, decline, three_ds, captured)
    intent["latest_charge"] = charge.id
    if decline is None:
        _succeed(tx, intent, method, three_ds)
    else:
        if method["customer"] is None:
            method.hide(dead=True)
        error = decline.error(charge=charge.id, payment_method=method.body)
        _back_to_start(tx, intent, error)
    return decline


def _back_to_start(tx: Tx, intent: Record, error: ApiError) -> None:
    intent.change(
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_payment_error=dict(error.error),
    )
    events.emit(tx, "payment_intent.payment_failed", intent)


def _succeed(tx: Tx, intent: Record, method: Record, three_ds: Json | None) -> None:
    if intents.card_option(intent, "capture_method") == "manual":
        intent.change(status="requires_capture", amount_capturable=intent["amount"])
        tx.schedule(charges.AUTHORIZATION_DAYS * 86400, "expire_authorization", intent.id)
        events.emit(tx, "payment_intent.amount_capturable_updated", intent)
    else:
        intent.change(status="succeeded", amount_received=intent["amount"])
        events.emit(tx, "payment_intent.succeeded", intent)
    usage = intents.card_option(intent, "setup_future_usage")
    if usage in ("on_session", "off_session") and intent["customer"]:
        if three_ds is not None:
            method.hide(set_up=True)
        if method["customer"] is None:
            join(tx, method, intent["customer"])
