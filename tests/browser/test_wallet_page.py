"""The wallet page: only what was asked for happens, and everybody can tell which card is meant."""

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import create_engine, text

from tests.browser.conftest import Complaints
from tests.browser.ears import Ears
from tests.browser.line import Line
from tests.browser.steps import (
    ASKS_THE_BANK,
    Devices,
    another_device,
    answer_bank,
    find_network,
    lose_network,
    online,
    save_card,
    type_card,
    wallet_with,
)
from tests.support.doors import eventually
from tests.support.instances import database_address
from tests.support.shop import Shop

VISA, MASTERCARD = "4242424242424242", "5555555555554444"


@pytest.fixture
def ears(page: Page) -> Ears:
    """Of who is on the wallet page."""
    return Ears(page)


@pytest.fixture
def wallet(no_webhooks: None, page: Page, ears: Ears, complaints: Complaints) -> Page:
    """The wallet page of a new account with two cards, a Visa and a Mastercard.

    Without webhooks: one of them would find out that what `expired` says isn't so at Stripe.
    """
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    wallet_with(page, VISA, MASTERCARD)
    return page


@pytest.fixture
def expired(wallet: Page, live_shop: Shop) -> Locator:
    """Its Mastercard has expired."""
    engine = create_engine(database_address(live_shop.front.database_url))
    tile = wallet.locator("[data-cards] [data-card-id]", has_text="4444")
    with engine.begin() as connection:
        expire = text("UPDATE card SET expomon = 1, expoyear = 2025 WHERE id = :id")
        done = connection.execute(expire, {"id": tile.get_attribute("data-card-id")})
        assert done.rowcount == 1
    engine.dispose()
    wallet.reload()
    online(wallet)
    return wallet.locator("section[data-expired] [data-card-id]")


def cards(page: Page) -> Locator:
    return page.locator("[data-cards] [data-card-id]")


def test_replacing_an_expired_card_removes_it(wallet: Page, expired: Locator) -> None:
    expired.get_by_role("button", name="Replace").click()
    type_card(wallet, "4000056655665556")
    wallet.get_by_test_id("add-card-save").click()
    expect(cards(wallet)).to_have_count(2)
    expect(expired).to_have_count(0)


def test_the_same_card_with_its_new_date_replaces_itself_and_stays(
    wallet: Page, expired: Locator
) -> None:
    expired.get_by_role("button", name="Replace").click()
    type_card(wallet, MASTERCARD)
    wallet.get_by_test_id("add-card-save").click()
    expect(wallet.get_by_test_id("wallet-status")).to_contain_text("Card saved")
    expect(cards(wallet)).to_have_count(2)
    expect(expired).to_have_count(0)
    expect(wallet.get_by_role("heading", name="Expired")).to_be_hidden()
    wallet.reload()
    online(wallet)
    expect(cards(wallet).filter(has_text="4444")).to_contain_text("12/34")


def test_a_replacement_takes_over_the_name(wallet: Page, live_shop: Shop, expired: Locator) -> None:
    engine = create_engine(database_address(live_shop.front.database_url))
    with engine.begin() as connection:
        name = text("UPDATE card SET nickname = 'Household' WHERE id = :id")
        connection.execute(name, {"id": expired.get_attribute("data-card-id")})
    engine.dispose()
    wallet.reload()
    online(wallet)
    expired.get_by_role("button", name="Replace Household").click()
    type_card(wallet, "4000056655665556")
    wallet.get_by_test_id("add-card-save").click()
    expect(expired).to_have_count(0)
    expect(cards(wallet).filter(has_text="5556")).to_contain_text("Household")


def test_a_replacement_that_was_cancelled_removes_nothing_later(
    wallet: Page, expired: Locator
) -> None:
    expired.get_by_role("button", name="Replace").click()
    wallet.get_by_role("button", name="Cancel").click()
    save_card(wallet, "4000056655665556")
    expect(cards(wallet)).to_have_count(2)
    wallet.reload()
    online(wallet)
    expect(expired).to_have_count(1)


def test_a_card_whose_bank_could_not_ask_is_not_saved_and_replaces_nothing(
    wallet: Page, expired: Locator, complaints: Complaints
) -> None:
    save_unasked(wallet, expired, complaints)
    expect(wallet.get_by_test_id("name-on-card")).to_have_value("Ada Lovelace")
    expect(expired).to_have_count(1)
    expect(cards(wallet)).to_have_count(1)
    wallet.get_by_role("button", name="Continue with your bank").click()
    answer_bank(wallet)
    expect(wallet.get_by_test_id("wallet-status")).to_contain_text("Card saved")
    expect(wallet.get_by_test_id("add-card-save")).to_be_hidden()
    expect(cards(wallet).filter(has_text="3220")).to_have_count(1)
    expect(cards(wallet)).to_have_count(2)
    expect(expired).to_have_count(0)


def test_a_card_that_was_cancelled_is_not_asked_for_at_its_bank_any_more(
    wallet: Page, expired: Locator, complaints: Complaints
) -> None:
    save_unasked(wallet, expired, complaints)
    wallet.get_by_role("button", name="Cancel").click()
    expect(wallet.get_by_role("button", name="Continue with your bank")).to_be_hidden()
    expect(expired).to_have_count(1)


def save_unasked(page: Page, expired: Locator, complaints: Complaints) -> None:
    """Type the replacement of the expired card, and save it while its bank can't be reached."""
    complaints.expect("ERR_FAILED")
    page.route("**/3ds2/challenge/**", lambda route: route.abort())
    expired.get_by_role("button", name="Replace").click()
    type_card(page, ASKS_THE_BANK)
    page.get_by_test_id("add-card-save").click()
    sentence = "Your bank’s question isn’t answered yet, so this card isn’t saved."
    expect(page.get_by_test_id("wallet-status")).to_contain_text(sentence)
    page.unroute("**/3ds2/challenge/**")


