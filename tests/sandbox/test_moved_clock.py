"""What goes with the sandbox's clock when it is moved, and what must not."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import stripe

from sandbox import Sandbox
from tests.sandbox.helpers import Inbox, refusal

DAY = 86400


def to(sandbox: Sandbox, moment: datetime) -> None:
    sandbox.clock.advance(int(moment.timestamp()) - sandbox.clock.now())


def test_what_is_made_bears_the_moved_time(pay: Any, api: Any, sandbox: Sandbox):
    sandbox.clock.advance(60 * DAY)
    intent = pay("pm_card_visa", expand=["latest_charge"])
    later = time.time() + 60 * DAY
    events = api.events.list().data
    for made in (intent, intent.latest_charge, *events):
        assert abs(made.created - later) < 600


def test_a_card_is_good_to_the_end_of_its_last_day(api: Any, pay: Any, sandbox: Sandbox):
    customer = api.customers.create().id
    year = datetime.now(UTC).year + 2
    card = {"number": "4242424242424242", "exp_month": 6, "exp_year": year, "cvc": "123"}
    token = stripe.StripeClient("pk_test_x", http_client=sandbox.http_client()).v1.tokens.create(
        {"card": card}
    )
    method = api.payment_methods.create({"type": "card", "card": {"token": token.id}}).id
    api.payment_methods.attach(method, {"customer": customer})
    to(sandbox, datetime(year, 6, 30, 23, 0, tzinfo=UTC))
    assert pay(method, customer=customer).status == "succeeded"
    to(sandbox, datetime(year, 7, 1, tzinfo=UTC))
    assert refusal(pay, method, customer=customer).code == "expired_card"


def test_a_key_expires_and_its_payment_runs_again(pay: Any, api: Any, sandbox: Sandbox):
    options = {"idempotency_key": "k"}
    params = {"amount": 1500, "currency": "usd"}
    first = api.payment_intents.create(params, options).id
    sandbox.clock.advance(DAY - 300)
    assert api.payment_intents.create(params, options).id == first
    sandbox.clock.advance(600)
    assert api.payment_intents.create(params, options).id != first


def test_a_webhook_is_signed_with_the_real_time(api: Any, sandbox: Sandbox, inbox: Inbox):
    """Its receiver compares that with its own clock; what the event tells is the moved time."""
    sandbox.register_webhook("http://shop.example/", "whsec_x")
    sandbox.clock.advance(60 * DAY)
    api.customers.create()
    sandbox.pump()
    _, body, headers = inbox.received[0]
    signed = int(headers["Stripe-Signature"].partition(",")[0].removeprefix("t="))
    assert abs(signed - time.time()) < 600
    assert abs(json.loads(body)["created"] - sandbox.clock.now()) < 600


def test_the_moved_time_outlives_the_process(sandbox: Sandbox, tmp_path: Path):
    sandbox.clock.advance(DAY)
    other = Sandbox(tmp_path / "sandbox.sqlite3")
    try:
        assert abs(other.clock.now() - time.time() - DAY) < 600
    finally:
        other.close()


def test_it_ends_before_the_calendar_does(sandbox: Sandbox, pay: Any):
    with pytest.raises(ValueError, match="ends with the year 2999"):
        sandbox.clock.advance(1000 * 366 * DAY)
    to(sandbox, datetime(2999, 12, 31, tzinfo=UTC))
    assert pay("pm_card_visa").status == "succeeded"
