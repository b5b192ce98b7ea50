"""get-user-cards: what the wallet shows, in which order, and what it never shows."""

from datetime import date

import pytest

from tests.support.owner import write

MASTERCARD = "5555555555554444"
AMEX = "378282246310005"
FIELDS = {
    "id",
    "last_four",
    "expomon",
    "expoyear",
    "name_on_card",
    "nickname",
    "brand",
    "token_type",
    "is_default",
    "expires_soon",
    "verified",
    "renewed",
    "last_used_at",
    "created_at",
}


def test_a_new_account_has_an_empty_wallet(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.send("get-user-cards", userId=shopper.user_id)
    assert ack == {"status": "success", "cards": []}


def test_a_guest_has_an_empty_wallet(shop):
    assert shop.shopper().cards() == []


def test_a_card_is_shown_with_these_fields_and_no_others(shop):
    shopper = shop.shopper(account=True)
    shopper.add_card(card=shop.card(MASTERCARD, exp=(7, 2031), name="Ada Lovelace"))
    (card,) = shopper.cards()
    assert card.keys() == FIELDS
    assert (card["last_four"], card["brand"]) == ("4444", "mastercard")
    assert (card["expomon"], card["expoyear"]) == (7, 2031)
    assert (card["name_on_card"], card["token_type"]) == ("Ada Lovelace", "permanent")
    assert (card["is_default"], card["verified"]) == (True, True)
    assert (card["expires_soon"], card["last_used_at"]) == (False, None)


def test_the_list_tells_nothing_that_could_be_used_at_stripe(shop):
    shopper = shop.shopper(account=True)
    shopper.add_card()
    shown = repr(shopper.cards())
    assert not [prefix for prefix in ("pm_", "tok_", "cus_", "seti_", "_secret") if prefix in shown]


def test_the_default_comes_first_then_the_card_used_last_then_the_newest(shop):
    shopper = shop.shopper(account=True)
    first = shopper.add_card()["id"]
    used = shopper.add_card(MASTERCARD)["id"]
    newest = shopper.add_card(AMEX)["id"]
    assert [card["id"] for card in shopper.cards()] == [first, newest, used]
    shopper.pay(card_id=used)
    assert [card["id"] for card in shopper.cards()] == [first, used, newest]
    assert shopper.cards()[1]["last_used_at"] is not None


def test_a_card_of_this_month_is_listed_and_expires_soon(shop):
    today = date.today()  # noqa: DTZ011 - a card's month is a calendar month
    shopper = shop.shopper(account=True)
    shopper.add_card(card=shop.card(exp=(today.month, today.year)))
    (card,) = shopper.cards()
    assert card["expires_soon"] is True


def test_a_card_of_last_month_is_not_listed(shop):
    today = date.today()  # noqa: DTZ011
    year, month = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    _set(shop, card, f"expoyear = {year}, expomon = {month}")
    assert shopper.cards() == []


@pytest.mark.parametrize("foreign_mode", ["test", "live"])
def test_a_card_of_another_mode_is_not_listed(shop, foreign_mode):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    _set(shop, card, f"mode = '{foreign_mode}'")
    assert shopper.cards() == []


def test_a_removed_card_is_not_listed(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    shopper.send("remove-card", card_id=card["id"])
    assert shopper.cards() == []


def test_a_single_card_is_never_listed(shop):
    shopper = shop.shopper(account=True)
    shopper.create_payment_method(tokenType="single")
    shopper.pay(number=MASTERCARD)
    assert shopper.cards() == []


def test_a_card_that_waits_for_its_bank_is_not_listed(shop):
    shopper = shop.shopper(account=True)
    shopper.create_payment_method("4000000000003220")
    assert shopper.cards() == []


def test_a_declined_card_is_not_listed(shop):
    shopper = shop.shopper(account=True)
    shopper.create_payment_method("4000000000000002")
    assert shopper.cards() == []


def test_the_cards_of_others_are_not_listed(shop):
    one, other = shop.shopper(account=True), shop.shopper(account=True)
    mine, theirs = one.add_card(), other.add_card(MASTERCARD)
    assert [card["id"] for card in one.cards()] == [mine["id"]]
    assert [card["id"] for card in other.cards()] == [theirs["id"]]


def test_the_list_of_another_user_is_refused(shop):
    one, other = shop.shopper(account=True), shop.shopper(account=True)
    other.add_card()
    ack = one.send("get-user-cards", userId=other.user_id)
    assert ack["error"]["code"] == "identity_mismatch"
    assert "cards" not in ack


def test_the_list_may_name_the_shop_of_the_page_and_no_other(shop):
    here = shop.shopper(account=True)
    elsewhere = shop.shopper(cog="kumo-paper")
    same = here.send("get-user-cards", userId=here.user_id, cogId=here.cog_id)
    foreign = here.send("get-user-cards", userId=here.user_id, cogId=elsewhere.cog_id)
    assert same["status"] == "success"
    assert foreign["error"]["code"] == "not_found"


def test_the_wallet_is_the_same_in_every_shop_of_the_installation(shop):
    coffee = shop.shopper(account=True)
    coffee.add_card()
    paper = coffee.another_tab(shop.checkout_path("kumo-paper"))
    assert paper.cards() == coffee.cards()


@pytest.mark.parametrize("nested", [False, True], ids=["beside-action", "inside-message"])
def test_the_list_can_be_asked_for_in_a_message_frame(shop, nested):
    shopper = shop.shopper(account=True)
    shopper.add_card()
    fields = {"userId": shopper.user_id}
    frame = {"action": "get-user-cards"} | ({"message": fields} if nested else fields)
    assert shopper.send_frame(frame) == {"status": "success", "cards": shopper.cards()}


def test_a_list_without_a_user_is_incomplete(shop):
    assert shop.shopper().send("get-user-cards")["error"]["code"] == "invalid_message"


def test_the_checkout_page_brings_the_same_cards_along(shop):
    shopper = shop.shopper(account=True)
    shopper.add_card()
    assert shopper.another_tab().context["cards"] == shopper.cards()


@pytest.mark.in_process
def test_a_list_costs_one_query_and_no_call_to_stripe(shop):
    shopper = shop.shopper(account=True)
    shopper.add_card()
    shopper.add_card(MASTERCARD)
    with shop.count() as cost:
        shopper.send("get-user-cards", userId=shopper.user_id)
    assert (cost.queries, cost.commits, cost.stripe_calls) == (1, 0, [])


def _set(shop, card, assignment):
    write(shop, f"UPDATE card SET {assignment} WHERE id = :id", id=card["id"])
