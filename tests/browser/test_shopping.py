"""Buying with a real browser, as a shopper does it, next to what Stripe's stand-in then holds."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.line import Line
from tests.browser.steps import (
    ASKS_THE_BANK,
    DECLINED,
    MUGS,
    MUGS_TOTAL,
    VISA,
    Devices,
    answer_bank,
    bank_asks,
    charged,
    checkout,
    online,
    pay_as_guest,
    save_card,
    sign_in_as_demo,
    sign_up,
    type_card,
)
from tests.support.shop import Shop

CHECKOUT = checkout(MUGS)


@pytest.fixture
def account(page: Page) -> Page:
    sign_up(page)
    return page


def test_a_guest_buys_in_one_page(page: Page, live_shop: Shop) -> None:
    pay_as_guest(page, VISA)
    expect(page.get_by_test_id("paid")).to_be_visible()
    assert charged(live_shop) == [MUGS_TOTAL]


def test_the_button_shows_the_amount_in_a_currency_without_decimals(
    page: Page, live_shop: Shop
) -> None:
    page.goto(checkout("notebook-grid", cog="kumo-paper"))
    expect(page.get_by_test_id("pay-button")).to_contain_text("¥1,200")
    page.get_by_test_id("email").fill("ada@example.com")
    type_card(page, VISA)
    page.get_by_test_id("pay-button").click()
    expect(page.get_by_test_id("paid")).to_be_visible()
    assert [(c["amount"], c["currency"]) for c in live_shop.charges()] == [(1200, "jpy")]


def test_the_demo_shopper_pays_with_a_card_of_the_wallet(page: Page, live_shop: Shop) -> None:
    sign_in_as_demo(page)
    page.goto(CHECKOUT)
    expect(page.get_by_test_id("wallet-card").first).to_be_visible()
    page.get_by_test_id("pay-button").click()
    expect(page.get_by_test_id("paid")).to_be_visible()
    assert len(live_shop.charges()) == 1


def test_the_bank_asks_and_the_shopper_agrees(page: Page, live_shop: Shop) -> None:
    pay_as_guest(page, ASKS_THE_BANK)
    answer_bank(page, "complete")
    expect(page.get_by_test_id("paid")).to_be_visible()
    assert len(live_shop.charges()) == 1


@pytest.mark.parametrize("answer", ["fail", "cancel"])
def test_the_bank_asks_and_the_shopper_refuses_then_takes_another_card(
    page: Page, live_shop: Shop, answer: str
) -> None:
    pay_as_guest(page, ASKS_THE_BANK)
    answer_bank(page, answer)
    expect(page.get_by_test_id("checkout-error")).to_be_visible()
    assert live_shop.charges() == []
    type_card(page, VISA)
    page.get_by_test_id("pay-button").click()
    expect(page.get_by_test_id("paid")).to_be_visible()
    assert len(live_shop.ledger()["payment_intents"]) == 1
    assert len(live_shop.charges()) == 1


def test_a_declined_card_keeps_the_form_and_the_next_one_pays(page: Page, live_shop: Shop) -> None:
    pay_as_guest(page, DECLINED)
    expect(page.get_by_test_id("checkout-error")).to_contain_text("declined")
    expect(page.get_by_test_id("email")).to_have_value("ada@example.com")
    type_card(page, VISA)
    page.get_by_test_id("pay-button").click()
    expect(page.get_by_test_id("paid")).to_be_visible()
    assert len(live_shop.ledger()["payment_intents"]) == 1


def test_both_tabs_see_a_card_come_and_go(account: Page) -> None:
    other = account.context.new_page()
    other.goto("/wallet")
    online(other)
    expect(other.get_by_test_id("wallet-card")).to_have_count(0)
    account.goto("/wallet")
    save_card(account, VISA)
    expect(account.get_by_test_id("wallet-card")).to_have_count(1)
    expect(other.get_by_test_id("wallet-card")).to_have_count(1)
    other.get_by_test_id("remove-card").click()
    other.mouse.move(0, 0)
    expect(account.get_by_test_id("wallet-card").filter(visible=True)).to_have_count(0)


def test_a_card_whose_bank_asks_is_saved_after_the_answer(account: Page, live_shop: Shop) -> None:
    account.goto("/wallet")
    save_card(account, ASKS_THE_BANK)
    answer_bank(account, "complete")
    expect(account.get_by_test_id("wallet-card")).to_have_count(1)
    saved = [s for s in live_shop.ledger()["setup_intents"] if s["status"] == "succeeded"]
    assert len(saved) == 1


def test_a_card_saved_while_paying_is_in_the_wallet(account: Page) -> None:
    account.goto(CHECKOUT)
    type_card(account, VISA)
    account.get_by_test_id("save-card").check()
    account.get_by_test_id("pay-button").click()
    expect(account.get_by_test_id("paid")).to_be_visible()
    account.goto("/wallet")
    expect(account.get_by_test_id("wallet-card")).to_have_count(1)


def test_the_order_shows_in_the_other_tab_without_a_reload(account: Page) -> None:
    other = account.context.new_page()
    other.goto("/orders")
    expect(other.get_by_test_id("connection")).to_have_attribute("data-state", "online")
    expect(other.get_by_test_id("order-row")).to_have_count(0)
    account.goto(CHECKOUT)
    type_card(account, VISA)
    account.get_by_test_id("pay-button").click()
    expect(account.get_by_test_id("paid")).to_be_visible()
    expect(other.get_by_test_id("order-row")).to_have_count(1)


def test_an_order_made_before_the_page_was_connected_shows_too(account: Page) -> None:
    late = account.context.new_page()
    line = Line(late)
    line.cut()
    late.goto("/orders")
    expect(late.get_by_test_id("order-row")).to_have_count(0)
    account.goto(CHECKOUT)
    type_card(account, VISA)
    account.get_by_test_id("pay-button").click()
    expect(account.get_by_test_id("paid")).to_be_visible()
    line.mend()
    expect(late.get_by_test_id("order-row")).to_have_count(1)


def test_signing_out_in_one_tab_ends_the_other(account: Page) -> None:
    other = account.context.new_page()
    other.goto("/wallet")
    expect(other.get_by_test_id("connection")).to_have_attribute("data-state", "online")
    account.goto("/wallet")
    account.locator("form[action='/sign-out'] button").click()
    expect(other.get_by_test_id("connection")).not_to_have_attribute("data-state", "online")


def test_a_reload_in_the_middle_of_the_banks_question_goes_on(page: Page, live_shop: Shop) -> None:
    pay_as_guest(page, ASKS_THE_BANK)
    bank_asks(page)
    page.reload()
    resume = page.get_by_role("button", name=re.compile("bank|continue", re.I))
    resume.first.click()
    answer_bank(page, "complete")
    expect(page.get_by_test_id("paid")).to_be_visible()
    assert len(live_shop.charges()) == 1


def test_two_strangers_do_not_see_each_other(new_context: Devices, live_shop: Shop) -> None:
    first, second = new_context().new_page(), new_context().new_page()
    second.goto(CHECKOUT)
    second.goto("/orders")
    pay_as_guest(first, VISA)
    expect(first.get_by_test_id("paid")).to_be_visible()
    second.wait_for_timeout(300)
    expect(second.get_by_test_id("order-row")).to_have_count(0)
