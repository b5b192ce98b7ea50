"""Purchases whose bank asks the shopper first (3D Secure)."""

import pytest

from tests.support.owner import at_stripe

THREE_DS = "4000000000003220"
DECLINED_AFTER_3DS = "4000008400001629"
MASTERCARD = "5555555555554444"


def test_the_page_gets_what_it_needs_to_ask(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    assert ack["status"] == "success"
    assert ack["transaction"]["status"] == "requires_action"
    assert ack["client_secret"].startswith("pi_")
    assert ack["paymentMethod"]["card"]["last4"] == "3220"
    assert shop.charges() == []


def test_an_accepted_question_pays(shop):
    shopper = shop.shopper()
    paid = shopper.pay(number=THREE_DS)
    assert (paid["status"], paid["attempts"]) == ("succeeded", 1)
    assert len(shop.charges()) == 1


def test_a_card_of_the_wallet_is_asked_about_too(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card(THREE_DS)
    assert shopper.pay(card_id=card["id"])["status"] == "succeeded"


def test_a_saved_card_is_saved_once_its_bank_agreed(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.buy(number=THREE_DS, save=True)
    assert shopper.cards() == []
    shop.authenticate(ack["client_secret"])
    shopper.confirm(ack["transaction"]["id"])
    assert [card["last_four"] for card in shopper.cards()] == ["3220"]


@pytest.mark.parametrize("outcome", ["fail", "cancel"])
def test_a_refused_or_closed_question_charges_nothing(shop, outcome):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    shop.authenticate(ack["client_secret"], outcome)
    confirmed = shopper.confirm(ack["transaction"]["id"])
    assert confirmed["error"]["code"] == "authentication_failed"
    assert confirmed["transaction"]["status"] == "declined"
    assert confirmed["transaction"]["decline"]["code"] == "authentication_failed"
    assert shop.charges() == []


@pytest.mark.parametrize("number", [MASTERCARD, THREE_DS])
def test_after_a_refused_question_another_card_pays_the_same_order(shop, number):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    shop.authenticate(ack["client_secret"], "fail")
    shopper.confirm(ack["transaction"]["id"])
    paid = shopper.pay(transaction_id=ack["transaction"]["id"], number=number)
    assert (paid["id"], paid["status"]) == (ack["transaction"]["id"], "succeeded")
    assert len(shop.ledger()["payment_intents"]) == 1
    assert len(shop.charges()) == 1


def test_another_card_can_be_chosen_while_the_question_is_still_open(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    paid = shopper.pay(transaction_id=ack["transaction"]["id"], number=MASTERCARD)
    assert (paid["status"], paid["card"]["last_four"]) == ("succeeded", "4444")
    assert len(shop.charges()) == 1


def test_a_card_that_is_declined_after_the_question_is_a_decline(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=DECLINED_AFTER_3DS)
    shop.authenticate(ack["client_secret"])
    confirmed = shopper.confirm(ack["transaction"]["id"])
    assert confirmed["error"]["code"] == "card_declined"
    assert shop.charges() == []


def test_a_confirmation_before_the_bank_has_answered_asks_again(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    early = shopper.confirm(ack["transaction"]["id"])
    assert early["status"] == "success"
    assert early["transaction"]["status"] == "requires_action"
    assert early["client_secret"] == ack["client_secret"]


def test_a_confirmation_is_not_believed_but_looked_up(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    for _ in range(2):
        shopper.confirm(ack["transaction"]["id"])
    assert shopper.transaction(ack["transaction"]["id"])["status"] == "requires_action"
    assert shop.charges() == []


def test_a_confirmation_sent_twice_gets_the_same_answer(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    shop.authenticate(ack["client_secret"])
    first, again = (shopper.confirm(ack["transaction"]["id"]) for _ in range(2))
    assert first["transaction"] == again["transaction"]
    assert len(shop.charges()) == 1


def test_a_refusal_confirmed_twice_stays_a_refusal(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    shop.authenticate(ack["client_secret"], "fail")
    first, again = (shopper.confirm(ack["transaction"]["id"]) for _ in range(2))
    assert first["error"]["code"] == again["error"]["code"] == "authentication_failed"
    assert again["transaction"]["attempts"] == 1


def test_only_the_buyer_can_confirm(shop):
    shopper, other = shop.shopper(), shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    shop.authenticate(ack["client_secret"])
    assert other.confirm(ack["transaction"]["id"])["error"]["code"] == "not_found"
    assert other.confirm("txn_unknown")["error"]["code"] == "not_found"


def test_a_page_that_never_came_back_is_paid_all_the_same(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    shop.authenticate(ack["client_secret"])
    shop.pump()
    pushed = shopper.pushed("transaction-changed", lambda push: _status(push) == "succeeded")
    assert pushed["transaction"]["id"] == ack["transaction"]["id"]


def test_another_tab_sees_the_question_and_its_end(shop):
    shopper = shop.shopper()
    there = shopper.another_tab()
    ack = shopper.buy(number=THREE_DS)
    there.pushed("transaction-changed", lambda push: _status(push) == "requires_action")
    shop.authenticate(ack["client_secret"])
    shopper.confirm(ack["transaction"]["id"])
    there.pushed("transaction-changed", lambda push: _status(push) == "succeeded")


def test_an_order_cancelled_in_the_dashboard_meanwhile_says_so(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    (intent,) = shop.ledger()["payment_intents"]
    at_stripe(shop, f"payment_intents/{intent['id']}/cancel")
    confirmed = shopper.confirm(ack["transaction"]["id"])
    assert confirmed["transaction"]["status"] == "canceled"
    assert "canceled" in confirmed["error"]["message"]
    assert shopper.pay()["status"] == "succeeded"


def test_a_cancelled_order_takes_no_other_card(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    (intent,) = shop.ledger()["payment_intents"]
    at_stripe(shop, f"payment_intents/{intent['id']}/cancel")
    again = shopper.buy(transaction_id=ack["transaction"]["id"], number=MASTERCARD)
    assert again["status"] == "error"
    assert again["transaction"]["status"] == "canceled"
    assert shop.charges() == []


def test_an_order_paid_by_the_bank_meanwhile_takes_no_other_card(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    shop.authenticate(ack["client_secret"])
    again = shopper.buy(transaction_id=ack["transaction"]["id"], number=MASTERCARD)
    assert again["status"] == "success"
    assert again["transaction"]["status"] == "succeeded"
    assert [c["payment_method_details"]["card"]["last4"] for c in shop.charges()] == ["3220"]
    assert again["transaction"]["card"]["last_four"] == "3220"


def test_a_card_that_came_too_late_to_pay_is_not_saved(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.buy(number=THREE_DS)
    shop.authenticate(ack["client_secret"])
    again = shopper.buy(transaction_id=ack["transaction"]["id"], number=MASTERCARD, save=True)
    assert again["transaction"]["status"] == "succeeded"
    assert shopper.cards() == []
    assert [m for m in shop.ledger()["payment_methods"] if m["customer"]] == []


def test_the_card_that_paid_is_saved_though_another_was_tried_after_it(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.buy(number=THREE_DS, save=True)
    shop.authenticate(ack["client_secret"])
    shopper.buy(transaction_id=ack["transaction"]["id"], number=MASTERCARD)
    (card,) = shopper.cards()
    assert card["last_four"] == "3220"
    assert shopper.pay(card_id=card["id"])["status"] == "succeeded"


def test_a_wallet_card_that_came_too_late_to_pay_is_not_called_used(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card(MASTERCARD)
    ack = shopper.buy(number=THREE_DS)
    shop.authenticate(ack["client_secret"])
    again = shopper.buy(transaction_id=ack["transaction"]["id"], card_id=card["id"])
    assert again["transaction"]["card"]["last_four"] == "3220"
    assert shopper.cards() == [card]


def _status(push):
    return push["transaction"]["status"]
