"""Who may do what: secret, publishable, live and missing keys."""

import json
from typing import Any

import pytest

from tests.sandbox.helpers import Web, refusal


def test_any_test_key_will_do(web: Web):
    for key in ("sk_test_1", "rk_test_2", "sk_test_51H8xY"):
        assert web("GET", "/v1/customers", key=key)[0] == 200
    basic = {"HTTP_AUTHORIZATION": "Basic c2tfdGVzdF94Og=="}  # sk_test_x:
    assert web("GET", "/v1/customers", key=None, **basic)[0] == 200


@pytest.mark.parametrize("kind", ["sk", "rk", "pk"])
def test_live_keys_are_refused(kind: str, web: Web):
    status, _, body = web("POST", "/v1/tokens", key=f"{kind}_live_123456789")
    assert status == 401
    assert "refuses live API keys" in body["error"]["message"]
    assert "123456789" not in json.dumps(body)


@pytest.mark.parametrize(
    "header", [None, "Bearer", "Bearer ", "Basic ???", "Digest x", "Basic /w=="]
)
def test_no_key(header: str | None, web: Web):
    more = {"HTTP_AUTHORIZATION": header} if header else {}
    status, headers, body = web("GET", "/v1/customers", key=None, **more)
    assert (status, body["error"]["type"]) == (401, "invalid_request_error")
    assert body["error"]["message"].startswith("You did not provide an API key.")
    assert headers["Request-Id"].startswith("req_")


def test_a_wrong_key_is_masked(web: Web):
    status, _, body = web("GET", "/v1/customers", key="a_key_from_elsewhere")
    assert status == 401
    assert body["error"]["message"] == "Invalid API Key provided: a_key_fr********here"


def test_a_401_does_not_take_the_idempotency_key(web: Web):
    key = {"HTTP_IDEMPOTENCY_KEY": "k"}
    assert web("POST", "/v1/customers", key="sk_live_x", **key)[0] == 401
    status, headers, _ = web("POST", "/v1/customers", **key)
    assert (status, headers["Idempotency-Key"]) == (200, "k")
    assert "Idempotent-Replayed" not in headers


# --- The publishable key


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/payment_intents"),
        ("GET", "/v1/payment_intents"),
        ("POST", "/v1/customers"),
        ("GET", "/v1/customers/cus_1"),
        ("GET", "/v1/payment_methods/pm_1"),
        ("POST", "/v1/refunds"),
        ("GET", "/v1/events"),
        ("POST", "/v1/payment_intents/pi_1/cancel"),
    ],
)
def test_a_publishable_key_may_do_little(method: str, path: str, web: Web):
    status, _, body = web(method, path, key="pk_test_x")
    assert (status, body["error"]["code"]) == (403, "secret_key_required")


def test_a_browser_reads_an_intent_with_its_secret(api: Any, browser: Any):
    intent = api.payment_intents.create(
        {
            "amount": 1500,
            "currency": "usd",
            "customer": api.customers.create().id,
            "metadata": {"order": "7"},
        }
    )
    seen = browser.v1.payment_intents.retrieve(
        intent.id, {"client_secret": intent.client_secret}
    ).to_dict()
    assert seen["status"] == "requires_payment_method"
    assert seen["client_secret"] == intent.client_secret
    assert not {"metadata", "customer", "latest_charge", "application"} & set(seen)
    error = refusal(browser.v1.payment_intents.retrieve, intent.id)
    assert (error.code, error.param) == ("parameter_missing", "client_secret")
    other = api.payment_intents.create({"amount": 1500, "currency": "usd"})
    error = refusal(
        browser.v1.payment_intents.retrieve, intent.id, {"client_secret": other.client_secret}
    )
    assert error.message == (
        "The client_secret provided does not match the client_secret associated with the "
        "PaymentIntent."
    )


def test_a_browser_confirms_with_a_typed_card(api: Any, web: Web):
    intent = api.payment_intents.create({"amount": 1500, "currency": "usd"})
    path = f"/v1/payment_intents/{intent.id}/confirm"
    form = {
        "client_secret": intent.client_secret,
        "payment_method_data[type]": "card",
        "payment_method_data[card][number]": "4000000000009995",
        "payment_method_data[card][exp_month]": "12",
        "payment_method_data[card][exp_year]": "34",
        "payment_method_data[card][cvc]": "123",
    }
    status, _, body = web("POST", path, form, "pk_test_x")
    assert (status, body["error"]["decline_code"]) == (402, "insufficient_funds")
    shown = body["error"]["payment_intent"]
    assert shown["last_payment_error"]["code"] == "card_declined"
    assert "metadata" not in shown
    assert "fingerprint" not in json.dumps(body)
    form["payment_method_data[card][number]"] = "4242 4242 4242 4242"
    status, _, body = web("POST", path, form, "pk_test_x")
    assert (status, body["status"]) == (200, "succeeded")
    status, _, body = web("POST", path, form | {"client_secret": "wrong"}, "pk_test_x")
    assert (status, body["error"]["code"]) == (400, "payment_intent_invalid_parameter")
    status, _, body = web("POST", path, form | {"off_session": "true"}, "pk_test_x")
    assert body["error"]["code"] == "parameter_unknown"


def test_a_browser_confirms_a_setup_intent(api: Any, browser: Any):
    customer = api.customers.create().id
    intent = api.setup_intents.create({"customer": customer})
    method = browser.payment_method("4242424242424242").id
    seen = browser.v1.setup_intents.confirm(
        intent.id, {"client_secret": intent.client_secret, "payment_method": method}
    ).to_dict()
    assert (seen["status"], seen["payment_method"]) == ("succeeded", method)
    assert not {"customer", "metadata", "latest_attempt"} & set(seen)
    again = browser.v1.setup_intents.retrieve(
        intent.id, {"client_secret": intent.client_secret, "expand": ["payment_method"]}
    )
    assert again.payment_method.card.last4 == "4242"
    assert "fingerprint" not in again.payment_method.card
