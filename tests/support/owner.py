"""The shop's owner: acts in Stripe's dashboard, and delivers events just as Stripe would."""

import hashlib
import hmac
import json
import time
from typing import Any

from sqlalchemy import NullPool, create_engine, text

from config import SANDBOX_WEBHOOK_SECRET

from .doors import LOOPBACK, Answer, Json, eventually
from .instances import database_address
from .shop import Shop

WEBHOOKS = "/webhooks/stripe"


def at_stripe(shop: Shop, path: str, **params: Any) -> Json:
    """A call with the secret key, as the dashboard makes it. `path` is below `/v1/`."""
    answer = shop.visitor(LOOPBACK).post(
        f"/sandbox/v1/{path}",
        data=params,
        headers={"Authorization": "Bearer sk_test_dashboard"},
    )
    assert answer.status == 200, answer.text
    result: Json = answer.json()
    return result


def delete_customer(shop: Shop, user_id: str) -> str:
    """Delete a shopper's customer in the dashboard; its id."""
    query = "SELECT stripe_id FROM customer WHERE user_id = :id AND mode = 'sandbox'"
    customer_id = str(shop.rows(query, id=user_id)[0]["stripe_id"])
    answer = shop.visitor(LOOPBACK).http.request(
        "DELETE",
        f"/sandbox/v1/customers/{customer_id}",
        headers={"Authorization": "Bearer sk_test_dashboard"},
    )
    assert answer.status == 200, answer.text
    return customer_id


def try_at_stripe(shop: Shop, client_secret: str, number: str) -> int:
    """What anybody with a client secret can do, by the key of every page; returns the status."""
    intent_id = client_secret.partition("_secret_")[0]
    kind = "setup_intents" if intent_id.startswith("seti_") else "payment_intents"
    typed = {
        "client_secret": client_secret,
        "payment_method_data[type]": "card",
        "payment_method_data[card][number]": number,
        "payment_method_data[card][exp_month]": 12,
        "payment_method_data[card][exp_year]": 2034,
        "payment_method_data[card][cvc]": "123",
    }
    return shop.stripe_js("POST", f"/v1/{kind}/{intent_id}/confirm", typed).status


def refund(shop: Shop, payment_id: str, **params: Any) -> Json:
    return at_stripe(shop, "refunds", payment_intent=payment_id, **params)


def method_of(shop: Shop, digits: str) -> str:
    """The saved PaymentMethod of the card that ends in these digits."""
    saved = [method for method in shop.ledger()["payment_methods"] if method["customer"]]
    (found,) = [method["id"] for method in saved if method["card"]["last4"] == digits]
    return str(found)


def the_bank_renews(shop: Shop, payment_method_id: str, **facts: Any) -> None:
    """exp_month, exp_year and perhaps last4 of a saved card are new, and the shop is told."""
    # Told of after everything before it, as months later.
    shop.pump()
    given = {"payment_method": payment_method_id, **facts}
    answer = shop.control("POST", "renewals", given)
    assert answer.status == 200, answer.text
    shop.pump()


def events(shop: Shop, kind: str, about: str | None = None) -> list[Json]:
    """The events of this type (and this object) that Stripe has made, oldest first."""
    found = [event for event in shop.ledger()["events"] if event["type"] == kind]
    return [e for e in found if about in (None, e["data"]["object"]["id"])]


def event_about(thing: Json, kind: str, **changes: Any) -> Json:
    """An event that Stripe might make of this object."""
    event = {
        "id": f"evt_{time.time_ns()}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(time.time()),
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": None,
        "type": kind,
    }
    return {**event, **changes}


def signature(body: bytes, secret: str = SANDBOX_WEBHOOK_SECRET, at: int | None = None) -> str:
    """The header of a delivery, signed at this moment (Unix seconds).

    Source: Stripe docs, "Verify webhook signatures manually".
    """
    moment = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


def deliver(shop: Shop, event: Json) -> Answer:
    """Send an event to the shop, properly signed."""
    body = json.dumps(event).encode()
    return post_event(shop, body, signature(body))


def post_event(shop: Shop, body: bytes, signed: str | None) -> Answer:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    headers |= {"Stripe-Signature": signed} if signed is not None else {}
    return shop.visitor().post(WEBHOOKS, data=body, headers=headers)


def drop_events(shop: Shop) -> None:
    """From now on no event arrives."""
    fault = {"fault": {"event": "*", "kind": "drop"}}
    assert shop.control("POST", "webhooks", fault).status == 200


def quiet(shop: Shop) -> None:
    """Wait until Stripe has nothing more to tell, so that no late event mixes in."""

    def undelivered() -> list[Json]:
        deliveries = shop.control("GET", "webhooks").json()["deliveries"]
        return [delivery for delivery in deliveries if delivery["state"] == "pending"]

    shop.pump()
    eventually(lambda: not undelivered(), what="the delivery of all events")


def write(shop: Shop, sql: str, **values: Any) -> None:
    """Change rows by hand, for what otherwise only the passing of months could bring about."""
    quiet(shop)
    engine = create_engine(database_address(shop.front.database_url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(sql), values)
    engine.dispose()
