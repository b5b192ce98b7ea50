"""create-payment-method, permanent: Stripe checks the card and keeps it, we keep its ids."""

import pytest

from tests.support.owner import at_stripe

MASTERCARD = "5555555555554444"


def test_the_first_card_becomes_the_default(shop):
    shopper = shop.shopper(account=True)
    first, second = shopper.add_card(), shopper.add_card(MASTERCARD)
    assert (first["is_default"], second["is_default"]) == (True, False)
    assert [card["id"] for card in shopper.cards()] == [first["id"], second["id"]]


def test_a_saved_card_is_set_up_once_and_attached_to_the_customer_of_the_account(shop):
    shopper = shop.shopper(email="ada@example.com")
    shopper.add_card()
    shopper.add_card(MASTERCARD)
    ledger = shop.ledger()
    (customer,) = ledger["customers"]
    assert customer["email"] == "ada@example.com"
    assert customer["metadata"] == {"user_id": shopper.user_id}
    assert [s["status"] for s in ledger["setup_intents"]] == ["succeeded", "succeeded"]
    attached = [m["card"]["last4"] for m in ledger["payment_methods"] if m["customer"]]
    assert attached == ["4242", "4444"]
    assert ledger["charges"] == []


@pytest.mark.parametrize("nested", [False, True], ids=["beside-action", "inside-message"])
def test_a_card_can_be_added_by_a_message_frame(shop, nested):
    shopper = shop.shopper(account=True)
    method, token = shop.card()
    fields = {
        "paymentMethod": method,
        "token": token,
        "cogId": shopper.cog_id,
        "userId": shopper.user_id,
        "email": shopper.email,
    }
    inner = {"message": fields} if nested else fields
    ack = shopper.send_frame({"action": "create-payment-method", **inner})
    assert ack["status"] == "success"
    assert ack["card"]["last_four"] == "4242"
    assert ack["card"] == shopper.cards()[0]


def test_the_facts_of_a_card_come_from_stripe_and_not_from_the_message(shop):
    shopper = shop.shopper(account=True)
    method, token = shop.card()
    forged = {**method["card"], "last4": "0000", "brand": "amex", "exp_year": 2099}
    ack = shopper.create_payment_method(card=({**method, "card": forged}, token))
    card = ack["card"]
    assert (card["last_four"], card["brand"], card["expoyear"]) == ("4242", "visa", 2034)


def test_the_same_message_twice_is_one_card(shop):
    shopper = shop.shopper(account=True)
    typed = shop.card()
    first, again = (shopper.create_payment_method(card=typed) for _ in range(2))
    assert first == again
    assert len(shopper.cards()) == 1
    assert len(shop.ledger()["setup_intents"]) == 1
    assert len(shop.ledger()["customers"]) == 1


def test_the_same_card_typed_again_replaces_the_copy_in_the_wallet(shop):
    shopper = shop.shopper(account=True)
    old = shopper.add_card(card=shop.card(exp=(1, 2030), name="Ada Byron"))
    new = shopper.add_card(card=shop.card(exp=(2, 2036), name="Ada Lovelace"))
    assert new["id"] == old["id"]
    (card,) = shopper.cards()
    assert (card["expomon"], card["expoyear"], card["name_on_card"]) == (2, 2036, "Ada Lovelace")
    attached = [m for m in shop.ledger()["payment_methods"] if m["customer"]]
    assert [method["card"]["exp_year"] for method in attached] == [2036]


