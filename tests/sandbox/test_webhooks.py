"""Events, and their delivery to webhook endpoints."""

import contextlib
import json
import threading
import time
from typing import Any

import pytest
import requests
import stripe

from sandbox import Sandbox
from sandbox.webhooks import RETRY_AFTER, over_http
from tests.sandbox.helpers import Inbox, refusal

URL, SECRET = "http://shop.example/webhook", "whsec_sandbox"


@pytest.fixture
def registered(sandbox: Sandbox) -> None:
    sandbox.register_webhook(URL, SECRET)


def types_in(inbox: Inbox) -> list[str]:
    return [json.loads(body)["type"] for _, body, _ in inbox.received]


@pytest.mark.usefixtures("registered")
def test_a_success_is_told_signed(pay: Any, sandbox: Sandbox, inbox: Inbox):
    intent = pay("pm_card_visa")
    assert inbox.received == []
    assert sandbox.pump() == 3
    assert sandbox.pump() == 0
    assert types_in(inbox) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]
    url, body, headers = inbox.received[-1]
    assert url == URL
    event = stripe.Webhook.construct_event(body, headers["Stripe-Signature"], SECRET)
    assert event.data.object.id == intent.id
    assert event.data.object.status == "succeeded"
    assert event.api_version == "2026-10-28.endive"
    assert event.pending_webhooks == 1
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], "whsec_other")


@pytest.mark.usefixtures("registered")
def test_the_signature_is_fresh_whatever_the_sandbox_clock_says(
    pay: Any, sandbox: Sandbox, inbox: Inbox
):
    sandbox.clock.advance(400 * 86400)
    pay("pm_card_visa")
    sandbox.pump()
    _, body, headers = inbox.received[0]
    assert stripe.Webhook.construct_event(body, headers["Stripe-Signature"], SECRET, tolerance=60)


def test_an_event_names_the_call_that_caused_it(api: Any, sandbox: Sandbox):
    customer = api.customers.create({}, {"idempotency_key": "k"})
    (event,) = api.events.list().data
    assert event.request.to_dict() == {
        "id": customer.last_response.headers["Request-Id"],
        "idempotency_key": "k",
    }
    assert api.events.retrieve(event.id).type == "customer.created"


@pytest.mark.parametrize(
    ("card", "told"),
    [
        ("pm_card_visa", ["charge.succeeded", "payment_intent.succeeded"]),
        ("pm_card_visa_chargeDeclined", ["charge.failed", "payment_intent.payment_failed"]),
        ("pm_card_threeDSecure2Required", ["payment_intent.requires_action"]),
    ],
)
def test_what_a_payment_tells(card: str, told: list[str], pay: Any, sandbox: Sandbox):
    with contextlib.suppress(stripe.CardError):
        pay(card)
    events = sandbox.ledger()["events"]
    assert [event["type"] for event in events] == ["payment_intent.created", *told]


def test_what_else_is_told(api: Any, pay: Any, save: Any, browser: Any, sandbox: Sandbox):
    customer = api.customers.create().id
    api.customers.update(customer, {"name": "Ann"})
    method = save("pm_card_visa", customer).payment_method
    api.payment_methods.update(method, {"metadata": {"a": "b"}})
    api.payment_methods.detach(method)
    browser.answer_challenge(save("pm_card_threeDSecure2Required", customer), "fail")
    api.setup_intents.cancel(api.setup_intents.create().id)
    api.payment_intents.cancel(pay("pm_card_visa", capture_method="manual").id)
    api.payment_intents.capture(pay("pm_card_visa", capture_method="manual").id)
    api.customers.delete(customer)
    told = {event["type"] for event in sandbox.ledger()["events"]}
    assert told >= {
        "customer.created",
        "customer.updated",
        "customer.deleted",
        "setup_intent.created",
        "setup_intent.succeeded",
        "setup_intent.requires_action",
        "setup_intent.setup_failed",
        "setup_intent.canceled",
        "payment_method.attached",
        "payment_method.updated",
        "payment_method.detached",
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "charge.captured",
        "charge.refunded",
    }
    detached = api.events.list({"type": "payment_method.detached"}).data[-1]
    assert detached.data.object.customer is None
    assert detached.data.previous_attributes.customer == customer


def test_finding_events(api: Any, sandbox: Sandbox, pay: Any, inbox: Inbox):
    sandbox.register_webhook(URL, SECRET)
    pay("pm_card_visa")
    api.customers.create()
    found = api.events.list({"types": ["charge.succeeded", "customer.created"]}).data
    assert [event.type for event in found] == ["customer.created", "charge.succeeded"]
    assert len(api.events.list({"type": "payment_intent.*"}).data) == 2
    assert len(api.events.list({"delivery_success": False}).data) == 4
    sandbox.pump()
    assert api.events.list({"delivery_success": False}).data == []
    assert len(api.events.list({"delivery_success": True}).data) == 4
    assert api.events.list().data[0].pending_webhooks == 0


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("answer", [500, 404, 302, requests.ConnectionError("nobody there")])
def test_a_failed_delivery_is_tried_again(answer: Any, api: Any, sandbox: Sandbox, inbox: Inbox):
    inbox.answers = [answer, answer]
    api.customers.create()
    assert sandbox.pump() == 1
    assert sandbox.pump() == 0
    sandbox.clock.advance(RETRY_AFTER[0])
    assert sandbox.pump() == 1
    sandbox.clock.advance(RETRY_AFTER[1])
    assert sandbox.pump() == 1
    (delivery,) = sandbox.webhooks()["deliveries"]
    assert (delivery["state"], delivery["attempts"]) == ("succeeded", 3)
    assert len({body for _, body, _ in inbox.received}) == 1


