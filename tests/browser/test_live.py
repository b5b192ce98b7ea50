"""Every tab and device of a person follows without a reload, and keeps what was typed into it."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.line import Line
from tests.browser.steps import (
    MUGS_TOTAL,
    VISA,
    Devices,
    another_device,
    charged,
    headline,
    is_paid,
    online,
    open_checkout,
    pay,
    save_card,
    sign_up,
    type_card,
)
from tests.support import chromium
from tests.support.shop import Shop

MASTERCARD = "5555555555554444"


@pytest.fixture
def buyer(page: Page) -> Page:
    """Somebody who has just signed up."""
    sign_up(page)
    return page


def test_two_tabs_and_another_device_follow_each_other(
    buyer: Page, new_context: Devices, live_shop: Shop
) -> None:
    wallet, phone = buyer.context.new_page(), another_device(buyer, new_context)
    phone_orders = phone.context.new_page()
    for tab, path in ((wallet, "/wallet"), (phone, "/wallet"), (phone_orders, "/orders")):
        tab.goto(path)
        online(tab)
    open_checkout(buyer)
    type_card(buyer)
    name = buyer.get_by_test_id("name-on-card")
    name.focus()

    save_card(phone, MASTERCARD)
    expect(wallet.get_by_test_id("wallet-card")).to_contain_text("4444")
    expect(buyer.get_by_test_id("wallet-card")).to_contain_text("4444")
    save_card(wallet, VISA)
    expect(phone.get_by_test_id("wallet-card")).to_have_count(2)
    expect(buyer.get_by_test_id("wallet-card")).to_have_count(2)
    is_still_typed(buyer)
    expect(name).to_be_focused()
    phone.get_by_role("button", name="Remove Mastercard").click()
    # Who leaves has no second thoughts.
    phone.goto("/orders")
    expect(wallet.get_by_test_id("wallet-card").filter(visible=True)).to_have_count(1)
    expect(buyer.get_by_test_id("wallet-card")).to_have_count(1)
    is_still_typed(buyer)

    pay(buyer)
    is_paid(buyer)
    expect(phone_orders.get_by_test_id("order-row")).to_contain_text("Paid")
    assert charged(live_shop) == [MUGS_TOTAL]


def test_a_page_that_slept_catches_up_by_itself(
    buyer: Page, new_context: Devices, live_shop: Shop
) -> None:
    phone, line = another_device(buyer, new_context), Line(buyer)
    buyer.clock.install()
    open_checkout(buyer)
    type_card(buyer)
    line.fall_asleep()
    phone.goto("/wallet")
    save_card(phone, MASTERCARD)
    expect(phone.get_by_test_id("wallet-card")).to_have_count(1)

    # The lid is opened again: it is later, but for the timers no time has passed.
    buyer.clock.set_system_time(datetime.now(UTC) + timedelta(minutes=10))
    buyer.clock.run_for(10_000)
    expect(buyer.get_by_test_id("wallet-card")).to_contain_text("4444")
    is_still_typed(buyer)
    open_checkout(phone)
    pay(phone)
    is_paid(phone)
    expect(headline(buyer)).to_have_text("Paid in another tab")
    assert charged(live_shop) == [MUGS_TOTAL]


def test_a_tab_in_the_background_finds_out_that_its_connection_is_dead(
    buyer: Page, new_context: Devices
) -> None:
    phone, line = another_device(buyer, new_context), Line(buyer)
    open_checkout(buyer)
    type_card(buyer)
    line.fall_asleep()
    phone.goto("/wallet")
    save_card(phone, MASTERCARD)
    expect(phone.get_by_test_id("wallet-card")).to_have_count(1)
    buyer.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(buyer.get_by_test_id("wallet-card")).to_contain_text("4444")
    is_still_typed(buyer)


def is_still_typed(page: Page) -> None:
    expect(page.get_by_test_id("name-on-card")).to_have_value("Ada Lovelace")
    expect(chromium.card_field(page).locator("[name=cardnumber]")).to_have_value(
        "4242 4242 4242 4242"
    )
