"""`flask reconcile` over refunds: those that got lost, differ or are on one side alone."""

from typing import Any

import pytest

from tests.support.owner import quiet, refund, write
from tests.support.reconciling import kinds, reconcile
from tests.support.shop import Shop

pytestmark = pytest.mark.in_process


@pytest.fixture
def bought(shop: Shop) -> Any:
    """(shopper, transaction, PaymentIntent id), and everybody knows of it."""
    shopper = shop.shopper()
    paid = shopper.pay()
    quiet(shop)
    return shopper, paid, shop.ledger()["payment_intents"][0]["id"]


def test_refunds_that_both_know_are_no_difference(shop: Shop, bought: Any) -> None:
    refund(shop, bought[2], amount=500)
    refund(shop, bought[2], amount=300)
    quiet(shop)
    assert kinds(reconcile(shop)) == []


def test_one_that_is_missing_here_is_brought_in(shop: Shop, bought: Any) -> None:
    made = refund(shop, bought[2], amount=500)
    found = reconcile(shop)
    (one,) = found.json["differences"]
    assert (one["kind"], one["refund"]) == ("refund_missing_here", made["id"])
    assert (one["here"], one["there"]) == (None, 500)
    assert found.exit_code == 1
    assert reconcile(shop, "--apply").exit_code == 0
    assert bought[0].transaction(bought[1]["id"])["refunded_cents"] == 500
    assert kinds(reconcile(shop)) == []


def test_one_of_a_moment_ago_is_under_way(shop: Shop, bought: Any) -> None:
    refund(shop, bought[2], amount=500)
    found = reconcile(shop, grace=None)
    assert (found.exit_code, found.json["in_flight"]) == (0, 1)


@pytest.mark.parametrize(
    ("number", "end"), [("4000000000007726", "succeeded"), ("4000000000005126", "failed")]
)
def test_another_status_is_brought_in(shop: Shop, number: str, end: str) -> None:
    shopper = shop.shopper()
    paid = shopper.pay(number=number)
    refund(shop, shop.ledger()["payment_intents"][0]["id"])
    quiet(shop)
    shop.advance_clock(60)
    found = reconcile(shop)
    (one,) = found.json["differences"]
    assert (one["kind"], one["there"]) == ("refund_status", end)
    assert reconcile(shop, "--apply").exit_code == 0
    shown = shopper.transaction(paid["id"])
    assert [part["status"] for part in shown["refunds"]] == [end]
    assert shown["refunded_cents"] == (0 if end == "failed" else 1800)


def test_another_amount_is_named_and_mended(shop: Shop, bought: Any) -> None:
    refund(shop, bought[2], amount=500)
    write(shop, "UPDATE refund SET amount = 400")
    (one,) = reconcile(shop).json["differences"]
    assert (one["kind"], one["here"], one["there"]) == ("refund_amount", 400, 500)
    assert reconcile(shop, "--apply").exit_code == 0
    assert shop.rows("SELECT amount FROM refund") == [{"amount": 500}]


def test_one_that_is_missing_there_is_named_and_remains(shop: Shop, bought: Any) -> None:
    refund(shop, bought[2], amount=500)
    write(shop, "UPDATE refund SET stripe_id = 're_gone'")
    found = reconcile(shop)
    assert kinds(found) == ["refund_missing_here", "refund_missing_there"]
    found = reconcile(shop, "--apply")
    assert (found.exit_code, kinds(found)) == (1, ["refund_missing_there"])


@pytest.mark.parametrize("wrong", [0, 900])
def test_a_wrong_sum_is_put_right(shop: Shop, bought: Any, wrong: int) -> None:
    refund(shop, bought[2], amount=500)
    write(shop, 'UPDATE "transaction" SET amount_refunded = :wrong', wrong=wrong)
    found = reconcile(shop)
    (one,) = found.json["differences"]
    assert (one["kind"], one["here"], one["there"]) == ("refund_total", wrong, 500)
    assert reconcile(shop, "--apply").exit_code == 0
    assert bought[0].transaction(bought[1]["id"])["refunded_cents"] == 500