def test_a_replaced_card_pays_with_its_newer_copy(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card(card=shop.card(exp=(1, 2030)))
    shopper.add_card(card=shop.card(exp=(2, 2036)))
    paid = shopper.pay(card_id=card["id"])
    assert (paid["status"], paid["card"]["expoyear"]) == ("succeeded", 2036)


def test_the_same_card_in_two_accounts_stays_two_cards(shop):
    one, other = shop.shopper(account=True), shop.shopper(account=True)
    assert one.add_card()["id"] != other.add_card()["id"]
    assert len(one.cards()) == len(other.cards()) == 1


def test_a_removed_card_can_be_typed_and_saved_again(shop):
    shopper = shop.shopper(account=True)
    removed = shopper.add_card()
    shopper.send("remove-card", card_id=removed["id"])
    fresh = shopper.add_card()
    assert [card["id"] for card in shopper.cards()] == [fresh["id"]]
    assert fresh["id"] != removed["id"]
    assert fresh["is_default"] is True


def test_a_card_can_be_added_from_the_ids_alone(shop):
    shopper = shop.shopper(account=True)
    method, token = shop.card()
    ids = ({"id": method["id"]}, {"id": token["id"]})
    assert shopper.create_payment_method(card=ids)["card"]["last_four"] == "4242"


def test_a_guest_is_asked_for_an_account_to_save_a_card(shop):
    shopper = shop.shopper()
    ack = shopper.create_payment_method()
    assert ack["error"]["code"] == "unauthenticated"
    assert shop.rows("SELECT id FROM card WHERE user_id = :id", id=shopper.user_id) == []
    assert shop.calls() == []


def test_the_email_may_be_spelled_in_capitals_and_must_be_the_accounts(shop):
    shopper = shop.shopper(email="grace@example.com")
    same = shopper.create_payment_method(email="Grace@Example.COM")
    other = shopper.create_payment_method(MASTERCARD, email="mallory@example.com")
    assert same["status"] == "success"
    assert other["error"]["code"] == "identity_mismatch"
    assert len(shopper.cards()) == 1


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c.example", "x@" + "y" * 260 + ".example"])
@pytest.mark.parametrize("account", [True, False], ids=["account", "guest"])
def test_an_impossible_email_is_refused(shop, account, email):
    shopper = shop.shopper(account=account)
    ack = shopper.create_payment_method(tokenType="single", email=email)
    assert ack["error"]["code"] == "invalid_message"
    assert shop.calls() == []


def test_a_card_for_another_user_is_refused(shop):
    one, other = shop.shopper(account=True), shop.shopper(account=True)
    ack = one.create_payment_method(userId=other.user_id)
    assert ack["error"]["code"] == "identity_mismatch"
    assert one.cards() == other.cards() == []


def test_a_card_for_another_shop_than_the_pages_is_refused(shop):
    shopper, elsewhere = shop.shopper(account=True), shop.shopper(cog="kumo-paper")
    ack = shopper.create_payment_method(cogId=elsewhere.cog_id)
    assert ack["error"]["code"] == "not_found"
    assert shopper.cards() == []


def test_a_payment_method_that_stripe_does_not_know_is_not_found(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.create_payment_method(card=({"id": "pm_nobody"}, {"id": "tok_nobody"}))
    assert ack["error"]["code"] == "not_found"
    assert shopper.cards() == []


@pytest.mark.parametrize("token_type", ["permanent", "single"])
def test_a_payment_method_of_another_customer_is_not_found(shop, token_type):
    victim, thief = shop.shopper(account=True), shop.shopper(account=True)
    stolen = shop.card()
    victim.create_payment_method(card=stolen)
    ack = thief.create_payment_method(card=stolen, tokenType=token_type)
    assert ack["error"]["code"] == "not_found"
    assert thief.cards() == []
    assert len(victim.cards()) == 1


@pytest.mark.parametrize("token_type", ["permanent", "single"])
def test_a_payment_method_of_a_customer_unknown_to_the_shop_is_not_found(shop, token_type):
    shopper = shop.shopper(account=True)
    stranger = at_stripe(shop, "customers")
    method, token = shop.card()
    at_stripe(shop, f"payment_methods/{method['id']}/attach", customer=stranger["id"])
    ack = shopper.create_payment_method(card=(method, token), tokenType=token_type)
    assert ack["error"]["code"] == "not_found"


def test_a_card_that_was_spent_on_a_purchase_can_not_be_saved_afterwards(shop):
    shopper = shop.shopper(account=True)
    typed = shop.card()
    shopper.pay(typed=typed)
    ack = shopper.create_payment_method(card=typed)
    assert ack["error"]["code"] == "card_declined"
    assert shopper.cards() == []


def test_a_kind_of_token_that_does_not_exist_is_refused(shop):
    ack = shop.shopper(account=True).create_payment_method(tokenType="forever")
    assert ack["error"]["code"] == "invalid_message"


@pytest.mark.in_process
def test_saving_a_card_costs_one_call_once_the_customer_is_known(shop):
    shopper = shop.shopper(account=True)
    with shop.count() as first:
        shopper.add_card()
    with shop.count() as second:
        shopper.add_card(MASTERCARD)
    assert [call["path"] for call in first.stripe_calls] == ["/v1/customers", "/v1/setup_intents"]
    assert [call["path"] for call in second.stripe_calls] == ["/v1/setup_intents"]


@pytest.mark.parametrize("name", ["4242 4242 4242 4242", "Ada 4242424242424242"])
@pytest.mark.parametrize("kind", ["permanent", "single"])
def test_a_number_typed_into_the_name_is_not_kept(shop, name, kind):
    shopper = shop.shopper(account=True)
    method, token = ({"id": thing["id"]} for thing in shop.card(name=name))
    ack = shopper.create_payment_method(card=(method, token), tokenType=kind)
    assert (ack["status"], ack["card"]["name_on_card"]) == ("success", None)


def test_nor_when_it_comes_with_a_change_of_the_card(shop):
    shopper = shop.shopper(account=True)
    card = shopper.create_payment_method(card=shop.card(name="Ada Lovelace"))["card"]
    (row,) = shop.rows("SELECT payment_method_id FROM card WHERE id = :id", id=card["id"])
    changed = {"billing_details[name]": "4242-4242-4242-4242"}
    at_stripe(shop, f"payment_methods/{row['payment_method_id']}", **changed)
    shop.pump()
    assert [card["name_on_card"] for card in shopper.cards()] == [None]
