"""SetupIntents: made, changed, cancelled. Confirming is `setup_confirmation.py`."""

from sandbox import events, intents, lists, setup_confirmation
from sandbox.context import Context
from sandbox.errors import Json
from sandbox.ids import new_client_secret, new_id
from sandbox.records import Record
from sandbox.shapes import nulls

_ONLY_WITH_CONFIRM = ("mandate_data", "return_url")
_NEW: Json = {
    **nulls(
        "allowed_payment_method_types application cancellation_reason customer customer_account "
        "description excluded_payment_method_types flow_directions last_setup_error "
        "latest_attempt managed_payments mandate next_action on_behalf_of payment_method "
        "payment_method_configuration_details single_use_mandate"
    ),
    "livemode": False,
    "metadata": {},
    "payment_method_options": {
        "card": {**nulls("mandate_options network"), "request_three_d_secure": "automatic"}
    },
    "payment_method_types": ["card"],
    "status": "requires_payment_method",
}


def create(ctx: Context) -> Record:
    intents.check_new(ctx.params, _ONLY_WITH_CONFIRM)
    intent_id = new_id("seti")
    intent = ctx.tx.add(
        {
            "id": intent_id,
            "object": "setup_intent",
            **_NEW,
            "automatic_payment_methods": intents.automatic_methods(ctx.params),
            "client_secret": new_client_secret(intent_id),
            "created": ctx.tx.now,
            "usage": ctx.get("usage", "off_session"),
        }
    )
    intents.change(ctx, intent, ("description",))
    events.emit(ctx.tx, "setup_intent.created", intent)
    if ctx.params.get("confirm"):
        setup_confirmation.confirm(ctx, intent)
    return intent


def retrieve(ctx: Context) -> Record:
    return intents.retrieve(ctx, "setup_intent")


def update(ctx: Context) -> Record:
    intent = intents.find(ctx, "setup_intent")
    intents.check_change(intent, ctx.params)
    intents.change(ctx, intent, ("description",))
    return intent


def confirm(ctx: Context) -> Record:
    intent = intents.find(ctx, "setup_intent")
    if ctx.browser:
        intents.check_secret(intent, ctx.params["client_secret"])
    setup_confirmation.check_state(intent)
    intents.change(ctx, intent, ())
    setup_confirmation.confirm(ctx, intent)
    return intent


def cancel(ctx: Context) -> Record:
    intent = intents.find(ctx, "setup_intent")
    if intent["status"] not in intents.CONFIRMABLE:
        raise intents.refused(intent, "cancel", "canceled", intents.CONFIRMABLE)
    reason = ctx.get("cancellation_reason")
    intent.change(status="canceled", cancellation_reason=reason, next_action=None)
    events.emit(ctx.tx, "setup_intent.canceled", intent)
    return intent


def list_all(ctx: Context) -> Json:
    query = lists.Query("setup_intent", "/v1/setup_intents")
    if "customer" in ctx.params:
        query.where("customer = ?", ctx.params["customer"])
    if "payment_method" in ctx.params:
        query.where("json_extract(body, '$.payment_method') = ?", ctx.params["payment_method"])
    return query.page(ctx)
