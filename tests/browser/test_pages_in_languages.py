"""The pages in other languages: the switch, what follows it, and room for longer words."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from languages import LANGUAGES
from tests.browser import steps
from tests.browser.conftest import Complaints
from tests.support import chromium

Devices = Callable[..., BrowserContext]
PHONE, DESKTOP = {"width": 320, "height": 640}, {"width": 1280, "height": 800}
PAGES = (
    "/",
    "/shop/morning-press",
    steps.checkout(steps.MUGS),
    "/sign-in",
    "/register",
    "/nowhere",
)
HIS_PAGES = ("/wallet", "/orders", "/account", "/account/password", steps.checkout(steps.MUGS))
NO_PAGE = "status of 404"


def test_the_switch_changes_words_money_card_field_and_errors(page: Page) -> None:
    steps.open_checkout(page)
    page.get_by_role("link", name="Deutsch").click()
    steps.online(page)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_test_id("pay-button")).to_have_text("36,00\u00a0$ bezahlen")
    expect(chromium.card_field(page).get_by_placeholder("Kartennummer")).to_be_visible()

    steps.fill_as_guest(page, steps.DECLINED)
    steps.pay(page)
    refused = "Ihre Karte wurde abgelehnt. Bitte versuchen Sie es mit einer anderen Karte."
    expect(steps.problem(page)).to_contain_text(refused)

    chromium.type_card(page, steps.VISA)
    steps.pay(page)
    steps.is_paid(page)
    expect(steps.headline(page)).to_have_text("Vielen Dank. Es ist bezahlt.")
    page.get_by_role("link", name="Beleg ansehen").click()
    expect(page.get_by_test_id("receipt-total")).to_have_text("36,00\u00a0$")
    expect(page.locator("time").first).to_have_text(re.compile(r"^\d\d\.\d\d\.\d{4}, \d\d:\d\d$"))


def test_what_the_browser_asks_for_is_spoken_until_something_is_chosen(
    new_context: Devices,
) -> None:
    page = new_context(locale="ja-JP").new_page()
    page.goto("/sign-in")
    expect(page.get_by_role("heading", level=1)).to_have_text("ログイン")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_role("link", name="English")).to_have_attribute("aria-current", "true")


def test_a_page_goes_on_in_its_language_while_another_tab_changes_it(
    page: Page, complaints: Complaints
) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    page.goto("/sign-in?lang=de")
    steps.open_checkout(page)
    steps.fill_as_guest(page, steps.DECLINED)
    other = page.context.new_page()
    other.goto("/sign-in?lang=en")
    # The new connection brings the cookie of the other tab along.
    steps.lose_network(page)
    steps.find_network(page)
    steps.pay(page)
    expect(steps.problem(page)).to_contain_text("Ihre Karte wurde abgelehnt.")


def test_one_and_many_are_told_apart_in_the_script(page: Page) -> None:
    page.goto("/shop/morning-press?lang=es")
    words = page.locator("[data-basket-words]")
    for expected in ("1 artículo", "2 artículos"):
        page.get_by_test_id("add-to-basket").first.click()
        expect(words).to_have_text(expected)


@pytest.mark.parametrize("language", LANGUAGES)
def test_longer_words_have_room_on_a_small_phone(
    new_context: Devices, complaints: Complaints, language: str
) -> None:
    complaints.expect(NO_PAGE)
    page = new_context(viewport=PHONE).new_page()
    page.goto(f"/sign-in?lang={language}")
    assert too_wide(page) == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_language_that_is_written_from_the_right_would_fit(
    new_context: Devices, complaints: Complaints, size: dict[str, int]
) -> None:
    complaints.expect(NO_PAGE)
    context = new_context(viewport=size)
    context.add_init_script(
        "addEventListener('DOMContentLoaded', () => { document.documentElement.dir = 'rtl'; })"
    )
    page = context.new_page()
    assert too_wide(page) == []
    page.goto(steps.checkout(steps.MUGS))
    brand, back = page.locator(".brand").bounding_box(), page.locator("[data-back]").bounding_box()
    assert brand is not None
    assert back is not None
    assert brand["x"] > back["x"]


def too_wide(page: Page) -> list[str]:
    """The pages that have to be scrolled sideways, of a visitor and of an account."""
    wide = [path for path in PAGES if overflows(page, path)]
    steps.sign_in_as_demo(page)
    return wide + [path for path in HIS_PAGES if overflows(page, path)]


def overflows(page: Page, path: str) -> bool:
    page.goto(path)
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )
