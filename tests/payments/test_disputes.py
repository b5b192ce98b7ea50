"""A bank that takes money back, asks, or warns: kept for the owner, shown to the shopper, live."""

import json
import re

import pytest

from tests.support.desk import Desk
from tests.support.doors import Json
from tests.support.owner import at_stripe, deliver, event_about, events, write
from tests.support.shop import Shop
from tests.support.shopper import Shopper

FRAUD, RECEIVED, INQUIRY = "4000000000000259", "4000000000002685", "4000000000001976"
WARNING, SEVERAL = "4000000000005423", "4000000404000079"
EVIDENCE, COMPLIANCE = "4000000404000038", "4000008400000779"


@pytest.fixture
def shopper(shop: Shop) -> Shopper:
    return shop.shopper()


def disputed(shop: Shop, shopper: Shopper, number: str = FRAUD) -> tuple[Json, Json]:
    """A paid order and the dispute that Stripe has made of it; the shop has been told."""
    paid = shopper.pay(number=number)
    shop.advance_clock(1)
    shop.pump()
    return paid, shop.ledger()["disputes"][-1]


def rows(shop: Shop) -> list[Json]:
    return shop.rows(
        'SELECT dispute.* FROM dispute JOIN "transaction" t ON t.id = transaction_id '
        "ORDER BY opened_at, stripe_id"
    )


def shown(shopper: Shopper, state: str, status: str) -> Json:
    """Wait until the tab is told this."""

    def told(push: Json) -> bool:
        transaction = push["transaction"]
        state_told = (transaction["dispute"] or {}).get("state")
        return (state_told, transaction["display_status"]) == (state, status)

    return dict(shopper.pushed("transaction-changed", told)["transaction"])


@pytest.mark.in_process
class TestRecorded:
    @pytest.mark.parametrize(
        ("number", "reason", "status"),
        [
            (FRAUD, "fraudulent", "needs_response"),
            (RECEIVED, "product_not_received", "needs_response"),
            (INQUIRY, "fraudulent", "warning_needs_response"),
            (EVIDENCE, "fraudulent", "needs_response"),
            (COMPLIANCE, "noncompliant", "needs_response"),
        ],
    )
    def test_as_stripe_has_it(
        self, shop: Shop, shopper: Shopper, number: str, reason: str, status: str
    ) -> None:
        paid, dispute = disputed(shop, shopper, number)
        (row,) = rows(shop)
        assert (row["transaction_id"], row["stripe_id"]) == (paid["id"], dispute["id"])
        assert (row["status"], row["reason"], row["mode"]) == (status, reason, "sandbox")
        assert (row["amount"], row["currency"], row["version"]) == (1800, "usd", 1)
        assert shopper.transaction(paid["id"])["status"] == "succeeded"

    def test_several(self, shop: Shop, shopper: Shopper) -> None:
        disputed(shop, shopper, SEVERAL)
        assert len(rows(shop)) == len(shop.ledger()["disputes"]) == 2

    def test_an_early_fraud_warning_is_for_the_owner_alone(
        self, shop: Shop, shopper: Shopper, caplog: pytest.LogCaptureFixture
    ) -> None:
        paid = shopper.pay(number=WARNING)
        shop.advance_clock(1)
        shop.pump()
        (row,) = shop.rows("SELECT * FROM fraud_warning")
        assert (row["transaction_id"], row["fraud_type"]) == (paid["id"], "misc")
        assert bool(row["actionable"]) is True
        assert "early fraud warning" in caplog.text
        transaction = shopper.transaction(paid["id"])
        assert (transaction["dispute"], transaction["display_status"]) == (None, "succeeded")
        assert "fraud" not in json.dumps(transaction)
        seen = Desk(shop).run("orders show", paid["id"]).stdout
        assert re.search(r"Early fraud warning .* misc  refund it now to prevent a dispute", seen)

    def test_loudly(self, shop: Shop, shopper: Shopper, caplog: pytest.LogCaptureFixture) -> None:
        paid, dispute = disputed(shop, shopper)
        (record,) = [r for r in caplog.records if "payment disputed" in r.getMessage()]
        assert record.levelname == "ERROR"
        for word in (paid["id"], dispute["id"], "needs_response", "fraudulent"):
            assert word in record.getMessage()

    def test_of_a_payment_that_is_not_ours_is_nothing(self, shop: Shop) -> None:
        stranger = {"id": "du_1", "object": "dispute", "payment_intent": "pi_of_somebody"}
        assert deliver(shop, event_about(stranger, "charge.dispute.created")).status == 200
        nobodys = {**stranger, "payment_intent": None}
        assert (
            deliver(shop, event_about(nobodys, "charge.dispute.created", id="evt_2")).status == 200
        )
        assert rows(shop) == []

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE dispute SET status = 'annoying'",
            "UPDATE dispute SET mode = 'demo'",
            "UPDATE dispute SET amount = -1",
            "UPDATE dispute SET currency = 'USD'",
            "UPDATE dispute SET version = 0",
            "UPDATE \"transaction\" SET dispute_state = 'maybe'",
            "INSERT INTO dispute SELECT 'dsp_copy', transaction_id, mode, stripe_id, amount, "
            "currency, status, reason, due_by, version, opened_at, updated_at FROM dispute",
        ],
    )
    def test_the_database_itself_refuses_nonsense(
        self, shop: Shop, shopper: Shopper, change: str
    ) -> None:
        disputed(shop, shopper)
        with pytest.raises(Exception, match=r"(?i)constraint"):
            write(shop, change)


