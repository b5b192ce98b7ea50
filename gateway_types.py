"""What the gateway answers: plain snapshots of Stripe's objects, only what we use of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self

from wire import has_card_number

# Stripe lets whoever types a card write at any length; our columns end here.
LONGEST_NAME, LONGEST_WORD = 200, 80


@dataclass(frozen=True)
class CardFacts:
    """A card as Stripe knows it; the only source of what we show of one."""

    payment_method_id: str
    brand: str
    last_four: str
    expomon: int
    expoyear: int
    name_on_card: str | None
    fingerprint: str | None
    customer_id: str | None

    @classmethod
    def of(cls, method: Any) -> Self | None:
        """From a PaymentMethod; None for an id that wasn't expanded or another kind of method."""
        if not isinstance(method, dict) or not method.get("card"):
            return None
        card = method["card"]
        name = _cut((method.get("billing_details") or {}).get("name"), LONGEST_NAME)
        return cls(
            payment_method_id=method["id"],
            brand=card["brand"][:30],
            last_four=card["last4"],
            expomon=card["exp_month"],
            expoyear=card["exp_year"],
            # Some type the card's number into that field.
            name_on_card=None if name and has_card_number(name) else name,
            fingerprint=card.get("fingerprint"),
            customer_id=_id(method.get("customer")),
        )


@dataclass(frozen=True)
class Decline:
    """Why a card was refused, in Stripe's codes."""

    code: str
    decline_code: str | None
    message: str

    @classmethod
    def of(cls, error: dict[str, Any] | None) -> Self | None:
        if not error:
            return None
        code = _cut(error.get("code"), LONGEST_WORD) or "card_declined"
        decline_code = _cut(error.get("decline_code"), LONGEST_WORD)
        return cls(code, decline_code, error.get("message") or "")


@dataclass(frozen=True)
class Payment:
    """A PaymentIntent. `amount` in minor units; `decline` is its last payment error.

    `id` is None only when Stripe declined without creating one.
    """

    id: str | None
    status: str
    amount: int
    currency: str
    client_secret: str | None
    customer_id: str | None
    charge_id: str | None
    amount_refunded: int
    disputed: bool
    card: CardFacts | None
    decline: Decline | None
    metadata: dict[str, str]

    @classmethod
    def of(cls, intent: dict[str, Any], error: dict[str, Any] | None = None) -> Self:
        problem = intent.get("last_payment_error") or error
        charge = intent.get("latest_charge")
        expanded = charge if isinstance(charge, dict) else {}
        method = intent.get("payment_method")
        return cls(
            id=intent.get("id"),
            status=intent["status"],
            amount=intent.get("amount", 0),
            currency=intent.get("currency", ""),
            client_secret=intent.get("client_secret"),
            customer_id=_id(intent.get("customer")),
            charge_id=_id(charge),
            amount_refunded=expanded.get("amount_refunded", 0),
            disputed=bool(expanded.get("disputed")),
            card=CardFacts.of(method) or CardFacts.of((problem or {}).get("payment_method")),
            decline=Decline.of(problem),
            metadata=dict(intent.get("metadata") or {}),
        )

    @classmethod
    def declined(cls, error: dict[str, Any]) -> Self:
        """From the body of a card error, which usually carries the intent."""
        intent = error.get("payment_intent") or {"status": "requires_payment_method"}
        return cls.of(intent, error)


@dataclass(frozen=True)
class Setup:
    """A SetupIntent. `card_id` is our own row's id, for those that we asked for.

    `try_id`: Stripe's id of the last try with a card.
    """

    id: str | None
    status: str
    client_secret: str | None
    card: CardFacts | None
    decline: Decline | None
    customer_id: str | None
    card_id: str | None
    try_id: str | None

    @classmethod
    def of(cls, intent: dict[str, Any], error: dict[str, Any] | None = None) -> Self:
        problem = intent.get("last_setup_error") or error
        return cls(
            id=intent.get("id"),
            status=intent["status"],
            client_secret=intent.get("client_secret"),
            card=CardFacts.of(intent.get("payment_method")),
            decline=Decline.of(problem),
            customer_id=_id(intent.get("customer")),
            card_id=(intent.get("metadata") or {}).get("card_id"),
            try_id=_id(intent.get("latest_attempt")),
        )

    @classmethod
    def declined(cls, error: dict[str, Any]) -> Self:
        return cls.of(error.get("setup_intent") or {"status": "requires_payment_method"}, error)


