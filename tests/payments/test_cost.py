"""What a purchase costs, counted: Stripe calls, commits, queries."""

import pytest

from tests.support.shop import Shop

pytestmark = pytest.mark.in_process


def test_a_purchase_with_a_wallet_card_is_one_call_and_two_commits(shop: Shop) -> None:
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    payload = shopper.purchase(card_id=card["id"])
    with shop.count() as cost:
        ack = shopper.send("purchase-request", payload)
    assert ack["transaction"]["status"] == "succeeded"
    assert [call["path"] for call in cost.stripe_calls] == ["/v1/payment_intents"]
    assert cost.commits == 2


def test_a_typed_card_of_a_guest_is_one_call_and_two_commits(shop: Shop) -> None:
    shopper = shop.shopper()
    payload = shopper.purchase(email="guest@example.com")
    with shop.count() as cost:
        ack = shopper.send("purchase-request", payload)
    assert ack["transaction"]["status"] == "succeeded"
    assert [call["path"] for call in cost.stripe_calls] == ["/v1/payment_intents"]
    assert cost.commits == 2


def test_a_decline_costs_no_more(shop: Shop) -> None:
    shopper = shop.shopper()
    payload = shopper.purchase(number="4000000000000002")
    with shop.count() as cost:
        ack = shopper.send("purchase-request", payload)
    assert ack["error"]["code"] == "card_declined"
    assert (len(cost.stripe_calls), cost.commits) == (1, 2)


def test_another_card_on_the_same_purchase_is_one_call_more(shop: Shop) -> None:
    shopper = shop.shopper()
    declined = shopper.buy(number="4000000000000002")
    payload = shopper.purchase(transaction_id=declined["transaction"]["id"])
    with shop.count() as cost:
        ack = shopper.send("purchase-request", payload)
    assert ack["transaction"]["status"] == "succeeded"
    assert [call["path"].rsplit("/", 1)[-1] for call in cost.stripe_calls] == ["confirm"]
    assert cost.commits == 2


def test_a_refused_basket_calls_nobody_and_commits_nothing(shop: Shop) -> None:
    shopper = shop.shopper()
    wrong = [{**line, "price_cents": line["price_cents"] - 1} for line in shopper.items]
    payload = shopper.purchase(items=wrong)
    with shop.count() as cost:
        ack = shopper.send("purchase-request", payload)
    assert ack["error"]["code"] == "price_changed"
    assert (cost.stripe_calls, cost.commits) == ([], 0)


def test_the_history_asks_stripe_nothing(shop: Shop) -> None:
    shopper = shop.shopper()
    shopper.buy()
    with shop.count() as cost:
        ack = shopper.send("get-transactions", {})
    assert len(ack["transactions"]) == 1
    assert (cost.stripe_calls, cost.commits) == ([], 0)
