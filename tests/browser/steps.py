"""What a shopper does on the pages, in the order in which a person would do it."""

import re
import uuid
from collections.abc import Callable
from urllib.parse import urlencode

from playwright.sync_api import BrowserContext, Locator, Page, WebSocket, expect

from tests.support import chromium
from tests.support.shop import DEMO, PASSWORD, Shop

VISA = "4242424242424242"
DECLINED = "4000000000000002"
ASKS_THE_BANK = "4000000000003220"
MUGS, KETTLE = "mug-stoneware:2", "kettle-steel"
MUGS_TOTAL, KETTLE_TOTAL = 3600, 8900
Devices = Callable[..., BrowserContext]


def checkout(*items: str, cog: str = "morning-press") -> str:
    return "/checkout?" + urlencode([("cog", cog), *(("item", item) for item in items)])


def online(page: Page) -> None:
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "online")


def connection_is(page: Page, state: str) -> None:
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", state)


def open_checkout(page: Page, *items: str) -> None:
    page.goto(checkout(*(items or (MUGS,))))
    online(page)


def type_card(page: Page, number: str = VISA) -> None:
    chromium.type_card(page, number)
    page.get_by_test_id("name-on-card").fill("Ada Lovelace")


def fill_as_guest(page: Page, number: str = VISA) -> None:
    type_card(page, number)
    # Last, so that a key that went astray while the focus was on its way isn't left in it.
    page.get_by_test_id("email").fill("ada@example.com")


def pay(page: Page) -> None:
    page.get_by_test_id("pay-button").click()


def pay_as_guest(page: Page, number: str = VISA, *items: str) -> None:
    open_checkout(page, *items)
    fill_as_guest(page, number)
    pay(page)


def is_paid(page: Page) -> None:
    expect(page.get_by_test_id("paid")).to_be_visible(timeout=30_000)


def headline(page: Page) -> Locator:
    return page.get_by_test_id("paid").get_by_role("heading")


def status(page: Page) -> Locator:
    return page.get_by_test_id("checkout-status")


def problem(page: Page) -> Locator:
    return page.get_by_test_id("checkout-error")


def answer_bank(page: Page, answer: str = "complete") -> None:
    """The shopper's part of 3D Secure."""
    chromium.challenge(page).get_by_role("button", name=re.compile(answer, re.I)).click()


def bank_asks(page: Page) -> None:
    button = chromium.challenge(page).get_by_role("button", name=re.compile("complete", re.I))
    expect(button).to_be_visible()


def sign_in_as_demo(page: Page) -> None:
    page.goto("/sign-in")
    page.locator("[name=email]").fill(DEMO["email"])
    page.locator("[name=password]").fill(DEMO["password"])
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def sign_up(page: Page) -> None:
    page.goto("/register")
    # Never thirteen digits in a row: they might be a card's, and the shop would refuse them.
    page.locator("[name=email]").fill(f"ada-{uuid.uuid4().hex[:8]}@example.com")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/register" not in url)


def save_card(page: Page, number: str = VISA) -> None:
    """Open the form of the wallet page that is shown, fill it in and save."""
    page.get_by_test_id("add-card-open").click()
    type_card(page, number)
    page.get_by_test_id("add-card-save").click()


def wallet_with(page: Page, *numbers: str) -> None:
    """The wallet page of a new account with these cards."""
    sign_up(page)
    page.goto("/wallet")
    for count, number in enumerate(numbers, 1):
        save_card(page, number)
        expect(page.locator("[data-cards] [data-card-id]")).to_have_count(count)
        # The card is told of before the form has its answer; until then it can't be opened again.
        expect(page.get_by_test_id("add-card-save")).to_be_hidden()


def another_device(page: Page, devices: Devices) -> Page:
    """The same person's: signed in alike, with a network of its own."""
    return devices(storage_state=page.context.storage_state()).new_page()


def charged(shop: Shop) -> list[int]:
    return [charge["amount"] for charge in shop.charges()]


def lose_network(page: Page) -> None:
    page.context.set_offline(True)
    connection_is(page, "offline")


def find_network(page: Page) -> None:
    page.context.set_offline(False)
    online(page)


def faults_fired(shop: Shop) -> int:
    """How often the one fault of this test has spoilt a call."""
    return int(shop.control("GET", "faults").json()["faults"][0]["fired"])


def request_ids(page: Page) -> list[str]:
    """Those of the purchases that this page sends from now on, as they go out."""
    sent: list[str] = []

    def note(frame: str | bytes) -> None:
        if "purchase-request" in str(frame):
            sent.extend(re.findall(r'"requestId":"(\w+)"', str(frame)))

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", note)

    page.on("websocket", listen)
    return sent
