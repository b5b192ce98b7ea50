"""Which language is spoken, and that everything can be said in each."""

import pytest

from tests.support.shop import Shop

CHECKOUT = "/checkout?cog=morning-press&item=mug-stoneware:2"


def test_a_page_is_in_the_language_that_the_browser_asks_for(shop: Shop) -> None:
    visitor = shop.visitor()
    assert 'lang="en" dir="ltr"' in visitor.get("/sign-in").text
    assert 'lang="de" dir="ltr"' in visitor.get("/sign-in", headers=asks("de-AT, en;q=0.5")).text
    assert 'lang="en" dir="ltr"' in visitor.get("/sign-in", headers=asks("tlh, sv;q=0.5")).text


def test_a_choice_is_remembered_and_leaves_the_address(shop: Shop) -> None:
    visitor = shop.visitor()
    chosen = visitor.get(f"{CHECKOUT}&lang=fr", headers=asks("de"))
    assert (chosen.status, chosen.location) == (303, CHECKOUT.replace(":", "%3A"))
    assert 'lang="fr"' in visitor.get("/sign-in", headers=asks("de")).text


@pytest.mark.parametrize("address", ["//elsewhere.example/?lang=de", "/nowhere?lang=de"])
def test_nobody_is_sent_to_where_no_page_of_ours_is(shop: Shop, address: str) -> None:
    answer = shop.visitor().http.request("GET", address)
    assert not (answer.location or "").startswith("//")


def asks(languages: str) -> dict[str, str]:
    return {"Accept-Language": languages}
