"""Recovery when Stripe, another process or our own rows are in trouble in the middle of it."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import NullPool, create_engine, text

from payments import recovery
from tests.support.doors import eventually
from tests.support.instances import database_address
from tests.support.owner import at_stripe

pytestmark = pytest.mark.in_process
INTENTS = "POST /v1/payment_intents"
LIST, CANCEL = "GET /v1/payment_intents", "POST /v1/payment_intents/*/cancel"
ASKS_THE_BANK = "4000002760003184"


@contextmanager
def while_it_waits(shop, trouble, call):
    """Run the recovery, and stop it before this call to Stripe is executed, for the block."""
    trouble(call, "delay", seconds=15, first=1, caller="server")
    recovered = threading.Thread(target=run, args=(shop,))
    recovered.start()

    def fired():
        return any(fault["fired"] for fault in shop.control("GET", "faults").json()["faults"])

    eventually(fired, within=30, what=call)
    yield
    trouble.over()
    recovered.join()


def change(shop, sql, **values):
    """Change rows by hand; unlike `owner.write`, no webhook is delivered before."""
    engine = create_engine(database_address(shop.front.database_url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(sql), values)
    engine.dispose()


def some_time_passes(shop, minutes=2):
    """For every open transaction, without a minute of waiting."""
    then = (datetime.now(UTC) - timedelta(minutes=minutes)).replace(tzinfo=None)
    open_ones = "status IN ('pending', 'requires_action', 'processing')"
    change(shop, f'UPDATE "transaction" SET updated_at = :then WHERE {open_ones}', then=then)


def run(shop):
    with shop.front.app.app_context():
        return recovery.run_once()


def recover(shop, minutes=2):
    some_time_passes(shop, minutes)
    return run(shop)


def lost(shop, trouble, when="before", **choices):
    """Somebody whose purchase got no answer, and who left."""
    shopper = choices.pop("shopper", None) or shop.shopper()
    # Not tried again: so few failures leave the circuit closed.
    trouble(INTENTS, "status", status=500, should_retry=False, when=when)
    ack = shopper.buy(**choices)
    assert ack["error"]["code"] == "payment_pending"
    trouble.over()
    return shopper


def status(shopper):
    return shopper.transactions()[0]["status"]


# What Stripe says


@pytest.mark.parametrize(("when", "ends"), [("before", "canceled"), ("after", "succeeded")])
def test_a_purchase_of_a_customer_is_looked_for_among_his(shop, trouble, when, ends):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    lost(shop, trouble, when, shopper=shopper, card_id=card["id"])
    assert recover(shop) == 1
    assert status(shopper) == ends
    assert len(shop.charges()) == (ends == "succeeded")
    (query,) = [c["params"] for c in shop.calls() if (c["method"], c["path"]) == ("GET", LIST[4:])]
    assert query["customer"].startswith("cus_")


def test_a_purchase_of_a_customer_that_was_deleted_meanwhile_is_found(shop, trouble):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    lost(shop, trouble, "after", shopper=shopper, card_id=card["id"])
    trouble(LIST, "status", status=404, first=1)
    recover(shop)
    assert status(shopper) == "succeeded"
    assert len(shop.charges()) == 1


def test_a_purchase_is_found_behind_a_hundred_others(shop, trouble):
    shopper = lost(shop, trouble, "after")
    for _ in range(101):
        at_stripe(shop, "payment_intents", amount=1800, currency="usd")
    recover(shop)
    assert status(shopper) == "succeeded"
    assert len(shop.charges()) == 1


def test_a_purchase_that_stripe_would_refuse_is_a_decline(shop, trouble):
    shopper = lost(shop, trouble)
    trouble(INTENTS, "status", status=400, first=1)
    recover(shop)
    assert status(shopper) == "declined"
    assert shop.charges() == []


def name_at_stripe(shop, intent_id, name):
    """Change what a PaymentIntent is looked up by, as its owner's dashboard could."""
    at_stripe(shop, f"payment_intents/{intent_id}", **{"metadata[transaction_id]": name})


@pytest.fixture
def unseen(shop, trouble):
    """A purchase that was charged, and that a look-up does not find."""
    shopper = lost(shop, trouble, "after")
    (intent,) = shop.ledger()["payment_intents"]
    name_at_stripe(shop, intent["id"], "not-to-be-seen")
    return shopper, intent["id"], intent["metadata"]["transaction_id"]


def test_what_was_charged_is_found_by_its_key_where_no_look_finds_it(shop, unseen):
    shopper, _, _ = unseen
    assert recover(shop) == 1
    assert status(shopper) == "succeeded"
    assert len(shop.charges()) == 1