@pytest.mark.usefixtures("registered")
def test_it_gives_up_in_the_end(api: Any, sandbox: Sandbox, inbox: Inbox):
    inbox.answers = [500] * 20
    api.customers.create()
    for pause in (0, *RETRY_AFTER):
        sandbox.clock.advance(pause)
        assert sandbox.pump() == 1
    sandbox.clock.advance(30 * 86400)
    assert sandbox.pump() == 0
    (delivery,) = sandbox.webhooks()["deliveries"]
    assert (delivery["state"], delivery["last_status"]) == ("failed", 500)


def test_an_endpoint_gets_what_it_asked_for(api: Any, sandbox: Sandbox, inbox: Inbox, pay: Any):
    sandbox.register_webhook(URL, SECRET, ("charge.succeeded",))
    sandbox.register_webhook("http://other.example/", "whsec_other", ("*",))
    pay("pm_card_visa")
    sandbox.pump()
    urls = [url for url, _, _ in inbox.received]
    assert (urls.count(URL), urls.count("http://other.example/")) == (1, 3)


def test_registering_again_changes_the_endpoint(sandbox: Sandbox, api: Any, inbox: Inbox):
    sandbox.register_webhook(URL, "whsec_old")
    sandbox.register_webhook(URL, "whsec_new")
    api.customers.create()
    assert sandbox.pump() == 1
    _, body, headers = inbox.received[0]
    assert stripe.Webhook.construct_event(body, headers["Stripe-Signature"], "whsec_new")


def test_endpoints_through_the_api(api: Any, sandbox: Sandbox, inbox: Inbox):
    made = api.webhook_endpoints.create(
        {"url": URL, "enabled_events": ["customer.created"], "metadata": {"a": "b"}}
    )
    assert made.secret.startswith("whsec_")
    assert "secret" not in api.webhook_endpoints.retrieve(made.id)
    api.customers.create()
    sandbox.pump()
    _, body, headers = inbox.received[0]
    assert stripe.Webhook.construct_event(body, headers["Stripe-Signature"], made.secret)
    off = api.webhook_endpoints.update(made.id, {"disabled": True})
    assert off.status == "disabled"
    api.customers.create()
    assert sandbox.pump() == 0
    assert [one.id for one in api.webhook_endpoints.list().data] == [made.id]
    assert api.webhook_endpoints.delete(made.id).deleted
    assert refusal(api.webhook_endpoints.retrieve, made.id).status == 404


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"url": URL}, "parameter_missing"),
        ({"enabled_events": ["*"]}, "parameter_missing"),
        ({"url": "ftp://a", "enabled_events": ["*"]}, "url_invalid"),
        ({"url": URL, "enabled_events": ["nonsense"]}, None),
    ],
)
def test_endpoints_that_make_no_sense(params: Any, code: str | None, api: Any):
    error = refusal(api.webhook_endpoints.create, params)
    assert (error.status, error.code) == (400, code)


def test_at_most_sixteen_endpoints(api: Any):
    for number in range(16):
        api.webhook_endpoints.create({"url": f"{URL}/{number}", "enabled_events": ["*"]})
    assert (
        "maximum of 16"
        in refusal(api.webhook_endpoints.create, {"url": URL, "enabled_events": ["*"]}).message
    )


@pytest.mark.usefixtures("registered")
def test_nothing_is_locked_while_delivering(
    sandbox: Sandbox, api: Any, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
):
    """The receiver may call the API back, from its own thread too."""
    seen: list[str] = []

    def receive(url: str, body: bytes, headers: dict[str, str]) -> int:
        event_id = json.loads(body)["id"]
        thread = threading.Thread(target=lambda: seen.append(api.events.retrieve(event_id).type))
        thread.start()
        thread.join(5)
        return 200

    monkeypatch.setattr(sandbox._webhooks, "_deliver", receive)
    api.customers.create()
    sandbox.pump()
    assert seen == ["customer.created"]


@pytest.mark.usefixtures("registered")
def test_a_background_thread_delivers_at_once(sandbox: Sandbox, api: Any, inbox: Inbox):
    stop = threading.Event()
    thread = threading.Thread(target=sandbox.run_webhooks, args=(stop,))
    thread.start()
    try:
        api.customers.create()
        deadline = time.monotonic() + 5
        while not inbox.received and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        stop.set()
        thread.join(5)
    assert types_in(inbox) == ["customer.created"]


@pytest.mark.usefixtures("registered")
def test_two_runners_deliver_each_event_once(sandbox: Sandbox, api: Any, inbox: Inbox):
    for _ in range(20):
        api.customers.create()
    threads = [threading.Thread(target=sandbox.pump) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    ids = [json.loads(body)["id"] for _, body, _ in inbox.received]
    assert len(ids) == len(set(ids)) == 20


def test_delivery_over_http_follows_no_redirects():
    from http.server import BaseHTTPRequestHandler, HTTPServer

    got: list[bytes] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/"
        assert over_http(url, b"{}", {"Stripe-Signature": "t=1,v1=x"}) == 302
        thread.join(5)
    assert got == [b"{}"]