class TestShown:
    def test_in_every_tab_at_once_and_on_the_receipt(self, shop: Shop, shopper: Shopper) -> None:
        there = shopper.another_tab()
        paid, _ = disputed(shop, shopper)
        for tab in (shopper, there):
            transaction = shown(tab, "open", "disputed")
            assert transaction["dispute"]["message"].startswith("You or your bank disputed")
        assert "Disputed with your bank" in shopper.visitor.get("/orders").text
        receipt = shopper.visitor.get(f"/orders/{paid['id']}").text
        assert "Your bank will decide." in receipt
        assert "needs_response" not in receipt

    def test_a_question_of_the_bank(self, shop: Shop, shopper: Shopper) -> None:
        disputed(shop, shopper, INQUIRY)
        shown(shopper, "inquiry", "inquiry")
        shop.advance_clock(8 * 86400)
        shop.pump()
        shown(shopper, "closed", "succeeded")

    @pytest.mark.parametrize(
        ("text", "state", "status"),
        [("winning_evidence", "won", "succeeded"), ("losing_evidence", "lost", "dispute_lost")],
    )
    def test_how_it_ends(
        self, shop: Shop, shopper: Shopper, text: str, state: str, status: str
    ) -> None:
        _, dispute = disputed(shop, shopper)
        shown(shopper, "open", "disputed")
        at_stripe(shop, f"disputes/{dispute['id']}", **{"evidence[uncategorized_text]": text})
        shop.pump()
        shown(shopper, state, status)
        row = next(row for row in rows(shop) if row["stripe_id"] == dispute["id"])
        assert row["status"] == state

    def test_lost_without_an_answer(self, shop: Shop, shopper: Shopper) -> None:
        disputed(shop, shopper)
        shop.advance_clock(8 * 86400)
        shop.pump()
        shown(shopper, "lost", "dispute_lost")

    def test_an_open_one_counts_more_than_a_lost_one(self, shop: Shop, shopper: Shopper) -> None:
        _, second = disputed(shop, shopper, SEVERAL)
        losing = {"evidence[uncategorized_text]": "losing_evidence"}
        at_stripe(shop, f"disputes/{second['id']}", **losing)
        shop.pump()
        shown(shopper, "open", "disputed")
        first = shop.ledger()["disputes"][0]
        at_stripe(shop, f"disputes/{first['id']}", **losing)
        shop.pump()
        shown(shopper, "lost", "dispute_lost")

    def test_nobody_else_hears_of_it(self, shop: Shop, shopper: Shopper) -> None:
        stranger = shop.shopper()
        disputed(shop, shopper)
        shown(shopper, "open", "disputed")
        assert stranger.pushes == []


