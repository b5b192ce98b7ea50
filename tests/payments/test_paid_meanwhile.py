"""Pages that stay open: what was paid since one was opened, it doesn't pay again."""

import pytest

DECLINED = "4000000000000002"
MASTERCARD = "5555555555554444"
# What is no moment, and moments that no database or time zone knows.
NO_MOMENTS = [
    *("", "yesterday", "2026-11-25", "2026-11-25T10:00:00", "1795592092", "2026-13-01T00:00:00Z"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", 5, 1795592092.5, True, []),
]


def opened_at(page):
    return {"openedAt": page.context["openedAt"]}


@pytest.mark.parametrize("payer", ["guest", "account"])
def test_what_was_paid_in_another_tab_since_this_one_was_opened_is_not_paid_again(shop, payer):
    shopper = shop.shopper(account=payer == "account")
    tab = shopper.another_tab()
    paid = shopper.pay(**opened_at(shopper))
    ack = tab.buy(**opened_at(tab))
    assert ack["error"]["code"] == "payment_in_progress"
    assert (ack["transaction"]["id"], ack["transaction"]["status"]) == (paid["id"], "succeeded")
    assert len(shop.charges()) == 1


def test_a_declined_order_is_not_paid_once_another_tab_has_paid_its_basket(shop):
    shopper = shop.shopper()
    tab = shopper.another_tab()
    declined = shopper.buy(number=DECLINED, **opened_at(shopper))["transaction"]
    paid = tab.pay(**opened_at(tab))
    ack = shopper.buy(transaction_id=declined["id"], number=MASTERCARD, **opened_at(shopper))
    assert ack["error"]["code"] == "payment_in_progress"
    assert ack["transaction"]["id"] == paid["id"]
    assert len(shop.charges()) == 1


def test_the_checkout_opened_anew_sells_the_same_basket_again(shop):
    shopper = shop.shopper()
    shopper.pay(**opened_at(shopper))
    tab = shopper.another_tab()
    tab.pay(**opened_at(tab))
    assert len(shop.charges()) == 2


def test_another_basket_or_shop_is_another_purchase(shop):
    shopper = shop.shopper()
    tab, paper = shopper.another_tab(), shopper.another_tab(shop.checkout_path("kumo-paper"))
    shopper.pay(**opened_at(shopper))
    twice = [{**line, "quantity": 2} for line in tab.items]
    tab.pay(items=twice, **opened_at(tab))
    paper.pay(**opened_at(paper))
    assert len(shop.charges()) == 3


def test_the_same_message_again_is_still_answered_as_paid(shop):
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1", **opened_at(shopper))
    first, second = (shopper.send("purchase-request", message) for _ in range(2))
    assert first == second
    assert first["status"] == "success"


@pytest.mark.parametrize("moment", NO_MOMENTS)
def test_a_moment_that_is_none_is_refused(shop, moment):
    ack = shop.shopper().buy(openedAt=moment)
    assert ack["error"]["code"] == "invalid_message"
    assert shop.charges() == []
