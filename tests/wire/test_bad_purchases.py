"""Purchases that nobody can make, and messages of a size that nobody needs."""

import time
from typing import Any

import pytest

from tests.wire.messages import NOBODYS_CARD, Watch, code_of

NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    "items",
    [
        None,
        [],
        {},
        "mug-stoneware",
        [None],
        [[]],
        ["mug-stoneware"],
        [{}],
        [{"item_id": "mug-stoneware"}],
        [{"price_cents": 1800}],
        [{"item_id": 5, "price_cents": 1800}],
        [{"item_id": "", "price_cents": 1800}],
        [{"item_id": "x" * 61, "price_cents": 1800}],
        [{"item_id": "mug-stoneware", "price_cents": 1800, "amount": 1}],
        [{"item_id": "mug-stoneware", "price_cents": 1800, "name": "x" * 121}],
        [{"item_id": "mug-stoneware", "price_cents": 1800}] * 51,
        [{"item_id": "mug-stoneware", "price_cents": 1800}, None],
    ],
    ids=lambda items: repr(items)[:60],
)
def test_a_basket_that_is_none_is_refused(shop, items):
    shopper = shop.shopper()
    watch = Watch(shop, shopper)
    ack = shopper.send("purchase-request", {**shopper.purchase(), "items": items})
    assert code_of(ack) == "invalid_message"
    watch.assert_untouched()


@pytest.mark.parametrize("field", ["quantity", "price_cents"])
def test_a_number_that_is_none_is_refused(shop, field):
    shopper = shop.shopper()
    watch = Watch(shop, shopper)
    (line,) = shopper.items
    for value in ("1", "", 1.0, 1.5, True, None, NAN, INFINITY, -1, 10**9, 10**40, [1], {"n": 1}):
        ack = shopper.buy(items=[{**line, field: value}])
        assert code_of(ack) == "invalid_message", value
    watch.assert_untouched()


@pytest.mark.parametrize("quantity", [0, -1, 1000, 2**31, 2**63])
def test_a_quantity_that_nobody_can_buy_is_refused(shop, quantity):
    shopper = shop.shopper()
    watch = Watch(shop, shopper)
    ack = shopper.buy(items=[{**shopper.items[0], "quantity": quantity}])
    assert code_of(ack) == "invalid_message"
    watch.assert_untouched()


def test_another_price_than_the_shop_s_is_answered_with_the_shop_s(shop):
    shopper = shop.shopper(items=["mug-stoneware"])
    watch = Watch(shop, shopper)
    price = shopper.items[0]["price_cents"]
    for claimed in (0, 1, price - 1, price + 1, 99_999_999):
        ack = shopper.buy(items=[{**shopper.items[0], "price_cents": claimed}])
        assert code_of(ack) == "price_changed", claimed
        assert [line["price_cents"] for line in ack["items"]] == [price]
        assert ack["total_cents"] == price
    watch.assert_untouched()


def test_a_total_beyond_what_stripe_takes_is_refused(shop):
    shopper = shop.shopper()
    watch = Watch(shop, shopper)
    dear = max(shop.shelf(), key=lambda item: item["price_cents"])
    line = {"item_id": dear["item_id"], "price_cents": dear["price_cents"], "quantity": 999}
    ack = shopper.buy(items=[line] * 50)
    assert code_of(ack) == "amount_out_of_range"
    watch.assert_untouched()


@pytest.mark.parametrize(
    "change",
    [
        {"items": None, "transaction_id": None},
        {"items": None, "transaction_id": ""},
        {"transaction_id": "txn_other"},
        {"card_id": None},
        {"card_id": ""},
        {"stripePayment": {"id": "pm_x"}},
        {"tokenObj": {"id": "tok_x"}},
        {"stripePayment": {"id": "pm_x"}, "tokenObj": {"id": "tok_x"}},
        {"card_id": None, "stripePayment": {"id": "pm_x"}},
        {"card_id": None, "tokenObj": {"id": "tok_x"}},
        {"card_id": None, "stripePayment": {"id": "tok_x"}, "tokenObj": {"id": "pm_x"}},
        {"card_id": None, "stripePayment": {"id": "pm_x\n"}, "tokenObj": {"id": "tok_x"}},
        {"card_id": None, "stripePayment": {"id": "pm_"}, "tokenObj": {"id": "tok_x"}},
        {"card_id": None, "stripePayment": {"id": "pm_é"}, "tokenObj": {"id": "tok_x"}},
        {"card_id": None, "stripePayment": {"id": "pm_../x"}, "tokenObj": {"id": "tok_x"}},
        {"card_id": None, "stripePayment": {"id": "pm_" + "x" * 61}, "tokenObj": {"id": "tok_x"}},
        {"card_id": None, "stripePayment": {}, "tokenObj": {}},
        {"card_id": None, "stripePayment": "pm_x", "tokenObj": "tok_x"},
        {"save": True},
        {"save": "yes"},
        {"save": 1},
        {"requestId": ""},
        {"requestId": "a b"},
        {"requestId": "x" * 65},
        {"requestId": "a\n"},
        {"email": "no-address"},
        {"email": "x" * 250 + "@example.com"},
        {"userId": None},
        {"cogId": None},
    ],
    ids=repr,
)
def test_a_purchase_that_contradicts_itself_is_refused(shop, change):
    shopper = shop.shopper()
    watch = Watch(shop, shopper)
    payload = {**shopper.purchase(card_id=NOBODYS_CARD), **change}
    assert code_of(shopper.send("purchase-request", payload)) == "invalid_message"
    watch.assert_untouched()


@pytest.mark.parametrize("email", ["", "x", "a@b", "a@b@c.de", "a b@example.com", "\0@example.com"])
def test_a_contact_that_is_no_address_is_refused(shop, email):
    shopper = shop.shopper()
    watch = Watch(shop, shopper)
    ack = shopper.create_payment_method(tokenType="single", email=email)
    assert code_of(ack) == "invalid_message"
    watch.assert_untouched()


@pytest.mark.parametrize("value", ["x" * 250_000, "4" * 250_000, ["x"] * 60_000], ids=type)
def test_a_message_as_big_as_any_that_is_read_is_refused_soon(shop, value):
    sender, other = shop.shopper(), shop.shopper()
    began = time.monotonic()
    for ack in (
        sender.send("get-user-cards", userId=value),
        sender.send_frame({"action": "get-user-cards", "userId": value}),
        sender.send("no-such-action", userId=value),
    ):
        assert code_of(ack) == "invalid_message"
    assert time.monotonic() - began < 3 * 2
    assert other.cards() == []
    assert sender.cards() == []


@pytest.mark.parametrize("depth", [10, 100, 400])
def test_a_message_that_is_too_deep_is_refused(shop, depth):
    shopper = shop.shopper()
    for wrap in (lambda inner: [inner], lambda inner: {"a": inner}):
        value: Any = 1
        for _ in range(depth):
            value = wrap(value)
        ack = shopper.send("get-user-cards", userId=shopper.user_id, cogId=value)
        assert code_of(ack) == "invalid_message"
        assert code_of(shopper.send_frame(value)) == "invalid_message"


def test_too_many_keys_are_refused(shop):
    shopper = shop.shopper()
    many = {f"k{n}": n for n in range(5000)}
    assert code_of(shopper.send("get-user-cards", many)) == "invalid_message"