@pytest.mark.in_process
class TestEvents:
    @pytest.mark.parametrize("order", ["forwards", "backwards"])
    def test_twice_and_in_any_order_lead_to_the_same_rows(
        self, shop: Shop, shopper: Shopper, order: str
    ) -> None:
        paid = shopper.pay(number=FRAUD)
        shop.advance_clock(1)
        assert shop.ledger()["disputes"]
        shop.advance_clock(8 * 86400)
        happened = shop.ledger()["events"]
        assert {"charge.dispute.created", "charge.dispute.closed"} <= {e["type"] for e in happened}
        for event in (happened if order == "forwards" else happened[::-1]) * 2:
            assert deliver(shop, event).status == 200
        (row,) = rows(shop)
        assert row["status"] == "lost"
        assert shopper.transaction(paid["id"])["dispute"]["state"] == "lost"

    def test_one_that_was_lost_on_its_way_is_made_up_for_by_any_other(
        self, shop: Shop, shopper: Shopper
    ) -> None:
        shopper.pay(number=FRAUD)
        shop.advance_clock(1)
        (paid,) = events(shop, "charge.succeeded")
        assert deliver(shop, paid).status == 200
        assert [row["status"] for row in rows(shop)] == ["needs_response"]

    def test_an_answer_that_was_overtaken_on_its_way_is_asked_for_again(
        self, shop: Shop, shopper: Shopper
    ) -> None:
        _, dispute = disputed(shop, shopper)
        (created,) = events(shop, "charge.dispute.created")
        line = Desk(shop).line()

        def lost() -> None:
            losing = {"evidence[uncategorized_text]": "losing_evidence"}
            at_stripe(shop, f"disputes/{dispute['id']}", **losing)
            (closed,) = events(shop, "charge.dispute.closed")
            assert deliver(shop, closed).status == 200

        line.only, line.meanwhile = ("get", "/disputes"), lost
        assert deliver(shop, {**created, "id": "evt_late"}).status == 200
        assert line.meanwhile is None
        assert [(row["status"], row["version"]) for row in rows(shop)] == [("lost", 2)]

    def test_before_our_own_answer(self, shop: Shop, shopper: Shopper) -> None:
        ack = shopper.buy(number="4000000000003220")
        transaction_id = ack["transaction"]["id"]
        shop.authenticate(ack["client_secret"])
        charge = shop.charges()[-1]
        about = {"id": "issfr_1", "object": "radar.early_fraud_warning"}
        hint = {**about, "payment_intent": charge["payment_intent"]}
        assert deliver(shop, event_about(hint, "radar.early_fraud_warning.created")).status == 200
        assert shopper.transaction(transaction_id)["status"] == "succeeded"
        assert shop.rows("SELECT * FROM fraud_warning") == []

    def test_one_that_says_nothing_new_changes_nothing(self, shop: Shop, shopper: Shopper) -> None:
        disputed(shop, shopper)
        before = rows(shop)
        (created,) = events(shop, "charge.dispute.created")
        assert deliver(shop, {**created, "id": "evt_again"}).status == 200
        assert rows(shop) == before


@pytest.mark.in_process
def test_the_owner_sees_it_with_the_order(shop: Shop, shopper: Shopper) -> None:
    desk = Desk(shop)
    assert desk.run("orders list").stdout == "There is no order yet.\n"
    plain = shopper.pay()
    assert "There is no such order" in desk.run("orders list --disputed").stdout
    paid, dispute = disputed(shop, shopper)
    (line,) = desk.run("orders list --disputed").stdout.splitlines()
    assert paid["id"] in line
    assert "dispute: open" in line
    assert plain["id"] in desk.run("orders list").stdout
    seen = desk.run("orders show", paid["id"]).stdout
    assert "1 x " in seen
    assert re.search(
        rf"Dispute .* \$18\.00  needs_response  fraudulent  answer in the Stripe dashboard by "
        rf"\d{{4}}-\d\d-\d\d \d\d:\d\d UTC  {dispute['id']}",
        seen,
    )
    refused = desk.run("refunds create", paid["id"])
    assert refused.exit_code == 1
    assert "bank has disputed this payment" in refused.stderr
    assert desk.run("orders show txn_nothing").exit_code == 1


@pytest.mark.in_process
def test_after_it_was_won_the_payment_can_be_refunded(shop: Shop, shopper: Shopper) -> None:
    paid, dispute = disputed(shop, shopper)
    winning = {"evidence[uncategorized_text]": "winning_evidence"}
    at_stripe(shop, f"disputes/{dispute['id']}", **winning)
    shop.pump()
    done = Desk(shop).run("refunds create", paid["id"])
    assert done.exit_code == 0, done.stderr
    shop.pump()
    shown(shopper, "won", "refunded")
