"""What PaymentIntents and SetupIntents share: finding them, their secrets, their card."""

from typing import Any

from sandbox import payment_methods
from sandbox.context import Context
from sandbox.errors import ApiError, Json, exclusive_params, invalid_param
from sandbox.method_rules import check_usable
from sandbox.records import Record
from sandbox.shapes import merged_metadata

NOUNS = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
# What may still change when an intent is final.
_ALWAYS = ("metadata", "description", "expand")
_RETURN_URL = (
    "This {noun} is configured to accept payment methods enabled in your Dashboard. Because some "
    "of these payment methods might redirect your customer off of your page, you must provide a "
    "`return_url`. If you don't want to accept redirect-based payment methods, set "
    "`automatic_payment_methods[enabled]` to `true` and "
    "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and "
    "Payment Intents."
)


def find(ctx: Context, kind: str) -> Record:
    """The intent of the URL. Raises: ApiError (404), or for a client secret in its place."""
    intent_id = ctx.ids[0]
    if "_secret_" in intent_id:
        message = (
            f"You passed a string that looks like a client secret as the {NOUNS[kind]} ID, but "
            "you must provide the ID itself."
        )
        raise ApiError(400, message, param="intent")
    return ctx.tx.get(kind, intent_id, "intent", 404)


def retrieve(ctx: Context, kind: str) -> Record:
    intent = find(ctx, kind)
    secret = ctx.get("client_secret")
    if secret is not None:
        check_secret(intent, secret)
    return intent


def check_secret(intent: Record, secret: str) -> None:
    if secret != intent["client_secret"]:
        message = (
            "The client_secret provided does not match the client_secret associated with the "
            f"{NOUNS[intent.kind]}."
        )
        code = f"{intent.kind}_invalid_parameter"
        raise ApiError(400, message, code=code, param="client_secret")


def check_new(params: Json, only_with_confirm: tuple[str, ...]) -> None:
    """What a new intent may not combine. Raises: ApiError."""
    for name in only_with_confirm:
        if name in params and not params.get("confirm"):
            raise invalid_param(f"You can only pass in `{name}` when `confirm` is `true`.", name)
    for rival in ("automatic_payment_methods", "excluded_payment_method_types"):
        if rival in params and "allowed_payment_method_types" in params:
            raise exclusive_params(rival, "allowed_payment_method_types")


def automatic_methods(params: Json) -> Json | None:
    """The `automatic_payment_methods` of a new intent: on, unless said otherwise."""
    given = params.get("automatic_payment_methods", {"enabled": True})
    if "allowed_payment_method_types" in params or not given["enabled"]:
        return None
    return {"allow_redirects": given.get("allow_redirects", "always"), "enabled": True}


def check_change(intent: Record, params: Json) -> None:
    """Raises: ApiError for changes of a final intent, or of its customer."""
    frozen = [name for name in params if name not in _ALWAYS]
    if intent["status"] in ("succeeded", "canceled") and frozen:
        noun = NOUNS[intent.kind]
        message = (
            f"This {noun}'s {frozen[0]} could not be updated because it has a status of "
            f"{intent['status']}. You may only update the {frozen[0]} of a {noun} with one of the "
            f"following statuses: {', '.join(CONFIRMABLE)}."
        )
        code = f"{intent.kind}_unexpected_state"
        error = ApiError(400, message, code=code, param=frozen[0])
        raise error.about(intent.kind, intent.body)
    if intent["customer"] and params.get("customer", intent["customer"]) != intent["customer"]:
        raise invalid_param(
            f"You cannot modify `customer` on a {NOUNS[intent.kind]} once it already has been "
            "set. To fulfill a payment with a different Customer, cancel this "
            f"{NOUNS[intent.kind]} and create a new one.",
            "customer",
        )


def change(ctx: Context, intent: Record, plain: tuple[str, ...]) -> None:
    """Takes over parameters; those in `plain` are shown as they came, emptied ones as null."""
    params = ctx.params
    for name in (*plain, "allowed_payment_method_types", "excluded_payment_method_types"):
        if name in params:
            intent[name] = params[name] or None
    allowed = intent["allowed_payment_method_types"]
    if allowed is not None and "card" not in allowed:
        name = "allowed_payment_method_types"
        raise invalid_param(f"The sandbox imitates cards only: `{name}` must hold `card`.", name)
    if "metadata" in params:
        intent["metadata"] = merged_metadata(intent["metadata"], params["metadata"])
    if "customer" in params:
        intent["customer"] = ctx.tx.get("customer", params["customer"]).id
    _merge_options(intent, params)
    method = _method_from(ctx)
    if method is not None:
        check_usable(method, intent, NOUNS[intent.kind])
        intent.change(payment_method=method.id, status="requires_confirmation", next_action=None)


def check_return_url(ctx: Context, intent: Record) -> None:
    """Raises: ApiError when a redirect might be needed and there is nowhere to return to.

    The intent itself stays: the error shows it. Stripe.js needs no URL for cards.
    """
    automatic = intent["automatic_payment_methods"]
    if ctx.browser or ctx.get("return_url") or not automatic:
        return
    if automatic["allow_redirects"] == "always":
        message = _RETURN_URL.format(noun=NOUNS[intent.kind])
        raise ApiError(400, message).about(intent.kind, intent.body).keep()


def unexpected(intent: Record, message: str) -> ApiError:
    """The refusal of something that the intent's status does not allow."""
    error = ApiError(400, message, code=f"{intent.kind}_unexpected_state")
    return error.about(intent.kind, intent.body)


def refused(intent: Record, verb: str, participle: str, allowed: tuple[str, ...]) -> ApiError:
    """`unexpected` in Stripe's usual sentence."""
    noun = NOUNS[intent.kind]
    return unexpected(
        intent,
        f"You cannot {verb} this {noun} because it has a status of {intent['status']}. Only a "
        f"{noun} with one of the following statuses may be {participle}: {', '.join(allowed)}.",
    )


def card_option(intent: Record, name: str) -> Any:
    """An option for cards: of `payment_method_options`, else of the intent itself."""
    value = intent["payment_method_options"]["card"].get(name)
    return intent.body.get(name) if value is None else value


def wants_three_ds(intent: Record) -> bool:
    return card_option(intent, "request_three_d_secure") in ("any", "challenge")


def _method_from(ctx: Context) -> Record | None:
    """The PaymentMethod that the parameters name or describe."""
    if "payment_method" in ctx.params:
        if "payment_method_data" in ctx.params:
            raise exclusive_params("payment_method", "payment_method_data")
        return payment_methods.find(ctx.tx, ctx.params["payment_method"])
    if "payment_method_data" in ctx.params:
        return payment_methods.from_data(ctx, ctx.params["payment_method_data"])
    return None


def _merge_options(intent: Record, params: Json) -> None:
    given = params.get("payment_method_options", {}).get("card") or {}
    if given:
        merged = {**intent["payment_method_options"]["card"], **given}
        kept = {name: value for name, value in merged.items() if value != ""}
        intent["payment_method_options"] = {"card": kept}
