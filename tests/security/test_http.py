"""Every form has a token, every answer its headers, and only the shop's own names are answered."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.client_front import ClientFront
from tests.support.doors import Answer, Visitor
from tests.support.instances import Instances
from tests.support.shop import Shop

pytestmark = pytest.mark.in_process
# Not a form of a page: signed by Stripe, checked in tests/payments/test_webhooks.py.
SIGNED = {"/webhooks/stripe"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def paths(shop: Shop, method: str) -> list[str]:
    app: Any = shop.front.app  # type: ignore[attr-defined]  # the client front's
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        return [
            adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "x"), method=method)
            for rule in app.url_map.iter_rules()
            if method in rule.methods
        ]


def test_no_form_is_taken_without_its_token(shop: Shop) -> None:
    visitor = shop.shopper(account=True).visitor
    found = set(paths(shop, "POST")) - SIGNED
    assert {"/sign-in", "/register", "/sign-out"} <= found
    for path in found:
        for fields in ({}, {"csrf_token": "x"}, {"csrf_token": other_s_token(shop)}):
            answer = visitor.post(path, data=fields)
            assert answer.status == 400, f"{path} with {fields}"
    assert visitor.get("/wallet").status == 200  # still signed in


def test_every_answer_has_its_headers(shop: Shop) -> None:
    visitor = shop.shopper(account=True).visitor
    answers = [visitor.get(path) for path in paths(shop, "GET")]
    answers += [visitor.get("/no-such-page"), visitor.post("/sign-in"), visitor.get("/../etc")]
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, f"{answer.path} ({answer.status}): {name}"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "'unsafe" not in policy


def test_behind_tls_a_browser_is_told_to_stay_there(instances: Instances) -> None:
    front = ClientFront(instances.fresh(TRUSTED_PROXIES="1"))
    visitor = Visitor(front.browser(), front.origin)
    secure = visitor.get("/sign-in", headers={"X-Forwarded-Proto": "https"})
    assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in visitor.get("/sign-in").headers
    front.close()


class TestHosts:
    @pytest.fixture
    def ask(self, instances: Instances) -> Iterator[Any]:
        """`ask("shop.example")`: the sign-in page under this name."""
        front = ClientFront(instances.fresh(TRUSTED_HOSTS="shop.example, www.shop.example"))

        def get(host: str) -> Answer:
            return Visitor(front.browser(), front.origin).get("/sign-in", headers={"Host": host})

        yield get
        front.close()

    @pytest.mark.parametrize("host", ["shop.example", "www.shop.example"])
    def test_the_shop_s_own_names_are_answered(self, ask: Any, host: str) -> None:
        assert ask(host).status == 200

    @pytest.mark.parametrize("host", ["evil.example", "shop.example.evil.example", "127.0.0.1"])
    def test_others_are_not(self, ask: Any, host: str) -> None:
        answer = ask(host)
        assert answer.status == 400
        assert host not in answer.text


def other_s_token(shop: Shop) -> str:
    return shop.visitor().get("/sign-in").csrf_token
