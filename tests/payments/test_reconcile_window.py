"""`flask reconcile` over windows, unanswered purchases and many payments, and what it says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import gateway
from extensions import assert_no_transaction
from gateway import Gateway
from tests.support.desk import Desk
from tests.support.instances import Instances, run_flask
from tests.support.owner import at_stripe, quiet, refund, write
from tests.support.reconciling import kinds, reconcile, typed
from tests.support.shop import Shop
from tests.support.trouble import reconnect

pytestmark = pytest.mark.in_process


def moved_back(shop: Shop, column: str, **time: float) -> None:
    then = (datetime.now(UTC) - timedelta(**time)).replace(tzinfo=None)
    write(shop, f'UPDATE "transaction" SET {column} = :then', then=then)


class TestUnanswered:
    @pytest.fixture
    def unanswered(self, shop: Shop) -> Any:
        """A purchase that never reached Stripe, whose shopper left."""
        app: Any = shop.front.app  # type: ignore[attr-defined]
        usual, inner = gateway_of(app), app.extensions["sandbox"].http_client()
        shopper = shop.shopper()
        payload = shopper.purchase()
        gateway.init_app(
            app, Gateway("sk_live_wrong", guard=assert_no_transaction, http_client=inner)
        )
        assert shopper.send("purchase-request", payload)["error"]["code"] == "unavailable"
        gateway.init_app(app, usual)
        return shopper

    def test_a_purchase_that_may_be_running_is_never_touched(
        self, shop: Shop, unanswered: Any
    ) -> None:
        found = reconcile(shop, "--apply", grace=0)
        assert (found.exit_code, found.json["in_flight"]) == (0, 1)
        assert unanswered.transactions()[0]["status"] == "pending"

    def test_a_purchase_that_waits_for_ever_is_named_and_called_off(
        self, shop: Shop, unanswered: Any
    ) -> None:
        moved_back(shop, "updated_at", minutes=20)
        found = reconcile(shop)
        (one,) = found.json["differences"]
        assert (one["kind"], one["here"], one["there"]) == ("missing_there", 1800, None)
        assert reconcile(shop, "--apply").exit_code == 0
        assert unanswered.transactions()[0]["status"] == "canceled"
        assert shop.charges() == []
        assert kinds(reconcile(shop)) == []


class TestWindow:
    def test_orders_outside_of_it_are_not_looked_at(self, shop: Shop) -> None:
        shop.shopper().pay()
        quiet(shop)
        write(shop, 'UPDATE "transaction" SET amount = 1')
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
        for found in (
            reconcile(shop, since=tomorrow),
            reconcile(shop, "--until", "2020-02-01"),
        ):
            assert (found.exit_code, found.json["orders"], kinds(found)) == (0, 0, [])
        assert reconcile(shop, "--until", tomorrow).exit_code == 1

    def test_a_refund_in_it_of_an_order_before_it_counts(self, shop: Shop) -> None:
        shopper = shop.shopper()
        shopper.pay()
        moved_back(shop, "created_at", days=40)
        refund(shop, shop.ledger()["payment_intents"][0]["id"], amount=700)
        yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
        found = reconcile(shop, since=yesterday)
        assert (kinds(found), found.json["orders"]) == (["refund_missing_here"], 0)
        assert reconcile(shop, "--apply", since=yesterday).exit_code == 0
        assert shopper.transactions()[0]["refunded_cents"] == 700

    def test_one_that_was_asked_for_in_it_and_never_made_is_named(self, shop: Shop) -> None:
        paid = shop.shopper().pay()
        quiet(shop)
        moved_back(shop, "created_at", days=40)
        desk = Desk(shop)
        desk.line().cut = "before"
        assert desk.run("refunds create", paid["id"]).exit_code == 3
        reconnect(shop)
        yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
        assert reconcile(shop, since=yesterday, grace=None).exit_code == 0  # it may be under way
        then = (datetime.now(UTC) - timedelta(hours=2)).replace(tzinfo=None)
        write(shop, "UPDATE refund SET created_at = :then", then=then)
        found = reconcile(shop, since=yesterday)
        (one,) = found.json["differences"]
        assert (one["kind"], one["transaction"]) == ("refund_missing_there", paid["id"])
        assert (one["here"], one["there"], found.exit_code) == (1800, None, 1)
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        assert reconcile(shop, since=tomorrow).exit_code == 0

    def test_orders_of_another_mode_are_not_looked_at(self, shop: Shop) -> None:
        shop.shopper().pay()
        write(shop, "UPDATE \"transaction\" SET mode = 'test', payment_intent_id = 'pi_x'")
        found = reconcile(shop)
        assert (found.json["orders"], kinds(found)) == (0, ["missing_here"])


def test_many_payments_are_read_page_by_page_and_once(shop: Shop) -> None:
    for _ in range(3):
        shop.shopper().pay()
    for _ in range(210):
        at_stripe(shop, "payment_intents", amount=500, currency="usd")
    quiet(shop)
    with shop.count() as cost:
        found = reconcile(shop)
    assert (found.exit_code, found.json["orders"]) == (0, 3)
    assert len(found.json["foreign"]) == 210
    asked = [(call["method"], call["path"]) for call in cost.stripe_calls]
    payments = [("GET", "/v1/payment_intents")] * 3
    assert asked == [("GET", "/v1/refunds"), ("GET", "/v1/disputes"), *payments]
    assert cost.commits == 0
    assert cost.queries <= 2 * 3 + 1
    assert "not of this shop: 200 more" in reconcile(shop, as_json=False).stdout


def test_a_person_reads_a_table_and_a_sum(shop: Shop) -> None:
    shopper = shop.shopper()
    paid = shopper.pay()
    quiet(shop)
    write(shop, 'UPDATE "transaction" SET amount = 1700')
    refund(shop, shop.ledger()["payment_intents"][0]["id"], amount=500)
    said = reconcile(shop, "--apply", as_json=False)
    head, mended, remains, _, total = said.stdout.splitlines()
    assert head.split() == ["difference", "order", "payment", "here", "at", "Stripe"]
    assert mended.endswith("mended")
    assert "$5.00" in mended
    assert paid["id"] in remains
    assert remains.split()[-2:] == ["$17.00", "$18.00"]
    assert total == (
        "1 order here, 1 payment at Stripe (sandbox mode): 1 difference mended, 1 remaining, "
        "0 under way, 0 not of this shop."
    )
    assert said.exit_code == 1


def test_while_stripe_cannot_be_asked_nothing_is_claimed(shop: Shop) -> None:
    app: Any = shop.front.app  # type: ignore[attr-defined]
    inner = app.extensions["sandbox"].http_client()
    gateway.init_app(app, Gateway("sk_live_no", guard=assert_no_transaction, http_client=inner))
    said = reconcile(shop)
    assert (said.exit_code, said.stdout) == (3, "")
    assert "Stripe could not be asked" in said.stderr


def test_without_tables_nothing_is_claimed_either(shop: Shop) -> None:
    shop.shopper().pay()
    write(shop, "ALTER TABLE refund RENAME TO mislaid")
    said = reconcile(shop)
    write(shop, "ALTER TABLE mislaid RENAME TO refund")  # the next test may get this database
    assert (said.exit_code, said.stdout) == (3, "")
    assert "the database says" in said.stderr


def test_stripe_lost_in_the_middle_mends_nothing(shop: Shop) -> None:
    shop.shopper().pay()
    quiet(shop)
    refund(shop, shop.ledger()["payment_intents"][0]["id"])
    rule = {"call": "GET /v1/payment_intents", "kind": "status", "status": 500, "nth": 1}
    added = shop.control("POST", "faults", {**rule, "should_retry": False})
    assert added.status == 200, added.text
    assert reconcile(shop, "--apply").exit_code == 3
    assert shop.rows("SELECT id FROM refund") == []
    assert reconcile(shop, "--apply").exit_code == 0


@pytest.mark.parametrize(
    ("words", "because"),
    [
        ([], "--since"),
        (["--since", "yesterday"], "'yesterday' is no day or time"),
        (["--since", "2026-11-02", "--until", "2026-11-01"], "--until has to be later"),
        (["--since", "2026-11-02", "--grace", "-1"], "--grace"),
    ],
)
def test_wrong_usage_says_what_is_wrong(shop: Shop, words: list[str], because: str) -> None:
    said = typed(shop, "reconcile", *words)
    assert said.exit_code == 2
    assert because in said.stderr


def test_it_runs_from_a_terminal(instances: Instances) -> None:
    instance = instances.fresh()
    said = run_flask("reconcile --since 2026-11-01T00:00Z", instance.settings)
    instances.discard(instance)
    assert said.startswith("0 orders here, 0 payments at Stripe (sandbox mode)")


def gateway_of(app: Any) -> Any:
    return app.extensions["gateway"]
