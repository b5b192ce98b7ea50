"""Confirming a SetupIntent: making a card ready for later payments."""

from sandbox import events, intents, next_actions
from sandbox.cards import Card
from sandbox.confirmation import NOT_AUTHENTICATED
from sandbox.context import Context
from sandbox.errors import ApiError
from sandbox.ids import new_id
from sandbox.method_rules import (
    card_of,
    check_usable,
    decline_of_saving,
    is_expired,
    join,
    run_checks,
)
from sandbox.outcomes import GENERIC, Decline
from sandbox.records import Record

_NO_METHOD = (
    "You cannot confirm this SetupIntent because it's missing a payment method. Update the "
    "SetupIntent with a payment method and then confirm it again."
)
_SUCCEEDED = "You cannot confirm this SetupIntent because it has already succeeded."


def check_state(intent: Record) -> None:
    """Raises: ApiError unless the intent may be confirmed now."""
    if intent["status"] == "succeeded":
        raise intents.unexpected(intent, _SUCCEEDED)
    if intent["status"] not in intents.CONFIRMABLE:
        raise intents.refused(intent, "confirm", "confirmed", intents.CONFIRMABLE)


def confirm(ctx: Context, intent: Record) -> None:
    """Raises: ApiError (402) when the bank refuses the card."""
    if intent["payment_method"] is None:
        raise intents.unexpected(intent, _NO_METHOD)
    method = ctx.tx.get("payment_method", intent["payment_method"])
    check_usable(method, intent, "SetupIntent")
    intents.check_return_url(ctx, intent)
    if method["customer"] is None:
        method.hide(used_by=intent.id)
    run_checks(method)
    intent.change(last_setup_error=None, next_action=None, latest_attempt=new_id("setatt"))
    card = card_of(method)
    asked = card.challenge == "always" or (
        card.challenge == "requested" and intents.wants_three_ds(intent)
    )
    challenged = asked or card.challenge == "captcha"
    if challenged and not card.lookup_fails and not is_expired(ctx.tx, method):
        _require_action(ctx, intent, method, card)
    else:
        _settle(ctx, intent, method, GENERIC if asked and card.lookup_fails else None)


def after_challenge(ctx: Context, intent: Record, passed: bool) -> None:
    """The customer came back from 3DS. How it ended is told by the intent alone."""
    method = ctx.tx.get("payment_method", intent["payment_method"])
    intent["next_action"] = None
    if not passed:
        error = ApiError(402, NOT_AUTHENTICATED, code="setup_intent_authentication_failure")
        _fail(ctx, intent, method, error.about("payment_method", method.body))
        return
    decline = decline_of_saving(ctx.tx, method)
    if decline is not None:
        _fail(ctx, intent, method, decline.error(payment_method=method.body))
        return
    method.hide(set_up=True)
    _succeed(ctx, intent, method)


def _require_action(ctx: Context, intent: Record, method: Record, card: Card) -> None:
    kind = "captcha" if card.challenge == "captcha" else "three_d_secure"
    next_actions.require(ctx, intent, method, kind)
    events.emit(ctx.tx, "setup_intent.requires_action", intent)


def _settle(ctx: Context, intent: Record, method: Record, refusal: Decline | None) -> None:
    decline = refusal or decline_of_saving(ctx.tx, method)
    if decline is None:
        _succeed(ctx, intent, method)
        return
    error = decline.error(payment_method=method.body)
    _fail(ctx, intent, method, error)
    raise error.about("setup_intent", intent.body).keep()


def _succeed(ctx: Context, intent: Record, method: Record) -> None:
    intent["status"] = "succeeded"
    # Only set up, not paid with: it may still be attached or used.
    method.unhide("used_by")
    events.emit(ctx.tx, "setup_intent.succeeded", intent)
    if intent["customer"] and method["customer"] is None:
        join(ctx.tx, method, intent["customer"])


def _fail(ctx: Context, intent: Record, method: Record, error: ApiError) -> None:
    # Nothing was paid with it: it may be tried again elsewhere.
    method.unhide("used_by")
    intent.change(
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_setup_error=dict(error.error),
    )
    events.emit(ctx.tx, "setup_intent.setup_failed", intent)
