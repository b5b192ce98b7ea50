"""The sandbox as the shop runs it: its faults befall the shop's calls and those of browsers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.sandbox.faces import until
from tests.support.instances import Instances
from tests.support.server_front import ServerFront
from tests.support.shop import PUBLISHABLE_KEY, Shop

PAY = "POST /v1/payment_intents"


@pytest.fixture(autouse=True)
def mended(shop: Shop):
    yield
    for page, body in (("faults", {"clear": True}), ("webhooks", {"fault": {"clear": True}})):
        shop.control("POST", page, body)


def add(shop: Shop, **rule: object) -> int:
    answer = shop.control("POST", "faults", rule)
    assert answer.status == 200, answer.text
    return answer.json()["fault"]["id"]


def fired(shop: Shop) -> list[int]:
    return [rule["fired"] for rule in shop.control("GET", "faults").json()["faults"]]


def test_a_lost_answer_is_asked_for_again(shop: Shop):
    shopper = shop.shopper()
    add(shop, call=PAY, kind="reset", when="after", first=1)
    assert shopper.pay()["status"] == "succeeded"
    assert len(shop.charges()) == 1
    assert fired(shop) == [1]


def test_what_stays_without_an_answer_is_pending_and_paid_once(shop: Shop):
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    # Else the webhook tells a running server what the answer didn't.
    shop.control("POST", "webhooks", {"fault": {"event": "*", "kind": "drop"}})
    add(shop, call=PAY, kind="status", status=503, body="html", when="after")
    assert shopper.send("purchase-request", message)["error"]["code"] == "payment_pending"
    shop.control("POST", "faults", {"clear": True})
    assert shopper.send("purchase-request", message)["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_while_one_shopper_waits_for_a_silent_stripe_others_pay(shop: Shop):
    silent, other = shop.shopper(), shop.shopper()
    rule = add(shop, call=PAY, kind="hang", first=1)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(silent.pay)
        until(lambda: fired(shop) == [1])
        assert other.pay()["status"] == "succeeded"
        assert not waiting.done()
        shop.control("POST", "faults", {"remove": rule})
        assert waiting.result()["status"] == "succeeded"
    assert len(shop.charges()) == 2


def test_a_browser_meets_them_too(shop: Shop):
    add(shop, call="POST /v1/tokens", kind="status", status=500, caller="browser")
    answer = shop.stripe_js("POST", "/v1/tokens", {"card[number]": "4242424242424242"})
    assert answer.status == 500


def test_a_webhook_that_comes_five_times_and_forged(shop: Shop):
    fault = {"event": "payment_intent.succeeded", "kind": "duplicate", "times": 5}
    shop.control("POST", "webhooks", {"fault": fault})
    forged = {"event": "*", "kind": "unknown_object", "extra": True}
    shop.control("POST", "webhooks", {"fault": forged})
    shopper = shop.shopper()
    assert shopper.pay()["status"] == "succeeded"
    shop.pump()
    assert len(shop.charges()) == 1


@pytest.mark.in_process
def test_a_real_server_loses_connections(instances: Instances):
    """The whole stack of the shop's server lies between: the answer must not be made good there."""
    instance = instances.fresh()
    server = ServerFront(instance)
    key = {"Authorization": f"Bearer {PUBLISHABLE_KEY}"}
    url = f"{server.origin}/sandbox/v1/payment_methods"
    card = {"type": "card", "card[token]": "tok_visa"}
    faults = f"{server.origin}/sandbox/control/faults"
    try:
        for kind, error in {
            "reset": requests.ConnectionError,
            "hang": requests.ReadTimeout,
            "cut": requests.exceptions.ChunkedEncodingError,
        }.items():
            requests.post(
                faults, json={"call": "*", "kind": kind, "nth": 1, "caller": "browser"}, timeout=20
            )
            with pytest.raises(error):
                requests.post(url, card, headers=key, timeout=2 if kind == "hang" else 20)
            assert requests.post(url, card, headers=key, timeout=20).status_code == 200
            requests.post(faults, json={"clear": True}, timeout=20)
        assert "Traceback" not in server.log
    finally:
        server.close()
        instances.discard(instance)
