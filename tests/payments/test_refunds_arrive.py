"""Refunds made in Stripe's dashboard arrive by webhook and stand beside the paid order."""

import pytest

from tests.support.owner import deliver, events, refund


@pytest.fixture
def bought(shop):
    shopper = shop.shopper()
    paid = shopper.pay()
    (intent,) = shop.ledger()["payment_intents"]
    return shopper, paid, intent["id"]


def test_a_refund_of_everything_is_shown_on_the_order(shop, bought):
    shopper, paid, intent_id = bought
    refund(shop, intent_id)
    shop.pump()
    pushed = shopper.pushed("transaction-changed", _refunded(1800))["transaction"]
    assert (pushed["id"], pushed["status"]) == (paid["id"], "succeeded")
    assert pushed["refunded_display"] == "$18.00"
    (shown,) = pushed["refunds"]
    assert (shown["amount_cents"], shown["amount_display"]) == (1800, "$18.00")
    assert shown["status"] == "succeeded"
    assert shopper.transactions() == [pushed]


def test_refunds_in_parts_add_up(shop, bought):
    shopper, _, intent_id = bought
    refund(shop, intent_id, amount=500)
    refund(shop, intent_id, amount=300)
    shop.pump()
    pushed = shopper.pushed("transaction-changed", _refunded(800))["transaction"]
    assert [part["amount_cents"] for part in pushed["refunds"]] == [500, 300]
    assert pushed["status"] == "succeeded"


def test_a_refund_shows_on_every_tab_and_on_the_receipt(shop, bought):
    shopper, paid, intent_id = bought
    there = shopper.another_tab()
    refund(shop, intent_id, amount=700)
    shop.pump()
    there.pushed("transaction-changed", _refunded(700))
    assert "$7.00" in shopper.visitor.get(f"/orders/{paid['id']}").text


@pytest.mark.parametrize("order", ["forwards", "backwards"])
def test_the_events_of_refunds_twice_and_in_any_order_lead_to_the_same_sum(shop, bought, order):
    shopper, paid, intent_id = bought
    refund(shop, intent_id, amount=500)
    refund(shop, intent_id, amount=300)
    happened = shop.ledger()["events"]
    happened = happened if order == "forwards" else happened[::-1]
    for event in [*happened, *happened]:
        assert deliver(shop, event).status == 200
    shown = shopper.transaction(paid["id"])
    assert shown["refunded_cents"] == 800
    assert sorted(part["amount_cents"] for part in shown["refunds"]) == [300, 500]


def test_a_refund_that_takes_its_time_is_pending_first(shop):
    shopper = shop.shopper()
    shopper.pay(number="4000000000007726")
    refund(shop, shop.ledger()["payment_intents"][0]["id"])
    shop.pump()
    first = shopper.pushed("transaction-changed", _refunded(1800))["transaction"]
    assert first["refunds"][0]["status"] == "pending"
    shop.advance_clock(60)
    shop.pump()
    shopper.pushed(
        "transaction-changed",
        lambda push: [r["status"] for r in push["transaction"]["refunds"]] == ["succeeded"],
    )


def test_a_refund_that_fails_after_all_gave_nothing_back(shop):
    shopper = shop.shopper()
    paid = shopper.pay(number="4000000000005126")
    refund(shop, shop.ledger()["payment_intents"][0]["id"])
    shop.pump()
    shopper.pushed("transaction-changed", _refunded(1800))
    shop.advance_clock(60)
    shop.pump()
    shopper.pushed(
        "transaction-changed",
        lambda push: [r["status"] for r in push["transaction"]["refunds"]] == ["failed"],
    )
    shown = shopper.transaction(paid["id"])
    assert (shown["refunded_cents"], shown["status"]) == (0, "succeeded")


def test_a_refund_of_an_order_that_we_do_not_know_to_be_paid_settles_it_too(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number="4000000000003220")
    shop.authenticate(ack["client_secret"])
    refund(shop, shop.ledger()["payment_intents"][0]["id"], amount=100)
    (event,) = events(shop, "refund.created")
    assert deliver(shop, event).status == 200
    shown = shopper.transaction(ack["transaction"]["id"])
    assert (shown["status"], shown["refunded_cents"]) == ("succeeded", 100)


def test_nobody_else_hears_of_a_refund(shop, bought):
    _, _, intent_id = bought
    stranger = shop.shopper()
    refund(shop, intent_id)
    shop.pump()
    assert stranger.transactions() == []
    assert stranger.pushes == []


@pytest.mark.parametrize(
    "number", ["4000000000000259", "4000000000001976", "4000000404000079", "4000000000005423"]
)
def test_a_dispute_leaves_a_paid_order_paid(shop, number):
    shopper = shop.shopper()
    paid = shopper.pay(number=number)
    shop.advance_clock(60)
    shop.pump()
    for event in shop.ledger()["events"]:
        assert deliver(shop, event).status == 200
    assert shopper.transaction(paid["id"])["status"] == "succeeded"


def _refunded(cents):
    return lambda push: push["transaction"]["refunded_cents"] == cents
