"""Everybody can use every page: no finding of axe-core's in any state and theme, and no mouse."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints, Faults
from tests.browser.examiner import AXE, Examiner
from tests.browser.steps import (
    ASKS_THE_BANK,
    DECLINED,
    MUGS,
    answer_bank,
    bank_asks,
    checkout,
    fill_as_guest,
    find_network,
    is_paid,
    lose_network,
    online,
    open_checkout,
    pay,
    pay_as_guest,
    problem,
    save_card,
    sign_in_as_demo,
    sign_up,
    status,
    type_card,
)
from tests.browser.test_every_state import FILTERS, changed
from tests.support import chromium
from tests.support.shop import Shop


@pytest.fixture
def examiner(page: Page) -> Examiner:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci)")
    return Examiner(page)


def test_pages_that_anybody_can_open(examiner: Examiner, complaints: Complaints) -> None:
    complaints.expect("status of 40[14]|status of 422")
    shop = "/shop/morning-press"
    for path in ("/", shop, "/checkout?cog=morning-press", "/register", "/nowhere", "/orders"):
        examiner.visit(path)
    page = examiner.page
    page.goto("/sign-in")
    page.locator("[name=email]").fill("nobody@example.com")
    page.locator("[name=password]").fill("not the password")
    page.locator("main form button[type=submit]").first.click()
    examiner.look("refused at the door")
    page.goto(shop)
    page.get_by_test_id("add-to-basket").first.click()
    expect(page.get_by_test_id("basket-line")).to_have_count(1)
    examiner.look("something in the basket")
    assert examiner.found == {}


def test_paying_as_a_guest(examiner: Examiner, complaints: Complaints) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    page = examiner.page
    open_checkout(page, MUGS)
    examiner.look("an open checkout")
    pay(page)
    examiner.look("a field is missing")
    fill_as_guest(page, DECLINED)
    pay(page)
    expect(problem(page)).to_contain_text("declined")
    examiner.look("declined")
    lose_network(page)
    examiner.look("offline")
    find_network(page)
    type_card(page, ASKS_THE_BANK)
    pay(page)
    bank_asks(page)
    examiner.look("the bank asks")
    answer_bank(page, "fail")
    expect(problem(page)).to_contain_text("bank")
    examiner.look("the bank said no")
    type_card(page)
    pay(page)
    is_paid(page)
    examiner.look("paid")
    page.reload()
    examiner.look("receipt")
    examiner.visit("/orders")
    assert examiner.found == {}


def test_a_wallet_and_its_checkout(
    no_webhooks: None, examiner: Examiner, complaints: Complaints
) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    page = examiner.page
    sign_up(page)
    examiner.visit("/wallet")
    for count, number in enumerate(("4242424242424242", "5555555555554444"), 1):
        save_card(page, number)
        expect(page.locator("[data-cards] [data-card-id]")).to_have_count(count)
        expect(page.get_by_test_id("add-card-save")).to_be_hidden()
    page.get_by_test_id("add-card-open").click()
    examiner.look("cards, and one more to add")
    # By keyboard: while the focus is on what undoes it, there is time to look.
    page.get_by_test_id("remove-card").first.press("Enter")
    examiner.look("a card removed, to be undone")
    page.get_by_test_id("undo-remove").first.press("Enter")
    page.goto(checkout(MUGS))
    online(page)
    examiner.look("a checkout with a wallet")
    lose_network(page)
    pay(page)
    expect(status(page)).to_contain_text("You’re offline")
    examiner.look("a payment waits")
    assert examiner.found == {}


def test_an_account(examiner: Examiner) -> None:
    sign_up(examiner.page)
    for path in ("", "?done=email", "/email", "/password", "/delete"):
        examiner.visit(f"/account{path}")
    assert examiner.found == {}


@pytest.mark.usefixtures("no_webhooks")
def test_what_nobody_plans_for(examiner: Examiner, live_shop: Shop, faults: Faults) -> None:
    page = examiner.page
    sign_in_as_demo(page)
    page.clock.install()
    for change, back, answer in (
        ("price_cents = 800", "price_cents = 600", "Use the new total"),
        ("active = false", "active = true", "Go on without it"),
    ):
        open_checkout(page, MUGS, FILTERS)
        with changed(live_shop, FILTERS, change, back):
            pay(page)
            expect(page.get_by_role("button", name=answer)).to_be_visible()
            examiner.look(answer)
    page.get_by_role("button", name="Go on without it").click()
    faults("delay", seconds=60, when="before")
    pay(page)
    expect(status(page)).to_contain_text("Sending")
    page.clock.fast_forward(11_000)
    expect(status(page)).to_contain_text("Still confirming")
    examiner.look("still confirming")
    live_shop.control("POST", "faults", {"clear": True})
    is_paid(page)
    open_checkout(page)
    other = page.context.new_page()
    other.goto("/orders")
    other.locator("form[action='/sign-out'] button").click()
    expect(page.get_by_role("button", name="Reload")).to_be_visible()
    examiner.look("the session has ended")
    assert examiner.found == {}


def test_the_pages_about_the_sandbox(examiner: Examiner) -> None:
    page = examiner.page
    pay_as_guest(page)
    is_paid(page)
    page.get_by_role("link", name="See your receipt").click()
    page.get_by_test_id("drawer").get_by_text("What just happened").click()
    expect(page.get_by_test_id("step").first).to_be_visible()
    examiner.look("what just happened, beside a receipt")
    for path in ("/sandbox", "/sandbox/faults", "/sandbox/happened", "/sandbox/ledger"):
        examiner.visit(path)
    # At the machine itself there is more to see and to press.
    page.context.set_extra_http_headers({})
    for path in ("/sandbox/faults", "/sandbox/happened", "/sandbox/ledger"):
        examiner.visit(path)
    assert examiner.found == {}


def test_a_whole_purchase_by_keyboard_alone(page: Page) -> None:
    """From the shop's shelf to the receipt, as somebody does who can't hold a mouse."""
    page.goto("/shop/morning-press")
    tab_to(page, "[data-testid=add-to-basket]")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("basket-line")).to_have_count(1)
    tab_to(page, "[data-testid=go-to-checkout]")
    page.keyboard.press("Enter")
    online(page)
    tab_to(page, "[data-testid=email]")
    page.keyboard.type("ada@example.com")
    tab_to(page, "iframe")
    field = chromium.card_field(page)
    for name, typed in {
        "cardnumber": "4242424242424242",
        "exp-date": "1234",
        "cvc": "123",
        "postal": "94107",
    }.items():
        expect(field.locator(f"[name={name}]")).to_be_focused()
        page.keyboard.type(typed, delay=5)
    tab_to(page, "[data-testid=name-on-card]")
    page.keyboard.type("Ada Lovelace")
    tab_to(page, "[data-testid=pay-button]")
    page.keyboard.press("Enter")
    is_paid(page)
    # Where the eye goes, the ear goes too.
    expect(page.get_by_test_id("paid").get_by_role("heading")).to_be_focused()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until it is there; each stop on the way can be seen."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"Tab never comes to {selector}")
