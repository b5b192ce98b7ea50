"""What becomes of a card on the wallet page: named, renewed by its bank, removed and taken back."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Complaints
from tests.browser.ears import Ears
from tests.browser.line import Line
from tests.browser.steps import (
    checkout,
    find_network,
    lose_network,
    online,
    open_checkout,
    wallet_with,
)
from tests.support.doors import eventually
from tests.support.owner import method_of, the_bank_renews
from tests.support.shop import Shop

VISA, MASTERCARD = "4242424242424242", "5555555555554444"
A_LONG_WHILE, LONG_ENOUGH = 12_000, 7_000
NO_ANSWER = 16_000


@pytest.fixture
def ears(page: Page) -> Ears:
    """Of who is on the wallet page."""
    return Ears(page)


@pytest.fixture
def wallet(live_shop: Shop, page: Page, ears: Ears, complaints: Complaints) -> Page:
    """The wallet page of a new account with two cards, a Visa and a Mastercard."""
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    page.clock.install()
    wallet_with(page, VISA, MASTERCARD)
    return page


def cards(page: Page) -> Locator:
    return page.locator("[data-cards] [data-card-id]")


def tile(page: Page, digits: str) -> Locator:
    return cards(page).filter(has_text=digits)


def test_a_card_is_named_in_its_place_and_every_page_says_so(wallet: Page, ears: Ears) -> None:
    other = wallet.context.new_page()
    other.goto(checkout("kettle-steel"))
    online(other)
    wallet.bring_to_front()
    wallet.get_by_role("button", name="Nickname of Visa ending in 4242").focus()
    wallet.keyboard.press("Enter")
    field = wallet.get_by_role("textbox", name="Nickname of Visa ending in 4242")
    expect(field).to_be_focused()
    wallet.keyboard.type("Mum’s <i>card</i> $&")
    wallet.keyboard.press("Enter")
    name = "Mum’s <i>card</i> $&, Visa ending in 4242"
    ears.hear(f"Saved: {name}.")
    expect(wallet.get_by_role("button", name=f"Nickname of {name}")).to_be_focused()
    expect(wallet.get_by_role("button", name=f"Remove {name}")).to_be_visible()
    choice = other.get_by_test_id("wallet-card").filter(has_text="4242")
    expect(choice).to_contain_text("Mum’s <i>card</i> $&")
    wallet.keyboard.press("Enter")
    wallet.keyboard.type("Something else")
    wallet.keyboard.press("Escape")
    expect(wallet.get_by_role("button", name=f"Nickname of {name}")).to_be_focused()
    wallet.reload()
    expect(wallet.get_by_role("button", name=f"Nickname of {name}")).to_be_visible()


def test_what_is_typed_stays_while_the_wallet_changes_and_when_it_is_refused(
    wallet: Page, ears: Ears
) -> None:
    tile(wallet, "4242").get_by_test_id("rename-card").click()
    field = tile(wallet, "4242").get_by_test_id("nickname")
    field.fill("4242 4242 4242 4242")
    tile(wallet, "4444").get_by_role("button", name="Make default").click()
    expect(wallet.get_by_test_id("wallet-status")).to_contain_text("now your default")
    expect(field).to_have_value("4242 4242 4242 4242")
    field.press("Enter")
    expect(wallet.get_by_test_id("wallet-error")).to_contain_text("card number")
    expect(field).to_have_value("4242 4242 4242 4242")
    lose_network(wallet)
    field.fill("Travel")
    field.press("Enter")
    expect(wallet.get_by_test_id("wallet-status")).to_contain_text("You’re offline")
    find_network(wallet)
    field.press("Enter")
    expect(tile(wallet, "4242")).to_contain_text("Travel")
    tile(wallet, "4242").get_by_test_id("rename-card").click()
    field.fill(" ")
    field.press("Enter")
    ears.hear("Visa ending in 4242 has no nickname now.")


def test_what_a_bank_changed_is_told_at_once_and_until_it_is_read(
    wallet: Page, ears: Ears, live_shop: Shop
) -> None:
    let_the_bank_renew(live_shop)
    sentence = "Your bank renewed this card: it now expires 04/39."
    news = tile(wallet, "4242").get_by_test_id("card-news")
    expect(news).to_contain_text(sentence)
    ears.hear(sentence)
    wallet.reload()
    online(wallet)
    expect(news).to_contain_text(sentence)
    expect(tile(wallet, "4444").get_by_test_id("card-news")).to_be_hidden()
    wallet.get_by_role("button", name="Got it: Visa ending in 4242").click()
    expect(news).to_be_hidden()
    expect(wallet.locator("[data-wallet-head]")).to_be_focused()


def let_the_bank_renew(shop: Shop) -> None:
    """The card that ends in 4242."""
    the_bank_renews(shop, method_of(shop, "4242"), exp_month=4, exp_year=2039)


def test_at_the_checkout_a_mark_says_so_until_it_is_read(wallet: Page, live_shop: Shop) -> None:
    paying = wallet.context.new_page()
    open_checkout(paying)
    choices = paying.get_by_test_id("wallet-card")
    renewed, other = choices.filter(has_text="4242"), choices.filter(has_text="4444")
    expect(renewed.get_by_text("Renewed")).to_be_hidden()
    let_the_bank_renew(live_shop)
    expect(renewed.get_by_text("Renewed")).to_be_visible()
    paying.reload()
    expect(renewed.get_by_text("Renewed")).to_be_visible()
    expect(other.get_by_text("Renewed")).to_be_hidden()
    wallet.get_by_role("button", name="Got it: Visa ending in 4242").click()
    expect(renewed.get_by_text("Renewed")).to_be_hidden()


def test_news_in_the_middle_of_a_click_does_not_swallow_it(wallet: Page) -> None:
    other = wallet.context.new_page()
    other.goto("/wallet")
    online(other)
    wallet.bring_to_front()
    tile(wallet, "4444").get_by_test_id("remove-card").hover()
    wallet.mouse.down()
    other.get_by_role("button", name="Nickname of Visa ending in 4242").click()
    other.keyboard.type("Household")
    other.keyboard.press("Enter")
    expect(tile(wallet, "4242")).to_contain_text("Household")
    wallet.mouse.up()
    expect(tile(wallet, "4444")).to_have_attribute("data-leaving", "")


def test_time_to_undo_stands_still_under_the_pointer(wallet: Page) -> None:
    tile(wallet, "4444").get_by_test_id("remove-card").click()
    tile(wallet, "4444").get_by_test_id("undo-remove").hover()
    wallet.clock.run_for(A_LONG_WHILE)
    expect(tile(wallet, "4444")).to_have_attribute("data-leaving", "")
    tile(wallet, "4444").get_by_test_id("undo-remove").click()
    wallet.clock.run_for(A_LONG_WHILE)
    expect(tile(wallet, "4444")).not_to_have_attribute("data-leaving", "")
    tile(wallet, "4444").get_by_test_id("remove-card").click()
    wallet.mouse.move(0, 0)
    wallet.clock.run_for(LONG_ENOUGH)
    expect(cards(wallet)).to_have_count(1)


def test_time_to_undo_stands_still_under_the_focus_of_a_keyboard(wallet: Page, ears: Ears) -> None:
    tile(wallet, "4444").get_by_test_id("remove-card").focus()
    wallet.keyboard.press("Enter")
    expect(tile(wallet, "4444").get_by_test_id("undo-remove")).to_be_focused()
    wallet.clock.run_for(A_LONG_WHILE)
    wallet.keyboard.press("Enter")
    ears.hear("Mastercard ending in 4444 kept.")
    expect(tile(wallet, "4444").get_by_test_id("remove-card")).to_be_focused()
    wallet.keyboard.press("Enter")
    wallet.keyboard.press("Tab")
    wallet.clock.run_for(LONG_ENOUGH)
    expect(cards(wallet)).to_have_count(1)


def test_without_a_network_it_can_still_be_undone(wallet: Page) -> None:
    tile(wallet, "4444").get_by_test_id("remove-card").click()
    wallet.mouse.move(0, 0)
    lose_network(wallet)
    wallet.clock.run_for(LONG_ENOUGH)
    tile(wallet, "4444").get_by_test_id("undo-remove").click()
    find_network(wallet)
    wallet.reload()
    online(wallet)
    expect(cards(wallet)).to_have_count(2)


def test_what_has_been_sent_can_not_be_undone_and_comes_back_only_when_it_got_lost(
    wallet: Page,
) -> None:
    line = Line(wallet)
    line.lose("remove-card")
    wallet.reload()
    online(wallet)
    remove_for_good(wallet)
    # While the page waits: sooner than it gives up.
    expect(tile(wallet, "4444").get_by_test_id("undo-remove")).to_be_hidden(timeout=5_000)
    expect(tile(wallet, "4444")).to_have_attribute("data-leaving", "")
    wallet.clock.run_for(NO_ANSWER)
    expect(wallet.get_by_test_id("wallet-error")).to_contain_text("isn’t answering")
    expect(tile(wallet, "4444")).not_to_have_attribute("data-leaving", "")
    line.lose("nothing")
    remove_for_good(wallet)
    expect(cards(wallet)).to_have_count(1)
    assert line.sent.count("remove-card") == 2


def test_of_a_card_that_is_gone_nobody_hears_that_the_answer_got_lost(wallet: Page) -> None:
    line = Line(wallet)
    line.hold("remove-card")
    wallet.reload()
    online(wallet)
    remove_for_good(wallet)
    expect(cards(wallet)).to_have_count(1)
    asked = line.sent.count("get-user-cards")
    wallet.clock.run_for(NO_ANSWER)
    eventually(
        lambda: wallet.wait_for_timeout(10) or line.sent.count("get-user-cards") > asked,
        what="a look at what became of the card",
    )
    expect(wallet.get_by_test_id("wallet-error").locator("[data-error]")).to_be_hidden()
    expect(cards(wallet)).to_have_count(1)


def remove_for_good(page: Page) -> None:
    """The Mastercard, with no second thoughts."""
    tile(page, "4444").get_by_test_id("remove-card").click()
    page.mouse.move(0, 0)
    page.clock.run_for(LONG_ENOUGH)
