"""The browser client of docs/clients.md, taken from there and used like any page of the shop."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support import chromium
from tests.support.shop import Shop

CLIENTS = Path(__file__).resolve().parents[2] / "docs" / "clients.md"
# Any page of the shop: what it shows is replaced, its address and its policy for scripts stay.
ADDRESS = "/sign-in?cog=morning-press&item=mug-stoneware:2"


def documented(language: str) -> str:
    (text,) = re.findall(rf"^```{language}\n(.*?)^```$", CLIENTS.read_text(), re.S | re.M)
    return str(text)


@pytest.fixture
def client(page: Page) -> Page:
    page.route(
        "**/pay.js",
        lambda route: route.fulfill(body=documented("js"), content_type="text/javascript"),
    )
    page.goto(ADDRESS)
    page.set_content(documented("html"))
    expect(page.get_by_role("heading")).to_have_text("Morning Press: $36.00")
    return page


def pay(page: Page, number: str) -> None:
    button = page.get_by_role("button", name="Pay")
    expect(button).to_be_enabled()
    chromium.type_card(page, number)
    button.click()


def test_it_pays_and_says_so_after_stripe_did(client: Page, live_shop: Shop) -> None:
    pay(client, "4242424242424242")
    expect(client.get_by_role("status")).to_have_text("Paid: $36.00", timeout=15_000)
    assert [charge["amount"] for charge in live_shop.charges()] == [3600]


def test_after_a_decline_another_card_pays_the_same_transaction(
    client: Page, live_shop: Shop
) -> None:
    pay(client, "4000000000000002")
    expect(client.get_by_role("status")).to_contain_text("declined")
    for name in ("cardnumber", "exp-date", "cvc", "postal"):
        chromium.card_field(client).locator(f"[name={name}]").fill("")
    pay(client, "4000000000003220")
    chromium.challenge(client).get_by_role("button", name=re.compile("complete", re.I)).click()
    expect(client.get_by_role("status")).to_have_text("Paid: $36.00", timeout=15_000)
    assert len(live_shop.charges()) == 1
    assert len(live_shop.ledger()["payment_intents"]) == 1
