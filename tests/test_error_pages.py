"""Pages of errors: words that lead on, JSON where JSON is asked for, and nothing given away."""

import re
from collections.abc import Iterator

import pytest

from tests.support.doors import Answer, Visitor
from tests.support.owner import write
from tests.support.shop import Shop

from .test_pages import BIG, CHECKOUT, JSON, check_headers

ERRORS = {
    400: ("That request wasn", "reload the page"),
    404: ("Nothing here", "exist, or it belongs to someone else"),
    405: ("be done this way", "use the button on the page"),
    413: ("Too large", "larger than this shop takes"),
}
CODES = {400: "invalid_message", 404: "not_found", 405: "invalid_message", 413: "invalid_message"}


def provoke(visitor: Visitor, status: int, headers: dict[str, str]) -> Answer:
    if status == 400:
        return visitor.post("/sign-in", data={}, headers=headers)
    if status == 404:
        return visitor.get("/nothing-here", headers=headers)
    if status == 405:
        return visitor.get("/sign-out", headers=headers)
    return visitor.post("/sign-in", data=BIG, headers=headers)


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_is_a_page_in_words_that_leads_back(shop: Shop, status: int) -> None:
    answer = provoke(shop.visitor(), status, {"Accept": "text/html,*/*;q=0.8"})
    assert answer.status == status
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for words in (*ERRORS[status], f"Error {status}", 'href="/"'):
        assert words in answer.text


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_is_json_where_json_is_asked_for(shop: Shop, status: int) -> None:
    answer = provoke(shop.visitor(), status, JSON)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json"
    told = answer.json()
    assert told.keys() == {"status", "error"}
    assert told["error"].keys() == {"code", "message", "retryable", "request_id"}
    assert (told["status"], told["error"]["code"]) == ("error", CODES[status])
    assert ERRORS[status][1] in told["error"]["message"]


def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back(shop: Shop) -> None:
    for path in ("/orders", "/orders/txn_x", "/wallet"):
        answer = shop.visitor().get(path)
        assert answer.status == 303
        assert answer.location == f"/sign-in?next={path}"
        told = shop.visitor().get(path, headers=JSON)
        assert (told.status, told.json()["error"]["code"]) == (401, "unauthenticated")


def test_a_guest_is_led_from_the_wallet_to_the_sign_in(shop: Shop) -> None:
    guest = shop.visitor()
    guest.get(CHECKOUT)
    answer = guest.get("/wallet")
    assert (answer.status, answer.location) == (303, "/sign-in?next=/wallet")
    assert "Create an account or sign in" in guest.get("/wallet", headers=JSON).text


@pytest.mark.parametrize("nonsense", ["'", "%ED%A0%80", "%F0%9F", "x" * 5000])
def test_an_address_of_nonsense_is_nothing_that_is_here(shop: Shop, nonsense: str) -> None:
    visitor = shop.visitor()
    visitor.get(CHECKOUT)
    for path in ("/orders/", "/orders?cursor=", "/socket-token?cog=", "/shop/", "/checkout?cog="):
        assert visitor.get(path + nonsense).status == 404, path


def test_machines_always_get_json(shop: Shop) -> None:
    visitor = shop.visitor()
    page = {"Accept": "text/html"}
    for answer in (
        visitor.get("/socket-token", headers=page),
        visitor.post("/webhooks/stripe", data=b"{}", headers=page),
        visitor.get("/webhooks/stripe", headers=page),
    ):
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json()["status"] == "error"


@pytest.fixture(params=["transaction_event", "cog", "session"])
def broken(request: pytest.FixtureRequest, shop: Shop) -> Iterator[list[Answer]]:
    """A page and the same as JSON, asked for while a table is away."""
    shopper = shop.shopper()
    path = f"/orders/{shopper.pay()['id']}"
    write(shop, f'ALTER TABLE "{request.param}" RENAME TO away')
    try:
        yield [shopper.visitor.get(path, headers=headers) for headers in ({}, JSON)]
    finally:
        write(shop, f'ALTER TABLE away RENAME TO "{request.param}"')


@pytest.mark.in_process
def test_whatever_breaks_is_a_page_that_gives_nothing_away(broken: list[Answer]) -> None:
    for answer in broken:
        assert answer.status == 500
        check_headers(answer)
        assert "Something went wrong" in answer.text
        assert not re.search("sqlalchemy|Traceback|SELECT|no such|sqlite|psycopg", answer.text)
    page, told = broken
    assert 'href="/"' in page.text
    assert told.json()["error"]["code"] == "internal"


@pytest.mark.parametrize(
    "path", ["/orders/%00", "/orders?cursor=%00", "/checkout?cog=%00", "/shop/%00", "/x?%00=1"]
)
def test_a_null_byte_names_nothing(shop: Shop, path: str) -> None:
    visitor = shop.shopper(account=True).visitor
    assert visitor.get(path).status in (400, 404)
