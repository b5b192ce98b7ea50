"""Stripe's lists, as far as they are compared with our rows: newest first, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import gateway
from gateway_types import DisputeFacts, Payment, RefundFacts

PAYMENT_DETAILS = ["data.latest_charge", "data.payment_method"]


@dataclass(frozen=True)
class ListedPayment:
    """A PaymentIntent, when it was made, and the last change of it that Stripe dates."""

    payment: Payment
    created: datetime
    changed: datetime

    @classmethod
    def of(cls, intent: dict[str, Any]) -> Self:
        charge = intent.get("latest_charge")
        times = [intent["created"], intent.get("canceled_at")]
        times.append(charge["created"] if isinstance(charge, dict) else None)
        changed = max(moment for moment in times if moment is not None)
        return cls(Payment.of(intent), _time(intent["created"]), _time(changed))


@dataclass(frozen=True)
class ListedRefund:
    facts: RefundFacts
    payment_id: str | None
    created: datetime

    @classmethod
    def of(cls, refund: dict[str, Any]) -> Self:
        payment_id = refund.get("payment_intent")
        return cls(RefundFacts.of(refund), payment_id, _time(refund["created"]))


@dataclass(frozen=True)
class Listed:
    """A refund, dispute or warning, by its id. `status`: where it has one."""

    id: str
    payment_id: str | None
    status: str | None

    @classmethod
    def of(cls, thing: dict[str, Any]) -> Self:
        return cls(thing["id"], thing.get("payment_intent"), thing.get("status"))


@dataclass(frozen=True)
class EndpointFacts:
    """A webhook endpoint. `events` may be `*`."""

    id: str
    url: str
    enabled: bool
    events: frozenset[str]

    @classmethod
    def of(cls, endpoint: dict[str, Any]) -> Self:
        enabled = endpoint["status"] == "enabled"
        return cls(endpoint["id"], endpoint["url"], enabled, frozenset(endpoint["enabled_events"]))


def payments(since: int, until: int | None) -> Iterator[list[ListedPayment]]:
    """The PaymentIntents made from `since` to `until` (seconds since the epoch).

    Raises: Unavailable.
    """
    query = {"created": _between(since, until), "expand": PAYMENT_DETAILS}
    for page in gateway.current().pages("payment_intents", query):
        yield [ListedPayment.of(intent) for intent in page]


def find_payment(transaction_id: str, customer_id: str | None, since: int) -> str | None:
    """The id of the PaymentIntent that was made for a transaction, if there is one.

    since: seconds since the epoch, before the transaction began. Raises: Unavailable, Refused.
    """
    query: dict[str, Any] = {"created": {"gte": since}}
    if customer_id:
        query["customer"] = customer_id
    for page in gateway.current().pages("payment_intents", query):
        for intent in page:
            if (intent.get("metadata") or {}).get("transaction_id") == transaction_id:
                return str(intent["id"])
    return None


def refunds(since: int) -> Iterator[list[ListedRefund]]:
    """The refunds made since then, of whatever payment. Raises: Unavailable."""
    for page in gateway.current().pages("refunds", {"created": {"gte": since}}):
        yield [ListedRefund.of(refund) for refund in page]


def about_payments(kind: str, since: int) -> Iterator[list[Listed]]:
    """What was made since then of a kind that belongs to payments.

    kind: `refunds`, `disputes` or `radar.early_fraud_warnings`. Raises: Unavailable, Refused.
    """
    for page in gateway.current().pages(kind, {"created": {"gte": since}}):
        yield [Listed.of(thing) for thing in page]


def disputes(since: int) -> Iterator[list[tuple[str, DisputeFacts]]]:
    """The disputes opened since then, each with its PaymentIntent's id. Raises: Unavailable."""
    for page in gateway.current().pages("disputes", {"created": {"gte": since}}):
        yield [(str(one["payment_intent"]), DisputeFacts.of(one)) for one in page]


def webhook_endpoints() -> list[EndpointFacts]:
    """Raises: Unavailable; a restricted key may not look (`gateway.why` says "permission")."""
    found = gateway.current().pages("webhook_endpoints", {})
    return [EndpointFacts.of(endpoint) for page in found for endpoint in page]


def _between(since: int, until: int | None) -> dict[str, int]:
    return {"gte": since} | ({"lte": until} if until is not None else {})


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
