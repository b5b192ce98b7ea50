"""An order says what of its total was tax, as it was when it was made; the total stays."""

from collections.abc import Iterator

import pytest

from tests.support.desk import Desk
from tests.support.owner import refund, write
from tests.support.shop import Shop
from tests.support.shopper import Shopper

DECLINED = "4000000000000002"


def set_tax(shop: Shop, name: str | None, rate: int | None) -> None:
    sql = "UPDATE cog SET tax_name = :name, tax_rate = :rate WHERE slug = 'morning-press'"
    write(shop, sql, name=name, rate=rate)


@pytest.fixture
def taxed(shop: Shop) -> Iterator[Shop]:
    """A shop whose prices have 19 % VAT in them; on a running server it is one for all tests."""
    set_tax(shop, "<VAT>", 19_000)
    yield shop
    set_tax(shop, None, None)


def buyer(shop: Shop) -> Shopper:
    return shop.shopper(account=True, items=[("mug-stoneware", 2)])


def test_without_a_tax_there_is_no_word_of_it(shop: Shop) -> None:
    shopper = buyer(shop)
    paid = shopper.pay()
    assert paid["tax"] is None
    for page in (f"/orders/{paid['id']}", shop.checkout_path(), "/shop/morning-press"):
        assert 'data-testid="tax"' not in shopper.visitor.get(page).text


def test_the_tax_is_in_the_total_and_on_checkout_and_receipt(taxed: Shop) -> None:
    shopper = buyer(taxed)
    paid = shopper.pay()
    assert (paid["amount"], [c["amount"] for c in taxed.charges()]) == (3600, [3600])
    assert paid["tax"] == {
        "name": "<VAT>",
        "percent": "19",
        "percent_display": "19%",
        "amount_cents": 575,
        "amount_display": "$5.75",
    }
    for page in (shopper.page, f"/orders/{paid['id']}"):
        text = shopper.visitor.get(page).text
        assert "Including &lt;VAT&gt; (19%)" in text
        assert "$5.75" in text
    told = shopper.visitor.get("/account/export").json()
    assert [order["tax"]["amount_cents"] for order in told["orders"]] == [575]


def test_the_shelf_says_that_it_is_in_the_prices(taxed: Shop) -> None:
    visitor = taxed.visitor()
    assert "Prices include 19% &lt;VAT&gt;." in visitor.get("/shop/morning-press").text


def test_an_order_keeps_the_tax_of_its_day_also_when_it_is_paid_later(taxed: Shop) -> None:
    shopper = buyer(taxed)
    order = shopper.buy(number=DECLINED)["transaction"]
    set_tax(taxed, "VAT", 7_000)
    paid = shopper.buy(transaction_id=order["id"])["transaction"]
    assert paid["status"] == "succeeded"
    assert (paid["tax"]["percent"], paid["tax"]["amount_cents"]) == ("19", 575)
    set_tax(taxed, None, None)
    assert shopper.transaction(paid["id"])["tax"] == paid["tax"]
    assert buyer(taxed).pay()["tax"] is None


def test_a_refund_leaves_the_tax_of_the_total(taxed: Shop) -> None:
    shopper = buyer(taxed)
    paid = shopper.pay()
    refund(taxed, taxed.charges()[0]["payment_intent"], amount=1000)
    taxed.pump()
    assert shopper.transaction(paid["id"])["tax"]["amount_cents"] == 575


@pytest.mark.in_process
def test_the_owner_sees_it_too(taxed: Shop) -> None:
    paid = buyer(taxed).pay()
    said = Desk(taxed).run("orders show", paid["id"]).stdout
    assert "with $5.75 <VAT> (19 %)" in said


def test_yen_have_no_decimals(shop: Shop) -> None:
    """The demo's shop in Kyoto has Japan's tax in its prices."""
    paid = shop.shopper(cog="kumo-paper", items=[("notebook-grid", 1)]).pay()
    assert paid["tax"]["percent_display"] == "10%"
    assert paid["tax"]["amount_cents"] == round(paid["amount"] / 11)
    assert paid["tax"]["amount_display"] == f"¥{paid['tax']['amount_cents']:,}"
