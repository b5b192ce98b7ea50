"""What a publishable key may see: the documented subset of intents, no fingerprints."""

from typing import Any

from sandbox.errors import Json

# Source: the types of @stripe/stripe-js.
_PAYMENT_INTENT = frozenset(
    "id object amount amount_details automatic_payment_methods canceled_at cancellation_reason "
    "capture_method client_secret confirmation_method created currency description "
    "last_payment_error livemode next_action payment_method payment_method_types processing "
    "receipt_email setup_future_usage shipping source status".split()
)
_SETUP_INTENT = frozenset(
    "id object automatic_payment_methods cancellation_reason client_secret created description "
    "last_setup_error livemode next_action payment_method payment_method_types status "
    "usage".split()
)
_HIDDEN_ON_CARDS = frozenset(("fingerprint",))


def subset(value: Any) -> Any:
    """The same answer, or error, without what a browser must not see; at every depth."""
    if isinstance(value, list):
        return [subset(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: subset(inner) for name, inner in value.items() if _visible(value, name)}


def _visible(owner: Json, name: str) -> bool:
    kind = owner.get("object")
    if kind == "payment_intent":
        return name in _PAYMENT_INTENT
    if kind == "setup_intent":
        return name in _SETUP_INTENT
    return name not in _HIDDEN_ON_CARDS
