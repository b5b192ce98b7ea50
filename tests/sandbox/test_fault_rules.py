"""Rules of the API's faults: which calls they mean, how they count, add up and last."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import stripe

from sandbox import Sandbox
from tests.sandbox.faces import Face, until
from tests.sandbox.helpers import Web

PAY = "POST /v1/payment_intents"


@pytest.fixture
def face(sandbox: Sandbox) -> Face:
    return Face(sandbox, None)


def outcome(call: Any, *args: Any, **kwargs: Any) -> str:
    try:
        call(*args, **kwargs)
    except stripe.APIConnectionError:
        return "lost"
    except stripe.StripeError as error:
        return str(error.http_status)
    return "ok"


def counts(sandbox: Sandbox) -> list[tuple[int, int]]:
    return [(rule["matched"], rule["fired"]) for rule in sandbox.faults.list()]


@pytest.mark.parametrize(
    ("which", "outcomes"),
    [
        ({}, ["lost", "lost", "lost", "lost"]),
        ({"first": 2}, ["lost", "lost", "ok", "ok"]),
        ({"nth": 3}, ["ok", "ok", "lost", "ok"]),
    ],
    ids=["all", "first", "nth"],
)
def test_which_calls(face: Face, which: Any, outcomes: list[str]):
    face.sandbox.faults.add(PAY, "reset", **which)
    assert [outcome(face.pay) for _ in range(4)] == outcomes
    assert counts(face.sandbox) == [(4, outcomes.count("lost"))]


@pytest.mark.parametrize(
    ("call", "lost"),
    [
        ("*", {"list", "retrieve", "create", "delete", "methods"}),
        ("GET /v1/customers", {"list"}),
        ("get  /v1/customers", {"list"}),
        ("GET /v1/customers/*", {"retrieve"}),
        ("* /v1/customers/*", {"retrieve", "delete"}),
        ("* /v1/customers", {"list", "create"}),
        ("GET /v1/customers/*/payment_methods", {"methods"}),
        ("GET /v1/*/*/payment_methods", {"methods"}),
        ("DELETE /v1/customers/*", {"delete"}),
    ],
)
def test_which_endpoint(face: Face, call: str, lost: set[str]):
    api = face.client()
    customer = api.customers.create().id
    face.sandbox.faults.add(call, "reset")
    outcomes = {
        "list": outcome(api.customers.list),
        "retrieve": outcome(api.customers.retrieve, customer),
        "create": outcome(api.customers.create),
        "methods": outcome(api.customers.payment_methods.list, customer),
        "delete": outcome(api.customers.delete, customer),
    }
    assert {name for name, said in outcomes.items() if said == "lost"} == lost


def test_a_rule_for_one_id(face: Face):
    api = face.client()
    one, other = api.customers.create().id, api.customers.create().id
    face.sandbox.faults.add(f"GET /v1/customers/{one}", "reset")
    assert [outcome(api.customers.retrieve, name) for name in (one, other)] == ["lost", "ok"]


@pytest.mark.parametrize(("caller", "lost"), [("server", "sk"), ("browser", "pk")])
def test_whose_calls(face: Face, caller: str, lost: str):
    face.sandbox.faults.add("*", "reset", caller=caller)
    card = {"card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034}}
    outcomes = {
        key: outcome(face.client(key=f"{key}_test_x").tokens.create, card) for key in ("sk", "pk")
    }
    assert [key for key, said in outcomes.items() if said == "lost"] == [lost]


def test_each_rule_counts_for_itself_and_the_first_that_ends_a_call_decides(face: Face):
    faults = face.sandbox.faults
    faults.add(PAY, "status", status=500, nth=2)
    faults.add(PAY, "reset", first=3)
    faults.add(PAY, "status", status=503, when="after")
    assert [outcome(face.pay) for _ in range(4)] == ["lost", "500", "lost", "503"]
    assert counts(face.sandbox) == [(4, 1), (4, 2), (4, 1)]
    assert face.charges() == 1


def test_faults_on_both_sides_of_one_call(face: Face):
    face.sandbox.faults.add(PAY, "delay", seconds=0.01)
    face.sandbox.faults.add(PAY, "delay", seconds=0.01, when="during")
    face.sandbox.faults.add(PAY, "delay", seconds=0.01, when="after")
    face.sandbox.faults.add(PAY, "reset", when="after")
    assert outcome(face.pay) == "lost"
    assert counts(face.sandbox) == [(1, 1)] * 4
    assert face.charges() == 1


def test_rules_outlive_the_process_and_hold_for_all(face: Face, tmp_path: Path):
    face.sandbox.faults.add(PAY, "reset", first=2)
    assert outcome(face.pay) == "lost"
    again = Sandbox(tmp_path / "sandbox.sqlite3")
    try:
        assert again.faults.list() == face.sandbox.faults.list()
        assert outcome(Face(again, None).pay) == "lost"
        assert counts(face.sandbox) == [(2, 2)]
        assert outcome(face.pay) == "ok"
        again.faults.clear()
        assert face.sandbox.faults.list() == []
    finally:
        again.close()


def test_an_id_is_never_used_again(sandbox: Sandbox):
    first = sandbox.faults.add("*", "reset")
    sandbox.faults.remove(first["id"])
    assert sandbox.faults.add("*", "reset")["id"] > first["id"]


def test_a_repetition_while_the_first_call_is_running_gets_a_409(face: Face, tmp_path: Path):
    face.sandbox.faults.add(PAY, "delay", when="during", seconds=50, first=1)
    with (
        closing(sqlite3.connect(tmp_path / "sandbox.sqlite3")) as file,
        ThreadPoolExecutor(1) as pool,
    ):
        first = pool.submit(face.pay, face.client(timeout=60), "k")
        until(lambda: file.execute("SELECT 1 FROM idempotency WHERE key = 'k'").fetchone())
        assert [outcome(face.pay, key="k") for _ in range(3)] == ["409"] * 3
        face.sandbox.faults.clear()
        assert first.result().status == "succeeded"
    assert outcome(face.pay, key="k") == "ok"
    assert face.charges() == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_failure_that_the_key_keeps(face: Face, when: str):
    """As at Stripe: a 500 is replayed under its key, whether or not money moved."""
    face.sandbox.faults.add(PAY, "status", status=500, when=when, stored=True, first=1)
    assert [outcome(face.pay, key="k") for _ in range(3)] == ["500"] * 3
    assert face.charges() == (when == "after")
    with pytest.raises(stripe.APIError) as caught:
        face.pay(key="k")
    assert caught.value.headers["Idempotent-Replayed"] == "true"
    assert outcome(face.pay, key="k", amount=1700) == "400"  # other parameters
    assert outcome(face.pay, key="k2") == "ok"
    face.sandbox.clock.advance(25 * 3600)
    assert outcome(face.pay, key="k") == "ok"


def test_what_a_key_has_is_not_taken_from_it(face: Face):
    assert outcome(face.pay, key="k") == "ok"
    face.sandbox.faults.add(PAY, "status", status=500, stored=True, first=1)
    assert [outcome(face.pay, key="k") for _ in range(2)] == ["500", "ok"]
    assert face.charges() == 1


def test_nothing_is_kept_of_a_call_that_would_have_been_refused(face: Face):
    face.sandbox.faults.add(PAY, "status", status=500, stored=True, first=1)
    assert outcome(face.pay, key="k", amount="nonsense") == "500"
    assert outcome(face.pay, key="k") == "ok"


# --- Over HTTP


def test_control_adds_lists_and_removes(web: Web, sandbox: Sandbox):
    given = b'{"call": "POST /v1/refunds", "kind": "status", "status": 502, "body": "html"}'
    status, _, answer = web("POST", "/control/faults", given)
    rule = {
        "id": answer["fault"]["id"],
        "call": "POST /v1/refunds",
        "kind": "status",
        "when": "before",
        "status": 502,
        "body": "html",
        "matched": 0,
        "fired": 0,
    }
    assert (status, answer["fault"], answer["faults"]) == (200, rule, [rule])
    assert web("POST", "/v1/refunds")[0] == 502
    assert web("GET", "/control/faults")[2]["faults"] == [rule | {"matched": 1, "fired": 1}]
    other = web("POST", "/control/faults", b'{"call": "*", "kind": "reset"}')[2]["fault"]["id"]
    body = b'{"remove": %d}' % rule["id"]
    assert [one["id"] for one in web("POST", "/control/faults", body)[2]["faults"]] == [other]
    assert web("POST", "/control/faults", b'{"clear": true}')[2] == {"faults": []}
    assert sandbox.faults.list() == []


def test_the_control_pages_have_no_faults(web: Web, sandbox: Sandbox):
    sandbox.faults.add("*", "reset")
    assert web("GET", "/control/ledger")[0] == 200
    assert web("OPTIONS", "/v1/tokens", key=None)[0] == 204


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{}", "kind is one of: delay, hang, reset, status, cut."),
        ('{"kind": ["reset"], "call": "*"}', "kind is one of"),
        ('{"kind": "reset"}', 'call is like "POST /v1/payment_intents"'),
        ('{"kind": "reset", "call": 5}', "call is like"),
        ('{"kind": "reset", "call": "PUT /v1/refunds"}', "call is like"),
        ('{"kind": "reset", "call": "POST /v1/refund"}', "no endpoint POST /v1/refund."),
        ('{"kind": "reset", "call": "POST /v1/payment_intents/*/x"}', "no endpoint"),
        ('{"kind": "reset", "call": "*", "when": "during"}', "when is one of: before, after."),
        ('{"kind": "cut", "call": "*", "when": "before"}', "when is one of: after."),
        ('{"kind": "reset", "call": "*", "first": 1, "nth": 1}', "first or nth, not both"),
        ('{"kind": "reset", "call": "*", "first": 0}', "first is a whole number from 1."),
        ('{"kind": "reset", "call": "*", "nth": true}', "nth is a whole number from 1."),
        ('{"kind": "reset", "call": "*", "caller": "me"}', "caller is one of: server, browser."),
        ('{"kind": "reset", "call": "*", "seconds": 1}', "seconds means nothing for a fault"),
        ('{"kind": "delay", "call": "*"}', "seconds is a number above 0"),
        ('{"kind": "delay", "call": "*", "seconds": NaN}', "seconds is a number above 0"),
        ('{"kind": "hang", "call": "*", "seconds": 1e400}', "seconds is a number above 0"),
        ('{"kind": "hang", "call": "*", "seconds": 1%s}' % ("0" * 400), "seconds is a number"),
        ('{"kind": "status", "call": "*"}', "status is a whole number from 400 to 599."),
        ('{"kind": "status", "call": "*", "status": 200}', "status is a whole number"),
        ('{"kind": "status", "call": "*", "status": 500, "body": "xml"}', "body is one of"),
        ('{"kind": "status", "call": "*", "status": 500, "message": 5}', "message is a text."),
        ('{"kind": "status", "call": "*", "status": 500, "should_retry": 1}', "should_retry is"),
        ('{"kind": "status", "call": "*", "status": 500, "reason": "global-rate"}', "reason is"),
        ('{"kind": "status", "call": "*", "status": 429, "reason": "x"}', "reason is for"),
        ('{"kind": "status", "call": "*", "status": 429, "stored": true}', "stored is"),
        ('{"kind": "status", "call": "*", "status": 500, "stored": 1}', "stored is"),
        ('{"remove": 7}', "There is no fault 7."),
        ('{"remove": "7"}', "There is no fault '7'."),
        ('{"remove": 1%s}' % ("0" * 30), "There is no fault 1"),
        ('{"clear": false}', "kind is one of"),
        ("[" * 5000, "send JSON"),
        ("[]", "send a JSON object"),
    ],
)
def test_control_says_what_is_wrong(web: Web, given: str, said: str):
    status, _, answer = web("POST", "/control/faults", given.encode())
    assert status == 400
    assert said in answer["error"]["message"]
    assert web("GET", "/control/faults")[2] == {"faults": []}
