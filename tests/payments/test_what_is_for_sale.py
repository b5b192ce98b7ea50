"""The catalog says what a basket costs; a card must be the buyer's, whole and alive."""

from contextlib import contextmanager

import pytest

from extensions import new_id
from tests.support.owner import write

MASTERCARD = "5555555555554444"


def test_a_changed_price_is_not_charged_but_shown(shop):
    shopper = shop.shopper(items=[("mug-stoneware", 2)])
    stale = [{**shopper.items[0], "price_cents": 1700}]
    ack = shopper.buy(items=stale)
    assert ack["error"]["code"] == "price_changed"
    (item,) = ack["items"]
    assert (item["price_cents"], item["price_display"]) == (1800, "$18.00")
    assert (item["quantity"], item["available"]) == (2, True)
    assert (ack["total_cents"], ack["total_display"]) == (3600, "$36.00")
    assert shopper.transactions() == []
    assert shop.calls() == []


def test_the_shopper_pays_the_fresh_price_once_he_has_seen_it(shop):
    shopper = shop.shopper()
    fresh = shopper.buy(items=[{**shopper.items[0], "price_cents": 1}])["items"]
    fields = ("item_id", "price_cents", "quantity")
    paid = shopper.pay(items=[{name: line[name] for name in fields} for line in fresh])
    assert paid["amount"] == 1800


def test_a_price_that_changes_while_the_page_is_open_is_not_charged(shop):
    shopper = shop.shopper(items=["filters-100"])
    with _changed(shop, "filters-100", "price_cents = 700", "price_cents = 600"):
        ack = shopper.buy()
    assert ack["error"]["code"] == "price_changed"
    assert ack["items"][0]["price_cents"] == 700


def test_an_item_that_is_no_longer_for_sale_is_named(shop):
    shopper = shop.shopper(items=["mug-stoneware", "filters-100"])
    with _changed(shop, "filters-100", "active = false", "active = true"):
        ack = shopper.buy()
    assert ack["error"]["code"] == "item_unavailable"
    assert {i["item_id"]: i["available"] for i in ack["items"]} == {
        "mug-stoneware": True,
        "filters-100": False,
    }
    assert ack["total_cents"] == 1800
    assert shop.calls() == []


@pytest.mark.parametrize("item_id", ["nothing-of-the-kind", "notebook-grid"])
def test_an_unknown_item_and_one_of_another_shop_are_not_found(shop, item_id):
    shopper = shop.shopper()
    ack = shopper.buy(items=[{"item_id": item_id, "price_cents": 1200}])
    assert ack["error"]["code"] == "not_found"
    assert shop.calls() == []


def test_a_price_later_changed_leaves_a_sold_order_as_it_was(shop):
    shopper = shop.shopper(items=["filters-100"])
    paid = shopper.pay()
    with _changed(shop, "filters-100", "price_cents = 9900", "price_cents = 600"):
        assert shopper.transactions() == [paid]


@pytest.mark.parametrize(
    ("price", "quantity"), [(49, 1), (89_00, 999), (99_999_999, 2)], ids=["less", "fits", "more"]
)
def test_an_amount_that_stripe_does_not_take_is_refused(shop, price, quantity):
    shopper = shop.shopper(items=["kettle-steel"])
    with _changed(shop, "kettle-steel", f"price_cents = {price}", "price_cents = 8900"):
        items = [{"item_id": "kettle-steel", "price_cents": price, "quantity": quantity}]
        ack = shopper.buy(items=items)
    if price == 89_00:
        assert ack["transaction"]["amount"] == 8_891_100
        return
    assert ack["error"]["code"] == "amount_out_of_range"
    assert "$0.50" in ack["error"]["message"]
    assert shop.calls() == []


@pytest.mark.parametrize("quantity", [0, -1, 1000, 1.5, True, "2", None])
def test_an_impossible_quantity_is_refused(shop, quantity):
    shopper = shop.shopper()
    ack = shopper.buy(items=[{**shopper.items[0], "quantity": quantity}])
    assert ack["error"]["code"] == "invalid_message"
    assert shop.calls() == []


@pytest.mark.parametrize("lines", [0, 51])
def test_a_basket_has_one_to_fifty_lines(shop, lines):
    shopper = shop.shopper()
    assert shopper.buy(items=shopper.items * lines)["error"]["code"] == "invalid_message"


