"""Adding a card while Stripe is in trouble: nothing is done twice, nothing is called failed."""

import pytest

from tests.support.desk import Desk
from tests.support.owner import at_stripe
from tests.support.shop import PASSWORD
from tests.support.trouble import at_once, recover

pytestmark = pytest.mark.in_process
SETUPS, CUSTOMERS = "POST /v1/setup_intents", "POST /v1/customers"
ASKS_THE_BANK = "4000002760003184"


@pytest.fixture
def shopper(shop):
    return shop.shopper(account=True)


def error(ack):
    return ack["error"]["code"]


def rows(shop, shopper):
    return shop.rows("SELECT * FROM card WHERE user_id = :id", id=shopper.user_id)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_card_whose_check_got_lost_is_added_by_the_same_message(shop, trouble, shopper, when):
    typed = shop.card()
    trouble(SETUPS, "reset", when=when)
    lost = shopper.create_payment_method(card=typed)
    assert (error(lost), lost["error"]["retryable"]) == ("unavailable", True)
    assert "check this card yet" in lost["error"]["message"]
    assert shopper.cards() == []
    trouble.over()
    card = shopper.create_payment_method(card=typed)["card"]
    assert [listed["id"] for listed in shopper.cards()] == [card["id"]]
    assert len(shop.ledger()["setup_intents"]) == 1
    assert len(rows(shop, shopper)) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_customer_whose_making_got_lost_is_made_once(shop, trouble, shopper, when):
    typed = shop.card()
    trouble(CUSTOMERS, "reset", when=when)
    assert error(shopper.create_payment_method(card=typed)) == "unavailable"
    trouble.over()
    assert shopper.create_payment_method(card=typed)["status"] == "success"
    assert len(shop.ledger()["customers"]) == 1
    assert len(shop.rows("SELECT id FROM customer WHERE user_id = :id", id=shopper.user_id)) == 1


def test_a_failure_that_stripe_remembers_keeps_nobody_from_saving(shop, trouble, shopper):
    trouble(CUSTOMERS, "status", status=500, stored=True, first=1)
    assert error(shopper.create_payment_method()) == "unavailable"
    trouble.over()
    assert shopper.create_payment_method()["status"] == "success"
    assert len(shop.ledger()["customers"]) == 1


def test_failures_that_stripe_remembers_every_time_are_tried_in_the_end(shop, trouble, shopper):
    trouble(CUSTOMERS, "status", status=500, stored=True)
    for _ in range(2):
        assert error(shopper.create_payment_method()) == "unavailable"
    trouble.over()
    assert shopper.create_payment_method()["status"] == "success"


def test_another_address_since_a_lost_answer_keeps_nobody_from_saving(shop, trouble, shopper):
    trouble(CUSTOMERS, "reset", when="after")
    assert error(shopper.create_payment_method()) == "unavailable"
    trouble.over()
    new = f"new-{shopper.email}"
    shopper.visitor.submit("/account/email", {"email": new, "password": PASSWORD})
    assert shopper.create_payment_method(email=new)["status"] == "success"
    (card,) = shopper.cards()
    assert shopper.pay(card_id=card["id"])["status"] == "succeeded"


def test_an_address_that_changes_while_he_becomes_a_customer_is_told(shop, shopper):
    line, new = Desk(shop).line(), f"new-{shopper.email}"
    line.only = ("post", "/customers")
    fields = {"email": new, "password": PASSWORD}
    line.meanwhile = lambda: at_once([lambda: shopper.visitor.submit("/account/email", fields)])
    shopper.create_payment_method()
    recover(shop)
    assert [customer["email"] for customer in shop.ledger()["customers"]] == [new]


def test_a_purchase_that_needs_a_customer_first_charges_nothing_without(shop, trouble, shopper):
    payload = shopper.purchase(save=True)
    trouble(CUSTOMERS, "reset")
    assert error(shopper.send("purchase-request", payload)) == "unavailable"
    assert shopper.transactions() == []
    trouble.over()
    paid = shopper.send("purchase-request", payload)["transaction"]
    assert paid["status"] == "succeeded"
    assert len(shop.charges()) == len(shop.ledger()["customers"]) == 1


def test_a_card_that_was_never_checked_can_not_be_confirmed_nor_pay(shop, trouble, shopper):
    trouble(SETUPS, "reset", when="before")
    shopper.create_payment_method()
    trouble.over()
    (row,) = rows(shop, shopper)
    assert error(shopper.send("confirm-card", card_id=row["id"])) == "not_found"
    assert error(shopper.send("set-default-card", card_id=row["id"])) == "not_found"
    assert error(shopper.buy(card_id=row["id"])) == "not_found"
    assert shop.charges() == []


def test_a_card_that_was_never_checked_can_be_thrown_away(shop, trouble, shopper):
    trouble(SETUPS, "reset", when="before")
    shopper.create_payment_method()
    trouble.over()
    (row,) = rows(shop, shopper)
    assert shopper.send("remove-card", card_id=row["id"])["cards"] == []
    assert error(shopper.send("remove-card", card_id=row["id"])) == "not_found"


