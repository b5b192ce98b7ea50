"""After a decline: another card on the same PaymentIntent, until it is paid."""

import pytest

DECLINED = "4000000000000002"
MASTERCARD = "5555555555554444"
THREE_DS = "4000000000003220"


def test_a_decline_says_what_to_do_and_keeps_the_order(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number="4000000000009995")
    assert ack["status"] == "error"
    assert ack["error"]["code"] == "card_declined"
    assert "insufficient funds" in ack["error"]["message"]
    assert ack["error"]["retryable"] is True
    transaction = ack["transaction"]
    assert transaction["status"] == "declined"
    assert transaction["decline"] == {
        "code": "card_declined",
        "message": ack["error"]["message"],
    }
    assert shop.charges() == []


def test_the_shopper_is_not_told_the_banks_own_code(shop):
    ack = shop.shopper().buy(number="4000000000009979")
    assert "stolen" not in repr(ack)


def test_the_banks_code_is_kept_for_the_owner(shop):
    ack = shop.shopper().buy(number="4000000000009979")
    (attempt,) = shop.rows(
        "SELECT code, decline_code, charge_id FROM attempt WHERE transaction_id = :id",
        id=ack["transaction"]["id"],
    )
    assert (attempt["code"], attempt["decline_code"]) == ("card_declined", "stolen_card")
    assert attempt["charge_id"] == shop.ledger()["charges"][0]["id"]


def test_another_typed_card_pays_the_same_order(shop):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    paid = shopper.pay(transaction_id=declined["id"], number=MASTERCARD)
    assert (paid["id"], paid["status"]) == (declined["id"], "succeeded")
    assert (paid["attempts"], paid["decline"]) == (2, None)
    assert paid["card"]["last_four"] == "4444"
    assert len(shop.ledger()["payment_intents"]) == 1
    assert len(shop.charges()) == 1


