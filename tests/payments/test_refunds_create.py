"""`flask refunds create`: in whole or in parts, never beyond, and safe to repeat."""

import re

import pytest

from tests.support.desk import Desk
from tests.support.owner import refund, write
from tests.support.shop import Shop
from tests.support.shopper import Shopper

pytestmark = pytest.mark.in_process
DECLINED, DISPUTED = "4000000000000002", "4000000000000259"


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


@pytest.fixture
def shopper(shop: Shop) -> Shopper:
    return shop.shopper()


def given_back(shop: Shop) -> int:
    """What Stripe has given back, in minor units."""
    return sum(charge["amount_refunded"] for charge in shop.ledger()["charges"])


def rows(shop: Shop) -> list[tuple[int, str]]:
    found = shop.rows("SELECT amount, status FROM refund ORDER BY created_at")
    return [(row["amount"], row["status"]) for row in found]


class TestAmounts:
    def test_all_of_it(self, shop: Shop, shopper: Shopper, desk: Desk) -> None:
        paid = shopper.pay()
        done = desk.run("refunds create", paid["id"], "--reason", "requested_by_customer")
        assert done.exit_code == 0, done.stderr
        assert "$18.00  succeeded  requested_by_customer" in done.stdout
        assert f"Left of {paid['id']}: $0.00" in done.stdout
        (made,) = shop.ledger()["refunds"]
        assert (made["amount"], made["reason"]) == (1800, "requested_by_customer")
        shown = shopper.transaction(paid["id"])
        assert (shown["refunded_cents"], shown["status"]) == (1800, "succeeded")

    def test_in_parts_up_to_the_total_and_never_beyond(
        self, shop: Shop, shopper: Shopper, desk: Desk
    ) -> None:
        paid = shopper.pay()
        for amount in ("5", "7.50"):
            assert desk.run("refunds create", paid["id"], "--amount", amount).exit_code == 0
        beyond = desk.run("refunds create", paid["id"], "--amount", "5.51")
        assert beyond.exit_code == 1
        assert "$5.51 is more than the $5.50 that can still be given back" in beyond.stderr
        assert desk.run("refunds create", paid["id"]).exit_code == 0
        assert rows(shop) == [(500, "succeeded"), (750, "succeeded"), (550, "succeeded")]
        nothing = desk.run("refunds create", paid["id"], "--amount", "0.01")
        assert (nothing.exit_code, given_back(shop)) == (1, 1800)
        assert "Nothing is left" in nothing.stderr

    def test_in_a_currency_without_decimals(self, shop: Shop, desk: Desk) -> None:
        paid = shop.shopper(cog="kumo-paper").pay()
        done = desk.run("refunds create", paid["id"], "--amount", "300")
        assert "¥300  succeeded" in done.stdout
        assert given_back(shop) == 300
        wrong = desk.run("refunds create", paid["id"], "--amount", "1.50")
        assert wrong.exit_code == 1
        assert "'1.50' has more decimals than JPY allows" in wrong.stderr

    def test_in_a_currency_that_goes_in_whole_units(self, shop: Shop, desk: Desk) -> None:
        assert desk.run("cogs add saga --name Saga --currency isk").exit_code == 0
        write(
            shop,
            "INSERT INTO item (id, cog_id, item_id, name, description, price_cents, image, active,"
            " position, created_at) SELECT 'item_saga', id, 'saga', 'Saga', '', 500000, '', true,"
            " 0, created_at FROM cog WHERE slug = 'saga'",
        )
        paid = shop.shopper(cog="saga", items=["saga"]).pay()
        wrong = desk.run("refunds create", paid["id"], "--amount", "10.50")
        assert "Stripe doesn't move 10.50 ISK: round it" in wrong.stderr
        done = desk.run("refunds create", paid["id"], "--amount", "10")
        assert done.exit_code == 0, done.stderr
        assert given_back(shop) == 1000

    @pytest.mark.parametrize(
        ("amount", "words"),
        [
            ("0", "'0' is nothing that could be given back"),
            ("-5", "'-5' is nothing"),
            ("1.005", "'1.005' has more decimals than USD allows"),
            ("1,50", "'1,50' is not a price"),
            ("all", "'all' is not a price"),
            ("18.01", "$18.01 is more than the $18.00"),
            ("999999999999999", "more than the $18.00"),
        ],
    )
    def test_what_makes_no_sense_is_refused_in_words(
        self, shop: Shop, shopper: Shopper, desk: Desk, amount: str, words: str
    ) -> None:
        paid = shopper.pay()
        refused = desk.run("refunds create", paid["id"], "--amount", amount)
        assert refused.exit_code == 1
        assert words in refused.stderr
        assert (rows(shop), given_back(shop)) == ([], 0)


