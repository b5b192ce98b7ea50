"""Purchases with trouble at the worst moment: after the charge, or when asking about it."""

import threading
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import NullPool, create_engine, text

from tests.support.desk import Desk
from tests.support.doors import eventually
from tests.support.instances import database_address
from tests.support.owner import at_stripe

pytestmark = pytest.mark.in_process
INTENTS, INTENT = "POST /v1/payment_intents", "GET /v1/payment_intents/*"
ASKS_THE_BANK, DECLINED = "4000002760003184", "4000000000000002"


def change(shop, sql):
    """Change the database by hand; no webhook is delivered before."""
    engine = create_engine(database_address(shop.front.database_url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(sql))
    engine.dispose()


@contextmanager
def away(shop, table):
    """For the block, the shop can't write what belongs into this table."""
    change(shop, f'ALTER TABLE "{table}" RENAME TO away')
    try:
        yield
    finally:
        change(shop, f'ALTER TABLE away RENAME TO "{table}"')


def code(ack):
    return ack["error"]["code"]


def intent_of(shop, transaction):
    query = 'SELECT payment_intent_id AS id FROM "transaction" WHERE id = :id'
    return shop.rows(query, id=transaction["id"])[0]["id"]


# Our own trouble behind the charge


@pytest.mark.parametrize("table", ["transaction_event", "card", "attempt", "transaction"])
def test_a_charge_that_can_not_be_written_down_is_pending_and_never_failed(shop, trouble, table):
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    trouble(INTENTS, "delay", seconds=15, first=1, when="after")
    acks = []
    buyer = threading.Thread(target=lambda: acks.append(shopper.send("purchase-request", message)))
    buyer.start()
    eventually(shop.charges, within=30, what="the charge")
    with away(shop, table):
        trouble.over()
        buyer.join()
    (ack,) = acks
    assert (code(ack), ack["error"]["retryable"]) == ("payment_pending", True)
    assert "pay again" in ack["error"]["message"]
    assert ack["transaction"]["status"] == "pending"
    paid = shopper.send("purchase-request", message)["transaction"]
    assert (paid["id"], paid["status"]) == (ack["transaction"]["id"], "succeeded")
    assert len(shop.charges()) == 1


def test_a_bank_s_yes_that_can_not_be_written_down_is_pending_and_never_failed(shop):
    shopper = shop.shopper()
    asked = shopper.buy(number=ASKS_THE_BANK)
    shop.authenticate(asked["client_secret"])
    with away(shop, "transaction_event"):
        ack = shopper.confirm(asked["transaction"]["id"])
    assert code(ack) == "payment_pending"
    assert shopper.confirm(asked["transaction"]["id"])["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_neither_an_answer_nor_the_database_is_pending_and_not_unchanged(shop):
    shopper, line = shop.shopper(), Desk(shop).line()
    message = shopper.purchase(requestId="r1")
    with ExitStack() as later:
        line.only, line.cut = ("post", "/payment_intents"), "after"
        line.meanwhile = lambda: later.enter_context(away(shop, "transaction_line"))
        ack = shopper.send("purchase-request", message)
    assert (len(shop.charges()), code(ack)) == (1, "payment_pending")
    line.cut = ""
    assert shopper.send("purchase-request", message)["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_what_can_not_be_written_down_before_is_not_charged(shop):
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    with away(shop, "transaction_event"):
        assert code(shopper.send("purchase-request", message)) in ("unavailable", "internal")
    assert (shop.charges(), shopper.transactions()) == ([], [])
    assert shopper.send("purchase-request", message)["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


# The answer can't be looked up


def test_a_question_that_can_not_be_looked_up_is_still_open(shop, trouble):
    shopper = shop.shopper()
    message = shopper.purchase(number=ASKS_THE_BANK, requestId="r1")
    asked = shopper.send("purchase-request", message)
    trouble(INTENT, "status", status=500, should_retry=False, caller="server")
    again = shopper.send("purchase-request", message)
    shown = shopper.send("get-transaction", transaction_id=asked["transaction"]["id"])
    for ack in (again, shown):
        assert ack["status"] == "success"
        assert ack["transaction"]["status"] == "requires_action"
        assert ack.get("client_secret") is None
    trouble.over()
    assert shopper.send("purchase-request", message)["client_secret"] == asked["client_secret"]


def test_a_paid_purchase_is_paid_though_stripe_can_not_be_asked(shop, trouble):
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    paid = shopper.send("purchase-request", message)["transaction"]
    trouble(INTENT, "status", status=500, should_retry=False)
    for ack in (
        shopper.send("purchase-request", message),
        shopper.confirm(paid["id"]),
        shopper.send("get-transaction", transaction_id=paid["id"]),
    ):
        assert ack["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_a_declined_purchase_stays_declined_though_stripe_can_not_be_asked(shop, trouble):
    shopper = shop.shopper()
    message = shopper.purchase(number=DECLINED, requestId="r1")
    assert code(shopper.send("purchase-request", message)) == "card_declined"
    trouble(INTENT, "status", status=500, should_retry=False)
    assert code(shopper.send("purchase-request", message)) == "card_declined"


def test_a_retry_of_what_was_cancelled_is_pending_until_that_can_be_seen(shop, trouble):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    at_stripe(shop, f"payment_intents/{intent_of(shop, declined)}/cancel")
    retry = shopper.purchase(transaction_id=declined["id"], requestId="again")
    trouble(INTENT, "status", status=500, should_retry=False)
    assert code(shopper.send("purchase-request", retry)) == "payment_pending"
    trouble.over()
    ack = shopper.send("purchase-request", retry)
    assert (code(ack), ack["transaction"]["status"]) == ("card_declined", "canceled")
    assert "start again" in ack["error"]["message"]
    assert shop.charges() == []


def test_a_refusal_that_made_nothing_at_stripe_gets_the_same_answer_again(shop):
    shopper = shop.shopper()
    message = shopper.purchase(typed=({"id": "pm_nobodys"}, {"id": "tok_nobodys"}), requestId="r1")
    first, again = (shopper.send("purchase-request", message) for _ in range(2))
    assert (first["transaction"], code(first)) == (again["transaction"], code(again))
    assert first["transaction"]["status"] == "declined"
    assert shop.ledger()["payment_intents"] == []


# What the shop itself has lost meanwhile


def test_a_shop_that_was_closed_meanwhile_sells_nothing(shop):
    shopper = shop.shopper(page="/checkout?cog=kumo-paper&item=pen-brush")
    close(shop, "kumo-paper")
    assert code(shopper.buy()) == "not_found"
    assert (shop.charges(), shopper.transactions()) == ([], [])


def test_without_a_name_the_checkout_is_that_of_the_only_shop(shop):
    visitor = shop.visitor()
    for path in ("/checkout", "/checkout?cog=", "/checkout?item=mug-stoneware"):
        assert visitor.get(path).status == 404
    close(shop, "kumo-paper")
    context = visitor.get("/checkout?item=mug-stoneware").script("checkout-context")
    assert (context["cogName"], context["total_cents"]) == ("Morning Press", 1800)


def close(shop, slug):
    for table in ("item", "cog_logo"):
        its = f"cog_id = (SELECT id FROM cog WHERE slug = '{slug}')"
        change(shop, f"DELETE FROM {table} WHERE {its}")
    change(shop, f"DELETE FROM cog WHERE slug = '{slug}'")
