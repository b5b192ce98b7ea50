"""`flask reconcile` over one order: which differences it names, and which it mends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.owner import at_stripe, quiet, write
from tests.support.reconciling import kinds, reconcile
from tests.support.shop import Shop
from tests.support.shopper import Shopper

pytestmark = pytest.mark.in_process
ASKS_THE_BANK = "4000000000003220"
OURS = {
    "amount": 1800,
    "currency": "usd",
    "confirm": "true",
    "payment_method": "pm_card_visa",
    "automatic_payment_methods[enabled]": "true",
    "automatic_payment_methods[allow_redirects]": "never",
}


@pytest.fixture
def bought(shop: Shop) -> tuple[Shopper, Any, str]:
    """(shopper, transaction, PaymentIntent id), and everybody knows of it."""
    shopper = shop.shopper()
    paid = shopper.pay()
    quiet(shop)
    return shopper, paid, shop.ledger()["payment_intents"][0]["id"]


class TestNothingDiffers:
    def test_a_paid_order_is_no_difference(self, shop: Shop, bought: Any) -> None:
        found = reconcile(shop)
        assert (found.exit_code, found.json["differences"]) == (0, [])
        assert (found.json["orders"], found.json["payments"]) == (1, 1)
        assert (found.json["mode"], found.json["in_flight"]) == ("sandbox", 0)

    def test_every_end_of_an_order_is_understood(self, shop: Shop) -> None:
        shop.shopper().pay()
        shop.shopper().pay(number=ASKS_THE_BANK)
        shop.shopper().buy(number="4000000000000002")
        shop.shopper().buy(number=ASKS_THE_BANK)
        shop.shopper(account=True).pay(save=True)
        shop.shopper(cog="kumo-paper").pay()
        left = shop.shopper()
        ack = left.buy(number=ASKS_THE_BANK)
        shop.authenticate(ack["client_secret"], "fail")
        left.confirm(ack["transaction"]["id"])
        again = shop.shopper()
        declined = again.buy(number="4000000000000002")["transaction"]
        again.pay(transaction_id=declined["id"])
        called_off = shop.shopper().buy(number="4000000000009995")["transaction"]
        (intent,) = (
            one
            for one in shop.ledger()["payment_intents"]
            if one["metadata"]["transaction_id"] == called_off["id"]
        )
        at_stripe(shop, f"payment_intents/{intent['id']}/cancel")
        quiet(shop)
        found = reconcile(shop)
        assert (found.exit_code, found.json["differences"]) == (0, [])
        assert found.json["orders"] == 9

    def test_a_customer_who_became_one_between_two_tries_is_the_same_there(
        self, shop: Shop
    ) -> None:
        shopper = shop.shopper(account=True)
        declined = shopper.buy(number="4000000000000002")["transaction"]
        card = shopper.another_tab().add_card()
        shopper.pay(transaction_id=declined["id"], card_id=card["id"])
        quiet(shop)
        assert reconcile(shop).json["differences"] == []
        assert shop.ledger()["payment_intents"][0]["customer"] is not None


class TestStatus:
    @pytest.fixture
    def unheard(self, shop: Shop) -> tuple[Shopper, Any]:
        """Paid at the bank, and no word of it came to us."""
        shopper = shop.shopper()
        ack = shopper.buy(number=ASKS_THE_BANK)
        quiet(shop)
        shop.authenticate(ack["client_secret"])
        return shopper, ack["transaction"]

    def test_is_named_and_left_alone(self, shop: Shop, unheard: Any) -> None:
        shopper, transaction = unheard
        found = reconcile(shop)
        assert found.exit_code == 1
        (one,) = found.json["differences"]
        assert (one["kind"], one["transaction"]) == ("status", transaction["id"])
        assert (one["here"], one["there"]) == ("requires_action", "succeeded")
        assert shopper.transaction is not None
        assert self._status(shop) == "requires_action"

    def test_is_mended_by_settling_and_every_tab_hears_of_it(
        self, shop: Shop, unheard: Any
    ) -> None:
        shopper, transaction = unheard
        found = reconcile(shop, "--apply")
        assert (found.exit_code, found.json["differences"]) == (0, [])
        assert [one["kind"] for one in found.json["mended"]] == ["status"]
        pushed = shopper.pushed("transaction-changed", _is("succeeded"))["transaction"]
        assert pushed["id"] == transaction["id"]
        assert self._moves(shop)[-1] == ("requires_action", "succeeded", "reconcile")
        assert kinds(reconcile(shop)) == []

    def test_of_a_moment_ago_is_under_way_and_no_difference(self, shop: Shop, unheard: Any) -> None:
        found = reconcile(shop, grace=None)
        assert (found.exit_code, found.json["in_flight"]) == (0, 1)
        applied = reconcile(shop, "--apply", grace=None)
        assert (applied.exit_code, applied.json["mended"]) == (0, [])
        assert self._status(shop) == "requires_action"

    def test_a_shopper_at_his_bank_is_left_in_peace(self, shop: Shop) -> None:
        ack = shop.shopper().buy(number=ASKS_THE_BANK)
        quiet(shop)
        shop.authenticate(ack["client_secret"], "fail")
        found = reconcile(shop, "--apply")
        assert (found.exit_code, found.json["in_flight"]) == (0, 1)

    def test_a_refusal_of_the_bank_long_ago_is_brought_in(self, shop: Shop) -> None:
        ack = shop.shopper().buy(number=ASKS_THE_BANK)
        _ago(shop, hours=3)
        shop.authenticate(ack["client_secret"], "fail")
        assert kinds(reconcile(shop)) == ["status"]
        found = reconcile(shop, "--apply")
        assert (found.exit_code, kinds(found)) == (0, [])
        assert self._status(shop) == "declined"

    def test_an_order_called_off_here_that_was_paid_is_paid_and_looked_at(
        self, shop: Shop, bought: Any
    ) -> None:
        write(shop, "UPDATE \"transaction\" SET status = 'canceled'")
        assert kinds(reconcile(shop)) == ["status"]
        assert reconcile(shop, "--apply").exit_code == 0
        shown = bought[0].transaction(bought[1]["id"])
        assert (shown["status"], shown["needs_review"]) == ("succeeded", True)

    def test_paid_here_and_not_there_can_only_be_reported(self, shop: Shop) -> None:
        shop.shopper().buy(number="4000000000000002")
        write(shop, "UPDATE \"transaction\" SET status = 'succeeded'")
        found = reconcile(shop, "--apply")
        assert (found.exit_code, kinds(found)) == (1, ["status"])
        assert self._status(shop) == "succeeded"

    def _status(self, shop: Shop) -> str:
        (row,) = shop.rows('SELECT status FROM "transaction"')
        return str(row["status"])

    def _moves(self, shop: Shop) -> list[tuple[str, str, str]]:
        rows = shop.rows("SELECT * FROM transaction_event ORDER BY version")
        return [(row["from_status"], row["to_status"], row["source"]) for row in rows]


class TestMoney:
    @pytest.mark.parametrize(
        ("kind", "change", "there"),
        [
            ("amount", "amount = 1700", 1800),
            ("currency", "currency = 'eur'", "usd"),
            ("customer", "customer_id = 'cus_of_somebody'", None),
        ],
    )
    def test_what_differs_is_named_and_remains(
        self, shop: Shop, bought: Any, kind: str, change: str, there: Any
    ) -> None:
        write(shop, f'UPDATE "transaction" SET {change}')
        for words in ([], ["--apply"]):
            found = reconcile(shop, *words)
            assert found.exit_code == 1
            (one,) = found.json["differences"]
            assert (one["kind"], one["there"]) == (kind, there)
            assert (one["transaction"], one["payment_intent"]) == (bought[1]["id"], bought[2])

    def test_several_on_one_order_are_all_named(self, shop: Shop, bought: Any) -> None:
        write(
            shop,
            "UPDATE \"transaction\" SET amount = 1, currency = 'jpy', status = 'declined'",
        )
        assert kinds(reconcile(shop)) == ["amount", "currency", "status"]
        found = reconcile(shop, "--apply")
        assert [one["kind"] for one in found.json["mended"]] == ["status"]
        assert kinds(found) == ["amount", "currency"]


class TestMissing:
    def test_here_is_named_and_cannot_be_mended(self, shop: Shop) -> None:
        lost = at_stripe(
            shop, "payment_intents", **OURS, **{"metadata[transaction_id]": "txn_lost"}
        )
        for words in ([], ["--apply"]):
            found = reconcile(shop, *words)
            assert found.exit_code == 1
            (one,) = found.json["differences"]
            assert (one["kind"], one["transaction"]) == ("missing_here", "txn_lost")
            assert (one["payment_intent"], one["here"], one["there"]) == (lost["id"], None, 1800)

    def test_here_without_a_chance_of_money_is_nothing(self, shop: Shop) -> None:
        params = {"amount": 1800, "currency": "usd", "metadata[transaction_id]": "txn_lost"}
        intent = at_stripe(shop, "payment_intents", **params)
        assert kinds(reconcile(shop)) == ["missing_here"]  # it can still be paid
        at_stripe(shop, f"payment_intents/{intent['id']}/cancel")
        assert kinds(reconcile(shop)) == []

    def test_a_second_payment_of_one_order_is_named(self, shop: Shop, bought: Any) -> None:
        twice = at_stripe(
            shop, "payment_intents", **OURS, **{"metadata[transaction_id]": bought[1]["id"]}
        )
        found = reconcile(shop, "--apply")
        (one,) = found.json["differences"]
        assert (one["kind"], one["transaction"]) == ("second_payment", bought[1]["id"])
        assert (one["payment_intent"], one["here"]) == (twice["id"], bought[2])
        assert found.exit_code == 1

    def test_there_is_named_and_cannot_be_mended(self, shop: Shop, bought: Any) -> None:
        write(shop, "UPDATE \"transaction\" SET payment_intent_id = 'pi_gone'")
        found = reconcile(shop, "--apply")
        assert found.exit_code == 1
        assert kinds(found) == ["missing_there", "second_payment"]

    def test_a_payment_of_another_system_is_shown_apart(self, shop: Shop, bought: Any) -> None:
        other = at_stripe(shop, "payment_intents", **OURS)
        found = reconcile(shop)
        assert (found.exit_code, found.json["differences"]) == (0, [])
        (foreign,) = found.json["foreign"]
        assert (foreign["payment_intent"], foreign["amount"]) == (other["id"], 1800)


def _ago(shop: Shop, **time: float) -> None:
    then = (datetime.now(UTC) - timedelta(**time)).replace(tzinfo=None)
    write(shop, 'UPDATE "transaction" SET updated_at = :then', then=then)


def _is(status: str) -> Any:
    return lambda push: push["transaction"]["status"] == status
