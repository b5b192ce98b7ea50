"""The shop's own pages: what is for sale, and the basket with and without JavaScript."""

import re

import pytest

from tests.support.doors import Answer, Visitor
from tests.support.owner import write
from tests.support.shop import Shop

PAGE, BASKET = "/shop/morning-press", "/shop/morning-press/basket"
JSON = {"Accept": "application/json"}


def change(visitor: Visitor, page: str = PAGE, to: str = BASKET, **fields: str) -> Answer:
    """What a form of the page sends by itself."""
    return visitor.submit(page, fields, to=to)


def ask(visitor: Visitor, **fields: str) -> Answer:
    """What the page's script sends."""
    token = visitor.get(PAGE).csrf_token
    headers = {**JSON, "Origin": visitor.origin, "Referer": visitor.origin + PAGE}
    return visitor.post(BASKET, data={"csrf_token": token, **fields}, headers=headers)


def basket_on(page: Answer) -> list[tuple[str, str, str]]:
    """(item id, quantity, amount) of each line that a person sees."""
    lines = re.findall(r'<li data-line="([^"]+)"(.*?)</li>', page.text, re.DOTALL)
    slots = [dict(re.findall(r'data-slot="(quantity|amount)">([^<]+)<', rest)) for _, rest in lines]
    return [
        (item_id, slot["quantity"], slot["amount"])
        for (item_id, _), slot in zip(lines, slots, strict=True)
        if item_id
    ]


def test_the_front_door_shows_every_shop(shop: Shop) -> None:
    page = shop.visitor().get("/")
    assert page.status == 200
    for words in ("Morning Press", "/shop/morning-press", "Kumo Paper", "/shop/kumo-paper"):
        assert words in page.text


def test_a_shop_has_its_logo_beside_its_name_and_as_an_image_only(shop: Shop) -> None:
    visitor = shop.visitor()
    (address,) = re.findall(r'<img class="logo" src="([^"]+)"', visitor.get(PAGE).text)
    assert f'<link rel="icon" href="{address}">' in visitor.get(PAGE).text
    logo = visitor.get(address)
    assert (logo.status, logo.headers["Content-Type"].split(";")[0]) == (200, "image/svg+xml")
    assert logo.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in logo.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in logo.headers
    assert visitor.get("/shop/nowhere/logo").status == 404
    write(shop, "UPDATE cog SET logo = NULL WHERE slug = 'morning-press'")
    assert 'class="logo"' not in visitor.get(PAGE).text
    write(shop, "UPDATE cog SET logo = 'again' WHERE slug = 'morning-press'")


@pytest.mark.parametrize(
    ("slug", "name", "prices"),
    [
        ("morning-press", "Stoneware mug", ["$18.00", "$14.50", "$6.00"]),
        ("kumo-paper", "Washi tape, set of three", ["¥1,200", "¥880", "¥3,600"]),
    ],
)
def test_a_shop_shows_what_it_sells(shop: Shop, slug: str, name: str, prices: list[str]) -> None:
    page = shop.visitor().get(f"/shop/{slug}")
    assert page.status == 200
    assert name in page.text
    for price in prices:
        assert price in page.text
    assert basket_on(page) == []


@pytest.mark.parametrize("slug", ["nowhere", "Morning-Press", "morning-press'--", "%00", "%F0%9F"])
def test_an_unknown_shop_is_a_page_that_says_so(shop: Shop, slug: str) -> None:
    assert shop.visitor().get(f"/shop/{slug}").status == 404


def test_a_form_adds_and_leads_back_to_its_page(shop: Shop) -> None:
    visitor = shop.visitor()
    answer = change(visitor, item_id="mug-stoneware", add="1")
    assert answer.status == 303
    assert answer.location is not None
    assert answer.location.removeprefix(shop.origin) == PAGE
    change(visitor, item_id="filters-100", quantity="3")
    assert basket_on(visitor.get(PAGE)) == [
        ("mug-stoneware", "1", "$18.00"),
        ("filters-100", "3", "$18.00"),
    ]
    assert "$36.00" in visitor.get(PAGE).text


def test_a_form_never_leads_to_another_site(shop: Shop) -> None:
    visitor = shop.visitor()
    token = visitor.get(PAGE).csrf_token
    fields = {"csrf_token": token, "item_id": "mug-stoneware", "add": "1"}
    for elsewhere in (
        "https://evil.example/shop",
        f"{shop.origin}.evil.example/",
        "//evil.example",
    ):
        answer = visitor.post(BASKET, data=fields, headers={"Referer": elsewhere})
        assert answer.status == 303
        assert answer.location == PAGE


def test_none_of_an_item_takes_it_out(shop: Shop) -> None:
    visitor = shop.visitor()
    change(visitor, item_id="mug-stoneware", quantity="2")
    change(visitor, item_id="mug-stoneware", quantity="0")
    assert basket_on(visitor.get(PAGE)) == []


