"""Answers and news that come while another card is being tried: they are not that card's."""

from datetime import timedelta

import pytest
import stripe

from tests.support.desk import Desk, Line
from tests.support.owner import at_stripe, drop_events
from tests.support.trouble import at_once, lose, mend, recover

pytestmark = pytest.mark.in_process
DECLINED, MASTERCARD = "4000000000000002", "5555555555554444"
THREE_DS, THEN_DECLINED = "4000000000003220", "4000008400001629"
# Its bank agrees to its being saved, asks at each payment, and then finds no money.
ASKED_AND_POOR = "4000008260003178"
PAYING = ("post", ("/payment_intents", "/confirm"))


@pytest.fixture
def line(shop) -> Line:
    """The way to Stripe of the calls that pay; no event arrives unless it is pumped."""
    line = Desk(shop).line()
    line.only = PAYING
    return line


def intent_status(shop, ack):
    wanted = ack["client_secret"].partition("_secret_")[0]
    (intent,) = [i for i in shop.ledger()["payment_intents"] if i["id"] == wanted]
    return intent["status"]


def an_open_question_and_a_refused_card(shop):
    """(shopper, the ack with the question, the ack of another card, which is gone at Stripe)."""
    shopper = shop.shopper(account=True)
    asked = shopper.buy(number=THREE_DS)
    card = shopper.add_card(MASTERCARD)
    (row,) = shop.rows("SELECT payment_method_id FROM card WHERE id = :id", id=card["id"])
    drop_events(shop)
    at_stripe(shop, f"payment_methods/{row['payment_method_id']}/detach")
    refused = shopper.buy(transaction_id=asked["transaction"]["id"], card_id=card["id"])
    assert refused["status"] == "error"
    return shopper, asked, refused


