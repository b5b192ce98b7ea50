"""Refunds and disputes whose last event got lost come to their end all the same."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import NullPool, create_engine, text

from payments import discovery, recovery
from payments.discovery import Discovery
from tests.support.desk import Desk
from tests.support.instances import database_address
from tests.support.owner import at_stripe, refund
from tests.support.shop import Shop
from tests.support.shopper import Shopper
from tests.support.trouble import lose

pytestmark = pytest.mark.in_process
TAKES_TIME, DISPUTED = "4000000000007726", "4000000000000259"
FAILS_LATER = "4000000000005126"
LOSING = {"evidence[uncategorized_text]": "losing_evidence"}


@pytest.fixture
def shopper(shop: Shop) -> Shopper:
    return shop.shopper()


def recover(shop: Shop, *, began: timedelta, looked: timedelta) -> int:
    """As if this had begun, and was looked at last, so long ago; the calls that it then costs."""
    moments = {"began": datetime.now(UTC) - began, "looked": datetime.now(UTC) - looked}
    engine = create_engine(database_address(shop.front.database_url), poolclass=NullPool)
    with engine.begin() as connection:
        for table, column in (("refund", "created_at"), ("dispute", "opened_at")):
            sql = f"UPDATE {table} SET {column} = :began, updated_at = :looked"
            connection.execute(text(sql), {k: v.replace(tzinfo=None) for k, v in moments.items()})
    engine.dispose()
    before = len(shop.calls())
    with Desk(shop).app.app_context():
        recovery.run_once()
    return len(shop.calls()) - before


def test_a_pending_refund(shop: Shop, shopper: Shopper) -> None:
    paid = shopper.pay(number=TAKES_TIME)
    assert Desk(shop).run("refunds create", paid["id"]).exit_code == 0
    assert shopper.transaction(paid["id"])["display_status"] == "refund_pending"
    shop.advance_clock(60)
    assert recover(shop, began=timedelta(seconds=90), looked=timedelta(seconds=90)) > 0
    shopper.pushed("transaction-changed", _shows("refunded"))
    assert recover(shop, began=timedelta(hours=23), looked=timedelta(hours=23)) == 0


def test_a_refund_that_fails_after_it_succeeded(shop: Shop, shopper: Shopper) -> None:
    paid = shopper.pay(number=FAILS_LATER)
    assert Desk(shop).run("refunds create", paid["id"]).exit_code == 0
    shop.pump()
    assert shopper.transaction(paid["id"])["display_status"] == "refunded"
    lose_events(shop)
    shop.advance_clock(60)
    assert recover(shop, began=timedelta(hours=25), looked=timedelta(hours=25)) > 0
    assert shopper.transaction(paid["id"])["refunded_cents"] == 0


def test_a_refund_that_succeeded_is_looked_at_five_times_within_a_month(
    shop: Shop, shopper: Shopper
) -> None:
    paid = shopper.pay()
    assert Desk(shop).run("refunds create", paid["id"]).exit_code == 0
    shop.pump()
    looks, last = [], 0
    for day in range(40):
        since = timedelta(days=day - last, minutes=1)
        if recover(shop, began=timedelta(days=day, minutes=1), looked=since):
            looks.append(day)
            last = day
    assert looks == [1, 3, 7, 15, 31]


def test_a_dispute(shop: Shop, shopper: Shopper) -> None:
    shopper.pay(number=DISPUTED)
    shop.advance_clock(1)
    shop.pump()
    shopper.pushed("transaction-changed", _shows("disputed"))
    at_stripe(shop, f"disputes/{shop.ledger()['disputes'][0]['id']}", **LOSING)
    assert recover(shop, began=timedelta(minutes=10), looked=timedelta(minutes=6)) > 0
    shopper.pushed("transaction-changed", _shows("dispute_lost"))
    assert recover(shop, began=timedelta(days=9), looked=timedelta(days=9)) == 0


@pytest.mark.parametrize(
    ("began", "looked"),
    [
        (timedelta(seconds=30), timedelta(seconds=30)),
        (timedelta(days=2), timedelta(hours=23)),
    ],
    ids=["only just", "long ago, looked at lately"],
)
def test_what_is_not_due_costs_nothing(
    shop: Shop, shopper: Shopper, began: timedelta, looked: timedelta
) -> None:
    paid = shopper.pay(number=TAKES_TIME)
    Desk(shop).run("refunds create", paid["id"])
    assert recover(shop, began=began, looked=looked) == 0


def test_a_look_that_finds_nothing_new_is_not_repeated_at_once(
    shop: Shop, shopper: Shopper
) -> None:
    paid = shopper.pay(number=TAKES_TIME)
    Desk(shop).run("refunds create", paid["id"])
    assert recover(shop, began=timedelta(hours=2), looked=timedelta(hours=2)) > 0
    before = len(shop.calls())
    with Desk(shop).app.app_context():
        recovery.run_once()
    assert len(shop.calls()) == before


def test_while_stripe_is_away_nothing_changes(shop: Shop, shopper: Shopper) -> None:
    paid, desk = shopper.pay(number=TAKES_TIME), Desk(shop)
    desk.run("refunds create", paid["id"])
    line = desk.line()
    line.cut, line.only = "before", ("get", "/refunds")
    recover(shop, began=timedelta(hours=2), looked=timedelta(hours=2))
    assert shopper.transaction(paid["id"])["display_status"] == "refund_pending"


def _shows(status):
    return lambda push: push["transaction"]["display_status"] == status


def test_a_refund_of_the_dashboard_of_which_no_event_came(shop: Shop, shopper: Shopper) -> None:
    paid = shopper.pay()
    shop.pump()
    lose_events(shop)
    (intent,) = shop.ledger()["payment_intents"]
    at_stripe(shop, "refunds", payment_intent=intent["id"], amount=500)
    shop.pump()
    assert shopper.transaction(paid["id"])["refunded_cents"] == 0
    assert discover(shop) == 1
    assert shopper.transaction(paid["id"])["refunded_cents"] == 500
    shopper.pushed("transaction-changed", _shows("part_refunded"))
    assert discover(shop) == 0


def test_a_dispute_and_a_warning_of_which_no_event_came(shop: Shop, shopper: Shopper) -> None:
    lose_events(shop)
    shopper.pay(number=DISPUTED)
    shop.advance_clock(1)
    shop.pump()
    assert discover(shop) == 1
    shopper.pushed("transaction-changed", _shows("disputed"))
    assert discover(shop) == 0


def test_what_could_not_be_fetched_is_looked_at_again(
    shop: Shop, shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if hours lay between the looks: what was listed once is not on the next list.
    monkeypatch.setattr(discovery, "OVERLAP", timedelta(seconds=-2))
    paid = shopper.pay()
    shop.pump()
    lose_events(shop)
    (intent,) = shop.ledger()["payment_intents"]
    at_stripe(shop, "refunds", payment_intent=intent["id"], amount=500)
    looking = Discovery()
    # The first such call lists what is new, the second is about this payment.
    lose(shop, "GET /v1/refunds", "status", status=500, should_retry=False, nth=2)
    assert look(shop, looking) == 0
    assert look(shop, looking) == 1
    assert shopper.transaction(paid["id"])["refunded_cents"] == 500
    assert look(shop, looking) == 0


def test_a_refund_that_failed_while_the_shop_was_down(shop: Shop, shopper: Shopper) -> None:
    paid = shopper.pay(number=FAILS_LATER)
    assert Desk(shop).run("refunds create", paid["id"]).exit_code == 0
    shop.pump()
    lose_events(shop)
    shop.advance_clock(60)
    shop.pump()
    assert discover(shop) == 1
    assert shopper.transaction(paid["id"])["refunded_cents"] == 0
    assert discover(shop) == 0


def lose_events(shop: Shop) -> None:
    fault = {"event": "*", "kind": "drop"}
    assert shop.control("POST", "webhooks", {"fault": fault}).status == 200


def discover(shop: Shop) -> int:
    with Desk(shop).app.app_context():
        return Discovery().discover()


def look(shop: Shop, looking: Discovery) -> int:
    """One look of a process that has looked before, without the minute between."""
    looking._next = 0.0
    with Desk(shop).app.app_context():
        return looking.discover()


class TestListsThatTheKeyMayNotRead:
    """A restricted key: what it may read is found all the same."""

    @pytest.fixture
    def paid(self, shop: Shop, shopper: Shopper) -> str:
        lose_events(shop)
        return str(shopper.pay()["id"])

    @pytest.mark.parametrize("forbidden", ["disputes", "radar/early_fraud_warnings"])
    def test_a_refund_of_the_dashboard_s_is_found(
        self, shop: Shop, shopper: Shopper, paid: str, forbidden: str
    ) -> None:
        refund(shop, shop.ledger()["payment_intents"][0]["id"], amount=500)
        lose(shop, f"GET /v1/{forbidden}", "status", status=403)
        discover(shop)
        assert shopper.transaction(paid)["refunded_cents"] == 500

    def test_what_it_may_not_read_of_an_order_is_not_asked_for_again_and_again(
        self, shop: Shop, shopper: Shopper, paid: str
    ) -> None:
        refund(shop, shop.ledger()["payment_intents"][0]["id"], amount=500)
        lose(shop, "GET /v1/disputes", "status", status=403)
        looking = Discovery()
        assert look(shop, looking) == 1
        before = len(shop.calls())
        assert look(shop, looking) == 0
        # The lists, as far as they may be read.
        asked = [call["path"] for call in shop.calls()[before:]]
        assert asked == ["/v1/refunds", "/v1/radar/early_fraud_warnings"]

    def test_a_dispute_is_found_without_warnings(self, shop: Shop, shopper: Shopper) -> None:
        lose_events(shop)
        paid = shopper.pay(number=DISPUTED)["id"]
        lose(shop, "GET /v1/radar/early_fraud_warnings", "status", status=403)
        discover(shop)
        assert shopper.transaction(paid)["dispute"]["state"] == "open"
