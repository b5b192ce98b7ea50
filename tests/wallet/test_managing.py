"""remove-card and set-default-card, and that every tab of the user follows."""

import pytest

from tests.support.owner import write
from tests.support.shopper import Shopper

MASTERCARD = "5555555555554444"
AMEX = "378282246310005"
ACTIONS = ("remove-card", "set-default-card")


def test_a_removed_card_leaves_the_wallet_and_stripe(shop):
    shopper = shop.shopper(account=True)
    gone, kept = shopper.add_card(), shopper.add_card(MASTERCARD)
    ack = shopper.send("remove-card", card_id=gone["id"])
    assert [card["id"] for card in ack["cards"]] == [kept["id"]]
    assert ack["cards"] == shopper.cards()
    attached = [m["card"]["last4"] for m in shop.ledger()["payment_methods"] if m["customer"]]
    assert attached == ["4444"]


def test_a_removed_card_is_kept_as_a_row_for_the_records(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    shopper.send("remove-card", card_id=card["id"])
    (row,) = shop.rows(
        "SELECT action, is_default, detached_at FROM card WHERE id = :id", id=card["id"]
    )
    assert (row["action"], bool(row["is_default"])) == ("deleted", False)
    assert row["detached_at"] is not None


def test_when_the_default_is_removed_the_card_used_last_follows(shop):
    shopper = shop.shopper(account=True)
    default, used, _newest = (shopper.add_card(n)["id"] for n in (*_CARDS,))
    shopper.pay(card_id=used)
    cards = shopper.send("remove-card", card_id=default)["cards"]
    assert (cards[0]["id"], cards[0]["is_default"]) == (used, True)
    assert sum(card["is_default"] for card in cards) == 1


def test_an_expired_default_makes_place_for_its_replacement(shop):
    shopper = shop.shopper(account=True)
    default, used = shopper.add_card(), shopper.add_card(MASTERCARD)
    shopper.pay(card_id=used["id"])
    write(shop, "UPDATE card SET expoyear = 2020 WHERE id = :id", id=default["id"])
    fresh = shopper.add_card(AMEX)
    assert fresh["is_default"] is True
    cards = shopper.send("remove-card", card_id=default["id"])["cards"]
    assert [(card["id"], card["is_default"]) for card in cards] == [
        (fresh["id"], True),
        (used["id"], False),
    ]


def test_the_only_card_that_is_good_again_is_the_default(shop):
    shopper = shop.shopper(account=True)
    first, expired = shopper.add_card(MASTERCARD), shopper.add_card()
    write(shop, "UPDATE card SET expoyear = 2020 WHERE id = :id", id=expired["id"])
    shopper.send("remove-card", card_id=first["id"])
    again = shopper.add_card(card=shop.card(exp=(5, 2037)))
    assert (again["id"], again["is_default"]) == (expired["id"], True)


def test_removing_another_card_leaves_the_default_alone(shop):
    shopper = shop.shopper(account=True)
    default, other = shopper.add_card(), shopper.add_card(MASTERCARD)
    (card,) = shopper.send("remove-card", card_id=other["id"])["cards"]
    assert (card["id"], card["is_default"]) == (default["id"], True)


def test_the_chosen_default_comes_first_and_is_the_only_one(shop):
    shopper = shop.shopper(account=True)
    _, _, chosen = (shopper.add_card(number)["id"] for number in _CARDS)
    cards = shopper.send("set-default-card", card_id=chosen)["cards"]
    assert [card["is_default"] for card in cards] == [True, False, False]
    assert cards[0]["id"] == chosen
    assert cards == shopper.cards()


def test_making_the_default_the_default_changes_nothing(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    assert shopper.send("set-default-card", card_id=card["id"])["cards"] == [card]


@pytest.mark.parametrize("action", ACTIONS)
def test_an_unknown_card_is_not_found(shop, action):
    ack = shop.shopper(account=True).send(action, card_id="card_unknown")
    assert ack["error"]["code"] == "not_found"


@pytest.mark.parametrize("action", ACTIONS)
def test_a_card_of_somebody_else_is_not_found_and_stays_as_it_is(shop, action):
    owner, other = shop.shopper(account=True), shop.shopper(account=True)
    owner.add_card()
    second = owner.add_card(MASTERCARD)
    before = owner.cards()
    ack = other.send(action, card_id=second["id"])
    assert ack["error"]["code"] == "not_found"
    assert owner.cards() == before
    assert all(m["customer"] for m in shop.ledger()["payment_methods"])


@pytest.mark.parametrize("action", ACTIONS)
def test_a_removed_card_is_not_found_again(shop, action):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    shopper.send("remove-card", card_id=card["id"])
    assert shopper.send(action, card_id=card["id"])["error"]["code"] == "not_found"


@pytest.mark.parametrize("action", ACTIONS)
def test_a_card_of_another_mode_is_not_found(shop, action):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    write(shop, "UPDATE card SET mode = 'live' WHERE id = :id", id=card["id"])
    assert shopper.send(action, card_id=card["id"])["error"]["code"] == "not_found"


def test_an_expired_card_can_not_become_the_default(shop):
    shopper = shop.shopper(account=True)
    shopper.add_card()
    expired = shopper.add_card(MASTERCARD)
    write(shop, "UPDATE card SET expoyear = 2020 WHERE id = :id", id=expired["id"])
    ack = shopper.send("set-default-card", card_id=expired["id"])
    assert ack["error"]["code"] == "card_expired"
    assert shopper.cards()[0]["is_default"] is True


def test_an_expired_card_can_be_removed(shop):
    shopper = shop.shopper(account=True)
    expired = shopper.add_card()
    write(shop, "UPDATE card SET expoyear = 2020 WHERE id = :id", id=expired["id"])
    assert shopper.send("remove-card", card_id=expired["id"])["cards"] == []
    assert [m for m in shop.ledger()["payment_methods"] if m["customer"]] == []


def test_an_expired_default_does_not_stand_in_the_way_of_another(shop):
    shopper = shop.shopper(account=True)
    expired = shopper.add_card()
    write(shop, "UPDATE card SET expoyear = 2020 WHERE id = :id", id=expired["id"])
    fresh = shopper.add_card(MASTERCARD)
    (card,) = shopper.cards()
    assert card["id"] == fresh["id"]
    shopper.send("set-default-card", card_id=fresh["id"])
    assert shopper.cards()[0]["is_default"] is True


def test_an_expired_card_typed_again_with_its_new_date_is_back_in_its_place(shop):
    shopper = shop.shopper(account=True)
    expired = shopper.add_card()
    write(shop, "UPDATE card SET expoyear = 2020 WHERE id = :id", id=expired["id"])
    renewed = shopper.add_card(card=shop.card(exp=(5, 2037)))
    assert renewed["id"] == expired["id"]
    assert [card["expoyear"] for card in shopper.cards()] == [2037]


def test_another_tab_sees_cards_come_change_and_go(shop):
    here = shop.shopper(account=True)
    there = here.another_tab()
    here.add_card()
    second = here.add_card(MASTERCARD)
    there.pushed("wallet-changed", _shows(here.cards()))
    here.send("set-default-card", card_id=second["id"])
    there.pushed("wallet-changed", _shows(here.cards()))
    here.send("remove-card", card_id=second["id"])
    there.pushed("wallet-changed", _shows(here.cards()))


def test_the_tab_that_acts_gets_the_push_too(shop):
    shopper = shop.shopper(account=True)
    shopper.add_card()
    shopper.pushed("wallet-changed", _shows(shopper.cards()))


def test_another_device_of_the_same_account_follows(shop):
    phone = shop.shopper(account=True)
    visitor = shop.visitor()
    shop.sign_in(visitor, phone.email)
    laptop = shop.keep(Shopper(shop, visitor, phone.page))
    phone.add_card()
    laptop.pushed("wallet-changed", _shows(phone.cards()))


def test_nobody_else_hears_of_a_wallet(shop):
    shopper, stranger, guest = (
        shop.shopper(account=True),
        shop.shopper(account=True),
        shop.shopper(),
    )
    card = shopper.add_card()
    shopper.send("remove-card", card_id=card["id"])
    # Their own sockets work, so what was sent to them would be here by now.
    assert stranger.cards() == guest.cards() == []
    assert stranger.pushes == guest.pushes == []


def test_a_refused_change_is_not_pushed(shop):
    shopper = shop.shopper(account=True)
    shopper.create_payment_method("4000000000000002")
    shopper.send("remove-card", card_id="card_unknown")
    assert shopper.cards() == []
    assert [push for push in shopper.pushes if push.event == "wallet-changed"] == []


_CARDS = ("4242424242424242", MASTERCARD, AMEX)


def _shows(cards):
    return lambda push: push["cards"] == cards
