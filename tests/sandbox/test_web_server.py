"""The sandbox as a web server: CORS, files, control pages."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox, server
from tests.sandbox.helpers import Web


def test_any_page_may_call_the_api(web: Web):
    status, headers, _ = web("OPTIONS", "/v1/tokens", key=None)
    assert (status, headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert "Authorization" in headers["Access-Control-Allow-Headers"]
    _, headers, _ = web("POST", "/v1/tokens", key="pk_test_x")
    assert headers["Access-Control-Allow-Origin"] == "*"


def test_headers_of_an_answer(web: Web):
    _, headers, _ = web("GET", "/v1/customers")
    assert headers["Stripe-Version"] == "2026-10-28.endive"
    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "no-store"


def test_where_a_token_was_made(web: Web):
    form = {"card[number]": "4242424242424242", "card[exp_month]": 12, "card[exp_year]": 34}
    _, _, token = web("POST", "/v1/tokens", form, "pk_test_x", "203.0.113.7")
    assert token["client_ip"] == "203.0.113.7"


def test_a_huge_body_is_refused(web: Web):
    assert web("POST", "/v1/customers", b"x" * 1_000_001)[0] == 413


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stripe.js", "elements/card.html", "3ds/challenge.html", "secret.txt"):
        file = tmp_path / "static" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    monkeypatch.setattr(server, "_STATIC", tmp_path / "static")


@pytest.mark.usefixtures("static")
def test_the_stripe_js_files(web: Web):
    for path, kind in (
        ("/stripe.js", "text/javascript; charset=utf-8"),
        ("/elements/card.html", "text/html; charset=utf-8"),
        ("/3ds/challenge.html", "text/html; charset=utf-8"),
    ):
        status, headers, body = web("GET", path, key=None)
        assert (status, headers["Content-Type"], body) == (200, kind, path[1:].encode())
        assert web("HEAD", path, key=None)[2] == b""


@pytest.mark.usefixtures("static")
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/secret.txt",
        "/elements/../secret.txt",
        "/elements/",
        "/elements",
        "/elements/a/b",
        "/elements/.hidden",
        "/other/x",
        "/v2/customers",
        "/elements/missing.html",
    ],
)
def test_other_files_are_not_served(path: str, web: Web):
    assert web("GET", path, key=None)[0] == 404


def test_files_are_only_read(web: Web):
    assert web("POST", "/stripe.js", key=None)[0] == 404


# --- Control


def test_control_answers_on_loopback_only(web: Web):
    for address in ("203.0.113.7", "10.0.0.1", "", "nonsense"):
        assert web("GET", "/control/ledger", address=address)[0] == 403
    for address in ("127.0.0.1", "::1", "127.1.2.3"):
        assert web("GET", "/control/ledger", address=address)[0] == 200


def test_control_is_not_fooled_by_a_proxy_or_another_site(web: Web):
    proxied = {"HTTP_X_FORWARDED_FOR": "203.0.113.7"}
    assert web("GET", "/control/ledger", **proxied)[0] == 403
    clock = b'{"advance": 5}'
    assert web("POST", "/control/clock", clock, content_type="text/plain")[0] == 400


def test_control_shows_the_ledger_and_the_calls(web: Web, pay: Any):
    intent = pay("pm_card_visa")
    ledger = web("GET", "/control/ledger")[2]
    assert [one["id"] for one in ledger["payment_intents"]] == [intent.id]
    assert set(ledger) == {
        "customers",
        "payment_methods",
        "payment_intents",
        "setup_intents",
        "charges",
        "refunds",
        "disputes",
        "tokens",
        "events",
    }
    (call,) = web("GET", "/control/calls?after=0")[2]["calls"]
    assert (call["method"], call["path"], call["status"]) == ("POST", "/v1/payment_intents", 200)
    assert (call["key_kind"], call["replayed"], call["error_code"]) == ("secret", False, None)
    assert call["params"]["amount"] == 1500
    assert web("GET", f"/control/calls?after={call['seq']}")[2]["calls"] == []


def test_control_moves_the_clock(web: Web, sandbox: Sandbox):
    before = web("GET", "/control/clock")[2]["now"]
    after = web("POST", "/control/clock", b'{"advance": 86400}')[2]["now"]
    assert after - before in (86400, 86401)
    assert sandbox.clock.now() - after in (0, 1)


def test_control_lets_a_bank_renew_a_saved_card_and_no_other(web: Web, api: Any):
    loose = api.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}}).id
    renewal = {"payment_method": loose, "exp_month": 4, "exp_year": 2039}
    body = json.dumps(renewal).encode()
    status, _, answer = web("POST", "/control/renewals", body)
    assert (status, "save" in answer["error"]["message"]) == (400, True)
    api.payment_methods.attach(loose, {"customer": api.customers.create().id})
    renewed = web("POST", "/control/renewals", body)[2]
    assert (renewed["id"], renewed["card"]["exp_year"]) == (loose, 2039)


def test_control_pumps_webhooks(web: Web, sandbox: Sandbox, api: Any, inbox: Any):
    sandbox.register_webhook("http://shop.example/", "whsec_x")
    api.customers.create()
    assert web("POST", "/control/webhooks", b'{"pump": true}')[2] == {"tried": 1}
    overview = web("GET", "/control/webhooks")[2]
    assert overview["endpoints"][0]["url"] == "http://shop.example/"
    assert overview["deliveries"][0]["state"] == "succeeded"
    assert overview["deliveries"][0]["type"] == "customer.created"
    assert "whsec_x" not in json.dumps(overview)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/control/clock", b"{}"),
        ("POST", "/control/clock", b'{"advance": -5}'),
        ("POST", "/control/clock", b'{"advance": true}'),
        ("POST", "/control/clock", b"[]"),
        ("POST", "/control/clock", b"not json"),
        ("POST", "/control/clock", b'{"advance": 1%s}' % (b"0" * 30)),
        ("POST", "/control/webhooks", b"{}"),
        ("POST", "/control/webhooks", b'{"fault": 5}'),
        ("POST", "/control/faults", b""),
        ("POST", "/control/limits", b"x"),
        ("POST", "/control/renewals", b"{}"),
        ("POST", "/control/renewals", b'{"exp_month": 4, "exp_year": 2039}'),
        ("POST", "/control/renewals", b'{"exp_month": 13, "exp_year": 2039}'),
        ("POST", "/control/renewals", b'{"exp_month": 4, "exp_year": 2039, "last4": 1881}'),
        ("GET", "/control/calls?after=x", b""),
        ("GET", "/control/calls?after=-1", b""),
        ("GET", "/control/calls?after=1%s" % ("0" * 30), b""),
    ],
)
def test_control_refuses_nonsense(method: str, path: str, body: bytes, web: Web):
    status, _, answer = web(method, path, body)
    assert status == 400
    assert " " in answer["error"]["message"]


def test_unknown_control_pages(web: Web):
    assert web("GET", "/control/nonsense")[0] == 404
