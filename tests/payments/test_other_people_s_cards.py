"""Cards that are known by their Stripe ids but belong to somebody else, or to nobody."""

import pytest

UNKNOWN = "pm_1NobodyHasThisCard"
DECLINED, THREE_DS = "4000000000000002", "4000000000003220"
WORDS = "We couldn’t find this card. Please type it again."


def claimed(method_id):
    return {"id": method_id}, {"id": f"tok_{method_id[3:]}x"}


def without_id(ack):
    return {**ack["error"], "request_id": None}


@pytest.mark.parametrize("buyer", ["guest", "account", "customer"])
def test_a_saved_card_of_another_s_reads_like_one_that_is_not_there(shop, buyer):
    owner = shop.shopper(account=True)
    owner.add_card()
    (saved,) = [m["id"] for m in shop.ledger()["payment_methods"] if m["customer"]]
    shopper = shop.shopper(account=buyer != "guest")
    if buyer == "customer":
        shopper.add_card(DECLINED.replace("0002", "0077"))
    foreign = shopper.buy(typed=claimed(saved))
    unknown = shopper.buy(typed=claimed(UNKNOWN))
    assert without_id(foreign) == without_id(unknown)
    assert (foreign["error"]["code"], foreign["error"]["message"]) == ("not_found", WORDS)
    assert shop.charges() == []


@pytest.mark.parametrize("kind", ["permanent", "single"])
def test_a_typed_card_of_another_s_can_be_neither_seen_nor_paid_with(shop, kind):
    typed = shop.card(name="Victor Victim")
    victim = shop.shopper(account=True)
    victim.create_payment_method(card=typed, tokenType=kind)
    attacker = shop.shopper(account=True)
    shown = attacker.create_payment_method(card=typed, tokenType="single")
    bought = attacker.buy(typed=typed)
    assert (shown["error"]["code"], bought["error"]["code"]) == ("not_found", "not_found")
    assert "Victor" not in repr((shown, bought))
    assert shop.charges() == []
    assert attacker.transactions() == []


def test_stripe_s_names_of_test_cards_are_everybody_s(shop):
    for number in range(2):
        typed = {"id": "pm_card_visa"}, {"id": f"tok_test{number}"}
        assert shop.shopper().pay(typed=typed)["status"] == "succeeded"


@pytest.mark.parametrize("kind", ["permanent", "single"])
def test_a_name_of_any_length_is_cut_to_what_is_kept(shop, kind):
    shopper = shop.shopper(account=True)
    card = shop.card(name="N" * 300)
    ack = shopper.create_payment_method(card=card, tokenType=kind)
    assert ack["card"]["name_on_card"] == "N" * 200


@pytest.mark.parametrize("save", [False, True])
def test_a_purchase_with_a_name_of_any_length_is_paid(shop, save):
    shopper = shop.shopper(account=True)
    paid = shopper.pay(typed=shop.card(name="N" * 300), save=save)
    assert paid["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_another_card_on_a_declined_order_waits_for_the_running_one(shop):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    running = shopper.buy(number=THREE_DS)["transaction"]
    ack = shopper.buy(transaction_id=declined["id"])
    assert ack["error"]["code"] == "payment_in_progress"
    assert ack["transaction"]["id"] == running["id"]
    assert shopper.transaction(declined["id"])["attempts"] == 1


def test_a_guest_who_may_not_save_leaves_no_address(shop):
    shopper = shop.shopper()
    ack = shopper.create_payment_method(email="left@example.com")
    assert ack["error"]["code"] == "unauthenticated"
    rows = shop.rows('SELECT contact_email FROM "user" WHERE id = :id', id=shopper.user_id)
    assert rows == [{"contact_email": None}]