@dataclass(frozen=True)
class RefundFacts:
    """A refund. `refund_id` is our own row's id, for those that we asked for."""

    id: str
    amount: int
    currency: str
    status: str
    reason: str | None
    failure_reason: str | None
    refund_id: str | None

    @classmethod
    def of(cls, refund: dict[str, Any]) -> Self:
        return cls(
            id=refund["id"],
            amount=refund["amount"],
            currency=refund["currency"],
            status=refund.get("status") or "pending",
            reason=refund.get("reason"),
            failure_reason=refund.get("failure_reason"),
            refund_id=(refund.get("metadata") or {}).get("refund_id"),
        )


@dataclass(frozen=True)
class Greeting:
    """What an answer says beside its contents. `livemode` is None where nothing was made yet."""

    date: datetime | None
    version: str | None
    asked_version: str
    livemode: bool | None

    @classmethod
    def of(cls, headers: Mapping[str, str], things: list[dict[str, Any]], asked: str) -> Self:
        """headers: with names in lower case. things: objects of the answer."""
        date = headers.get("date")
        return cls(
            date=parsedate_to_datetime(date) if date else None,
            version=headers.get("stripe-version"),
            asked_version=asked,
            livemode=things[0].get("livemode") if things else None,
        )


@dataclass(frozen=True)
class DisputeFacts:
    """A dispute or an inquiry. `opened` and `due_by` in seconds since the epoch."""

    id: str
    amount: int
    currency: str
    status: str
    reason: str
    opened: int
    due_by: int | None

    @classmethod
    def of(cls, dispute: dict[str, Any]) -> Self:
        return cls(
            id=dispute["id"],
            amount=dispute["amount"],
            currency=dispute["currency"],
            status=dispute["status"],
            reason=dispute["reason"],
            opened=dispute["created"],
            due_by=(dispute.get("evidence_details") or {}).get("due_by"),
        )


@dataclass(frozen=True)
class WarningFacts:
    """An early fraud warning. `opened` in seconds since the epoch."""

    id: str
    fraud_type: str
    actionable: bool
    opened: int

    @classmethod
    def of(cls, warning: dict[str, Any]) -> Self:
        return cls(warning["id"], warning["fraud_type"], warning["actionable"], warning["created"])


@dataclass(frozen=True)
class FailedTry:
    """A try with a card, as the event of its end tells: the intent itself shows only the last one.

    `id`: of the charge, or of the SetupIntent's attempt; None where no charge was made.
    """

    id: str | None
    payment_method_id: str | None
    why: Decline

    @classmethod
    def of(cls, intent: dict[str, Any]) -> Self | None:
        error = intent.get("last_payment_error") or intent.get("last_setup_error")
        why = Decline.of(error)
        if why is None or error is None:
            return None
        made = error.get("charge") or intent.get("latest_attempt")
        return cls(_id(made), _id(error.get("payment_method")), why)


@dataclass(frozen=True)
class EventHint:
    """A webhook: something happened to this object; ask Stripe what."""

    id: str
    type: str
    livemode: bool
    object_type: str
    object_id: str
    payment_id: str | None
    failed: FailedTry | None

    @classmethod
    def of(cls, event: dict[str, Any]) -> Self:
        """Raises: ValueError when this is no event as Stripe makes them."""
        try:
            thing = event["data"]["object"]
            return cls(
                id=_word(event["id"]),
                type=_word(event["type"]),
                livemode=bool(event["livemode"]),
                object_type=_word(thing.get("object", "")),
                object_id=_word(thing.get("id", "")),
                payment_id=_id(thing.get("payment_intent")),
                failed=FailedTry.of(thing) if event["type"].endswith("_failed") else None,
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"no event: {error!r}") from None


def _word(value: Any) -> str:
    """An id or a name of a type, which must fit our columns. Raises: ValueError."""
    if not isinstance(value, str) or len(value) > 64 or not value.isprintable():
        raise ValueError(f"no name: {value!r:.80}")
    return value


def _cut(text: str | None, longest: int) -> str | None:
    """What fits into the column, without what no database takes."""
    return text.replace("\x00", "")[:longest] if text else None


def _id(value: Any) -> str | None:
    """The id of something that may or may not be expanded."""
    if isinstance(value, dict):
        return str(value["id"])
    return str(value) if value else None
