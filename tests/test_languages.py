"""Which language is spoken to whom: by pages, by acks, and by pushes to tabs in several at once."""

import pytest

from tests.support.shop import Shop
from tests.support.shopper import Shopper

CHECKOUT = "/checkout?cog=morning-press&item=mug-stoneware:2"


def test_a_page_is_in_the_language_that_the_browser_asks_for(shop: Shop) -> None:
    visitor = shop.visitor()
    assert 'lang="en" dir="ltr"' in visitor.get("/sign-in").text
    assert 'lang="de" dir="ltr"' in visitor.get("/sign-in", headers=asks("de-AT, en;q=0.5")).text
    assert 'lang="en" dir="ltr"' in visitor.get("/sign-in", headers=asks("tlh, sv;q=0.5")).text
    assert 'lang="en" dir="ltr"' in visitor.get("/sign-in", headers=asks("de;q=0")).text


def test_a_choice_is_remembered_and_leaves_the_address(shop: Shop) -> None:
    visitor = shop.visitor()
    chosen = visitor.get(f"{CHECKOUT}&lang=fr", headers=asks("de"))
    assert (chosen.status, chosen.location) == (303, CHECKOUT.replace(":", "%3A"))
    assert 'lang="fr"' in visitor.get("/sign-in", headers=asks("de")).text
    visitor.get("/sign-in?lang=tlh")
    assert 'lang="fr"' in visitor.get("/sign-in").text


@pytest.mark.parametrize("address", ["//elsewhere.example/?lang=de", "/nowhere?lang=de"])
def test_nobody_is_sent_to_where_no_page_of_ours_is(shop: Shop, address: str) -> None:
    answer = shop.visitor().get(address)
    assert not (answer.location or "").startswith("//")


def test_every_page_offers_itself_in_every_language(shop: Shop) -> None:
    page = shop.visitor().get(CHECKOUT).text
    for language in ("en", "de", "es", "fr", "ja"):
        assert (
            f"{CHECKOUT}&amp;lang={language}".replace("&item", "&amp;item").replace(":2", "%3A2")
            in page
        )


def test_amounts_follow_the_language(shop: Shop) -> None:
    assert german(shop).context["total_display"] == "36,00\u00a0$"


def test_errors_on_the_socket_are_in_the_language_of_the_page(shop: Shop) -> None:
    ack = german(shop).send("remove-card", card_id="card_nobodys")
    assert ack["error"]["message"] == "Diese Karte haben wir nicht gefunden."


def test_what_another_tab_has_just_paid_is_said_in_the_language_of_this_one(shop: Shop) -> None:
    shopper = german(shop)
    tab = shopper.another_tab()
    shopper.pay(openedAt=shopper.context["openedAt"])
    error = tab.buy(openedAt=tab.context["openedAt"])["error"]
    assert error["code"] == "payment_in_progress"
    words = "Genau das haben Sie gerade bezahlt, vielleicht in einem anderen Tab."
    assert error["message"] == words


def test_who_is_refused_at_the_door_reads_why_in_his_language(shop: Shop) -> None:
    visitor = german(shop).visitor
    refused = Shopper(shop, visitor, CHECKOUT, auth=None)
    assert refused.wire.refusal is not None
    assert refused.wire.refusal["message"] == "Bitte melden Sie sich zuerst an."


def test_a_push_reaches_each_tab_in_its_own_language(shop: Shop) -> None:
    buyer = german(shop)
    buyer.visitor.get("/sign-in?lang=en")
    english = buyer.another_tab()
    buyer.pay()

    def amount(tab: Shopper) -> str:
        told = tab.pushed("transaction-changed", lambda p: p["transaction"]["paid_at"])
        return str(told["transaction"]["amount_display"])

    assert amount(buyer) == "36,00\u00a0$"
    assert amount(english) == "$36.00"


def german(shop: Shop) -> Shopper:
    """A guest who has chosen German, with a page of his open."""
    visitor = shop.visitor()
    visitor.get("/sign-in?lang=de")
    return shop.keep(Shopper(shop, visitor, CHECKOUT))


def asks(languages: str) -> dict[str, str]:
    return {"Accept-Language": languages}
