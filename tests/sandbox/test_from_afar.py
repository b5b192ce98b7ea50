"""The sandbox on a shop that others can reach: what only this machine may ask of it."""

import pytest

from tests.support.doors import LOOPBACK

SECRET = {"Authorization": "Bearer sk_test_anything"}
BROWSER = {"Authorization": "Bearer pk_test_sandbox"}
FAR_HEADERS = [
    {"Host": "shop.example.com"},
    {"Host": "127.0.0.1.example.com"},
    {"Host": ""},
    {"X-Forwarded-For": "203.0.113.9"},
    {"X-Forwarded-Host": "shop.example.com"},
    {"Via": "1.1 proxy"},
    {"CF-Connecting-IP": "203.0.113.9"},
]
pytestmark = pytest.mark.in_process


@pytest.mark.parametrize("headers", FAR_HEADERS, ids=lambda h: f"{next(iter(h))}")
def test_the_control_pages_and_secret_keys_are_for_this_machine_by_its_own_name(shop, headers):
    http = shop.front.browser(LOOPBACK)
    assert http.request("GET", "/sandbox/control/ledger", headers=headers).status == 403
    listed = http.request("GET", "/sandbox/v1/payment_intents", headers={**SECRET, **headers})
    assert listed.status == 403


def test_another_machine_with_a_secret_key_is_refused_and_a_browser_is_not(shop):
    http = shop.front.browser("203.0.113.9")
    assert http.request("GET", "/sandbox/v1/payment_intents", headers=SECRET).status == 403
    card = {"type": "card", "card[token]": "tok_visa"}
    made = http.request("POST", "/sandbox/v1/payment_methods", data=card, headers=BROWSER)
    assert made.status == 200


def test_this_machine_may(shop):
    http = shop.front.browser(LOOPBACK)
    assert http.request("GET", "/sandbox/v1/payment_intents", headers=SECRET).status == 200
