"""With Stripe's own keys nothing of the stand-in is left on any page.

No page calls Stripe, so nothing here needs a network.
"""

import re

import pytest

from tests.accounts.browser import sees_account
from tests.support.client_front import ClientFront
from tests.support.doors import LOOPBACK, Answer, Visitor
from tests.support.shop import DEMO, PASSWORD

from .conftest import CHECKOUT, LIVE, SIGNED, TEST, Doors, visitor_of

REAL = "https://js.stripe.com/endive/stripe.js"
PAGES = ("/", "/shop/morning-press", CHECKOUT, "/orders", "/wallet", "/sign-in", "/register")
STAND_IN = [
    "/sandbox",
    "/sandbox/",
    "/sandbox/stripe.js",
    "/sandbox/elements/card.html",
    "/sandbox/3ds/challenge.html",
    "/sandbox/v1/payment_intents",
    "/sandbox/v1/tokens",
    "/sandbox/control/ledger",
    "/sandbox/control/calls",
    "/sandbox/control/clock",
    "/sandbox/control/webhooks",
    "//sandbox/stripe.js",
]


def registered(front: ClientFront) -> Visitor:
    visitor = visitor_of(front)
    form = {"email": "grace@example.com", "password": PASSWORD}
    assert visitor.submit("/register", form).status == 303
    return visitor


def policy(answer: Answer) -> dict[str, list[str]]:
    directives = answer.headers["Content-Security-Policy"].split("; ")
    return {words[0]: words[1:] for words in map(str.split, directives)}


@pytest.mark.parametrize("keys", [TEST, {**LIVE, **SIGNED}], ids=["test", "live"])
def test_with_keys_nothing_of_the_stand_in_is_reachable(doors: Doors, keys: dict[str, str]) -> None:
    front = doors.open(**keys)
    for address in (None, LOOPBACK):
        visitor = Visitor(front.browser(address), front.origin)
        for path in STAND_IN:
            assert visitor.get(path).status == 404, path
    secret = {"Authorization": "Bearer sk_test_x"}
    paid = visitor.post("/sandbox/v1/payment_intents", data={}, headers=secret)
    assert paid.status in (400, 404)
    assert '"object"' not in paid.text


@pytest.mark.parametrize("keys", [TEST, {**LIVE, **SIGNED}], ids=["test", "live"])
def test_with_keys_every_page_is_stripe_s_and_none_the_stand_in_s(
    doors: Doors, keys: dict[str, str]
) -> None:
    visitor = registered(doors.open(**keys))
    for path in PAGES:
        page = visitor.get(path)
        assert page.status == 200, path
        assert keys["STRIPE_SECRET_KEY"] not in page.text, path
        assert not re.search("sandbox|demo|4242", page.text, re.IGNORECASE), path
    for path in (CHECKOUT, "/wallet"):
        assert f'src="{REAL}"' in visitor.get(path).text


@pytest.mark.parametrize(("kind", "keys"), [("test", TEST), ("live", {**LIVE, **SIGNED})])
def test_a_page_says_its_mode_and_its_key(doors: Doors, kind: str, keys: dict[str, str]) -> None:
    visitor = visitor_of(doors.open(**keys))
    page = visitor.get(CHECKOUT)
    context = page.script("checkout-context")
    assert (context["mode"], context["publishableKey"]) == (kind, f"pk_{kind}_x")
    assert ("Test mode: Stripe" in page.text) == (kind == "test")


def test_with_keys_the_policy_allows_stripe_and_nothing_else(doors: Doors) -> None:
    found = policy(visitor_of(doors.open(**TEST)).get(CHECKOUT))
    nonce = found["script-src"].pop(1)
    assert re.fullmatch(r"'nonce-[\w-]{22}'", nonce)
    assert found == {
        "default-src": ["'self'"],
        "script-src": ["'self'", "https://js.stripe.com", "https://*.js.stripe.com"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "https://*.stripe.com"],
        "connect-src": ["'self'", "https://api.stripe.com"],
        "frame-src": [
            "'self'",
            "https://js.stripe.com",
            "https://*.js.stripe.com",
            "https://hooks.stripe.com",
        ],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }


def test_the_policy_lets_in_the_captcha_s_sources_too(doors: Doors) -> None:
    widget = "https://widget.example"
    captcha = {"CAPTCHA_VERIFIER": "a:b", "CAPTCHA_SCRIPT": "/static/captcha.js"}
    visitor = visitor_of(doors.open(**TEST, **captcha, CAPTCHA_SOURCES=widget))
    page = visitor.get(CHECKOUT)
    allowing = {name for name, words in policy(page).items() if widget in words}
    assert allowing == {"script-src", "frame-src", "connect-src", "style-src"}
    assert '<script type="module" nonce="' in page.text
    assert 'src="/static/captcha.js"' in page.text
    assert 'src="/static/captcha.js"' not in visitor.get("/orders").text


def test_without_keys_the_policy_allows_our_own_address_alone(doors: Doors) -> None:
    found = policy(visitor_of(doors.open()).get(CHECKOUT))
    allowed = {word for words in found.values() for word in words if "nonce" not in word}
    assert allowed == {"'self'", "'none'", "data:"}


def test_a_sandbox_elsewhere_is_allowed_by_its_address_and_is_not_here(doors: Doors) -> None:
    base = "http://127.0.0.1:9"
    visitor = visitor_of(doors.open(STRIPE_API_BASE=base))
    page = visitor.get(CHECKOUT)
    for directive in ("script-src", "frame-src", "connect-src"):
        assert base in policy(page)[directive]
    assert f'src="{base}/sandbox/stripe.js"' in page.text
    assert [visitor.get(path).status for path in STAND_IN] == [404] * len(STAND_IN)


def test_the_published_password_opens_nothing_once_there_are_keys(doors: Doors) -> None:
    sandbox = visitor_of(doors.open())
    assert sandbox.submit("/sign-in", DEMO).status == 303
    assert DEMO["email"] in sandbox.get("/sign-in").text
    front = doors.open(**TEST)
    for email in (DEMO["email"], "DEMO@Example.com "):
        visitor = visitor_of(front)
        answer = visitor.submit("/sign-in", {**DEMO, "email": email})
        assert answer.status == 422
        assert not sees_account(visitor)
