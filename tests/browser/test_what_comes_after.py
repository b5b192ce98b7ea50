"""Refunds and disputes as the shopper sees them: in the list, on the receipt, without a reload."""

from playwright.sync_api import Page, expect

from tests.browser.test_shopping import pay_as_guest
from tests.support.owner import refund
from tests.support.shop import Shop

REFUND_FAILS, DISPUTED, VISA = "4000000000005126", "4000000000000259", "4242424242424242"


def paid_with_tabs(page: Page, number: str) -> tuple[Page, Page]:
    """Pay for $36.00, then look at the list in one tab and at the receipt in another."""
    pay_as_guest(page, number)
    expect(page.get_by_test_id("paid")).to_be_visible()
    page.goto("/orders")
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "online")
    receipt = page.context.new_page()
    receipt.goto("/orders")
    receipt.get_by_test_id("order-row").locator("a").click()
    expect(receipt.get_by_test_id("receipt")).to_be_visible()
    expect(receipt.get_by_test_id("connection")).to_have_attribute("data-state", "online")
    return page, receipt


def status_of(page: Page, words: str) -> None:
    expect(page.locator("[data-slot=status]:visible")).to_have_text(words)


def test_a_refund_shows_in_the_list_and_on_the_receipt(page: Page, live_shop: Shop) -> None:
    orders, receipt = paid_with_tabs(page, VISA)
    (intent,) = live_shop.ledger()["payment_intents"]
    refund(live_shop, intent["id"], amount=1000)
    for tab in (orders, receipt):
        status_of(tab, "Partly refunded")
    expect(receipt.get_by_test_id("refund")).to_contain_text("$10.00")
    expect(receipt.get_by_test_id("receipt-net")).to_have_text("$26.00")
    refund(live_shop, intent["id"], amount=2600)
    for tab in (orders, receipt):
        status_of(tab, "Refunded")
    expect(receipt.get_by_test_id("refund")).to_have_count(2)
    receipt.emulate_media(media="print")
    expect(receipt.get_by_test_id("refund").first).to_be_visible()
    expect(receipt.get_by_test_id("connection")).to_be_hidden()


def test_a_refund_that_fails_says_so(page: Page, live_shop: Shop) -> None:
    orders, receipt = paid_with_tabs(page, REFUND_FAILS)
    refund(live_shop, live_shop.ledger()["payment_intents"][0]["id"])
    for tab in (orders, receipt):
        status_of(tab, "Refunded")
    live_shop.advance_clock(60)
    for tab in (orders, receipt):
        status_of(tab, "Refund failed")
    expect(receipt.get_by_test_id("refund")).to_contain_text("nothing was given back")
    expect(receipt.get_by_test_id("receipt-net")).to_have_count(0)


def test_a_dispute_is_told_in_words_for_a_shopper(page: Page, live_shop: Shop) -> None:
    orders, receipt = paid_with_tabs(page, DISPUTED)
    for tab in (orders, receipt):
        status_of(tab, "Disputed with your bank")
    expect(receipt.get_by_test_id("dispute")).to_contain_text("Your bank will decide.")
    receipt.emulate_media(media="print")
    expect(receipt.get_by_test_id("dispute")).to_be_visible()
