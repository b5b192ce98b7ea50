"""What becomes of a refund after it was asked for: it may take its time, or fail after all."""

import pytest

from tests.support.desk import Desk
from tests.support.owner import deliver, events
from tests.support.shop import Shop
from tests.support.shopper import Shopper

pytestmark = pytest.mark.in_process
FAILS, TAKES_TIME = "4000000000005126", "4000000000007726"


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


@pytest.fixture
def shopper(shop: Shop) -> Shopper:
    return shop.shopper()


def rows(shop: Shop) -> list[tuple[int, str]]:
    found = shop.rows("SELECT amount, status FROM refund ORDER BY created_at")
    return [(row["amount"], row["status"]) for row in found]


def test_a_refund_that_fails_gives_its_amount_back_to_what_is_left(shop: Shop, desk: Desk) -> None:
    shopper = shop.shopper()
    paid = shopper.pay(number=FAILS)
    assert desk.run("refunds create", paid["id"]).exit_code == 0
    shop.advance_clock(60)
    shop.pump()
    shown = shopper.pushed("transaction-changed", _statuses("failed"))["transaction"]
    assert shown["refunded_cents"] == 0
    listed = desk.run("refunds list").stdout
    assert "failed  (expired_or_canceled_card)" in listed
    again = desk.run("refunds create", paid["id"])
    assert again.exit_code == 0, again.stderr
    assert rows(shop) == [(1800, "failed"), (1800, "succeeded")]


def test_a_pending_refund_holds_its_amount(shop: Shop, desk: Desk) -> None:
    shopper = shop.shopper()
    paid = shopper.pay(number=TAKES_TIME)
    assert "pending" in desk.run("refunds create", paid["id"], "--amount", "10").stdout
    beyond = desk.run("refunds create", paid["id"], "--amount", "9")
    assert "more than the $8.00" in beyond.stderr
    shop.advance_clock(60)
    shop.pump()
    shopper.pushed("transaction-changed", _statuses("succeeded"))
    assert rows(shop) == [(1000, "succeeded")]


def test_without_webhooks_the_next_command_learns_what_became_of_it(
    shop: Shop, shopper: Shopper, desk: Desk
) -> None:
    paid = shopper.pay(number=FAILS)
    desk.run("refunds create", paid["id"])
    shop.advance_clock(60)
    desk.run("refunds create", paid["id"], "--amount", "1")
    assert rows(shop)[0] == (1800, "failed")


def test_old_events_never_bring_a_failed_refund_back(
    shop: Shop, shopper: Shopper, desk: Desk
) -> None:
    paid = shopper.pay(number=FAILS)
    desk.run("refunds create", paid["id"])
    shop.advance_clock(60)
    shop.pump()
    for event in reversed(shop.ledger()["events"]):
        event["id"] += "again"
        assert deliver(shop, event).status == 200
    assert rows(shop) == [(1800, "failed")]


def test_an_answer_that_was_overtaken_on_its_way_is_no_news(
    shop: Shop, shopper: Shopper, desk: Desk
) -> None:
    paid, line = shopper.pay(number=FAILS), desk.line()
    line.only = ("post", "/refunds")

    def failed() -> None:
        shop.advance_clock(60)
        shop.pump()
        assert rows(shop) == [(1800, "failed")]

    line.meanwhile = failed
    done = desk.run("refunds create", paid["id"])
    assert rows(shop) == [(1800, "failed")]
    assert done.exit_code == 1
    assert [charge["amount_refunded"] for charge in shop.ledger()["charges"]] == [0]
    assert "This refund gave nothing back" in done.stderr


def test_the_webhook_of_our_own_refund_tells_the_tabs(
    shop: Shop, shopper: Shopper, desk: Desk
) -> None:
    paid = shopper.pay()
    desk.run("refunds create", paid["id"], "--amount", "3")
    there = shopper.another_tab()
    assert events(shop, "refund.created")
    shop.pump()
    there.pushed("transaction-changed", _statuses("succeeded"))
    assert len(rows(shop)) == 1


def _statuses(*wanted):
    return lambda push: [r["status"] for r in push["transaction"]["refunds"]] == list(wanted)
