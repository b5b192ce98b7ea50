"""No query walks through a table that grows with the shop: each finds its rows by an index."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from extensions import db
from tests.support.owner import refund
from tests.support.shop import Shop
from tests.support.trouble import discover, recover

# What PostgreSQL does depends on how many rows there are.
pytestmark = [pytest.mark.in_process, pytest.mark.sqlite]
ASKS_THE_BANK, DISPUTED = "4000002760003184", "4000000000000259"
# One row for each shop, each thing it sells, each mode.
SMALL = {"cog", "item", "lease", "webhook_health"}
_STEP = re.compile(r"(SCAN|SEARCH) (?!CONSTANT )(\w+)(?:.* \((.*)\))?")


@pytest.fixture
def found_by_an_index(shop: Shop) -> Iterator[None]:
    """After the test: how SQLite looked up what the shop asked for."""
    with shop.front.app.app_context():  # type: ignore[attr-defined]  # the client front's
        engine = db.engine
    asked: dict[str, Any] = {}

    def note(_c: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        if statement.split()[0] in ("SELECT", "UPDATE", "DELETE"):
            asked.setdefault(statement, given[0] if many else given)

    event.listen(engine, "before_cursor_execute", note)
    yield
    event.remove(engine, "before_cursor_execute", note)
    assert len(asked) > 5
    plans = {statement: _plan(engine, statement, given) for statement, given in asked.items()}
    assert {statement: plan for statement, plan in plans.items() if any(map(walks, plan))} == {}


def _plan(engine: Engine, statement: str, given: Any) -> list[str]:
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", given)
        return [str(row[3]) for row in cursor.fetchall()]
    finally:
        connection.close()


def walks(step: str) -> bool:
    """Whether this goes through more and more rows: all of a table, or all of a mode."""
    parts = _STEP.match(step)
    if parts is None or re.sub(r"_\d+$", "", parts[2]) in SMALL:
        return False
    return parts[1] == "SCAN" or parts[3] == "mode=?"


@pytest.mark.parametrize(
    ("step", "is_walk"),
    [
        ("SCAN card", True),
        ("SCAN refund USING COVERING INDEX sqlite_autoindex_refund_2", True),
        ("SEARCH customer USING INDEX sqlite_autoindex_customer_2 (mode=?)", True),
        ("SEARCH transaction_1 USING INDEX uq (mode=?) LEFT-JOIN", True),
        ("SEARCH customer USING INDEX uq (user_id=? AND mode=?)", False),
        ("SCAN cog", False),
        ("SCAN CONSTANT ROW", False),
        ("SCAN (subquery-1)", False),
        ("USE TEMP B-TREE FOR ORDER BY", False),
    ],
)
def test_what_counts_as_a_walk(step: str, is_walk: bool) -> None:
    assert walks(step) is is_walk


@pytest.mark.usefixtures("found_by_an_index")
def test_of_a_shopper_on_the_wire(shop: Shop) -> None:
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    paid = shopper.pay(card_id=card["id"], requestId="one")
    shopper.pay(save=True)
    shopper.buy(number="4000000000000002")
    for page in ({}, {"cursor": paid["id"]}):
        assert shopper.send("get-transactions", page)["status"] == "success"
    shopper.send("get-transaction", {"transaction_id": paid["id"]})
    asked = shopper.create_payment_method(ASKS_THE_BANK)
    shop.authenticate(asked["client_secret"])
    shopper.send("confirm-card", card_id=asked["card"]["id"])
    shopper.send("set-default-card", card_id=card["id"])
    shopper.send("remove-card", card_id=card["id"])
    shop.shopper().pay()


@pytest.mark.usefixtures("found_by_an_index")
def test_of_the_pages(shop: Shop) -> None:
    shopper = shop.shopper(account=True)
    paid = shopper.pay(save=True)
    order = f"/orders/{paid['id']}"
    for path in (
        "/shop/morning-press",
        shopper.page,
        "/wallet",
        "/orders?q=mug",
        order,
        "/account",
    ):
        assert shopper.visitor.get(path).status == 200
    form = {"email": "ada@example.com", "password": "correct horse battery"}
    shop.visitor().submit("/sign-in", form)
    shop.visitor().submit("/register", form)


@pytest.mark.usefixtures("found_by_an_index")
def test_of_events_and_of_recovery(shop: Shop) -> None:
    shopper = shop.shopper(account=True)
    shopper.create_payment_method(ASKS_THE_BANK)
    shopper.pay()
    shopper.pay(number=DISPUTED)
    shopper.buy(number="4000000000003220")
    refund(shop, shop.charges()[0]["payment_intent"], amount=100)
    shop.pump()
    recover(shop)
    discover(shop)