def test_a_refused_card_ends_the_question_that_was_open(shop):
    shopper, asked, refused = an_open_question_and_a_refused_card(shop)
    assert refused["transaction"]["status"] == "canceled"
    assert intent_status(shop, asked) == "canceled"
    fresh = shopper.another_tab().buy(requestId="fresh")
    assert fresh["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_a_refused_card_does_not_hide_that_the_bank_has_agreed_meanwhile(shop):
    shopper = shop.shopper()
    asked = shopper.buy(number=THREE_DS)
    shop.authenticate(asked["client_secret"])
    nobody = ({"id": "pm_nobody"}, {"id": "tok_nobody"})
    ack = shopper.buy(transaction_id=asked["transaction"]["id"], typed=nobody)
    assert ack["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_a_refused_card_without_a_further_look_is_pending(shop, trouble):
    shopper = shop.shopper()
    asked = shopper.buy(number=THREE_DS)
    nobody = ({"id": "pm_nobody"}, {"id": "tok_nobody"})
    trouble("GET /v1/payment_intents/*", "status", status=500, should_retry=False)
    ack = shopper.buy(transaction_id=asked["transaction"]["id"], typed=nobody, requestId="r2")
    assert ack["error"]["code"] == "payment_pending"
    trouble.over()
    recover(shop)
    assert intent_status(shop, asked) == "canceled"
    assert shopper.transaction(asked["transaction"]["id"])["status"] == "canceled"


@pytest.fixture
def late(shop, line):
    """The first card's decline is on its way for so long that the second card has paid meanwhile.

    The answer to the second one is lost. Returns the shopper's other tab.
    """
    shopper = shop.shopper()
    tab = shopper.another_tab()

    def try_another():
        shop.pump()  # the event of the decline is faster than the answer
        (order,) = tab.transactions()
        assert order["status"] == "declined"
        line.cut = "after"
        ack = tab.buy(transaction_id=order["id"], number=MASTERCARD, requestId="second")
        line.cut = ""
        assert ack["error"]["code"] == "payment_pending"

    line.meanwhile = lambda: at_once([try_another])
    ack = shopper.buy(number=DECLINED, requestId="first")
    assert ack["error"]["code"] == "payment_pending"
    drop_events(shop)
    assert len(shop.charges()) == 1
    return tab


def test_the_first_card_s_late_answer_does_not_decline_the_second(shop, late):
    assert late.transactions()[0]["status"] == "pending"
    ack = late.buy(number=MASTERCARD, requestId="fresh")
    assert ack["error"]["code"] == "payment_in_progress"
    assert len(shop.charges()) == 1


def test_what_the_second_card_has_paid_is_found_without_any_event(shop, late):
    recover(shop)
    assert late.transactions()[0]["status"] == "succeeded"


def test_the_first_card_s_late_decline_does_not_decline_the_second(shop, line):
    shopper = shop.shopper()
    tab = shopper.another_tab()
    asked = shopper.buy(number=THEN_DECLINED)
    order_id = asked["transaction"]["id"]

    def answer_the_bank():
        shop.authenticate(asked["client_secret"])
        shopper.confirm(order_id)

    line.beforehand = lambda: at_once([answer_the_bank])
    line.cut = "after"
    ack = tab.buy(transaction_id=order_id, number=MASTERCARD, requestId="second")
    line.cut = ""
    assert ack["error"]["code"] == "payment_pending"
    assert tab.transaction(order_id)["status"] == "pending"
    recover(shop)
    assert tab.transaction(order_id)["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_the_decline_of_the_second_card_is_news_also_without_its_answer(shop, line):
    shopper = shop.shopper()
    first = shopper.buy(number=DECLINED)["transaction"]
    line.cut = "after"
    ack = shopper.buy(transaction_id=first["id"], number="4000000000009995", requestId="second")
    line.cut = ""
    assert ack["error"]["code"] == "payment_pending"
    shop.pump()
    order = shopper.transaction(first["id"])
    assert (order["status"], order["attempts"]) == ("declined", 2)
    assert "insufficient funds" in order["decline"]["message"]


def test_the_same_card_s_decline_is_not_taken_for_that_of_its_second_try(shop, line):
    shopper = shop.shopper(account=True)
    card = shopper.add_card(ASKED_AND_POOR)
    asked = shopper.buy(card_id=card["id"])
    order_id = asked["transaction"]["id"]
    tab = shopper.another_tab()

    def answer_the_bank():
        shop.authenticate(asked["client_secret"])
        shopper.confirm(order_id)

    line.beforehand = lambda: at_once([answer_the_bank])
    line.cut = "before"
    tab.buy(transaction_id=order_id, card_id=card["id"], requestId="second")
    line.cut = ""
    assert tab.transaction(order_id)["status"] == "pending"
    recover(shop)
    assert tab.transaction(order_id)["status"] == "canceled"
    assert shop.charges() == []


def test_another_card_that_stripe_refuses_comes_to_its_end_without_an_answer(shop):
    shopper = shop.shopper()
    first = shopper.buy(typed=({"id": "pm_nobody"}, {"id": "tok_nobody"}))["transaction"]
    assert first["status"] == "declined"
    lose(shop, "POST /v1/payment_intents")
    other = ({"id": "pm_nobody2"}, {"id": "tok_nobody2"})
    ack = shopper.buy(transaction_id=first["id"], typed=other, requestId="second")
    assert ack["error"]["code"] == "payment_pending"
    mend(shop)
    recover(shop)
    assert shopper.transaction(first["id"])["status"] == "declined"


def test_recovery_does_not_call_off_what_has_begun_since_it_looked(shop, line):
    """Two orders without an answer; while the first is looked up, the second goes on."""
    line.cut = "before"
    shop.shopper().buy(requestId="another order")
    shopper = shop.shopper()
    message = shopper.purchase(requestId="first")
    order = shopper.send("purchase-request", message)["transaction"]
    line.cut = ""
    second = shopper.purchase(transaction_id=order["id"], number=MASTERCARD, requestId="second")

    def refuse():
        raise stripe.InvalidRequestError("not kept under the key", "payment_method")

    def go_on():
        line.only, line.beforehand = PAYING, refuse
        again = shopper.send("purchase-request", message)
        assert again["transaction"]["status"] == "declined"
        line.cut = "before"
        shopper.send("purchase-request", second)
        line.cut = ""

    line.only, line.beforehand = ("get", "/payment_intents"), lambda: at_once([go_on])
    recover(shop)
    assert shopper.transaction(order["id"])["status"] == "pending"
    assert shopper.send("purchase-request", second)["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_a_cancellation_whose_failure_stripe_remembers_is_made_all_the_same(shop):
    shopper = shop.shopper()
    asked = shopper.buy(number=THREE_DS)
    cancel = "POST /v1/payment_intents/*/cancel"
    lose(shop, cancel, "status", status=500, stored=True, first=1)
    recover(shop, timedelta(minutes=65))
    mend(shop)
    recover(shop, timedelta(minutes=65))
    assert intent_status(shop, asked) == "canceled"
    assert shopper.transaction(asked["transaction"]["id"])["status"] == "canceled"