def test_what_comes_into_sight_between_look_and_fence_is_found(shop, trouble, unseen):
    shopper, intent_id, name = unseen
    some_time_passes(shop)
    with while_it_waits(shop, trouble, INTENTS):
        name_at_stripe(shop, intent_id, name)
    assert status(shopper) == "succeeded"
    assert len(shop.charges()) == 1


def test_a_question_answered_whose_word_got_lost_is_found_within_a_minute(shop):
    shopper = shop.shopper()
    asked = shopper.buy(number=ASKS_THE_BANK)
    shop.authenticate(asked["client_secret"])
    assert recover(shop, minutes=1) == 1
    assert status(shopper) == "succeeded"
    assert len(shop.charges()) == 1


def test_what_stripe_failed_to_call_off_and_remembers_is_called_off_by_a_new_key(shop, trouble):
    shopper = shop.shopper()
    shopper.buy(number=ASKS_THE_BANK)
    trouble(CANCEL, "status", status=500, should_retry=False, stored=True, first=1)
    assert recover(shop, minutes=61) == 0
    assert recover(shop, minutes=61) == 1
    assert status(shopper) == "canceled"


def test_an_open_question_is_looked_at_less_and_less_often(shop):
    shop.shopper().buy(number=ASKS_THE_BANK)
    recover(shop, minutes=1)
    before = len(shop.calls())
    recover(shop, minutes=1)
    assert len(shop.calls()) == before


def test_an_open_question_of_a_first_attempt_is_left_to_the_shopper(shop, trouble):
    shopper = lost(shop, trouble, "after", number=ASKS_THE_BANK)
    recover(shop)
    assert status(shopper) == "requires_action"
    ack = shopper.send("get-transaction", transaction_id=shopper.transactions()[0]["id"])
    shop.authenticate(ack["client_secret"])
    assert shopper.confirm(ack["transaction"]["id"])["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_a_question_answered_at_the_last_moment_is_paid_and_not_called_off(shop):
    shopper = shop.shopper()
    asked = shopper.buy(number=ASKS_THE_BANK)
    shop.authenticate(asked["client_secret"])
    assert recover(shop, minutes=61) == 1
    assert status(shopper) == "succeeded"


def test_what_is_paid_in_the_moment_it_is_called_off_is_paid(shop, trouble):
    shopper = shop.shopper()
    asked = shopper.buy(number=ASKS_THE_BANK)
    some_time_passes(shop, 61)
    with while_it_waits(shop, trouble, CANCEL):
        shop.authenticate(asked["client_secret"])
    assert status(shopper) == "succeeded"
    assert len(shop.charges()) == 1


def test_what_can_not_be_called_off_is_tried_again_in_the_next_round(shop, trouble):
    shopper = shop.shopper()
    shopper.buy(number=ASKS_THE_BANK)
    trouble(CANCEL, "status", status=400, code="payment_intent_unexpected_state", first=1)
    assert recover(shop, minutes=61) == 0
    assert status(shopper) == "requires_action"
    assert recover(shop, minutes=61) == 1
    assert status(shopper) == "canceled"
    assert shop.charges() == []


# Our own trouble


def test_one_purchase_that_can_not_be_recovered_holds_no_other_up(shop, trouble):
    broken, whole = lost(shop, trouble), lost(shop, trouble)
    some_time_passes(shop)
    spoil = "DELETE FROM attempt WHERE transaction_id IN "
    mine = '(SELECT id FROM "transaction" WHERE user_id = :id)'
    change(shop, spoil + mine, id=broken.user_id)
    assert run(shop) == 1
    assert status(whole) == "canceled"
    assert shop.charges() == []
    (row,) = shop.rows('SELECT status FROM "transaction" WHERE user_id = :id', id=broken.user_id)
    assert row["status"] == "pending"


def test_who_lost_the_lease_in_the_middle_stops(shop, trouble):
    first, second = lost(shop, trouble), lost(shop, trouble)
    some_time_passes(shop)
    with while_it_waits(shop, trouble, LIST):
        later = (datetime.now(UTC) + timedelta(minutes=5)).replace(tzinfo=None)
        change(shop, "UPDATE lease SET holder = 'another', expires_at = :later", later=later)
    assert sorted([status(first), status(second)]) == ["canceled", "pending"]
    assert shop.charges() == []


def test_while_stripe_is_away_everything_stays_as_it_is(shop, trouble):
    first, second = lost(shop, trouble), lost(shop, trouble, "after")
    some_time_passes(shop)
    trouble("*", "reset", caller="server")
    assert run(shop) == 0
    trouble.over()
    assert [status(first), status(second)] == ["pending", "pending"]
