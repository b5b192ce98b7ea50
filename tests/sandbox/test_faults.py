"""Faults of the API on every face: what the SDK says of them, and what reaches the ledger."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.sandbox.faces import KINDS, Face, face_of, until

PAY = "POST /v1/payment_intents"


@pytest.fixture(scope="module", params=KINDS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp(request.param)
    with face_of(request.param, folder / "sandbox.sqlite3") as face:
        yield face


@pytest.fixture
def face(served: Face) -> Iterator[Face]:
    yield served
    served.sandbox.faults.clear()


def failure(call: Callable[..., Any], *args: Any, **kwargs: Any) -> stripe.StripeError:
    with pytest.raises(stripe.StripeError) as caught:
        call(*args, **kwargs)
    return caught.value


def fired(face: Face) -> list[int]:
    return [rule["fired"] for rule in face.sandbox.faults.list()]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_connection(face: Face, when: str):
    charges = face.charges()
    face.sandbox.faults.add(PAY, "reset", when=when)
    error = failure(face.pay)
    assert type(error) is stripe.APIConnectionError
    assert error.should_retry
    assert "Connection aborted" in str(error)
    assert face.charges() - charges == (when == "after")
    assert fired(face) == [1]


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_sdk_tries_again_and_one_charge_is_made(face: Face, when: str):
    charges, calls = face.charges(), face.calls()
    face.sandbox.faults.add(PAY, "reset", when=when, first=1)
    intent = face.pay(face.client(retries=2))
    assert intent.status == "succeeded"
    replayed = intent.last_response.headers.get("Idempotent-Replayed")
    assert replayed == (None if when == "before" else "true")
    assert face.charges() - charges == 1
    # Only what got through reaches the log of calls.
    assert face.calls() - calls == (1 if when == "before" else 2)


@pytest.mark.parametrize("when", ["before", "after"])
def test_no_answer_until_the_caller_gives_up(face: Face, when: str):
    charges = face.charges()
    face.sandbox.faults.add(PAY, "hang", when=when)
    error = failure(face.pay, face.client(timeout=1))
    assert type(error) is stripe.APIConnectionError
    assert error.should_retry
    assert "Read timed out" in str(error)
    until(lambda: face.charges() - charges == (when == "after"))


def test_a_hang_that_ends_loses_the_connection(face: Face):
    face.sandbox.faults.add(PAY, "hang", seconds=0.05)
    assert "Connection aborted" in str(failure(face.pay))


def test_while_one_caller_hangs_all_others_are_served(face: Face):
    rule = face.sandbox.faults.add(PAY, "hang", first=1)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(failure, face.pay, face.client(timeout=60))
        until(lambda: fired(face) == [1])
        assert face.pay().status == "succeeded"
        assert not hanging.done()
        face.sandbox.faults.remove(rule["id"])
        assert "Connection aborted" in str(hanging.result())


def test_what_is_late_comes_at_once_when_the_rule_is_gone(face: Face):
    face.sandbox.faults.add(PAY, "delay", seconds=50)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(face.pay, face.client(timeout=60))
        until(lambda: fired(face) == [1])
        face.sandbox.faults.clear()
        assert waiting.result().status == "succeeded"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_late_answer(face: Face, when: str):
    face.sandbox.faults.add(PAY, "delay", seconds=0.2, when=when)
    start = time.monotonic()
    assert face.pay().status == "succeeded"
    assert time.monotonic() - start >= 0.2


def test_a_call_given_up_too_early_is_executed_later(face: Face):
    charges = face.charges()
    face.sandbox.faults.add(PAY, "delay", seconds=2)
    assert "timed out" in str(failure(face.pay, face.client(timeout=1)))
    until(lambda: face.charges() - charges == 1)


def test_half_a_body(face: Face):
    charges = face.charges()
    face.sandbox.faults.add(PAY, "cut")
    # The SDK does not try again by itself: for `requests` this is no lost connection.
    error = failure(face.pay, face.client(retries=2), key=f"cut-{charges}")
    assert type(error) is stripe.APIConnectionError
    assert not error.should_retry
    assert "IncompleteRead" in str(error)
    assert (face.charges() - charges, fired(face)) == (1, [1])
    face.sandbox.faults.clear()
    assert face.pay(key=f"cut-{charges}").status == "succeeded"
    assert face.charges() - charges == 1


@pytest.mark.parametrize(
    ("options", "error_type", "code", "headers"),
    [
        ({"status": 400}, stripe.InvalidRequestError, None, {"Stripe-Should-Retry": "false"}),
        ({"status": 401}, stripe.AuthenticationError, None, {}),
        ({"status": 402}, stripe.CardError, "card_declined", {}),
        ({"status": 403}, stripe.PermissionError, "more_permissions_required", {}),
        ({"status": 404}, stripe.InvalidRequestError, "resource_missing", {}),
        (
            {"status": 409},
            stripe.APIError,
            "idempotency_key_in_use",
            {"Stripe-Should-Retry": "true"},
        ),
        (
            {"status": 429},
            stripe.RateLimitError,
            "rate_limit",
            {"Stripe-Should-Retry": "false", "Stripe-Rate-Limited-Reason": "global-rate"},
        ),
        (
            {"status": 429, "reason": "endpoint-concurrency", "should_retry": True},
            stripe.RateLimitError,
            "rate_limit",
            {"Stripe-Should-Retry": "true", "Stripe-Rate-Limited-Reason": "endpoint-concurrency"},
        ),
        (
            {"status": 429, "code": "lock_timeout"},
            stripe.RateLimitError,
            "lock_timeout",
            {"Stripe-Should-Retry": "true", "Stripe-Rate-Limited-Reason": None},
        ),
        ({"status": 500}, stripe.APIError, None, {"Stripe-Should-Retry": "false"}),
        (
            {"status": 500, "should_retry": None},
            stripe.APIError,
            None,
            {"Stripe-Should-Retry": None},
        ),
        ({"status": 502, "body": "html"}, stripe.APIError, None, {"Stripe-Should-Retry": None}),
        ({"status": 503, "code": "x", "message": "Away."}, stripe.APIError, "x", {}),
        ({"status": 503, "body": "html", "should_retry": False}, stripe.APIError, None, {}),
        ({"status": 599}, stripe.APIError, None, {}),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_another_answer(
    face: Face, when: str, options: Any, error_type: Any, code: Any, headers: Any
):
    charges = face.charges()
    face.sandbox.faults.add(PAY, "status", when=when, **options)
    error = failure(face.pay)
    assert type(error) is error_type
    assert error.http_status == options["status"]
    if options.get("body") == "html":
        # Of such an answer the SDK keeps little: it is no error object of Stripe's.
        assert f"<h1>{options['status']} " in error.http_body
        assert "Invalid response body from API" in str(error)
    else:
        assert error.request_id.startswith("req_")
        assert {name: error.headers.get(name) for name in headers} == headers
        assert error.json_body["error"].get("code") == code
        assert options.get("message", "") in error.json_body["error"]["message"]
    assert face.charges() - charges == (when == "after")


@pytest.mark.parametrize(
    ("options", "tries"),
    [
        ({"status": 500}, 1),
        ({"status": 500, "should_retry": None}, 2),
        ({"status": 502, "body": "html"}, 2),
        ({"status": 409}, 2),
        ({"status": 429}, 1),
        ({"status": 429, "code": "lock_timeout"}, 2),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else str(value),
)
def test_which_answers_the_sdk_asks_again_for(face: Face, options: Any, tries: int):
    face.sandbox.faults.add(PAY, "status", **options)
    failure(face.pay, face.client(retries=1))
    assert fired(face) == [tries]


def test_an_answer_lost_in_a_crowd(face: Face):
    """Ten callers at once with one key, one lost answer: one charge, and all hear of it."""
    charges = face.charges()
    face.sandbox.faults.add(PAY, "reset", when="after", first=1)
    key = f"crowd-{charges}"
    ready = threading.Barrier(10)

    def pay(_: int) -> str:
        ready.wait()
        return face.pay(face.client(retries=5), key).id

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(pay, range(10)))) == 1
    assert face.charges() - charges == 1
