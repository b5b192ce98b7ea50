"""Idempotency keys, as facts of Stripe's API: a repetition gets the first answer."""

import threading
import uuid
from typing import Any

import pytest

from sandbox import Sandbox, payment_intents
from tests.sandbox.helpers import NEVER, refusal

PARAMS = {
    "amount": 1500,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "confirm": True,
    "automatic_payment_methods": NEVER,
}


def key(text: str) -> dict[str, Any]:
    return {"idempotency_key": text}


def test_a_repetition_charges_nothing_and_gets_the_same_answer(api: Any, pay: Any):
    first = api.payment_intents.create(PARAMS, key("k"))
    second = api.payment_intents.create(PARAMS, key("k"))
    assert first.to_dict(for_json=True) == second.to_dict(for_json=True)
    assert len(pay.charges()) == 1
    one, two = first.last_response.headers, second.last_response.headers
    assert one["Idempotency-Key"] == two["Idempotency-Key"] == "k"
    assert "Idempotent-Replayed" not in one
    assert two["Idempotent-Replayed"] == "true"
    assert one["Original-Request"] == one["Request-Id"] == two["Original-Request"]
    assert two["Request-Id"] != one["Request-Id"]


def test_the_answer_stays_as_it_was(api: Any):
    first = api.customers.create({"name": "Ann"}, key("k"))
    api.customers.update(first.id, {"name": "Bob"})
    assert api.customers.create({"name": "Ann"}, key("k")).name == "Ann"


def test_a_decline_is_an_answer_too(api: Any, pay: Any):
    params = PARAMS | {"payment_method": "pm_card_visa_chargeDeclined"}
    first = refusal(api.payment_intents.create, params, key("k"))
    second = refusal(api.payment_intents.create, params, key("k"))
    assert first.charge == second.charge
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(pay.charges()) == 1


def test_a_refusal_by_the_running_call_is_kept(api: Any):
    params = {"charge": "ch_none"}
    refusal(api.refunds.create, params, key("k"))
    again = refusal(api.refunds.create, params, key("k"))
    assert again.headers["Idempotent-Replayed"] == "true"


def test_other_parameters_are_a_mistake(api: Any):
    api.payment_intents.create(PARAMS, key("k"))
    for changed in (PARAMS | {"amount": 1600}, {"amount": 1500, "currency": "usd"}):
        error = refusal(api.payment_intents.create, changed, key("k"))
        assert (error.status, error.type) == (400, "idempotency_error")
        assert error.message == (
            "Keys for idempotent requests can only be used with the same parameters they were "
            "first used with. Try using a key other than 'k' if you meant to execute a different "
            "request."
        )
    assert refusal(api.setup_intents.create, {}, key("k")).type == "idempotency_error"


def test_the_order_of_parameters_does_not_matter(api: Any):
    first = api.payment_intents.create(PARAMS, key("k"))
    turned = dict(reversed(PARAMS.items()))
    assert api.payment_intents.create(turned, key("k")).id == first.id


def test_a_call_that_never_began_does_not_take_the_key(api: Any):
    unknown = refusal(api.payment_intents.create, {**PARAMS, "colour": "red"}, key("k"))
    assert unknown.headers["Idempotency-Key"] == "k"
    assert api.payment_intents.create(PARAMS, key("k")).status == "succeeded"


def test_a_key_is_new_again_after_a_day(api: Any, pay: Any, sandbox: Any):
    first = api.payment_intents.create(PARAMS, key("k"))
    sandbox.clock.advance(24 * 3600 - 60)
    assert api.payment_intents.create(PARAMS, key("k")).id == first.id
    sandbox.clock.advance(120)
    assert api.payment_intents.create(PARAMS, key("k")).id != first.id
    assert len(pay.charges()) == 2


def test_keys_have_a_length(api: Any):
    error = refusal(api.customers.create, {}, key("k" * 256))
    assert "1 to 255 characters" in error.message
    assert api.customers.create({}, key("k" * 255)).id


def test_only_posts_have_keys(api: Any):
    customer = api.customers.create({}, key("k"))
    answer = api.customers.retrieve(customer.id, {}, key("k"))
    assert "Idempotency-Key" not in answer.last_response.headers


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """A call that waits after its key was claimed: (it began, it may go on)."""
    from sandbox import engine

    began, go_on = threading.Event(), threading.Event()
    execute = engine.Engine._execute

    def wait(self: Any, call: Any, claim: Any) -> Any:
        if claim is not None and not began.is_set():
            began.set()
            go_on.wait(10)
        return execute(self, call, claim)

    monkeypatch.setattr(engine.Engine, "_execute", wait)
    return began, go_on


def test_two_at_the_same_time(api: Any, pay: Any, slow: Any):
    began, go_on = slow
    results: list[Any] = []
    thread = threading.Thread(
        target=lambda: results.append(api.payment_intents.create(PARAMS, key("k")))
    )
    thread.start()
    assert began.wait(10)
    error = refusal(api.payment_intents.create, PARAMS, key("k"))
    assert (error.status, error.code) == (409, "idempotency_key_in_use")
    assert "(that probably means you submitted twice" in error.message
    assert error.headers["Stripe-Should-Retry"] == "true"
    go_on.set()
    thread.join(10)
    assert api.payment_intents.create(PARAMS, key("k")).id == results[0].id
    assert len(pay.charges()) == 1


def test_the_sdk_waits_out_a_conflict(sandbox: Sandbox, pay: Any, slow: Any, api: Any):
    import stripe

    began, go_on = slow
    patient = stripe.StripeClient(
        "sk_test_shop", http_client=sandbox.http_client(), max_network_retries=2
    ).v1
    results: list[Any] = []

    def create() -> None:
        results.append(patient.payment_intents.create(PARAMS, key("k")))

    threads = [threading.Thread(target=create) for _ in range(2)]
    threads[0].start()
    assert began.wait(10)
    threads[1].start()
    threading.Timer(0.2, go_on.set).start()
    for thread in threads:
        thread.join(10)
    assert results[0].id == results[1].id
    assert len(pay.charges()) == 1


def test_a_claim_of_a_dead_process_is_taken_over(api: Any, sandbox: Sandbox, pay: Any):
    """It died between claiming and running, so nothing was done, whatever it wanted."""
    with sandbox._store.transaction() as tx:
        tx.execute(
            "INSERT INTO idempotency VALUES ('k', 'other', 'req_1', ?, ?, ?, NULL, NULL)",
            (tx.now, f"{2**22 + 1}.{uuid.uuid4().hex}.x", tx.time),
        )
    assert api.payment_intents.create(PARAMS, key("k")).status == "succeeded"
    assert len(pay.charges()) == 1


def test_a_bug_is_a_stored_500(
    api: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: Any
):
    def broken(*_: Any) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(payment_intents.confirmation, "confirm", broken)
        error = refusal(api.payment_intents.create, PARAMS, key("k"))
    assert (error.status, error.type) == (500, "api_error")
    assert "a bug" in caplog.text
    again = refusal(api.payment_intents.create, PARAMS, key("k"))
    assert (again.status, again.headers["Idempotent-Replayed"]) == (500, "true")
    assert sandbox.ledger()["payment_intents"] == []
