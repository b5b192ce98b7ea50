"""Another card for an order while it isn't known yet how the one before ended."""

from datetime import timedelta

import pytest

from circuit import FAILURES
from tests.support.shopper import Shopper
from tests.support.trouble import mend, recover

pytestmark = pytest.mark.in_process
DECLINED, MASTERCARD = "4000000000000002", "5555555555554444"
THREE_DS = "4000000000003220"


@pytest.fixture
def order(shop):
    """A guest whose bank has agreed, which he hasn't told the shop yet: (shopper, order's id)."""
    shopper = shop.shopper()
    asked = shopper.buy(number=THREE_DS)
    shop.authenticate(asked["client_secret"])
    return shopper, asked["transaction"]["id"]


def customers(shop, order_id):
    """Whose the order is at Stripe: in our row, at the PaymentIntent, in its charges."""
    (row,) = shop.rows('SELECT * FROM "transaction" WHERE id = :id', id=order_id)
    (intent,) = [i for i in shop.ledger()["payment_intents"] if i["id"] == row["payment_intent_id"]]
    return {row["customer_id"], intent["customer"], *(c["customer"] for c in shop.charges())}


def with_a_card(shop, shopper):
    """The guest makes an account and saves a card: (shopper, card's id)."""
    shop.register(shopper.visitor, "meanwhile@example.com")
    account = shop.keep(Shopper(shop, shopper.visitor, shopper.page))
    return account, account.add_card(MASTERCARD)["id"]


def test_no_answer_to_the_other_card_does_not_say_that_the_first_one_took_nothing(
    shop, trouble, order
):
    shopper, order_id = order
    other = shopper.purchase(transaction_id=order_id, number=MASTERCARD, requestId="r2")
    trouble("*", "status", status=429, caller="server")
    assert shopper.send("purchase-request", other)["error"]["code"] == "payment_pending"
    trouble.over()
    assert shopper.send("purchase-request", other)["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_nor_is_that_said_before_anything_is_written(shop, trouble, order):
    shopper, order_id = order
    other = shopper.purchase(transaction_id=order_id, number=MASTERCARD, requestId="r2")
    trouble("*", "reset", caller="server")
    for _ in range(FAILURES):
        shop.shopper().buy()
    ack = shopper.send("purchase-request", other)
    assert (ack["error"]["code"], ack["transaction"]["attempts"]) == ("payment_pending", 1)
    mend(shop)
    assert shopper.confirm(order_id)["transaction"]["status"] == "succeeded"


def test_after_a_definite_decline_no_answer_means_that_nothing_was_charged(shop, trouble):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    other = shopper.purchase(transaction_id=declined["id"], number=MASTERCARD, requestId="r2")
    trouble("*", "status", status=429, caller="server")
    assert shopper.send("purchase-request", other)["error"]["code"] == "unavailable"
    trouble.over()
    assert shopper.send("purchase-request", other)["transaction"]["status"] == "succeeded"


def test_an_order_is_whose_it_is_at_stripe_though_a_card_of_a_customer_s_was_tried(
    shop, trouble, order
):
    shopper, order_id = order
    account, card_id = with_a_card(shop, shopper)
    trouble("POST /v1/payment_intents/*", "status", status=502, when="after")
    ack = account.buy(transaction_id=order_id, card_id=card_id)
    assert ack["error"]["code"] == "payment_pending"
    trouble.over()
    recover(shop, timedelta(minutes=2))
    assert account.transaction(order_id)["status"] == "succeeded"
    assert customers(shop, order_id) == {None}


def account_customer(shop):
    (customer,) = shop.ledger()["customers"]
    return customer["id"]


def test_what_stripe_refused_keeps_the_customer_that_the_order_had(shop):
    account = shop.shopper(account=True)
    account.add_card()
    declined = account.buy(number=DECLINED)["transaction"]
    refused = account.buy(transaction_id=declined["id"], typed=unusable(shop))
    assert refused["status"] == "error"
    assert customers(shop, declined["id"]) == {account_customer(shop)}


def unusable(shop):
    """A typed card whose PaymentMethod Stripe doesn't know."""
    method, token = shop.card()
    return {**method, "id": "pm_unknown"}, token