def test_a_script_gets_the_new_basket_at_once(shop: Shop) -> None:
    visitor = shop.visitor()
    answer = ask(visitor, item_id="mug-stoneware", quantity="2")
    assert answer.status == 200
    basket = answer.json()
    (line,) = basket["lines"]
    assert (line["item_id"], line["quantity"], line["price_cents"]) == ("mug-stoneware", 2, 1800)
    assert (line["amount_cents"], line["amount_display"]) == (3600, "$36.00")
    assert (basket["total_cents"], basket["total_display"]) == (3600, "$36.00")
    assert (basket["count"], basket["currency"]) == (2, "usd")
    assert basket_on(visitor.get(PAGE)) == [("mug-stoneware", "2", "$36.00")]


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"item_id": "mug-stoneware"}, 400, "invalid_message"),
        ({"item_id": "mug-stoneware", "quantity": "many"}, 400, "invalid_message"),
        ({"item_id": "mug-stoneware", "quantity": "1000"}, 400, "invalid_message"),
        ({"item_id": "spoon", "add": "1"}, 404, "not_found"),
        ({"item_id": "notebook-grid", "add": "1"}, 404, "not_found"),
        ({"item_id": "mug\0", "add": "1"}, 404, "not_found"),
        ({"add": "1"}, 404, "not_found"),
    ],
    ids="no-number words too-many unknown another-shops null-byte no-item".split(),
)
def test_nonsense_is_answered_in_the_askers_language_and_changes_nothing(
    shop: Shop, fields: dict[str, str], status: int, code: str
) -> None:
    visitor = shop.visitor()
    answer = ask(visitor, **fields)
    assert (answer.status, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"]["message"]
    page = change(visitor, **fields)
    assert (page.status, page.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert basket_on(visitor.get(PAGE)) == []


def test_a_form_without_our_token_changes_nothing(shop: Shop) -> None:
    visitor = shop.visitor()
    visitor.get(PAGE)
    answer = visitor.post(BASKET, data={"item_id": "mug-stoneware", "add": "1"})
    assert answer.status == 400
    assert basket_on(visitor.get(PAGE)) == []


def test_each_shop_has_its_own_basket_and_each_visitor_too(shop: Shop) -> None:
    visitor = shop.visitor()
    change(visitor, item_id="mug-stoneware", add="1")
    change(visitor, "/shop/kumo-paper", "/shop/kumo-paper/basket", item_id="pen-brush", add="2")
    assert basket_on(visitor.get(PAGE)) == [("mug-stoneware", "1", "$18.00")]
    assert basket_on(visitor.get("/shop/kumo-paper")) == [("pen-brush", "2", "¥1,760")]
    assert basket_on(shop.visitor().get(PAGE)) == []


def test_the_checkout_begins_with_the_basket_of_the_visit(shop: Shop) -> None:
    visitor = shop.visitor()
    change(visitor, item_id="mug-stoneware", quantity="2")
    context = visitor.get("/checkout?cog=morning-press").script("checkout-context")
    assert [(i["item_id"], i["quantity"]) for i in context["items"]] == [("mug-stoneware", 2)]
    assert context["total_cents"] == 3600


def test_a_link_fills_a_checkout_and_leaves_the_basket_alone(shop: Shop) -> None:
    visitor = shop.visitor()
    change(visitor, item_id="mug-stoneware", add="1")
    path = "/checkout?cog=morning-press&item=filters-100:2&item=beans-house"
    context = visitor.get(path).script("checkout-context")
    assert [(i["item_id"], i["quantity"]) for i in context["items"]] == [
        ("filters-100", 2),
        ("beans-house", 1),
    ]
    assert context["total_cents"] == 2 * 600 + 1450
    assert basket_on(visitor.get(PAGE)) == [("mug-stoneware", "1", "$18.00")]


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        ("spoon", "find one of these items in this shop"),
        ("notebook-grid", "find one of these items in this shop"),
        ("mug-stoneware:0", "asks for more than 999 or for none"),
        ("mug-stoneware:x", "A quantity must be a whole number"),
        (":", "names something that can"),
        ("%00", "names something that can"),
    ],
)
def test_a_link_of_nonsense_is_a_checkout_that_says_so(
    shop: Shop, item: str, sentence: str
) -> None:
    page = shop.visitor().get(f"/checkout?cog=morning-press&item={item}")
    assert page.status == 200
    assert sentence in page.text


def test_a_shop_s_own_colour_comes_with_its_pages(shop: Shop) -> None:
    visitor, paint = shop.visitor(), "UPDATE cog SET accent = :accent WHERE slug = 'morning-press'"
    assert "/accents.css" not in visitor.get(PAGE).text
    try:
        write(shop, paint, accent="#1f7a5c")
        page = visitor.get(PAGE).text
        assert 'data-accent="#1f7a5c"' in page
        (link,) = re.findall(r'href="(/accents\.css\?v=[0-9a-f]{8})"', page)
        sheet = visitor.get(link)
        assert sheet.text.startswith('[data-accent="#1f7a5c"] { --hue: 166')
        assert sheet.headers["Content-Type"].startswith("text/css")
    finally:
        write(shop, paint, accent="moss")