def test_the_same_item_in_two_lines_is_charged_for_both(shop):
    shopper = shop.shopper()
    assert shopper.pay(items=shopper.items * 2)["amount"] == 3600
    assert shop.charges()[0]["amount"] == 3600


def test_the_shop_of_another_page_is_not_found(shop):
    here, elsewhere = shop.shopper(), shop.shopper(cog="kumo-paper")
    ack = here.buy(cogId=elsewhere.cog_id, items=elsewhere.items)
    assert ack["error"]["code"] == "not_found"


def test_buying_for_another_user_is_refused(shop):
    one, other = shop.shopper(), shop.shopper()
    assert one.buy(userId=other.user_id)["error"]["code"] == "identity_mismatch"
    assert shop.calls() == []


def test_an_expired_card_does_not_pay(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    write(shop, "UPDATE card SET expoyear = 2020 WHERE id = :id", id=card["id"])
    ack = shopper.buy(card_id=card["id"])
    assert ack["error"]["code"] == "card_expired"
    assert shopper.transactions() == []
    assert shop.charges() == []


def test_an_expired_card_does_not_pay_for_a_declined_order_either(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    write(shop, "UPDATE card SET expoyear = 2020 WHERE id = :id", id=card["id"])
    declined = shopper.buy(number="4000000000000002")["transaction"]
    ack = shopper.buy(transaction_id=declined["id"], card_id=card["id"])
    assert ack["error"]["code"] == "card_expired"
    assert shopper.transaction(declined["id"])["status"] == "declined"
    paid = shopper.pay(transaction_id=declined["id"], number=MASTERCARD)
    assert paid["status"] == "succeeded"


def test_a_removed_card_does_not_pay(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    shopper.send("remove-card", card_id=card["id"])
    assert shopper.buy(card_id=card["id"])["error"]["code"] == "not_found"
    assert shop.charges() == []


def test_an_unknown_card_and_one_of_somebody_else_do_not_pay(shop):
    owner, thief = shop.shopper(account=True), shop.shopper(account=True)
    stolen = owner.add_card()["id"]
    for card_id in (stolen, "card_unknown"):
        assert thief.buy(card_id=card_id)["error"]["code"] == "not_found"
    assert thief.transactions() == []
    assert shop.charges() == []


def test_a_card_of_another_mode_does_not_pay(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    write(shop, "UPDATE card SET mode = 'live' WHERE id = :id", id=card["id"])
    assert shopper.buy(card_id=card["id"])["error"]["code"] == "not_found"


def test_a_card_that_waits_for_its_bank_does_not_pay(shop):
    shopper = shop.shopper(account=True)
    card = shopper.create_payment_method("4000000000003220")["card"]
    assert shopper.buy(card_id=card["id"])["error"]["code"] == "not_found"


def test_a_payment_method_of_somebody_else_does_not_pay(shop):
    owner, thief = shop.shopper(account=True), shop.shopper(account=True)
    typed = shop.card()
    owner.create_payment_method(card=typed)
    ack = thief.buy(typed=typed)
    assert ack["status"] == "error"
    assert ack["error"]["code"] in ("not_found", "card_declined")
    assert shop.charges() == []


def test_a_payment_method_that_stripe_does_not_know_is_not_found(shop):
    ack = shop.shopper().buy(typed=({"id": new_id("pm")}, {"id": new_id("tok")}))
    assert ack["error"]["code"] == "not_found"
    assert ack["transaction"]["status"] == "declined"


def test_a_used_up_payment_method_does_not_pay_again(shop):
    shopper = shop.shopper()
    method, token = shop.card()
    shopper.pay(typed=(method, token))
    ack = shopper.buy(typed=(method, {"id": "tok_another"}))
    assert ack["error"]["code"] == "card_declined"
    assert len(shop.charges()) == 1


@contextmanager
def _changed(shop, item_id, change, back):
    """The owner changes an item, and changes it back: on the server all tests share the shelf."""
    write(shop, f"UPDATE item SET {change} WHERE item_id = :id", id=item_id)
    try:
        yield
    finally:
        write(shop, f"UPDATE item SET {back} WHERE item_id = :id", id=item_id)
