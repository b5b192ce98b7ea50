"""create-payment-method, single: a card for one purchase, for guests too."""

from tests.support.shopper import CONTACT

MASTERCARD = "5555555555554444"
THREE_DS = "4000000000003220"


def test_a_guest_keeps_a_card_for_one_purchase_and_pays_with_it(shop):
    shopper = shop.shopper()
    card = shopper.create_payment_method(tokenType="single")["card"]
    assert (card["token_type"], card["last_four"], card["is_default"]) == ("single", "4242", False)
    paid = shopper.pay(card_id=card["id"])
    assert paid["status"] == "succeeded"
    assert paid["card"]["last_four"] == "4242"
    assert len(shop.charges()) == 1


def test_keeping_a_single_card_makes_no_customer_and_no_setup(shop):
    shop.shopper().create_payment_method(tokenType="single")
    ledger = shop.ledger()
    assert (ledger["customers"], ledger["setup_intents"]) == ([], [])


def test_a_single_card_pays_once_and_not_again(shop):
    shopper = shop.shopper()
    card = shopper.create_payment_method(tokenType="single")["card"]
    shopper.pay(card_id=card["id"], requestId="first")
    ack = shopper.buy(card_id=card["id"], requestId="second")
    assert ack["error"]["code"] == "not_found"
    assert len(shop.charges()) == 1


def test_a_declined_single_card_is_spent_as_well(shop):
    shopper = shop.shopper()
    card = shopper.create_payment_method("4000000000000002", tokenType="single")["card"]
    declined = shopper.buy(card_id=card["id"])
    assert declined["error"]["code"] == "card_declined"
    retry = shopper.buy(card_id=card["id"], transaction_id=declined["transaction"]["id"])
    assert retry["error"]["code"] == "not_found"


def test_the_same_message_twice_is_one_single_card(shop):
    shopper = shop.shopper()
    typed = shop.card()
    first, again = (shopper.create_payment_method(card=typed, tokenType="single") for _ in "12")
    assert first == again
    assert len(shop.rows("SELECT id FROM card WHERE user_id = :id", id=shopper.user_id)) == 1


def test_the_message_of_a_used_up_card_does_not_bring_it_back(shop):
    shopper = shop.shopper()
    typed = shop.card()
    card = shopper.create_payment_method(card=typed, tokenType="single")["card"]
    shopper.pay(card_id=card["id"])
    again = shopper.create_payment_method(card=typed, tokenType="single")
    if again["status"] == "success":
        ack = shopper.buy(card_id=again["card"]["id"], requestId="again")
        assert ack["error"]["code"] == "card_declined"
    assert len(shop.charges()) == 1


def test_a_single_card_pays_through_3d_secure(shop):
    shopper = shop.shopper()
    card = shopper.create_payment_method(THREE_DS, tokenType="single")["card"]
    assert shopper.pay(card_id=card["id"])["status"] == "succeeded"


def test_a_single_card_of_somebody_else_is_not_found(shop):
    owner, other = shop.shopper(), shop.shopper()
    card = owner.create_payment_method(tokenType="single")["card"]
    assert other.buy(card_id=card["id"])["error"]["code"] == "not_found"
    assert shop.charges() == []


def test_an_account_may_use_single_cards_too(shop):
    shopper = shop.shopper(account=True)
    card = shopper.create_payment_method(tokenType="single")["card"]
    assert shopper.pay(card_id=card["id"])["status"] == "succeeded"
    assert shopper.cards() == []


def test_a_single_card_can_not_become_the_default(shop):
    shopper = shop.shopper(account=True)
    card = shopper.create_payment_method(tokenType="single")["card"]
    assert shopper.send("set-default-card", card_id=card["id"])["error"]["code"] == "not_found"


def test_a_single_card_can_be_thrown_away(shop):
    shopper = shop.shopper()
    card = shopper.create_payment_method(tokenType="single")["card"]
    assert shopper.send("remove-card", card_id=card["id"])["cards"] == []
    assert shopper.buy(card_id=card["id"])["error"]["code"] == "not_found"


def test_the_email_of_a_single_card_is_where_a_guests_receipt_goes(shop):
    shopper = shop.shopper()
    card = shopper.create_payment_method(tokenType="single")["card"]
    paid = shopper.pay(card_id=card["id"])
    assert paid["receipt_email"] == CONTACT
    assert shop.charges()[0]["receipt_email"] == CONTACT


def test_a_card_in_the_wallet_and_a_single_copy_of_it_are_two(shop):
    shopper = shop.shopper(account=True)
    saved = shopper.add_card(MASTERCARD)
    single = shopper.create_payment_method(MASTERCARD, tokenType="single")["card"]
    assert single["id"] != saved["id"]
    assert shopper.pay(card_id=single["id"])["status"] == "succeeded"
    assert [card["id"] for card in shopper.cards()] == [saved["id"]]
