"""The endpoints: method and path, what answers them, and which parameters they take."""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote

from sandbox import (
    challenges,
    charges,
    customers,
    disputes,
    endpoints,
    events,
    params,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
    tokens,
)
from sandbox.context import Context
from sandbox.errors import Json, unrecognized_url
from sandbox.records import Record
from sandbox.schema import Table

Handler = Callable[[Context], Record | Json]


class Route(NamedTuple):
    handler: Handler
    kind: str  # of the answer; for lists, of its items
    table: Table
    browser: Table | None = None  # the parameters with a publishable key; None: not allowed
    is_list: bool = False


def _listing(handler: Handler, kind: str, table: Table) -> Route:
    return Route(handler, kind, table, is_list=True)


def _reading(handler: Handler, kind: str) -> Route:
    return Route(handler, kind, params.EXPAND_ONLY)


_PI, _SI, _PM, _CUS = "payment_intent", "setup_intent", "payment_method", "customer"
_WE, _EFW = "webhook_endpoint", "radar.early_fraud_warning"
# `*` stands for an id.
_ROUTES: dict[tuple[str, str], Route] = {
    ("POST", "tokens"): Route(tokens.create, "token", params.TOKEN_CREATE, params.TOKEN_CREATE),
    ("GET", "tokens/*"): _reading(tokens.retrieve, "token"),
    ("GET", "customers"): _listing(customers.list_all, _CUS, params.CUSTOMER_LIST),
    ("POST", "customers"): Route(customers.create, _CUS, params.CUSTOMER_CREATE),
    ("GET", "customers/*"): _reading(customers.retrieve, _CUS),
    ("POST", "customers/*"): Route(customers.update, _CUS, params.CUSTOMER_UPDATE),
    ("DELETE", "customers/*"): Route(customers.delete, _CUS, params.NOTHING),
    ("GET", "customers/*/payment_methods"): _listing(
        payment_methods.list_of_customer, _PM, params.CUSTOMER_PAYMENT_METHOD_LIST
    ),
    ("GET", "customers/*/payment_methods/*"): _reading(payment_methods.retrieve_of_customer, _PM),
    ("GET", "payment_methods"): _listing(payment_methods.list_all, _PM, params.PAYMENT_METHOD_LIST),
    ("POST", "payment_methods"): Route(
        payment_methods.create, _PM, params.PAYMENT_METHOD_CREATE, params.PAYMENT_METHOD_CREATE
    ),
    ("GET", "payment_methods/*"): _reading(payment_methods.retrieve, _PM),
    ("POST", "payment_methods/*"): Route(payment_methods.update, _PM, params.PAYMENT_METHOD_UPDATE),
    ("POST", "payment_methods/*/attach"): Route(
        payment_methods.attach, _PM, params.PAYMENT_METHOD_ATTACH
    ),
    ("POST", "payment_methods/*/detach"): Route(payment_methods.detach, _PM, params.EXPAND_ONLY),
    ("GET", "payment_intents"): _listing(payment_intents.list_all, _PI, params.PAYMENT_INTENT_LIST),
    ("POST", "payment_intents"): Route(payment_intents.create, _PI, params.PAYMENT_INTENT_CREATE),
    ("GET", "payment_intents/*"): Route(
        payment_intents.retrieve, _PI, params.INTENT_RETRIEVE, params.BROWSER_RETRIEVE
    ),
    ("POST", "payment_intents/*"): Route(payment_intents.update, _PI, params.PAYMENT_INTENT_UPDATE),
    ("POST", "payment_intents/*/confirm"): Route(
        payment_intents.confirm,
        _PI,
        params.PAYMENT_INTENT_CONFIRM,
        params.BROWSER_PAYMENT_CONFIRM,
    ),
    ("POST", "payment_intents/*/cancel"): Route(
        payment_intents.cancel, _PI, params.PAYMENT_INTENT_CANCEL
    ),
    ("POST", "payment_intents/*/capture"): Route(
        payment_intents.capture, _PI, params.PAYMENT_INTENT_CAPTURE
    ),
    ("GET", "setup_intents"): _listing(setup_intents.list_all, _SI, params.SETUP_INTENT_LIST),
    ("POST", "setup_intents"): Route(setup_intents.create, _SI, params.SETUP_INTENT_CREATE),
    ("GET", "setup_intents/*"): Route(
        setup_intents.retrieve, _SI, params.INTENT_RETRIEVE, params.BROWSER_RETRIEVE
    ),
    ("POST", "setup_intents/*"): Route(setup_intents.update, _SI, params.SETUP_INTENT_UPDATE),
    ("POST", "setup_intents/*/confirm"): Route(
        setup_intents.confirm, _SI, params.SETUP_INTENT_CONFIRM, params.BROWSER_SETUP_CONFIRM
    ),
    ("POST", "setup_intents/*/cancel"): Route(
        setup_intents.cancel, _SI, params.SETUP_INTENT_CANCEL
    ),
    ("GET", "refunds"): _listing(refunds.list_all, "refund", params.REFUND_LIST),
    ("POST", "refunds"): Route(refunds.create, "refund", params.REFUND_CREATE),
    ("GET", "refunds/*"): _reading(refunds.retrieve, "refund"),
    ("POST", "refunds/*"): Route(refunds.update, "refund", params.METADATA_ONLY),
    ("GET", "disputes"): _listing(disputes.list_all, "dispute", params.DISPUTE_LIST),
    ("GET", "disputes/*"): _reading(disputes.retrieve, "dispute"),
    ("POST", "disputes/*"): Route(disputes.update, "dispute", params.DISPUTE_UPDATE),
    ("GET", "radar/early_fraud_warnings"): _listing(
        disputes.list_warnings, _EFW, params.EARLY_FRAUD_WARNING_LIST
    ),
    ("GET", "radar/early_fraud_warnings/*"): _reading(disputes.retrieve_warning, _EFW),
    ("GET", "charges/*"): _reading(charges.retrieve, "charge"),
    ("GET", "events"): _listing(events.list_all, "event", params.EVENT_LIST),
    ("GET", "events/*"): _reading(events.retrieve, "event"),
    ("GET", "webhook_endpoints"): _listing(endpoints.list_all, _WE, params.WEBHOOK_ENDPOINT_LIST),
    ("POST", "webhook_endpoints"): Route(endpoints.create, _WE, params.WEBHOOK_ENDPOINT_CREATE),
    ("GET", "webhook_endpoints/*"): _reading(endpoints.retrieve, _WE),
    ("POST", "webhook_endpoints/*"): Route(endpoints.update, _WE, params.WEBHOOK_ENDPOINT_UPDATE),
    ("DELETE", "webhook_endpoints/*"): Route(endpoints.delete, _WE, params.NOTHING),
    # Stripe.js's own calls; Stripe does not document them.
    ("POST", "3ds2/authenticate"): Route(
        challenges.authenticate, _PI, params.THREE_DS_AUTHENTICATE, params.THREE_DS_AUTHENTICATE
    ),
    ("GET", "3ds2/challenge/*"): Route(
        challenges.describe, _PI, params.THREE_DS_CHALLENGE, params.THREE_DS_CHALLENGE
    ),
}


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The route of `/v1/...` and the ids in the path. Raises: ApiError (404)."""
    parts = path.strip("/").split("/")
    rest = parts[1:]
    if parts[0] == "v1":
        for ids_at in (range(1, len(rest), 2), (), range(2, len(rest))):
            name = "/".join("*" if at in ids_at else part for at, part in enumerate(rest))
            route = _ROUTES.get((method, name))
            if route is not None:
                return route, tuple(unquote(rest[at]) for at in ids_at)
    raise unrecognized_url(method, path)


def all_routes() -> dict[tuple[str, str], Route]:
    return dict(_ROUTES)
