"""3D Secure and captchas: when a card asks for one, what the intent says, and its end."""

from sandbox import confirmation, intents, setup_confirmation
from sandbox.context import Context
from sandbox.errors import ApiError, Json
from sandbox.next_actions import find_source
from sandbox.records import Record


def describe(ctx: Context) -> Json:
    """What a challenge page shows; `kind` is `three_d_secure` or `captcha`."""
    intent = find_source(ctx.tx, ctx.ids[0])
    intents.check_secret(intent, ctx.params["client_secret"])
    method = ctx.tx.get("payment_method", intent["payment_method"])
    return {
        "object": "three_d_secure_2_challenge",
        "source": ctx.ids[0],
        "intent": intent.id,
        "kind": intent.hidden["challenge"]["kind"],
        "amount": intent.body.get("amount"),
        "currency": intent.body.get("currency"),
        "merchant": "Sandbox",
        "card": {name: method["card"][name] for name in ("brand", "last4")},
    }


def authenticate(ctx: Context) -> Record:
    """The customer's answer to the challenge; answers with the intent as it is then."""
    params = ctx.params
    intent = find_source(ctx.tx, params["source"])
    intents.check_secret(intent, params["client_secret"])
    if intent["status"] != "requires_action":
        error = ApiError(
            400,
            "This challenge has already been answered.",
            code=f"{intent.kind}_unexpected_state",
        )
        raise error.about(intent.kind, intent.body)
    passed = params["outcome"] == "complete"
    if intent.kind == "payment_intent":
        confirmation.after_challenge(ctx, intent, passed)
    else:
        setup_confirmation.after_challenge(ctx, intent, passed)
    return intent
