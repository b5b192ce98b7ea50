"""The history of orders on its page: looking for one, and buying the same once more."""

import re
from urllib.parse import urlencode

import pytest

from tests.support.doors import Visitor
from tests.support.owner import write
from tests.support.shop import Shop

MASTERCARD = "5555555555554444"
MUGS, KETTLE = "mug-stoneware", "kettle-steel"


@pytest.fixture
def visitor(shop: Shop) -> Visitor:
    """Somebody with two orders: two mugs, and a kettle paid with another card."""
    shopper = shop.shopper(account=True, items=[(MUGS, 2)])
    shopper.pay()
    shopper.pay(items=[{"item_id": KETTLE, "price_cents": 8900}], number=MASTERCARD)
    return shopper.visitor


def found(visitor: Visitor, search: str) -> set[str]:
    page = visitor.get("/orders?" + urlencode({"q": search})).text
    return set(re.findall(r'data-slot="title">(?:2 . )?([\w ]+)<', page))


@pytest.mark.parametrize(
    ("search", "orders"),
    [
        ("MUG", {"Stoneware mug"}),
        ("  kettle ", {"Steel kettle"}),
        ("morning", {"Stoneware mug", "Steel kettle"}),
        ("4242", {"Stoneware mug"}),
        ("4444", {"Steel kettle"}),
        ("36", {"Stoneware mug"}),
        ("$36.00", {"Stoneware mug"}),
        ("36,00 €", {"Stoneware mug"}),
        ("89", {"Steel kettle"}),
        ("3600", set()),
        ("99999999999999", set()),
        ("%", set()),
        ("_", set()),
        ("\x00", {"Stoneware mug", "Steel kettle"}),
        ("", {"Stoneware mug", "Steel kettle"}),
        ("x" * 500, set()),
    ],
)
def test_orders_are_found(visitor: Visitor, search: str, orders: set[str]) -> None:
    assert found(visitor, search) == orders


def test_the_same_digits_are_another_amount_in_yen(shop: Shop) -> None:
    shopper = shop.shopper(account=True, cog="kumo-paper")
    amount = shopper.pay()["amount"]
    page = shopper.visitor.get(f"/orders?q={amount}").text
    assert page.count('data-testid="order-row"') == 2  # and the one in the template
    assert f"{amount:,}" in page


def test_who_looks_for_something_sees_only_his_own(shop: Shop, visitor: Visitor) -> None:
    assert found(shop.shopper(account=True).visitor, "mug") == set()


def test_what_is_looked_for_stays_while_older_orders_are_turned_to(shop: Shop) -> None:
    shopper = shop.shopper(account=True, items=[MUGS])
    for _ in range(21):
        shopper.pay()
    first = shopper.visitor.get("/orders?q=mug").text
    (older,) = re.findall(r'href="(/orders\?cursor=[^"]+)"', first)
    second = shopper.visitor.get(older.replace("&amp;", "&")).text
    assert 'value="mug"' in second
    assert second.count('data-testid="order-row"') == 2


def basket(visitor: Visitor) -> dict[str, int]:
    context = visitor.get("/checkout?cog=morning-press").script("checkout-context")
    return {line["item_id"]: line["quantity"] for line in context["items"]}


@pytest.fixture
def order(shop: Shop) -> tuple[Visitor, str]:
    shopper = shop.shopper(account=True, items=[(MUGS, 2), KETTLE])
    return shopper.visitor, shopper.pay()["id"]


def again(visitor: Visitor, order_id: str) -> str:
    """Press "Buy again"; returns where it leads."""
    answer = visitor.submit(f"/orders/{order_id}", {}, to=f"/orders/{order_id}/again")
    assert answer.status == 303
    return str(answer.location)


def test_the_same_things_can_be_bought_again(order: tuple[Visitor, str]) -> None:
    visitor, order_id = order
    assert again(visitor, order_id) == "/checkout?cog=morning-press"
    assert basket(visitor) == {MUGS: 2, KETTLE: 1}
    # Pressed twice, it is still one order.
    again(visitor, order_id)
    assert basket(visitor) == {MUGS: 2, KETTLE: 1}


def test_what_is_no_longer_for_sale_is_said_once(shop: Shop, order: tuple[Visitor, str]) -> None:
    visitor, order_id = order
    set_active = "UPDATE item SET active = :active WHERE item_id IN (:one, :two)"
    try:
        write(shop, set_active, active=False, one=KETTLE, two=KETTLE)
        page = visitor.get(again(visitor, order_id)).text
        assert "No longer for sale: Steel kettle. The rest is here." in page
        assert "No longer for sale" not in visitor.get("/checkout?cog=morning-press").text
        assert basket(visitor) == {MUGS: 2}
        write(shop, set_active, active=False, one=MUGS, two=KETTLE)
        assert again(visitor, order_id) == "/shop/morning-press"
        told = "Nothing from that order is for sale any more."
        assert told in visitor.get("/shop/morning-press").text
    finally:
        write(shop, set_active, active=True, one=MUGS, two=KETTLE)


def test_nobody_buys_somebody_else_s_order_again(shop: Shop, order: tuple[Visitor, str]) -> None:
    stranger = shop.shopper(account=True).visitor
    token = stranger.get("/orders").csrf_token
    answer = stranger.post(f"/orders/{order[1]}/again", data={"csrf_token": token})
    assert answer.status == 404
    assert "Your basket is empty." in stranger.get("/checkout?cog=morning-press").text