def test_a_card_of_the_wallet_pays_the_same_order(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card(MASTERCARD)
    declined = shopper.buy(number=DECLINED)["transaction"]
    paid = shopper.pay(transaction_id=declined["id"], card_id=card["id"])
    assert paid["status"] == "succeeded"
    assert len(shop.ledger()["payment_intents"]) == 1


def test_a_card_saved_after_the_decline_pays_the_same_order(shop):
    # The intent was made before there was a customer, and the saved card belongs to one.
    shopper = shop.shopper(account=True)
    declined = shopper.buy(number=DECLINED)["transaction"]
    card = shopper.add_card(MASTERCARD)
    paid = shopper.pay(transaction_id=declined["id"], card_id=card["id"])
    assert paid["status"] == "succeeded"
    (intent,) = shop.ledger()["payment_intents"]
    (customer,) = shop.ledger()["customers"]
    assert intent["customer"] == customer["id"]


def test_a_card_saved_after_a_refusal_without_an_intent_pays_the_same_order(shop):
    shopper = shop.shopper(account=True)
    refused = shopper.buy(typed=({"id": "pm_nobody"}, {"id": "tok_nobody"}))["transaction"]
    card = shopper.add_card(MASTERCARD)
    paid = shopper.pay(transaction_id=refused["id"], card_id=card["id"])
    assert paid["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_a_guest_who_registers_after_a_decline_pays_the_same_order_with_a_saved_card(shop):
    guest = shop.shopper()
    declined = guest.buy(number=DECLINED)["transaction"]
    shop.register(guest.visitor, "registered-meanwhile@example.com")
    account = guest.another_tab()
    card = account.add_card(MASTERCARD)
    paid = account.pay(transaction_id=declined["id"], card_id=card["id"])
    assert (paid["id"], paid["status"]) == (declined["id"], "succeeded")
    assert len(shop.ledger()["payment_intents"]) == 1


def test_a_guest_who_signs_in_after_a_decline_pays_the_same_order_with_a_saved_card(shop):
    known = shop.shopper(email="came-back@example.com")
    card = known.add_card(MASTERCARD)
    guest = shop.shopper()
    declined = guest.buy(number=DECLINED)["transaction"]
    shop.sign_in(guest.visitor, "came-back@example.com")
    account = guest.another_tab()
    paid = account.pay(transaction_id=declined["id"], card_id=card["id"])
    assert (paid["id"], paid["status"]) == (declined["id"], "succeeded")
    assert paid["receipt_email"] in (None, "came-back@example.com")


def test_the_other_card_can_be_saved_while_it_pays(shop):
    shopper = shop.shopper(account=True)
    declined = shopper.buy(number=DECLINED)["transaction"]
    paid = shopper.pay(transaction_id=declined["id"], number=MASTERCARD, save=True)
    assert paid["status"] == "succeeded"
    assert [card["last_four"] for card in shopper.cards()] == ["4444"]


def test_the_wish_to_save_goes_with_the_card_that_was_declined(shop):
    shopper = shop.shopper(account=True)
    declined = shopper.buy(number=DECLINED, save=True)["transaction"]
    paid = shopper.pay(transaction_id=declined["id"], number=MASTERCARD)
    assert paid["status"] == "succeeded"
    assert shopper.cards() == []
    assert [m for m in shop.ledger()["payment_methods"] if m["customer"]] == []


def test_a_guest_can_not_save_the_other_card(shop):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    ack = shopper.buy(transaction_id=declined["id"], save=True)
    assert ack["error"]["code"] == "unauthenticated"
    assert shopper.transaction(declined["id"])["status"] == "declined"


def test_the_other_card_may_be_declined_as_well(shop):
    shopper = shop.shopper()
    first = shopper.buy(number=DECLINED)["transaction"]
    second = shopper.buy(transaction_id=first["id"], number="4000000000009995")
    assert "insufficient funds" in second["error"]["message"]
    third = shopper.pay(transaction_id=first["id"], number=MASTERCARD)
    assert (third["status"], third["attempts"]) == ("succeeded", 3)
    assert [c["status"] for c in shop.ledger()["charges"]] == ["failed", "failed", "succeeded"]


def test_a_declined_card_of_the_wallet_stays_and_another_pays(shop):
    shopper = shop.shopper(account=True)
    bad, good = shopper.add_card("4000000000000341"), shopper.add_card(MASTERCARD)
    declined = shopper.buy(card_id=bad["id"])
    assert declined["error"]["code"] == "card_declined"
    assert len(shopper.cards()) == 2
    paid = shopper.pay(transaction_id=declined["transaction"]["id"], card_id=good["id"])
    assert paid["status"] == "succeeded"


def test_the_same_wallet_card_can_be_tried_again(shop):
    shopper = shop.shopper(account=True)
    bad = shopper.add_card("4000000000000341")
    declined = shopper.buy(card_id=bad["id"])["transaction"]
    again = shopper.buy(transaction_id=declined["id"], card_id=bad["id"])
    assert again["error"]["code"] == "card_declined"
    assert again["transaction"]["attempts"] == 2


def test_a_typed_card_is_spent_by_its_first_use(shop):
    shopper = shop.shopper()
    typed = shop.card(DECLINED)
    declined = shopper.buy(typed=typed, requestId="one")["transaction"]
    again = shopper.buy(transaction_id=declined["id"], typed=typed, requestId="two")
    assert again["error"]["code"] == "card_declined"
    assert again["transaction"]["status"] == "declined"
    assert shopper.pay(transaction_id=declined["id"], number=MASTERCARD)["status"] == "succeeded"


def test_the_other_card_may_need_its_bank(shop):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    ack = shopper.buy(transaction_id=declined["id"], number=THREE_DS)
    assert ack["transaction"]["status"] == "requires_action"
    shop.authenticate(ack["client_secret"])
    assert shopper.confirm(declined["id"])["transaction"]["status"] == "succeeded"


def test_a_paid_order_is_not_paid_again(shop):
    shopper = shop.shopper()
    paid = shopper.pay()
    ack = shopper.buy(transaction_id=paid["id"], number=MASTERCARD)
    assert ack["status"] == "success"
    assert ack["transaction"] == paid
    assert len(shop.charges()) == 1


@pytest.mark.parametrize("means", ["card_id", "typed"])
def test_the_order_of_somebody_else_is_not_found(shop, means):
    owner, other = shop.shopper(account=True), shop.shopper(account=True)
    declined = owner.buy(number=DECLINED)["transaction"]
    choice = {"card_id": other.add_card()["id"]} if means == "card_id" else {}
    ack = other.buy(transaction_id=declined["id"], **choice)
    assert ack["error"]["code"] == "not_found"
    assert "transaction" not in ack
    assert shop.charges() == []


def test_an_unknown_order_is_not_found(shop):
    assert shop.shopper().buy(transaction_id="txn_unknown")["error"]["code"] == "not_found"


def test_a_card_of_somebody_else_does_not_pay(shop):
    owner, thief = shop.shopper(account=True), shop.shopper(account=True)
    card = owner.add_card()
    declined = thief.buy(number=DECLINED)["transaction"]
    ack = thief.buy(transaction_id=declined["id"], card_id=card["id"])
    assert ack["error"]["code"] == "not_found"
    assert thief.transaction(declined["id"])["status"] == "declined"
    assert shop.charges() == []


def test_a_decline_does_not_keep_the_shopper_from_starting_anew(shop):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    paid = shopper.pay()
    assert paid["id"] != declined["id"]
    assert paid["status"] == "succeeded"


def test_a_request_of_another_purchase_can_not_be_used_again_for_this_one(shop):
    shopper = shop.shopper()
    shopper.pay(requestId="x")
    declined = shopper.buy(requestId="y", number=DECLINED)["transaction"]
    ack = shopper.buy(transaction_id=declined["id"], number=MASTERCARD, requestId="x")
    assert ack["error"]["code"] == "request_mismatch"
    assert shopper.transaction(declined["id"])["attempts"] == 1
    assert len(shop.charges()) == 1
