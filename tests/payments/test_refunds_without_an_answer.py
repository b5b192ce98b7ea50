"""A refund whose answer was lost is never made twice, never called failed, and ends by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, text

from payments import recovery
from tests.support.desk import Desk, Line
from tests.support.instances import database_address
from tests.support.owner import deliver, events, refund
from tests.support.shop import Shop
from tests.support.shopper import Shopper

pytestmark = pytest.mark.in_process
# A database that takes the row of a refund, and no answer to it.
BREAK = {
    "sqlite": "CREATE TRIGGER broken BEFORE UPDATE ON refund "
    "BEGIN SELECT RAISE(ABORT, 'full'); END",
    "postgresql": "ALTER TABLE refund ADD CONSTRAINT broken CHECK (stripe_id IS NULL)",
}
MEND = {
    "sqlite": "DROP TRIGGER broken",
    "postgresql": "ALTER TABLE refund DROP CONSTRAINT broken",
}


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


@pytest.fixture
def line(desk: Desk) -> Line:
    return desk.line()


@pytest.fixture
def shopper(shop: Shop) -> Shopper:
    return shop.shopper()


def rows(shop: Shop) -> list[tuple[int, str]]:
    found = shop.rows("SELECT amount, status FROM refund ORDER BY created_at")
    return [(row["amount"], row["status"]) for row in found]


def execute(shop: Shop, sql: str, **values: Any) -> None:
    """Without delivering events, which would bring the answer."""
    engine = create_engine(database_address(shop.front.database_url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(sql), values)
    engine.dispose()


def recover(shop: Shop, desk: Desk, after: timedelta = timedelta(minutes=2)) -> None:
    """Let this much time pass for the refunds, then run the recovery once."""
    then = (datetime.now(UTC) - after).replace(tzinfo=None)
    execute(shop, "UPDATE refund SET created_at = :then", then=then)
    with desk.app.app_context():
        recovery.run_once()


@pytest.mark.parametrize("cut", ["before", "after"])
class TestNoAnswer:
    def test_is_said_and_kept_as_pending(
        self, shop: Shop, shopper: Shopper, desk: Desk, line: Line, cut: str
    ) -> None:
        paid = shopper.pay()
        line.cut = cut
        unknown = desk.run("refunds create", paid["id"], "--amount", "5")
        assert unknown.exit_code == 3
        assert "may or may not have been made" in unknown.stderr
        assert rows(shop) == [(500, "pending")]
        assert "(no answer from Stripe yet)" in desk.run("refunds list").stdout
        assert shopper.transaction(paid["id"])["refunds"][0]["status"] == "pending"

    @pytest.mark.parametrize(
        "more", [[], ["--amount", "5"], ["--amount", "5", "--key", "k"]], ids=["all", "part", "key"]
    )
    def test_the_same_command_goes_on_with_it(
        self, shop: Shop, shopper: Shopper, desk: Desk, line: Line, cut: str, more: list[str]
    ) -> None:
        paid = shopper.pay()
        line.cut = cut
        desk.run("refunds create", paid["id"], *more)
        line.cut = ""
        assert desk.run("refunds create", paid["id"], *more).exit_code == 0
        assert len(shop.ledger()["refunds"]) == len(rows(shop)) == 1
        assert rows(shop)[0][1] == "succeeded"

    def test_another_one_is_another_and_what_is_held_is_not_left(
        self, shop: Shop, shopper: Shopper, desk: Desk, line: Line, cut: str
    ) -> None:
        paid = shopper.pay()
        line.cut = cut
        desk.run("refunds create", paid["id"], "--amount", "10")
        line.cut = ""
        beyond = desk.run("refunds create", paid["id"], "--amount", "9")
        if cut == "before":
            assert rows(shop) == [(1000, "pending")]
        assert "more than the $8.00" in beyond.stderr
        assert desk.run("refunds create", paid["id"], "--amount", "8").exit_code == 0
        assert desk.run("refunds create", paid["id"], "--amount", "10").exit_code == 0
        assert sorted(r["amount"] for r in shop.ledger()["refunds"]) == [800, 1000]

    def test_the_recovery_brings_it_to_its_end_and_tells_the_tabs(
        self, shop: Shop, shopper: Shopper, desk: Desk, line: Line, cut: str
    ) -> None:
        paid = shopper.pay()
        line.cut = cut
        desk.run("refunds create", paid["id"], "--amount", "5")
        line.cut = ""
        recover(shop, desk)
        recover(shop, desk)
        shown = shopper.pushed("transaction-changed", _statuses("succeeded"))["transaction"]
        assert shown["refunded_cents"] == 500
        assert [r["amount"] for r in shop.ledger()["refunds"]] == [500]
        assert desk.run("refunds create", paid["id"], "--amount", "5").exit_code == 0
        assert len(shop.ledger()["refunds"]) == 1

    def test_after_stripe_has_forgotten_the_key_too(
        self, shop: Shop, shopper: Shopper, desk: Desk, line: Line, cut: str
    ) -> None:
        paid = shopper.pay()
        line.cut = cut
        desk.run("refunds create", paid["id"], "--amount", "5")
        line.cut = ""
        shop.advance_clock(25 * 3600)
        recover(shop, desk, timedelta(hours=25))
        assert [r["amount"] for r in shop.ledger()["refunds"]] == [500]
        assert rows(shop) == [(500, "succeeded")]

    def test_while_stripe_stays_away_it_stays_pending(
        self, shop: Shop, shopper: Shopper, desk: Desk, line: Line, cut: str
    ) -> None:
        paid = shopper.pay()
        line.cut = cut
        desk.run("refunds create", paid["id"], "--amount", "5")
        line.cut, line.only = "before", ("get", "/refunds")
        recover(shop, desk)
        assert rows(shop) == [(500, "pending")]
        again = desk.run("refunds create", paid["id"], "--amount", "5")
        assert (again.exit_code, rows(shop)) == (3, [(500, "pending")])


def test_one_that_runs_right_now_is_left_alone(
    shop: Shop, shopper: Shopper, desk: Desk, line: Line
) -> None:
    paid = shopper.pay()
    line.cut = "before"
    desk.run("refunds create", paid["id"])
    line.cut = ""
    recover(shop, desk, timedelta(seconds=10))
    assert (rows(shop), shop.ledger()["refunds"]) == ([(1800, "pending")], [])


def test_the_webhook_may_be_faster_than_the_answer(
    shop: Shop, shopper: Shopper, desk: Desk, line: Line
) -> None:
    paid = shopper.pay()
    line.cut = "after"
    desk.run("refunds create", paid["id"], "--amount", "5")
    (event,) = events(shop, "refund.created")
    for _ in range(2):
        assert deliver(shop, event).status == 200
    assert rows(shop) == [(500, "succeeded")]
    shopper.pushed("transaction-changed", _statuses("succeeded"))
    line.cut = ""
    assert "asked for before" in desk.run("refunds create", paid["id"], "--amount", "5").stdout
    assert len(shop.ledger()["refunds"]) == 1


def test_one_that_was_never_made_and_is_not_possible_any_more_is_refused_by_the_recovery(
    shop: Shop, shopper: Shopper, desk: Desk, line: Line
) -> None:
    paid = shopper.pay()
    line.cut = "before"
    desk.run("refunds create", paid["id"], "--amount", "10")
    line.cut = ""
    refund(shop, shop.ledger()["payment_intents"][0]["id"], amount=900)
    recover(shop, desk)
    assert sorted(rows(shop)) == [(900, "succeeded"), (1000, "refused")]
    assert shopper.transaction(paid["id"])["refunded_cents"] == 900
    shopper.pushed("transaction-changed", _statuses("succeeded"))


def test_a_key_that_stripe_refuses_gives_nothing_back_and_keeps_nothing(
    shop: Shop, shopper: Shopper, desk: Desk, line: Line
) -> None:
    paid = shopper.pay()
    line.cut, line.only = "before", ("get", "/refunds")
    refused = desk.run("refunds create", paid["id"])
    assert refused.exit_code == 1
    assert "Stripe can't be reached" in refused.stderr
    assert (rows(shop), shop.ledger()["refunds"]) == ([], [])


def test_a_database_that_fails_after_the_call_does_not_make_it_a_failure(
    shop: Shop, shopper: Shopper, desk: Desk, line: Line
) -> None:
    kind = shop.front.database_url.partition(":")[0]
    paid = shopper.pay()
    execute(shop, BREAK[kind])
    unknown = desk.run("refunds create", paid["id"], "--amount", "5")
    assert unknown.exit_code == 3
    assert "may or may not have been made" in unknown.stderr
    execute(shop, MEND[kind])
    assert desk.run("refunds create", paid["id"], "--amount", "5").exit_code == 0
    assert [r["amount"] for r in shop.ledger()["refunds"]] == [500]


def _statuses(*wanted):
    return lambda push: [r["status"] for r in push["transaction"]["refunds"]] == list(wanted)


def test_a_database_that_takes_no_row_leaves_the_outcome_open(
    shop: Shop, desk: Desk, line: Line, shopper: Shopper
) -> None:
    """The first command got no answer; who repeats it must not hear that nothing was done."""
    paid = shopper.pay()
    shop.pump()
    line.cut = "after"
    assert desk.run("refunds create", paid["id"]).exit_code == 3
    line.cut = ""
    engine = create_engine(database_address(shop.front.database_url), poolclass=NullPool)
    with engine.begin() as busy:
        busy.execute(text('UPDATE "transaction" SET version = version'))
        said = desk.run("refunds create", paid["id"])
    engine.dispose()
    assert said.exit_code == 3
    assert "Don't refund in the dashboard" in said.stderr
    again = desk.run("refunds create", paid["id"])
    assert (again.exit_code, rows(shop)) == (0, [(1800, "succeeded")])
