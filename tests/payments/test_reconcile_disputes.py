"""`flask reconcile` on payments that a bank has taken back, of which no event told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.desk import Desk
from tests.support.owner import at_stripe, drop_events, write
from tests.support.reconciling import kinds, reconcile
from tests.support.shop import Shop
from tests.support.shopper import Shopper
from tests.support.trouble import at_once, lose

pytestmark = pytest.mark.in_process
DISPUTED = "4000000000000259"
LOSING = {"evidence[uncategorized_text]": "losing_evidence"}


@pytest.fixture
def shopper(shop: Shop) -> Shopper:
    drop_events(shop)
    return shop.shopper()


def dispute_of(shopper: Shopper, paid: Any) -> Any:
    return shopper.transaction(paid["id"])["dispute"]


def test_it_is_named(shop: Shop, shopper: Shopper) -> None:
    paid = shopper.pay(number=DISPUTED)
    found = reconcile(shop)
    assert found.exit_code == 1
    (one,) = found.json["differences"]
    assert (one["kind"], one["transaction"]) == ("dispute", paid["id"])
    assert (one["here"], one["there"]) == (None, "open")
    assert dispute_of(shopper, paid) is None


def test_it_is_brought_in(shop: Shop, shopper: Shopper) -> None:
    paid = shopper.pay(number=DISPUTED)
    found = reconcile(shop, "--apply")
    assert (found.exit_code, found.json["mended"][0]["kind"]) == (0, "dispute")
    assert dispute_of(shopper, paid)["state"] == "open"
    assert reconcile(shop).exit_code == 0


def test_what_has_just_begun_is_under_way(shop: Shop, shopper: Shopper) -> None:
    shopper.pay(number=DISPUTED)
    found = reconcile(shop, grace=600)
    assert (found.exit_code, found.json["in_flight"]) == (0, 1)


def test_it_is_told_of_an_order_before_the_window(shop: Shop, shopper: Shopper) -> None:
    paid = shopper.pay(number=DISPUTED)
    then = (datetime.now(UTC) - timedelta(days=40)).replace(tzinfo=None)
    write(shop, 'UPDATE "transaction" SET created_at = :then', then=then)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    found = reconcile(shop, since=yesterday)
    assert (kinds(found), found.json["orders"]) == (["dispute"], 0)
    assert reconcile(shop, since=yesterday, grace=600).json["differences"] == []
    assert reconcile(shop, "--apply", since=yesterday).exit_code == 0
    assert dispute_of(shopper, paid)["state"] == "open"


def test_one_that_was_opened_after_the_window_is_no_matter(shop: Shop, shopper: Shopper) -> None:
    shopper.pay(number=DISPUTED)
    then = (datetime.now(UTC) - timedelta(days=40)).replace(tzinfo=None)
    write(shop, 'UPDATE "transaction" SET created_at = :then', then=then)
    days = [(datetime.now(UTC) - timedelta(days=ago)).isoformat() for ago in (3, 2)]
    found = reconcile(shop, "--until", days[1], since=days[0])
    assert (found.exit_code, kinds(found)) == (0, [])


def test_a_bank_that_decides_meanwhile_is_no_difference(shop: Shop) -> None:
    shopper = shop.shopper()
    paid = shopper.pay(number=DISPUTED)
    shop.advance_clock(1)
    shop.pump()
    assert dispute_of(shopper, paid)["state"] == "open"
    line, dispute = Desk(shop).line(), shop.ledger()["disputes"][0]

    def decide() -> None:
        at_stripe(shop, f"disputes/{dispute['id']}", **LOSING)
        shop.advance_clock(1)
        shop.pump()
        assert dispute_of(shopper, paid)["state"] == "lost"

    # The list has been read, its answer is on its way.
    line.only, line.meanwhile = ("get", "/v1/disputes"), lambda: at_once([decide])
    assert reconcile(shop).json["differences"] == []


def test_an_inquiry_that_the_charge_says_nothing_of_is_brought_in(
    shop: Shop, shopper: Shopper
) -> None:
    paid = shopper.pay(number="4000000000001976")
    assert kinds(reconcile(shop)) == ["dispute"]
    assert reconcile(shop, "--apply").exit_code == 0
    assert dispute_of(shopper, paid)["state"] == "inquiry"
    assert reconcile(shop).exit_code == 0


def test_disputes_that_nobody_may_read_are_not_called_none(shop: Shop, shopper: Shopper) -> None:
    shopper.pay(number=DISPUTED)
    lose(shop, "GET /v1/disputes", "status", status=403)
    assert reconcile(shop).exit_code == 3