def test_while_a_card_is_being_saved_nothing_else_is_done_with_its_form(
    wallet: Page, expired: Locator
) -> None:
    line = Line(wallet)
    line.hold("create-payment-method")
    wallet.reload()
    online(wallet)
    save_card(wallet, "4000056655665556")
    for button in ("Add a card", "Cancel"):
        expect(wallet.get_by_role("button", name=button)).to_be_disabled()
    wallet.get_by_role("button", name="Cancel").click(force=True)
    wallet.get_by_test_id("add-card-open").click(force=True)
    expect(wallet.get_by_test_id("add-card-save")).to_be_visible()
    # The card that is being saved wasn't typed as the replacement of this one.
    expired.get_by_role("button", name="Replace").click()
    expect(cards(wallet)).to_have_count(2)
    line.let_go()
    expect(wallet.get_by_test_id("wallet-status")).to_contain_text("Card saved")
    expect(wallet.get_by_test_id("add-card-save")).to_be_hidden()
    expect(wallet.get_by_role("button", name="Add a card")).to_be_enabled()
    wallet.reload()
    online(wallet)
    expect(cards(wallet)).to_have_count(2)
    expect(expired).to_have_count(1)


def test_who_waited_in_the_form_is_at_its_button_when_the_card_is_saved(wallet: Page) -> None:
    save_card(wallet, "4000056655665556")
    expect(wallet.get_by_test_id("wallet-status")).to_contain_text("Card saved")
    expect(wallet.get_by_role("button", name="Add a card")).to_be_focused()


def test_who_has_gone_on_while_a_card_was_saved_is_not_called_back(wallet: Page) -> None:
    line = Line(wallet)
    line.hold("create-payment-method")
    wallet.reload()
    online(wallet)
    save_card(wallet, "4000056655665556")
    eventually(lambda: wallet.wait_for_timeout(10) or line.held, what="an answer that is held back")
    make_default = wallet.get_by_role("button", name="Make default: Mastercard ending in 4444")
    make_default.focus()
    line.let_go()
    expect(wallet.get_by_test_id("wallet-status")).to_contain_text("Card saved")
    expect(wallet.get_by_test_id("add-card-save")).to_be_hidden()
    expect(make_default).to_be_focused()


def test_buttons_say_which_card_they_are_for(wallet: Page, ears: Ears, expired: Locator) -> None:
    for name in ("Remove Visa ending in 4242", "Remove Mastercard ending in 4444"):
        expect(wallet.get_by_role("button", name=name)).to_be_visible()
    expect(expired.get_by_role("button", name="Replace Mastercard ending in 4444")).to_be_visible()
    expired.get_by_role("button", name="Remove").click()
    ears.hear("Mastercard ending in 4444 removed")
    expired.get_by_role("button", name="Undo: keep Mastercard ending in 4444").click()
    ears.hear("Mastercard ending in 4444 kept")


def test_a_card_that_came_while_the_page_was_open_has_its_name_too(wallet: Page) -> None:
    expect(wallet.get_by_role("button", name="Remove Mastercard ending in 4444")).to_be_visible()
    make_default = wallet.get_by_role("button", name="Make default: Mastercard ending in 4444")
    make_default.click()
    expect(wallet.get_by_test_id("wallet-status")).to_contain_text("now your default")
    expect(wallet.get_by_role("button", name="Make default: Visa ending in 4242")).to_be_visible()


def test_offline_it_says_so_at_once_and_does_nothing_later(wallet: Page, ears: Ears) -> None:
    lose_network(wallet)
    expect(wallet.get_by_test_id("wallet-status")).to_contain_text("You’re offline")
    wallet.get_by_role("button", name="Make default: Mastercard").click()
    find_network(wallet)
    expect(wallet.get_by_test_id("wallet-status").locator("[data-status]")).to_be_hidden()
    ears.hear("Connected again.")
    wallet.reload()
    online(wallet)
    expect(wallet.get_by_role("button", name="Make default: Mastercard")).to_be_visible()


def test_a_removed_card_does_not_come_back_with_an_answer_that_was_long_on_its_way(
    wallet: Page,
) -> None:
    line = Line(wallet)
    line.hold("get-user-cards")
    wallet.reload()
    online(wallet)
    lose_network(wallet)
    find_network(wallet)
    eventually(lambda: wallet.wait_for_timeout(10) or line.held, what="an answer that is held back")
    wallet.get_by_role("button", name="Remove Mastercard").click()
    wallet.mouse.move(0, 0)
    expect(cards(wallet)).to_have_count(1)
    line.let_go()
    wallet.evaluate("() => fetch('/socket-token')")
    expect(cards(wallet)).to_have_count(1)


def test_what_changed_before_the_page_was_connected_is_caught_up(
    wallet: Page, new_context: Devices
) -> None:
    late = another_device(wallet, new_context)
    line = Line(late)
    line.cut()
    late.goto("/wallet")
    expect(cards(late)).to_have_count(2)
    save_card(wallet, "4000056655665556")
    expect(cards(wallet)).to_have_count(3)
    line.mend()
    expect(cards(late)).to_have_count(3)


def test_who_leaves_right_after_removing_has_made_up_their_mind(wallet: Page) -> None:
    wallet.get_by_role("button", name="Remove Mastercard").click()
    wallet.goto("/orders")
    online(wallet)
    wallet.goto("/wallet")
    online(wallet)
    expect(cards(wallet)).to_have_count(1)
