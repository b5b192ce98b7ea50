"""The sandbox's cards: one press fills the form, from their own page and beside the form."""

from playwright.sync_api import Page, expect

from tests.browser.steps import (
    MUGS,
    charged,
    checkout,
    is_paid,
    online,
    open_checkout,
    pay,
    sign_in_as_demo,
)
from tests.support import chromium
from tests.support.shop import Shop


def test_use_on_the_page_of_test_cards_fills_a_checkout(page: Page, live_shop: Shop) -> None:
    page.goto("/sandbox")
    page.get_by_test_id("use-in-checkout").first.click()
    page.wait_for_url("**/checkout?**")
    number = chromium.card_field(page).locator("[name=cardnumber]")
    expect(number).to_have_value("4242 4242 4242 4242")
    assert "4242" not in page.url
    pay(page)
    is_paid(page)
    assert len(charged(live_shop)) == 1


def test_a_filled_basket_is_kept(page: Page) -> None:
    page.goto("/shop/kumo-paper")
    page.get_by_test_id("add-to-basket").nth(1).click()
    expect(page.locator("[data-basket-words]")).to_have_text("1 item")
    total = page.get_by_test_id("basket-total").first.inner_text()
    page.goto("/sandbox")
    page.get_by_role("link", name="Go to the checkout").click()
    expect(page.get_by_test_id("order-total")).to_have_text(total)


def test_use_beside_the_form_fills_it_in(page: Page) -> None:
    open_checkout(page, MUGS)
    page.get_by_test_id("email").fill("ada@example.com")
    page.get_by_text("Test cards to try").click()
    page.get_by_role("link", name="Use 4000000000000002").click()
    number = chromium.card_field(page).locator("[name=cardnumber]")
    expect(number).to_have_value("4000 0000 0000 0002")
    expect(page.get_by_test_id("email")).to_have_value("ada@example.com")
    expect(page.get_by_test_id("name-on-card")).not_to_have_value("")
    assert page.url.endswith(checkout(MUGS))
    pay(page)
    expect(page.get_by_test_id("checkout-error")).to_contain_text("declined")


def test_with_a_wallet_it_chooses_the_new_card(page: Page, live_shop: Shop) -> None:
    sign_in_as_demo(page)
    page.goto("/sandbox")
    page.get_by_role("link", name="Use 4000000000000077").click()
    online(page)
    expect(page.get_by_test_id("new-card").locator("input")).to_be_checked()
    pay(page)
    is_paid(page)
    assert [c["payment_method_details"]["card"]["last4"] for c in live_shop.charges()] == ["0077"]
