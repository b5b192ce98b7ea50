"""rename-card and dismiss-renewal: what an owner writes on a card, and what its bank changed."""

from datetime import datetime, timedelta

import pytest

from extensions import now
from tests.support.owner import at_stripe, method_of, the_bank_renews, write
from tests.support.shop import PASSWORD, Shop
from tests.support.shopper import Shopper

MASTERCARD = "5555555555554444"


@pytest.fixture
def ada(shop: Shop) -> Shopper:
    """With a Visa (the default) and a Mastercard."""
    shopper = shop.shopper(account=True)
    shopper.add_card()
    shopper.add_card(MASTERCARD)
    return shopper


def rename(who: Shopper, nickname: object, card: int = 0) -> dict[str, object]:
    return who.send("rename-card", card_id=who.cards()[card]["id"], nickname=nickname)


def names(who: Shopper) -> list[object]:
    return [card["nickname"] for card in who.cards()]


def renew(shop: Shop, digits: str, **facts: object) -> None:
    """The bank has news of the card with these last digits."""
    the_bank_renews(shop, method_of(shop, digits), **facts)


def test_a_card_gets_a_name_in_every_tab_and_loses_it_again(ada: Shopper) -> None:
    elsewhere = ada.another_tab()
    assert names(ada) == [None, None]
    ack = rename(ada, "Household")
    assert ack["cards"] == ada.cards()
    assert names(ada) == ["Household", None]
    elsewhere.pushed("wallet-changed", lambda push: push["cards"] == ack["cards"])
    rename(ada, "")
    assert names(ada) == [None, None]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Travel\tand \n food ", "Travel and food"),
        ("x" * 40, "x" * 40),
        ("Ada’s \u202e\u200e\x07card", "Ada’s card"),
        ("👩\u200d🚀 trips", "👩\u200d🚀 trips"),
        ("旅行用", "旅行用"),
        ("   ", None),
        ("\u200d \u200b", None),
        ("<b>4 & 5</b>", "<b>4 & 5</b>"),
    ],
)
def test_a_name_is_one_line_of_what_can_be_seen(ada: Shopper, typed: str, kept: object) -> None:
    assert rename(ada, typed)["status"] == "success"
    assert names(ada)[0] == kept


@pytest.mark.parametrize("wrong", ["x" * 41, 7, None, ["Travel"], {"name": "Travel"}])
def test_what_is_no_name_is_refused(ada: Shopper, wrong: object) -> None:
    rename(ada, "Travel")
    assert rename(ada, wrong)["error"]["code"] == "invalid_message"
    assert names(ada)[0] == "Travel"


@pytest.mark.parametrize("between", ["", " ", "\u202e", "\u2066", "\x07"])
def test_a_number_of_a_card_is_no_name_whatever_is_between_its_digits(
    ada: Shopper, between: str
) -> None:
    ack = rename(ada, between.join(["4242"] * 4))
    assert ack["error"]["code"] == "card_data_rejected"
    assert names(ada)[0] is None


def test_a_card_keeps_its_name_when_it_is_typed_again(ada: Shopper, shop: Shop) -> None:
    rename(ada, "Household")
    ada.add_card(card=shop.card(exp=(5, 2037)))
    assert names(ada)[0] == "Household"


def test_an_expired_card_can_be_named_too(ada: Shopper, shop: Shop) -> None:
    card = ada.cards()[1]
    write(shop, "UPDATE card SET expoyear = 2020 WHERE id = :id", id=card["id"])
    assert ada.send("rename-card", card_id=card["id"], nickname="Old")["status"] == "success"
    assert "Old" in ada.visitor.get("/wallet").text


@pytest.mark.parametrize("kind", ["single", "removed", "at the bank", "another mode's"])
@pytest.mark.parametrize("action", ["rename-card", "dismiss-renewal"])
def test_only_a_card_of_the_wallet_is_found(
    ada: Shopper, shop: Shop, kind: str, action: str
) -> None:
    card = ada.cards()[0]["id"]
    if kind == "single":
        card = ada.create_payment_method("378282246310005", tokenType="single")["card"]["id"]
    elif kind == "at the bank":
        card = ada.create_payment_method("4000000000003220")["card"]["id"]
    elif kind == "removed":
        ada.send("remove-card", card_id=card)
    else:
        write(shop, "UPDATE card SET mode = 'live' WHERE id = :id", id=card)
    more = {"nickname": "Mine"} if action == "rename-card" else {}
    assert ada.send(action, card_id=card, **more)["error"]["code"] == "not_found"
    assert "Mine" not in repr(shop.rows("SELECT nickname FROM card"))


