"""PaymentIntents: made, changed, cancelled, captured. Confirming is `confirmation.py`."""

from sandbox import charges, confirmation, events, intents, lists, refunds
from sandbox.context import Context
from sandbox.currencies import as_text, check_amount
from sandbox.errors import Json, invalid_param
from sandbox.ids import new_client_secret, new_id
from sandbox.records import Record, Tx
from sandbox.shapes import merged_metadata, nulls, shipping

_CANCELABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_reauthorization",
    "requires_confirmation",
    "requires_action",
    "processing",
)
_ONLY_WITH_CONFIRM = (
    "error_on_requires_action",
    "mandate_data",
    "off_session",
    "radar_options",
    "return_url",
)
# Parameters whose values the object simply shows.
_PLAIN = (
    "amount",
    "capture_method",
    "currency",
    "description",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
)
_CAPTURED = "This PaymentIntent could not be captured because it has already been captured."
_NEW: Json = {
    **nulls(
        "allowed_payment_method_types application application_fee_amount canceled_at "
        "cancellation_reason customer customer_account description "
        "excluded_payment_method_types last_payment_error latest_charge managed_payments "
        "next_action on_behalf_of payment_method payment_method_configuration_details "
        "payment_record processing receipt_email review setup_future_usage shipping source "
        "statement_descriptor statement_descriptor_suffix transfer_data transfer_group"
    ),
    "amount_capturable": 0,
    "amount_details": {"tip": {}},
    "amount_received": 0,
    "capture_method": "automatic_async",
    "livemode": False,
    "metadata": {},
    "payment_method_options": {
        "card": {
            **nulls("installments mandate_options network"),
            "request_three_d_secure": "automatic",
        }
    },
    "payment_method_types": ["card"],
    "status": "requires_payment_method",
}


def create(ctx: Context) -> Record:
    params = ctx.params
    check_amount(params["amount"], params["currency"])
    intents.check_new(params, _ONLY_WITH_CONFIRM)
    intent_id = new_id("pi")
    intent = ctx.tx.add(
        {
            "id": intent_id,
            "object": "payment_intent",
            **_NEW,
            "automatic_payment_methods": intents.automatic_methods(params),
            "client_secret": new_client_secret(intent_id),
            "confirmation_method": params.get("confirmation_method", "automatic"),
            "created": ctx.tx.now,
        }
    )
    _change(ctx, intent)
    events.emit(ctx.tx, "payment_intent.created", intent)
    if params.get("confirm"):
        confirmation.confirm(ctx, intent)
    return intent


def retrieve(ctx: Context) -> Record:
    return intents.retrieve(ctx, "payment_intent")


def update(ctx: Context) -> Record:
    intent = intents.find(ctx, "payment_intent")
    params = ctx.params
    intents.check_change(intent, params)
    amount, currency = params.get("amount"), params.get("currency")
    if amount is not None or currency is not None:
        check_amount(intent["amount"] if amount is None else amount, currency or intent["currency"])
        if intent["status"] == "requires_action":
            # The customer was asked about another amount.
            intent.change(status="requires_confirmation", next_action=None)
    _change(ctx, intent)
    return intent


def confirm(ctx: Context) -> Record:
    intent = intents.find(ctx, "payment_intent")
    if ctx.browser:
        intents.check_secret(intent, ctx.params["client_secret"])
    confirmation.check_state(intent)
    _change(ctx, intent)
    confirmation.confirm(ctx, intent)
    return intent


def cancel(ctx: Context) -> Record:
    intent = intents.find(ctx, "payment_intent")
    if intent["status"] not in _CANCELABLE:
        raise intents.refused(intent, "cancel", "canceled", _CANCELABLE)
    end(ctx.tx, intent, ctx.get("cancellation_reason"))
    return intent


def end(tx: Tx, intent: Record, reason: str | None) -> None:
    """Cancels for good; an authorization is released."""
    if intent["status"] == "requires_capture":
        refunds.release(tx, tx.get("charge", intent["latest_charge"]))
    intent.change(
        status="canceled",
        canceled_at=tx.now,
        cancellation_reason=reason,
        next_action=None,
        amount_capturable=0,
    )
    events.emit(tx, "payment_intent.canceled", intent)


def capture(ctx: Context) -> Record:
    intent = intents.find(ctx, "payment_intent")
    if intent["status"] == "succeeded":
        raise intents.unexpected(intent, _CAPTURED)
    if intent["status"] != "requires_capture":
        raise intents.refused(intent, "capture", "captured", ("requires_capture",))
    authorized = intent["amount_capturable"]
    amount = ctx.get("amount_to_capture", authorized)
    if not 1 <= amount <= authorized:
        most = as_text(authorized, intent["currency"])
        code = "amount_too_large" if amount > 0 else "parameter_invalid_integer"
        message = f"You can capture at most {most}, which is the amount authorized."
        raise invalid_param(message, "amount_to_capture", code)
    _take(ctx, intent, amount)
    return intent


def list_all(ctx: Context) -> Json:
    query = lists.Query("payment_intent", "/v1/payment_intents")
    if "customer" in ctx.params:
        query.where("customer = ?", ctx.params["customer"])
    return query.page(ctx)


def _change(ctx: Context, intent: Record) -> None:
    if "shipping" in ctx.params:
        intent["shipping"] = shipping(ctx.params["shipping"])
    intents.change(ctx, intent, _PLAIN)


def _take(ctx: Context, intent: Record, amount: int) -> None:
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        if name in ctx.params:
            intent[name] = ctx.get(name)
    if "metadata" in ctx.params:
        intent["metadata"] = merged_metadata(intent["metadata"], ctx.params["metadata"])
    charges.capture(ctx.tx, ctx.tx.get("charge", intent["latest_charge"]), amount)
    intent.change(status="succeeded", amount_received=amount, amount_capturable=0)
    events.emit(ctx.tx, "payment_intent.succeeded", intent)
