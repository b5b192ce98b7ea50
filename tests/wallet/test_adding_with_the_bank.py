"""Cards whose bank wants to be asked (3D Secure), or says no, before they are saved."""

import pytest

from tests.support.doors import eventually
from tests.support.owner import deliver, events

THREE_DS = "4000000000003220"
DECLINED_AFTER_3DS = "4000008400001629"


def test_a_bank_that_asks_makes_the_page_ask_and_the_card_wait(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.create_payment_method(THREE_DS)
    assert (ack["status"], ack["next_action"]) == ("success", "confirm-card")
    assert ack["client_secret"].startswith("seti_")
    assert ack["card"]["verified"] is False
    assert shopper.cards() == []


def test_a_passed_question_of_the_bank_puts_the_card_into_the_wallet(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.create_payment_method(THREE_DS)
    shop.authenticate(ack["client_secret"])
    confirmed = shopper.send("confirm-card", card_id=ack["card"]["id"])
    assert confirmed["status"] == "success"
    assert confirmed["card"]["id"] == ack["card"]["id"]
    assert (confirmed["card"]["verified"], confirmed["card"]["is_default"]) == (True, True)
    assert "client_secret" not in confirmed
    assert shopper.cards() == [confirmed["card"]]


@pytest.mark.parametrize("outcome", ["fail", "cancel"])
def test_a_refused_or_closed_question_saves_nothing(shop, outcome):
    shopper = shop.shopper(account=True)
    ack = shopper.create_payment_method(THREE_DS)
    shop.authenticate(ack["client_secret"], outcome)
    confirmed = shopper.send("confirm-card", card_id=ack["card"]["id"])
    assert confirmed["error"]["code"] == "authentication_failed"
    assert shopper.cards() == []
    assert [m for m in shop.ledger()["payment_methods"] if m["customer"]] == []


def test_a_card_that_failed_its_question_stays_failed(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.create_payment_method(THREE_DS)
    shop.authenticate(ack["client_secret"], "fail")
    shopper.send("confirm-card", card_id=ack["card"]["id"])
    again = shopper.send("confirm-card", card_id=ack["card"]["id"])
    assert again["error"]["code"] == "authentication_failed"


def test_a_confirmation_before_the_bank_has_answered_asks_again(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.create_payment_method(THREE_DS)
    early = shopper.send("confirm-card", card_id=ack["card"]["id"])
    assert early["status"] == "success"
    assert early["client_secret"] == ack["client_secret"]
    assert early["next_action"] == "confirm-card"
    assert shopper.cards() == []


def test_the_same_message_while_the_bank_is_asked_goes_on_with_the_same_question(shop):
    shopper = shop.shopper(account=True)
    typed = shop.card(THREE_DS)
    first, again = (shopper.create_payment_method(card=typed) for _ in range(2))
    assert first == again
    assert len(shop.ledger()["setup_intents"]) == 1


def test_a_confirmation_sent_twice_gets_the_same_answer(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.create_payment_method(THREE_DS)
    shop.authenticate(ack["client_secret"])
    first, again = (shopper.send("confirm-card", card_id=ack["card"]["id"]) for _ in range(2))
    assert first == again
    assert len(shopper.cards()) == 1


def test_only_the_owner_can_confirm_a_card(shop):
    owner, other = shop.shopper(account=True), shop.shopper(account=True)
    ack = owner.create_payment_method(THREE_DS)
    shop.authenticate(ack["client_secret"])
    assert other.send("confirm-card", card_id=ack["card"]["id"])["error"]["code"] == "not_found"
    assert other.send("confirm-card", card_id="card_unknown")["error"]["code"] == "not_found"
    assert other.cards() == []


def test_a_page_that_never_came_back_still_gets_its_card(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.create_payment_method(THREE_DS)
    shop.authenticate(ack["client_secret"])
    shop.pump()
    cards = shopper.pushed("wallet-changed")["cards"]
    assert [card["id"] for card in cards] == [ack["card"]["id"]]
    assert shopper.cards() == cards


def test_an_event_about_a_failed_question_takes_the_card_back(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.create_payment_method(THREE_DS)
    shop.authenticate(ack["client_secret"], "fail")
    (event,) = events(shop, "setup_intent.setup_failed")
    assert deliver(shop, event).status == 200
    confirmed = shopper.send("confirm-card", card_id=ack["card"]["id"])
    assert confirmed["error"]["code"] in ("not_found", "authentication_failed")
    assert shopper.cards() == []


def test_a_card_removed_while_its_bank_was_asked_stays_removed(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.create_payment_method(THREE_DS)
    shopper.send("remove-card", card_id=ack["card"]["id"])
    shop.authenticate(ack["client_secret"])
    (event,) = events(shop, "setup_intent.succeeded")
    assert deliver(shop, event).status == 200
    assert shopper.cards() == []
    eventually(lambda: not _attached(shop), what="Stripe letting go of the removed card")
    assert shopper.add_card()["is_default"] is True


def test_a_card_declined_after_its_question_is_not_saved(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.create_payment_method(DECLINED_AFTER_3DS)
    shop.authenticate(ack["client_secret"])
    confirmed = shopper.send("confirm-card", card_id=ack["card"]["id"])
    assert confirmed["error"]["code"] == "card_declined"
    assert shopper.cards() == []


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        ("4000000000000002", "card_declined", "declined"),
        ("4000000000009995", "card_declined", "insufficient funds"),
        ("4000000000000069", "card_expired", "expired"),
        ("4000000000000127", "card_declined", "security code"),
    ],
)
def test_a_bank_that_says_no_is_quoted_in_one_sentence(shop, number, code, words):
    shopper = shop.shopper(account=True)
    ack = shopper.create_payment_method(number)
    assert ack["error"]["code"] == code
    assert words in ack["error"]["message"]
    assert ack["error"]["retryable"] is True
    assert shopper.cards() == []


@pytest.mark.parametrize("number", ["4000000000009987", "4000000000009979"], ids=["lost", "stolen"])
def test_nobody_learns_that_a_card_was_reported_lost_or_stolen(shop, number):
    ack = shop.shopper(account=True).create_payment_method(number)
    assert ack["error"]["message"] == "Your card was declined. Please try another card."


def test_after_a_decline_another_card_can_be_added(shop):
    shopper = shop.shopper(account=True)
    shopper.create_payment_method("4000000000000002")
    assert shopper.add_card()["is_default"] is True


def _attached(shop):
    return [method for method in shop.ledger()["payment_methods"] if method["customer"]]