def test_what_a_bank_changed_is_news_until_it_is_read(ada: Shopper, shop: Shop) -> None:
    renew(shop, "4242", exp_month=4, exp_year=2039)
    news = ada.cards()[0]["renewed"]
    assert news.pop("at")
    assert news == {"former_last_four": None, "former_expomon": 12, "former_expoyear": 2034}
    ack = ada.send("dismiss-renewal", card_id=ada.cards()[0]["id"])
    assert [card["renewed"] for card in ack["cards"]] == [None, None]
    assert ada.cards()[0]["expoyear"] == 2039


def test_a_new_number_is_news_as_well(ada: Shopper, shop: Shop) -> None:
    renew(shop, "4242", exp_month=12, exp_year=2034, last4="1111")
    news = ada.cards()[0]["renewed"]
    assert (news["former_last_four"], news["former_expomon"]) == ("4242", None)
    assert ada.cards()[0]["last_four"] == "1111"


def test_what_the_shop_s_owner_changed_was_not_the_bank(ada: Shopper, shop: Shop) -> None:
    changed = {"card[exp_month]": 4, "card[exp_year]": 2039}
    at_stripe(shop, f"payment_methods/{method_of(shop, '4242')}", **changed)
    shop.pump()
    (card, _other) = ada.cards()
    assert (card["expomon"], card["expoyear"], card["renewed"]) == (4, 2039, None)


def test_of_two_renewals_the_owner_is_told_from_what_he_knew(ada: Shopper, shop: Shop) -> None:
    renew(shop, "4242", exp_month=4, exp_year=2039)
    renew(shop, "4242", exp_month=5, exp_year=2041)
    assert ada.cards()[0]["renewed"]["former_expoyear"] == 2034
    renew(shop, "4242", exp_month=12, exp_year=2034)
    assert ada.cards()[0]["renewed"] is None


def test_after_a_month_it_is_no_news_any_more(ada: Shopper, shop: Shop) -> None:
    renew(shop, "4242", exp_month=4, exp_year=2039)
    write(shop, "UPDATE card SET renewed_at = :at", at=now() - timedelta(days=31))
    assert ada.cards()[0]["renewed"] is None
    renew(shop, "4242", exp_month=5, exp_year=2040)
    assert ada.cards()[0]["renewed"]["former_expoyear"] == 2039


def test_an_event_without_a_change_and_the_owner_s_own_typing_are_no_news(
    ada: Shopper, shop: Shop
) -> None:
    renew(shop, "4242", exp_month=12, exp_year=2034)
    assert ada.cards()[0]["renewed"] is None
    renew(shop, "4242", exp_month=4, exp_year=2039)
    ada.add_card(card=shop.card(exp=(5, 2041)))
    assert ada.cards()[0]["renewed"] is None
    assert ada.cards()[0]["expoyear"] == 2041


def test_both_are_told_to_their_owner_and_the_name_is_forgotten_with_him(
    ada: Shopper, shop: Shop
) -> None:
    rename(ada, "Household")
    told = ada.visitor.get("/account/export").json()
    assert [card["nickname"] for card in told["cards"]] == ["Household", None]
    ada.visitor.submit("/account/delete", {"password": PASSWORD})
    rows = shop.rows("SELECT nickname FROM card WHERE user_id = :id", id=ada.user_id)
    assert rows == [{"nickname": None}] * 2


@pytest.mark.parametrize(
    ("was", "sentence"),
    [
        ({"last_four": "1111"}, "its number now ends in 4242."),
        ({"expoyear": 2031}, "it now expires 12/34."),
        ({"last_four": "1111", "expoyear": 2031}, "its number now ends in 4242, and it expires"),
    ],
)
def test_the_page_says_what_has_changed(
    ada: Shopper, shop: Shop, was: dict[str, object], sentence: str
) -> None:
    changes = ", ".join(f"{column} = :{column}" for column in was)
    write(shop, f"UPDATE card SET {changes} WHERE last_four = '4242'", **was)
    renew(shop, "4242", exp_month=12, exp_year=2034)
    page = ada.visitor.get("/wallet").text
    assert f"Your bank renewed this card: {sentence}" in page.split('data-slot="news">', 1)[1]


def test_the_page_says_when_a_card_was_last_used(ada: Shopper, shop: Shop) -> None:
    assert ada.visitor.get("/wallet").text.count("datetime=") == 0
    ada.pay(card_id=ada.cards()[0]["id"])
    at = datetime.fromisoformat(ada.cards()[0]["last_used_at"])
    used = f'Last used <time data-when-local="day" datetime="{at.isoformat()}">'
    for page in ("/wallet", ada.page):
        shown = ada.visitor.get(page).text.partition(used)[2].partition("</time>")[0]
        assert shown == f"{at:%b} {at.day}"
    write(shop, "UPDATE card SET last_used_at = :at", at=at.replace(year=2016, day=1))
    assert f"{at:%b} 1, 2016</time>" in ada.visitor.get("/wallet").text