class TestWhichOrder:
    def test_by_its_id_at_stripe(self, shop: Shop, shopper: Shopper, desk: Desk) -> None:
        shopper.pay()
        (intent,) = shop.ledger()["payment_intents"]
        assert desk.run("refunds create", intent["id"]).exit_code == 0
        assert given_back(shop) == 1800

    def test_an_unknown_one(self, desk: Desk) -> None:
        refused = desk.run("refunds create txn_nothing")
        assert refused.exit_code == 1
        assert "There is no order 'txn_nothing' in sandbox mode" in refused.stderr

    def test_one_of_another_mode(self, shop: Shop, shopper: Shopper, desk: Desk) -> None:
        paid = shopper.pay()
        write(shop, "UPDATE \"transaction\" SET mode = 'test' WHERE id = :id", id=paid["id"])
        assert "There is no order" in desk.run("refunds create", paid["id"]).stderr

    def test_one_that_was_not_paid(self, shop: Shop, shopper: Shopper, desk: Desk) -> None:
        declined = shopper.buy(number=DECLINED)["transaction"]
        refused = desk.run("refunds create", declined["id"])
        assert refused.exit_code == 1
        assert "This order is declined: only what was paid can be given back" in refused.stderr

    def test_one_that_is_disputed(self, shop: Shop, shopper: Shopper, desk: Desk) -> None:
        paid = shopper.pay(number=DISPUTED)
        shop.pump()
        refused = desk.run("refunds create", paid["id"])
        assert refused.exit_code == 1
        assert "bank has disputed this payment" in refused.stderr
        assert rows(shop) == [(1800, "refused")]
        shown = shopper.transaction(paid["id"])
        assert (shown["refunded_cents"], shown["refunds"]) == (0, [])
        assert "refused  (refund_disputed_payment)" in desk.run("refunds list").stdout

    def test_one_that_stripe_does_not_know(self, shop: Shop, shopper: Shopper, desk: Desk) -> None:
        paid = shopper.pay()
        sql = "UPDATE \"transaction\" SET payment_intent_id = 'pi_elsewhere' WHERE id = :id"
        write(shop, sql, id=paid["id"])
        refused = desk.run("refunds create", paid["id"])
        assert refused.exit_code == 1
        assert "Stripe doesn't know this payment" in refused.stderr


class TestAgain:
    @pytest.mark.parametrize("more", [["--amount", "5"], []], ids=["a part", "everything"])
    def test_the_same_command_again_is_the_same_refund(
        self, shop: Shop, shopper: Shopper, desk: Desk, more: list[str]
    ) -> None:
        paid = shopper.pay()
        first = desk.run("refunds create", paid["id"], *more)
        again = desk.run("refunds create", paid["id"], *more)
        assert (first.exit_code, again.exit_code) == (0, 0)
        assert "This refund was asked for before" in again.stdout
        assert "--key second" in again.stdout
        assert len(shop.ledger()["refunds"]) == len(rows(shop)) == 1

    def test_another_one_of_the_same_amount_has_a_name(
        self, shop: Shop, shopper: Shopper, desk: Desk
    ) -> None:
        paid = shopper.pay()
        command = ("refunds create", paid["id"], "--amount", "5")
        desk.run(*command)
        assert desk.run(*command, "--key", "second").exit_code == 0
        assert given_back(shop) == 1000

    def test_a_different_reason_is_a_different_refund(
        self, shop: Shop, shopper: Shopper, desk: Desk
    ) -> None:
        paid = shopper.pay()
        command = ("refunds create", paid["id"], "--amount", "5", "--reason")
        assert desk.run(*command, "duplicate").exit_code == 0
        assert desk.run(*command, "fraudulent").exit_code == 0
        assert given_back(shop) == 1000

    def test_a_key_names_one_refund(self, shop: Shop, shopper: Shopper, desk: Desk) -> None:
        paid = shopper.pay()
        command = ("refunds create", paid["id"], "--amount", "5", "--key")
        for key in ("ticket-1", "ticket-1", "ticket-2"):
            assert desk.run(*command, key).exit_code == 0
        assert given_back(shop) == 1000
        other = desk.run("refunds create", paid["id"], "--amount", "6", "--key", "ticket-1")
        assert other.exit_code == 1
        assert "The key 'ticket-1' was used before, for $5.00 (no reason)" in other.stderr
        assert desk.run(*command, "k" * 81).exit_code == 2

    def test_one_made_in_the_dashboard_is_not_the_same(
        self, shop: Shop, shopper: Shopper, desk: Desk
    ) -> None:
        paid = shopper.pay()
        refund(shop, shop.ledger()["payment_intents"][0]["id"], amount=500)
        done = desk.run("refunds create", paid["id"], "--amount", "5")
        assert done.exit_code == 0, done.stderr
        # Looked at before anything is counted as left, though no webhook has come.
        assert f"Left of {paid['id']}: $8.00" in done.stdout
        assert given_back(shop) == 1000
        assert "made in the dashboard" in desk.run("refunds list", paid["id"]).stdout

    def test_all_that_is_left_is_what_the_dashboard_has_left(
        self, shop: Shop, shopper: Shopper, desk: Desk
    ) -> None:
        paid = shopper.pay()
        refund(shop, shop.ledger()["payment_intents"][0]["id"], amount=1700)
        beyond = desk.run("refunds create", paid["id"], "--amount", "1.01")
        assert "more than the $1.00" in beyond.stderr
        assert desk.run("refunds create", paid["id"]).exit_code == 0
        assert [r["amount"] for r in shop.ledger()["refunds"]] == [1700, 100]


def test_a_list_of_what_was_given_back(shop: Shop, shopper: Shopper, desk: Desk) -> None:
    assert desk.run("refunds list").stdout == "There is no refund yet.\n"
    paid, other = shopper.pay(), shopper.pay()
    desk.run("refunds create", paid["id"], "--amount", "3")
    desk.run("refunds create", other["id"])
    lines = desk.run("refunds list").stdout.splitlines()
    assert [re.findall(r"txn_\w+", line)[0] for line in lines] == [other["id"], paid["id"]]
    (line,) = desk.run("refunds list", paid["id"]).stdout.splitlines()
    assert re.search(r"\$3\.00  succeeded  ref_\w+  re_\w+$", line)
    assert desk.run("refunds list txn_nothing").exit_code == 1
