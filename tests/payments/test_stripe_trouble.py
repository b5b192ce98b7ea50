"""Stripe in trouble: what is tried again, what the shopper is told, and what is never written."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from circuit import FAILURES
from payments import recovery
from tests.support.doors import eventually
from tests.support.owner import write

pytestmark = pytest.mark.in_process
INTENTS = "POST /v1/payment_intents"
DECLINED, MASTERCARD = "4000000000000002", "5555555555554444"


def intents_asked_for(shop):
    return [c for c in shop.calls() if c["path"] == "/v1/payment_intents" and c["method"] == "POST"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset"},
        {"kind": "status", "status": 500, "should_retry": None},
        {"kind": "status", "status": 503, "body": "html"},
        {"kind": "status", "status": 429},
    ],
    ids=lambda fault: str(fault.get("status", fault["kind"])),
)
def test_one_bad_answer_is_tried_again_under_the_same_key(shop, trouble, fault, when):
    trouble(INTENTS, when=when, first=1, **fault)
    ack = shop.shopper().buy()
    assert ack["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1
    assert len({call["idempotency_key"] for call in intents_asked_for(shop)}) == 1


def test_a_cut_answer_is_asked_for_again(shop, trouble):
    trouble(INTENTS, "cut", first=1)
    assert shop.shopper().buy()["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_too_many_requests_and_nothing_else_is_not_charged(shop, trouble):
    trouble(INTENTS, "status", status=429)
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    ack = shopper.send("purchase-request", message)
    assert (ack["error"]["code"], ack["error"]["retryable"]) == ("unavailable", True)
    assert "not charged" in ack["error"]["message"]
    assert shop.charges() == []
    trouble.over()
    assert shopper.send("purchase-request", message)["transaction"]["status"] == "succeeded"


def test_too_many_requests_after_a_lost_answer_says_nothing_of_the_charge(shop, trouble):
    trouble(INTENTS, "reset", when="after", first=1)
    for number in (2, 3):
        trouble(INTENTS, "status", status=429, nth=number)
    ack = shop.shopper().buy()
    assert len(shop.charges()) == 1
    assert ack["error"]["code"] == "payment_pending"


def test_too_many_requests_when_sent_again_says_nothing_of_the_charge(shop, trouble):
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    trouble(INTENTS, "reset", when="after")
    assert shopper.send("purchase-request", message)["error"]["code"] == "payment_pending"
    trouble.over()
    trouble(INTENTS, "status", status=429)
    assert shopper.send("purchase-request", message)["error"]["code"] == "payment_pending"
    trouble.over()
    assert shopper.send("purchase-request", message)["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_advice_against_another_try_is_followed(shop, trouble):
    trouble(INTENTS, "status", status=500, should_retry=False, first=1)
    assert shop.shopper().buy()["error"]["code"] == "payment_pending"
    assert shop.charges() == []


def test_an_answer_that_a_webhook_brings_meanwhile_is_the_answer(shop, trouble):
    shopper = shop.shopper()
    trouble(INTENTS, "delay", seconds=0.5, when="after")
    trouble(INTENTS, "reset", when="after")
    with ThreadPoolExecutor(1) as elsewhere:
        buying = elsewhere.submit(shopper.buy)
        eventually(shop.charges, what="the charge")
        shop.pump()
        ack = buying.result(timeout=60)
    assert (ack["status"], ack["transaction"]["status"]) == ("success", "succeeded")
    assert ack["client_secret"]


def open_the_circuit(shop, trouble):
    """Calls without an answer, in a row, by shoppers of their own."""
    trouble("*", "reset", caller="server")
    for _ in range(FAILURES):
        shop.shopper().buy()
    assert shop.shopper().buy()["error"]["code"] == "unavailable"


def test_an_open_circuit_refuses_before_a_row_is_written(shop, trouble):
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    open_the_circuit(shop, trouble)
    before, asked = shop.rows("SELECT transaction_id FROM attempt"), len(shop.calls())
    ack = shopper.send("purchase-request", message)
    assert (ack["error"]["code"], ack["error"]["retryable"]) == ("unavailable", True)
    assert "transaction" not in ack
    assert shop.rows("SELECT transaction_id FROM attempt") == before
    assert len(shop.calls()) == asked


@pytest.mark.parametrize("token_type", ["permanent", "single"])
def test_an_open_circuit_refuses_a_new_card_before_a_row_is_written(shop, trouble, token_type):
    shopper = shop.shopper(account=True)
    typed = shop.card()
    open_the_circuit(shop, trouble)
    before, asked = shop.rows("SELECT id FROM card"), len(shop.calls())
    ack = shopper.create_payment_method(card=typed, tokenType=token_type)
    assert (ack["error"]["code"], ack["error"]["retryable"]) == ("unavailable", True)
    assert (shop.rows("SELECT id FROM card"), len(shop.calls())) == (before, asked)


def test_an_open_circuit_does_not_say_that_a_sent_purchase_was_not_charged(shop, trouble):
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    trouble(INTENTS, "reset", when="after")
    assert shopper.send("purchase-request", message)["error"]["code"] == "payment_pending"
    open_the_circuit(shop, trouble)
    assert shopper.send("purchase-request", message)["error"]["code"] == "payment_pending"
    assert len(shop.charges()) == 1


def test_an_open_circuit_leaves_a_declined_purchase_as_it_is(shop, trouble):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    retry = shopper.purchase(transaction_id=declined["id"], number=MASTERCARD, requestId="r2")
    open_the_circuit(shop, trouble)
    assert shopper.send("purchase-request", retry)["error"]["code"] == "unavailable"
    after = shopper.transaction(declined["id"])
    assert (after["status"], after["attempts"]) == ("declined", 1)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_key_that_stripe_has_forgotten_charges_nobody_again(shop, trouble, when):
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    trouble(INTENTS, "reset", when=when)
    assert shopper.send("purchase-request", message)["error"]["code"] == "payment_pending"
    trouble.over()
    day_later(shop)
    ack = shopper.send("purchase-request", message)
    # What ran a day ago is found; what didn't is called off, for the shopper left long ago.
    assert ack["transaction"]["status"] == ("succeeded" if when == "after" else "canceled")
    assert len(shop.charges()) == (1 if when == "after" else 0)


def test_a_failure_that_stripe_remembers_comes_to_an_end(shop, trouble):
    """The key answers 500 for ever, and no PaymentIntent was made."""
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    trouble(INTENTS, "status", status=500, stored=True, first=1)
    assert shopper.send("purchase-request", message)["error"]["code"] == "payment_pending"
    assert shopper.send("purchase-request", message)["error"]["code"] == "payment_pending"
    recover(shop)
    assert [t["status"] for t in shopper.transactions()] == ["canceled"]
    assert shop.charges() == []
    assert shopper.send("purchase-request", message)["transaction"]["status"] == "canceled"
    assert shopper.pay(requestId="r2")["status"] == "succeeded"


def test_a_failure_that_stripe_remembers_after_charging_is_found_paid(shop, trouble):
    shopper = shop.shopper()
    trouble(INTENTS, "status", status=500, stored=True, when="after", first=1)
    assert shopper.buy()["error"]["code"] == "payment_pending"
    recover(shop)
    assert [t["status"] for t in shopper.transactions()] == ["succeeded"]
    assert len(shop.charges()) == 1


def test_a_lost_fence_never_sends_the_purchase_itself(shop, trouble):
    shopper = shop.shopper()
    trouble(INTENTS, "reset")
    assert shopper.buy()["error"]["code"] == "payment_pending"
    recover(shop)
    assert [t["status"] for t in shopper.transactions()] == ["pending"]
    trouble.over()
    recover(shop)
    assert [t["status"] for t in shopper.transactions()] == ["canceled"]
    assert shop.charges() == []


def recover(shop):
    """Two minutes pass for what is open, then recovery runs once."""
    move_back(shop, "2 minutes")
    with shop.front.app.app_context():
        recovery.run_once()


def day_later(shop):
    """25 hours pass, at Stripe and here."""
    shop.advance_clock(25 * 3600)
    move_back(shop, "25 hours")


def move_back(shop, time):
    """What this much time does to the rows: they lie that much further back."""
    shift = {"sqlite": "datetime({0}, '-{1}')", "postgresql": "{0} - interval '{1}'"}
    kind = "postgresql" if "postgresql" in shop.front.database_url else "sqlite"
    for table, columns in {
        "transaction": ("created_at", "updated_at"),
        "attempt": ("created_at",),
    }.items():
        moved = ", ".join(f"{c} = {shift[kind].format(c, time)}" for c in columns)
        write(shop, f'UPDATE "{table}" SET {moved}')
