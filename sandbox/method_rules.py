"""When a PaymentMethod may be used or saved, and what its first use reveals."""

from datetime import UTC, datetime

from sandbox import events, outcomes
from sandbox.cards import BY_NAME, Card
from sandbox.errors import ApiError, invalid_param
from sandbox.records import Record, Tx

_MAX_PER_CUSTOMER = 400
_SPENT = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
    "attachment, shared with a connected account without Customer attachment, or was detached "
    "from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must "
    "attach it to a Customer first."
)
_SPENT_ATTACH = (
    "This PaymentMethod was previously used without being attached to a Customer or was detached "
    "from a Customer, and may not be used again."
)


def card_of(method: Record) -> Card:
    return BY_NAME[method.hidden["card"]]


def is_expired(tx: Tx, method: Record) -> bool:
    """A card is good through the last day of its month (UTC)."""
    today = datetime.fromtimestamp(tx.now, UTC)
    card = method["card"]
    return (int(card["exp_year"]), int(card["exp_month"])) < (today.year, today.month)


def check_usable(method: Record, intent: Record, noun: str) -> None:
    """Raises: ApiError when this intent may not use it.

    Without a customer it serves one intent; with one, only intents of the same customer.
    """
    owner, customer = method["customer"], intent["customer"]
    if owner is None:
        if method.hidden.get("dead") or method.hidden.get("used_by", intent.id) != intent.id:
            raise ApiError(400, _SPENT, code="payment_method_unexpected_state")
    elif customer is None:
        raise invalid_param(
            f"The `payment_method` parameter supplied {method.id} belongs to the Customer {owner}."
            f" Please include the Customer in the `customer` parameter on the {noun}.",
            "payment_method",
        )
    elif owner != customer:
        raise not_of_customer(method.id)


def not_of_customer(method_id: str) -> ApiError:
    message = (
        f"The customer does not have a payment method with the ID {method_id}. The payment method "
        "must be attached to the customer."
    )
    return ApiError(400, message, code="resource_missing", param="payment_method")


def check_saving(tx: Tx, method: Record) -> None:
    """Raises: ApiError when it may not be saved: used up, or refused by its bank (402)."""
    if method.hidden.get("dead") or method.hidden.get("used_by"):
        raise ApiError(400, _SPENT_ATTACH, code="payment_method_unexpected_state")
    decline = decline_of_saving(tx, method)
    run_checks(method)
    if decline is not None:
        raise decline.error(payment_method=method.body)


def decline_of_saving(tx: Tx, method: Record) -> outcomes.Decline | None:
    return outcomes.on_saving(
        card_of(method), cvc_given=method.hidden["cvc"], expired=is_expired(tx, method)
    )


def decline_of_charge(tx: Tx, method: Record) -> outcomes.Decline | None:
    return outcomes.on_charge(
        card_of(method), cvc_given=method.hidden["cvc"], expired=is_expired(tx, method)
    )


def run_checks(method: Record) -> None:
    """The first use of a card fills in its checks, for what was given."""
    card = card_of(method)
    results = {
        "cvc_check": card.cvc_check,
        "address_line1_check": card.line1_check,
        "address_postal_code_check": card.postal_check,
    }
    checks = method["card"]["checks"]
    if "unchecked" in checks.values():
        done = {name: results[name] if was == "unchecked" else was for name, was in checks.items()}
        method["card"] = {**method["card"], "checks": done}


def join(tx: Tx, method: Record, customer_id: str) -> None:
    """Attaches without asking the bank. Raises: ApiError when the customer has too many."""
    (attached,) = tx.execute(
        "SELECT count(*) FROM objects WHERE customer = ? AND kind = 'payment_method'",
        (customer_id,),
    ).fetchone()
    if attached >= _MAX_PER_CUSTOMER:
        message = "You cannot attach more payment methods to this customer."
        raise ApiError(400, message, code="customer_max_payment_methods")
    method["customer"] = customer_id
    events.emit(tx, "payment_method.attached", method)


def leave(tx: Tx, method: Record) -> None:
    """Detaches for good."""
    before = dict(method.body)
    method["customer"] = None
    method.hide(dead=True)
    events.emit(tx, "payment_method.detached", method, before)
