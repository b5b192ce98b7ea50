"""Every call to Stripe, and nothing else of Stripe's: no decision is made here.

A call ends in one of four ways: a plain snapshot of the object; `Refused` (Stripe understood and
did nothing); `OutcomeUnknown` (it may have happened); `errors.Unavailable` (it wasn't executed).
A decline is an answer, not an error: it comes back as a snapshot with `decline` set.
How a call is made, and what its failure means, is in `gateway_line.py`.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from operator import attrgetter
from typing import Any, cast
from uuid import uuid4

import stripe
from flask import Flask, current_app

import card_testing
from gateway_line import KeyUsed, Line, OutcomeUnknown, Refused, make_http_client, why
from gateway_types import (
    CardFacts,
    DisputeFacts,
    EventHint,
    Greeting,
    Payment,
    RefundFacts,
    Setup,
    WarningFacts,
)

__all__ = ["Gateway", "KeyUsed", "OutcomeUnknown", "Refused", "current", "init_app", "why"]
PAYMENT_DETAILS = ["latest_charge", "payment_method"]
SETUP_DETAILS = ["payment_method"]

log = logging.getLogger(__name__)


class Gateway:
    """One Stripe account in one mode.

    `guard` runs before each call and may refuse it; `timeout` is (connect, read) in seconds;
    `retries` come after a first try.
    """

    def __init__(
        self,
        secret_key: str,
        *,
        guard: Callable[[], None],
        http_client: stripe.HTTPClient | None = None,
        api_base: str | None = None,
        webhook_secret: str | None = None,
        timeout: tuple[float, float] = (3, 20),
        retries: int = 2,
    ) -> None:
        stripe.enable_telemetry = False
        self._client = stripe.StripeClient(
            secret_key,
            http_client=http_client or make_http_client(timeout),
            max_network_retries=0,
            base_addresses={"api": api_base} if api_base else {},
        )
        self._line = Line(guard, retries)
        self._webhook_secret = webhook_secret

    def check(self) -> None:
        """Before a row is written for a call to come. Raises: Unavailable, known in advance."""
        self._line.check()

    def create_customer(self, user_id: str, email: str | None, key: str) -> str:
        """Returns the customer's id."""
        params = {"metadata": {"user_id": user_id}} | ({"email": email} if email else {})
        return str(self._post(self._v1.customers.create, params, key)["id"])

    def tell_email(self, customer_id: str, email: str) -> None:
        """A customer's new address. One who is gone is let be.

        Raises: OutcomeUnknown, Unavailable; telling again is safe.
        """
        update = partial(self._v1.customers.update, customer_id)
        self._try(update, customer_id, {"email": email})

    def has_customer(self, customer_id: str) -> bool:
        """Whether Stripe still knows this customer. Raises: Unavailable."""
        try:
            return not self._get(self._v1.customers.retrieve, customer_id).get("deleted")
        except Refused as error:
            return error.code != "resource_missing"

    def delete_customer(self, customer_id: str) -> None:
        """Let Stripe forget a customer, for good. Already gone is fine.

        Raises: OutcomeUnknown, Unavailable; asking again is safe.
        """
        try:
            self._line.write(lambda: self._v1.customers.delete(customer_id), customer_id)
        except Refused as error:
            log.info("delete %s: %s", customer_id, error.code)

    def create_payment(self, params: Mapping[str, Any], key: str) -> Payment:
        """Create and confirm a PaymentIntent in one round trip."""
        body = {**params, "confirm": True, "expand": PAYMENT_DETAILS}
        return self._pay(self._v1.payment_intents.create, body, key)

    def confirm_payment(self, payment_id: str, params: Mapping[str, Any], key: str) -> Payment:
        """Try an existing PaymentIntent with (another) card."""
        body = {**params, "expand": PAYMENT_DETAILS}
        return self._pay(partial(self._v1.payment_intents.confirm, payment_id), body, key)

    def set_customer(self, payment_id: str, customer_id: str, key: str) -> None:
        """Give a PaymentIntent its customer, which a saved card needs and `confirm` can't set."""
        update = partial(self._v1.payment_intents.update, payment_id)
        self._post(update, {"customer": customer_id}, key)

    def payment(self, payment_id: str) -> Payment:
        """The PaymentIntent as Stripe has it now. Raises: Unavailable, Refused."""
        params: Any = {"expand": PAYMENT_DETAILS}
        return Payment.of(self._get(self._v1.payment_intents.retrieve, payment_id, params))

    def pages(self, kind: str, query: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
        """One of Stripe's lists, newest first and page by page, for `gateway_lists`.

        kind: its name in the API, like `refunds`. Raises: Unavailable, Refused.
        """
        return self._pages(attrgetter(kind)(self._v1).list, query)

    def greet(self) -> Greeting:
        """One cheap call, for what its answer says of Stripe itself. Raises: Unavailable."""
        headers: dict[str, str] = {}

        def ask() -> Any:
            answer = self._v1.payment_intents.list({"limit": 1})
            headers.update({k.lower(): v for k, v in answer.last_response.headers.items()})
            return answer

        return Greeting.of(headers, self._line.read(ask)["data"], stripe.api_version)

    def fence_payment(self, params: Mapping[str, Any], key: str) -> Payment:
        """Use up the key of a `create_payment` without charging: it never can run afterwards.

        Raises: KeyUsed when the purchase was begun; OutcomeUnknown.
        """
        return Payment.of(self._post(self._v1.payment_intents.create, dict(params), key))

    def cancel_payment(self, payment_id: str) -> Payment:
        """Cancel a PaymentIntent; if it can't be cancelled any more, how it stands instead."""
        cancel = partial(self._v1.payment_intents.cancel, payment_id)
        self._try(cancel, payment_id, {"cancellation_reason": "abandoned"})
        return self.payment(payment_id)

    def create_setup(self, params: Mapping[str, Any], key: str) -> Setup:
        """Create and confirm a SetupIntent: checks a card and attaches it to its customer."""
        body = {**params, "confirm": True, "expand": SETUP_DETAILS}
        try:
            return Setup.of(self._ask(self._v1.setup_intents.create, body, key))
        except stripe.CardError as error:
            return Setup.declined(_error_body(error))

    def setup(self, setup_id: str) -> Setup:
        params: Any = {"expand": SETUP_DETAILS}
        return Setup.of(self._get(self._v1.setup_intents.retrieve, setup_id, params))

    def cancel_setup(self, setup_id: str) -> None:
        """Cancel a SetupIntent, unless it has come to its end already."""
        cancel = partial(self._v1.setup_intents.cancel, setup_id)
        self._try(cancel, setup_id, {"cancellation_reason": "abandoned"})

    def card_facts(self, payment_method_id: str) -> CardFacts:
        """The card behind a PaymentMethod. Raises: Refused (unknown id), Unavailable."""
        facts = CardFacts.of(self._get(self._v1.payment_methods.retrieve, payment_method_id))
        if facts is None:
            raise Refused("not a card", None, "payment_method")
        return facts

    def detach(self, payment_method_id: str) -> None:
        """Let go of a card at Stripe, for good. Already gone is fine."""
        detach = partial(self._v1.payment_methods.detach, payment_method_id)
        self._try(detach, payment_method_id, {})

    def refunds(self, payment_id: str) -> list[RefundFacts]:
        """All refunds of a PaymentIntent, newest first. Raises: Unavailable, Refused."""
        query = {"payment_intent": payment_id}
        return [RefundFacts.of(refund) for refund in self._all(self._v1.refunds.list, query)]

    def create_refund(self, params: Mapping[str, Any], key: str) -> RefundFacts:
        """Give money back. Raises: Refused, OutcomeUnknown, Unavailable."""
        try:
            return RefundFacts.of(self._post(self._v1.refunds.create, dict(params), key))
        except stripe.CardError as error:
            raise Refused(str(error), error.code, error.param) from error

    def disputes(self, payment_id: str) -> list[DisputeFacts]:
        """All disputes and inquiries of a PaymentIntent. Raises: Unavailable, Refused."""
        query = {"payment_intent": payment_id}
        return [DisputeFacts.of(one) for one in self._all(self._v1.disputes.list, query)]

    def fraud_warnings(self, payment_id: str) -> list[WarningFacts]:
        """All early fraud warnings of a PaymentIntent. Raises: Unavailable, Refused."""
        query, warnings = {"payment_intent": payment_id}, self._v1.radar.early_fraud_warnings
        return [WarningFacts.of(one) for one in self._all(warnings.list, query)]

    def verify_event(self, payload: bytes, signature: str) -> EventHint:
        """Check a webhook's signature over the raw body.

        Raises: Refused when the signature, its age or the body is wrong, or no secret is set.
        """
        if not self._webhook_secret:
            raise Refused("no webhook secret is set", None, None)
        if not signature.isascii():
            raise Refused("the signature is no signature", None, None)
        try:
            event = self._client.construct_event(payload, signature, self._webhook_secret)
            return EventHint.of(event.to_dict())
        except stripe.SignatureVerificationError as error:
            raise Refused(str(error), None, None) from None
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            # Signed, but nothing that Stripe sends.
            raise Refused(f"no event: {error!r:.200}", None, None) from None

    @property
    def _v1(self) -> Any:
        # The SDK's typed params need literal dicts; ours are built and frozen in the database.
        return self._client.v1

    def _pay(self, call: Callable[..., Any], body: dict[str, Any], key: str) -> Payment:
        try:
            return Payment.of(self._ask(call, body, key))
        except stripe.CardError as error:
            return Payment.declined(_error_body(error))

    def _ask(self, call: Callable[..., Any], body: dict[str, Any], key: str) -> dict[str, Any]:
        """A call that tries a card."""
        try:
            answer = self._post(call, body, key)
        except stripe.CardError:
            card_testing.declined()
            raise
        except Refused as error:
            card_testing.refused(error.shown_code)
            raise
        card_testing.tried()
        return answer

    def _post(self, call: Callable[..., Any], params: Any, key: str) -> dict[str, Any]:
        return self._line.write(lambda: call(params, {"idempotency_key": key}), key)

    def _try(self, call: Callable[..., Any], what: str, params: Any) -> None:
        """Where a no is fine: what is asked for is done already, or can't be done any more.

        Twice is once there, so each try has a key of its own: under the same one Stripe would
        repeat a failure of its own for a day.
        """
        try:
            self._post(call, params, f"{what}:{uuid4()}")
        except Refused as error:
            log.info("%s: %s", what, error.code)

    def _all(self, call: Callable[..., Any], query: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Every object of a list, newest first."""
        for page in self._pages(call, query):
            yield from page

    def _pages(
        self, call: Callable[..., Any], query: Mapping[str, Any]
    ) -> Iterator[list[dict[str, Any]]]:
        asked = {"limit": 100, **query}
        while True:
            page = self._get(call, asked)
            yield page["data"]
            if not page["has_more"]:
                return
            asked = {**asked, "starting_after": page["data"][-1]["id"]}

    def _get(self, call: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
        return self._line.read(lambda: call(*arguments))


def init_app(app: Flask, gateway: Gateway) -> None:
    app.extensions["gateway"] = gateway


def current() -> Gateway:
    """The gateway of the running app."""
    return cast(Gateway, current_app.extensions["gateway"])


def _error_body(error: stripe.CardError) -> dict[str, Any]:
    body: Any = error.json_body
    return cast(dict[str, Any], body["error"])
