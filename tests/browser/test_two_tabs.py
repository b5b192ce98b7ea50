"""One person, several tabs and devices: a basket is paid once, other orders stay as they are."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints, Faults
from tests.browser.steps import (
    ASKS_THE_BANK,
    KETTLE,
    KETTLE_TOTAL,
    MUGS,
    MUGS_TOTAL,
    Devices,
    another_device,
    answer_bank,
    bank_asks,
    charged,
    faults_fired,
    fill_as_guest,
    find_network,
    headline,
    is_paid,
    lose_network,
    open_checkout,
    pay,
    pay_as_guest,
    sign_in_as_demo,
    status,
)
from tests.support.doors import eventually
from tests.support.shop import Shop


@pytest.fixture(autouse=True)
def _networks_get_lost(complaints: Complaints) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED")


@pytest.fixture
def demo(page: Page) -> Page:
    sign_in_as_demo(page)
    return page


def test_a_tab_that_was_away_learns_that_its_basket_was_paid(
    demo: Page, new_context: Devices, live_shop: Shop
) -> None:
    away = another_device(demo, new_context)
    open_checkout(away)
    lose_network(away)
    open_checkout(demo)
    pay(demo)
    is_paid(demo)
    find_network(away)
    expect(headline(away)).to_have_text("Paid in another tab")
    assert charged(live_shop) == [MUGS_TOTAL]


def test_a_guests_tab_that_was_away_learns_it_too(
    page: Page, new_context: Devices, live_shop: Shop
) -> None:
    open_checkout(page)
    away = another_device(page, new_context)
    open_checkout(away)
    lose_network(away)
    fill_as_guest(page)
    pay(page)
    is_paid(page)
    find_network(away)
    expect(headline(away)).to_have_text("Paid in another tab")
    assert charged(live_shop) == [MUGS_TOTAL]


def test_a_payment_that_waited_for_the_network_is_not_a_second_one(
    demo: Page, new_context: Devices, live_shop: Shop
) -> None:
    away = another_device(demo, new_context)
    open_checkout(away)
    lose_network(away)
    pay(away)
    expect(status(away)).to_contain_text("You’re offline")
    open_checkout(demo)
    pay(demo)
    is_paid(demo)
    find_network(away)
    expect(headline(away)).to_have_text("Paid in another tab")
    assert charged(live_shop) == [MUGS_TOTAL]


def test_what_is_paid_while_the_card_is_read_is_not_paid_again(page: Page, live_shop: Shop) -> None:
    other = page.context.new_page()
    open_checkout(page)
    fill_as_guest(page)
    open_checkout(other)
    fill_as_guest(other)
    page.bring_to_front()
    held = []
    page.route("**/sandbox/v1/tokens", lambda route: held.append(route))
    pay(page)
    expect(page.get_by_test_id("pay-button")).to_have_attribute("data-busy", "")
    other.bring_to_front()
    pay(other)
    is_paid(other)
    page.bring_to_front()
    for route in held:
        route.continue_()
    expect(headline(page)).to_have_text("Paid in another tab")
    assert charged(live_shop) == [MUGS_TOTAL]


def test_the_same_basket_can_be_bought_again_on_purpose(page: Page, live_shop: Shop) -> None:
    pay_as_guest(page)
    is_paid(page)
    pay_as_guest(page)
    is_paid(page)
    expect(headline(page)).to_have_text("Thank you. It’s paid.")
    assert charged(live_shop) == [MUGS_TOTAL, MUGS_TOTAL]


def test_a_payment_continued_from_another_orders_page_pays_that_one_alone(
    page: Page, live_shop: Shop
) -> None:
    page.goto("/shop/morning-press")
    kettle = page.locator("li.good", has_text="Steel kettle")
    kettle.get_by_test_id("add-to-basket").click()
    expect(page.locator("[data-basket-words]")).to_have_text("1 item")
    left = page.context.new_page()
    pay_as_guest(left, ASKS_THE_BANK)
    bank_asks(left)
    left.close()
    page.goto("/checkout?cog=morning-press")
    page.get_by_role("button", name="Continue here").click()
    bank_asks(page)
    expect(page.get_by_test_id("pay-button")).to_have_text("Paying $36.00…")
    answer_bank(page)
    expect(status(page)).to_contain_text("Your other order of $36.00 is paid")
    link = status(page).get_by_role("link", name="See its receipt")
    expect(link).to_have_attribute("href", re.compile("^/orders/txn_"))
    expect(page.get_by_test_id("paid")).to_have_count(0)
    expect(page.locator("[data-summary]")).not_to_have_attribute("data-paid", "")
    expect(page.get_by_test_id("pay-button")).to_have_text("Pay $89.00")
    assert charged(live_shop) == [MUGS_TOTAL]
    fill_as_guest(page)
    pay(page)
    is_paid(page)
    assert charged(live_shop) == [MUGS_TOTAL, KETTLE_TOTAL]


def test_a_tab_that_follows_another_order_keeps_its_own(page: Page, live_shop: Shop) -> None:
    pay_as_guest(page, ASKS_THE_BANK)
    bank_asks(page)
    follower = page.context.new_page()
    open_checkout(follower, KETTLE)
    expect(status(follower)).to_contain_text("A payment of $36.00")
    page.bring_to_front()
    answer_bank(page)
    is_paid(page)
    follower.bring_to_front()
    expect(status(follower)).to_contain_text("Your other order of $36.00 is paid")
    expect(follower.get_by_test_id("pay-button")).to_have_text("Pay $89.00")
    assert charged(live_shop) == [MUGS_TOTAL]


def test_a_tab_with_the_same_basket_follows_and_turns_to_paid(page: Page, live_shop: Shop) -> None:
    pay_as_guest(page, ASKS_THE_BANK, MUGS)
    bank_asks(page)
    follower = page.context.new_page()
    open_checkout(follower, MUGS)
    expect(status(follower)).to_contain_text("is waiting for your bank")
    page.bring_to_front()
    answer_bank(page)
    is_paid(page)
    expect(headline(follower)).to_have_text("Paid in another tab")
    assert charged(live_shop) == [MUGS_TOTAL]


@pytest.mark.usefixtures("no_webhooks")
def test_a_second_tab_follows_a_payment_without_an_answer(
    page: Page, live_shop: Shop, faults: Faults
) -> None:
    faults("hang", when="after", first=1)
    pay_as_guest(page)
    eventually(lambda: faults_fired(live_shop))
    follower = page.context.new_page()
    open_checkout(follower)
    expect(status(follower)).to_contain_text("A payment of $36.00 is already running")
    live_shop.control("POST", "faults", {"clear": True})
    is_paid(page)
    expect(headline(follower)).to_have_text("Paid in another tab")
    assert charged(live_shop) == [MUGS_TOTAL]


def test_the_banks_window_closes_when_another_tab_has_answered(page: Page, live_shop: Shop) -> None:
    pay_as_guest(page, ASKS_THE_BANK)
    bank_asks(page)
    other = page.context.new_page()
    open_checkout(other)
    other.get_by_role("button", name="Continue here").click()
    answer_bank(other)
    is_paid(other)
    page.bring_to_front()
    is_paid(page)
    expect(page.locator("dialog")).to_have_count(0)
    expect(headline(page)).to_be_focused()
    assert charged(live_shop) == [MUGS_TOTAL]
