"""Stripe's event about a card may come before the page's own question: the answer is the same."""

from tests.support.faults import Trouble
from tests.support.shop import Shop
from tests.support.shopper import Shopper

ASKS_THE_BANK = "4000002500003155"


def asked(shop: Shop, shopper: Shopper, outcome: str) -> str:
    """A card whose bank was asked, and Stripe's events about it all delivered; the card's id."""
    ack = shopper.create_payment_method(ASKS_THE_BANK)
    shop.authenticate(ack["client_secret"], outcome)
    shop.pump()
    return str(ack["card"]["id"])


def test_a_refusal_is_told_as_a_refusal(shop: Shop) -> None:
    shopper = shop.shopper(account=True)
    card_id = asked(shop, shopper, "fail")
    ack = shopper.send("confirm-card", card_id=card_id)
    assert ack["error"]["code"] == "authentication_failed"
    assert shopper.cards() == []


def test_a_success_is_told_as_a_success(shop: Shop) -> None:
    shopper = shop.shopper(account=True)
    card_id = asked(shop, shopper, "complete")
    ack = shopper.send("confirm-card", card_id=card_id)
    assert (ack["card"]["id"], ack["card"]["verified"]) == (card_id, True)


def test_a_card_that_was_there_already_answers_with_the_one_that_stays(shop: Shop) -> None:
    shopper = shop.shopper(account=True)
    first = shopper.add_card(ASKS_THE_BANK)
    card_id = asked(shop, shopper, "complete")
    ack = shopper.send("confirm-card", card_id=card_id)
    assert ack["card"]["id"] == first["id"]
    assert [card["id"] for card in shopper.cards()] == [first["id"]]


def test_a_card_whose_answer_was_lost_is_in_the_wallet_all_the_same(
    shop: Shop, trouble: Trouble
) -> None:
    shopper = shop.shopper(account=True)
    trouble("POST /v1/setup_intents", "status", status=500, when="after")
    ack = shopper.create_payment_method("4242424242424242")
    assert ack["error"]["code"] == "unavailable"
    trouble.over()
    shop.pump()
    (card,) = shopper.cards()
    assert (card["verified"], card["is_default"]) == (True, True)
    assert shopper.pay(card_id=card["id"])["status"] == "succeeded"