def test_a_question_that_stripe_has_forgotten_is_one_to_ask_again(shop, trouble, shopper):
    typed = shop.card(ASKS_THE_BANK)
    card = shopper.create_payment_method(card=typed)["card"]
    trouble("GET /v1/setup_intents/*", "status", status=404)
    ack = shopper.send("confirm-card", card_id=card["id"])
    assert error(ack) == "not_found"
    assert "type it again" in ack["error"]["message"]
    assert error(shopper.create_payment_method(card=typed)) == "not_found"
    assert shopper.cards() == []


def test_while_stripe_can_not_be_asked_a_question_stays_open(shop, trouble, shopper):
    asked = shopper.create_payment_method(ASKS_THE_BANK)
    shop.authenticate(asked["client_secret"])
    trouble("GET /v1/setup_intents/*", "reset", caller="server")
    assert error(shopper.send("confirm-card", card_id=asked["card"]["id"])) == "unavailable"
    trouble.over()
    ack = shopper.send("confirm-card", card_id=asked["card"]["id"])
    assert ack["card"]["verified"] is True


# Single cards


def test_a_single_card_that_can_not_be_looked_up_is_kept_by_the_same_message(
    shop, trouble, shopper
):
    typed = shop.card()
    trouble("GET /v1/payment_methods/*", "reset")
    lost = shopper.create_payment_method(card=typed, tokenType="single")
    assert (error(lost), lost["error"]["retryable"]) == ("unavailable", True)
    trouble.over()
    card = shopper.create_payment_method(card=typed, tokenType="single")["card"]
    assert len(rows(shop, shopper)) == 1
    assert shopper.pay(card_id=card["id"])["status"] == "succeeded"


def test_a_single_card_that_stripe_does_not_know_is_not_kept(shop, shopper):
    unknown = {"id": "pm_nobodys"}, {"id": "tok_nobodys"}
    ack = shopper.create_payment_method(card=unknown, tokenType="single")
    assert error(ack) == "not_found"
    (row,) = rows(shop, shopper)
    assert row["status"] == "FAILED"
    assert error(shopper.buy(card_id=row["id"])) == "not_found"


def test_a_single_card_that_has_expired_is_not_kept(shop, shopper):
    typed = shop.card()
    method = f"payment_methods/{typed[0]['id']}"
    # Stripe takes no expired card; only its owner's dashboard can make one of it.
    customer = at_stripe(shop, "customers")
    at_stripe(shop, f"{method}/attach", customer=customer["id"])
    at_stripe(shop, method, **{"card[exp_year]": 2020, "card[exp_month]": 1})
    at_stripe(shop, f"{method}/detach")
    assert error(shopper.create_payment_method(card=typed, tokenType="single")) == "card_expired"
    assert [row["status"] for row in rows(shop, shopper)] == ["FAILED"]


# Removing


def test_a_card_that_the_dashboard_has_detached_before_can_still_be_removed(shop, shopper):
    card = shopper.add_card()
    (row,) = rows(shop, shopper)
    at_stripe(shop, f"payment_methods/{row['payment_method_id']}/detach")
    assert shopper.send("remove-card", card_id=card["id"])["cards"] == []
    (row,) = rows(shop, shopper)
    assert row["action"] == "deleted"
    assert row["detached_at"]


# Of a card that was removed Stripe keeps its copy until it hears of that.


@pytest.fixture
def removed(shopper, trouble):
    """What was typed; removed while Stripe was out of reach."""

    def remove(typed):
        card = shopper.create_payment_method(card=typed)["card"]
        trouble("POST /v1/payment_methods/*/detach", "reset", when="before")
        assert shopper.send("remove-card", card_id=card["id"])["cards"] == []
        trouble.over()
        return typed

    return remove


def test_a_card_that_stripe_still_has_can_be_added_again(shop, shopper, removed):
    typed = removed(shop.card())
    card = shopper.create_payment_method(card=typed)["card"]
    assert [listed["id"] for listed in shopper.cards()] == [card["id"]]
    assert shopper.pay(card_id=card["id"])["status"] == "succeeded"
    assert shopper.send("remove-card", card_id=card["id"])["cards"] == []
    assert all(row["detached_at"] for row in rows(shop, shopper))


def test_the_same_card_of_the_wallet_can_take_its_place(shop, shopper, removed):
    typed = removed(shop.card())
    kept = shopper.add_card()
    assert shopper.create_payment_method(card=typed)["card"]["id"] == kept["id"]
    assert [listed["id"] for listed in shopper.cards()] == [kept["id"]]
    assert shopper.pay(card_id=kept["id"])["status"] == "succeeded"


def test_recovery_leaves_a_card_that_came_back_alone(shop, shopper, removed):
    card = shopper.create_payment_method(card=removed(shop.card()))["card"]
    recover(shop)
    assert [listed["id"] for listed in shopper.cards()] == [card["id"]]
    assert shopper.pay(card_id=card["id"])["status"] == "succeeded"
