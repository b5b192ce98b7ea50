"""Each state of the checkout: its sentence, said aloud; the amount on the button; the focus."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Complaints, Faults
from tests.browser.ears import Ears
from tests.browser.line import Line
from tests.browser.steps import (
    ASKS_THE_BANK,
    DECLINED,
    MUGS,
    Devices,
    answer_bank,
    bank_asks,
    charged,
    checkout,
    connection_is,
    fill_as_guest,
    find_network,
    headline,
    is_paid,
    lose_network,
    online,
    open_checkout,
    pay,
    problem,
    sign_in_as_demo,
    status,
    type_card,
)
from tests.support.doors import eventually
from tests.support.owner import write
from tests.support.shop import Shop

FILTERS = "filters-100"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
on_both = pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])


class Checkout:
    """A page of somebody who looks, listens and wants to know where he is."""

    def __init__(self, page: Page) -> None:
        self.page, self.ears = page, Ears(page)

    def says(self, place: Locator, sentence: str, *, button: str, focus: Locator) -> None:
        """`place` shows the sentence, which is also heard; the button and the focus are so."""
        expect(place.locator("[data-text]:visible")).to_have_text(sentence)
        self.ears.hear(sentence)
        self.is_at(button=button, focus=focus)

    def is_at(self, *, button: str, focus: Locator) -> None:
        expect(self.button).to_have_text(button)
        expect(focus).to_be_focused()

    def waits(self, sentence: str, button: str = "Paying $36.00…") -> None:
        self.says(status(self.page), sentence, button=button, focus=self.button)

    def fails(self, sentence: str, button: str = "Pay $36.00") -> None:
        notice = problem(self.page).locator("[data-error]")
        self.says(problem(self.page), sentence, button=button, focus=notice)

    def is_paid(self, words: str) -> None:
        expect(headline(self.page)).to_have_text(words)
        expect(headline(self.page)).to_be_focused()
        self.ears.hear("Paid $36.00. Thank you.")
        expect(self.page).to_have_title("Paid $36.00. Thank you.")

    @property
    def button(self) -> Locator:
        return self.page.get_by_test_id("pay-button")

    def choose(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()


@pytest.fixture
def device() -> dict[str, object]:
    return {}


@pytest.fixture
def guest(new_context: Devices, device: dict[str, object], complaints: Complaints) -> Checkout:
    complaints.expect("ERR_INTERNET_DISCONNECTED|ERR_FAILED")
    return Checkout(new_context(**device).new_page())


@pytest.fixture
def demo(guest: Checkout) -> Checkout:
    sign_in_as_demo(guest.page)
    return guest


@on_both
def test_from_an_empty_basket_to_paid(guest: Checkout) -> None:
    page = guest.page
    page.goto("/checkout?cog=morning-press")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing to pay yet")
    expect(page.get_by_role("link", name="Back to Morning Press")).to_be_visible()

    # Loading: with the script on its way, the page says what it waits for.
    held: list[Route] = []
    page.route("**/js/checkout.js*", lambda route: held.append(route))
    page.goto(checkout(MUGS), wait_until="commit")
    expect(guest.button).to_have_text("Pay $36.00")
    expect(guest.button).to_be_disabled()
    connection_is(page, "connecting")
    eventually(lambda: page.wait_for_timeout(10) or held, what="the request for the script")
    held[0].continue_()
    online(page)

    pay(page)
    email = page.get_by_test_id("email")
    guest.is_at(button="Pay $36.00", focus=email)
    expect(email).to_have_accessible_description("Enter your email for the receipt.")
    email.fill("ada@example.com")
    pay(page)
    guest.ears.hear("Your card number is incomplete.")

    fill_as_guest(page, DECLINED)
    pay(page)
    guest.fails("Your card was declined. Please try another card.")

    type_card(page, ASKS_THE_BANK)
    pay(page)
    bank_asks(page)
    sentence = "Your bank is asking you to confirm it’s you. Answer in the window that opened."
    expect(status(page)).to_contain_text(sentence)
    guest.ears.hear(sentence)
    answer_bank(page, "fail")
    guest.fails("Your bank couldn’t confirm that it’s you. Please try again or use another card.")
    type_card(page)
    pay(page)
    guest.is_paid("Thank you. It’s paid.")


def test_without_a_network_and_without_the_shop(demo: Checkout) -> None:
    page, line = demo.page, Line(demo.page)
    open_checkout(page)
    lose_network(page)
    demo.ears.hear("You’re offline")
    pay(page)
    demo.waits(
        "You’re offline. Your payment will be sent, once, as soon as you’re back.",
        "Waiting to pay $36.00",
    )
    demo.choose("Don’t send it")
    demo.waits(
        "Nothing was sent and you haven’t been charged. Pay whenever you’re ready.", "Pay $36.00"
    )
    find_network(page)
    demo.ears.hear("Connected again.")

    line.cut()
    connection_is(page, "reconnecting")
    demo.ears.hear("Reconnecting…")
    pay(page)
    demo.waits(
        "We’re reconnecting to the shop. "
        "Your payment will be sent, once, as soon as we get through.",
        "Waiting to pay $36.00",
    )
    line.mend()
    demo.is_paid("Thank you. It’s paid.")


@pytest.mark.usefixtures("no_webhooks")
def test_an_answer_that_is_long_in_coming(demo: Checkout, live_shop: Shop, faults: Faults) -> None:
    page = demo.page
    page.clock.install()
    open_checkout(page)
    faults("delay", seconds=60, when="before")
    pay(page)
    demo.waits("Sending your payment…")
    page.clock.fast_forward(11_000)
    demo.waits("Still confirming. Please don’t pay again: this page tells you as soon as we know.")
    other = page.context.new_page()
    open_checkout(other)
    sentence = (
        "A payment of $36.00 is already running, perhaps in another tab. We’re following it here;"
        " please don’t pay again."
    )
    expect(status(other)).to_contain_text(sentence)
    expect(other.get_by_test_id("pay-button")).to_have_attribute("aria-disabled", "true")
    other.close()
    live_shop.control("POST", "faults", {"clear": True})
    demo.is_paid("Thank you. It’s paid.")


def test_paid_in_another_tab_and_signed_out_there(demo: Checkout, live_shop: Shop) -> None:
    page = demo.page
    open_checkout(page)
    other = page.context.new_page()
    open_checkout(other)
    pay(other)
    is_paid(other)
    demo.is_paid("Paid in another tab")
    assert len(charged(live_shop)) == 1

    open_checkout(page)
    other.goto("/orders")
    other.locator("form[action='/sign-out'] button").click()
    demo.fails("This session has ended. Reload the page to go on.")
    expect(page.get_by_role("button", name="Reload")).to_be_visible()


@on_both
def test_the_shop_changes_what_is_in_the_order(demo: Checkout, live_shop: Shop) -> None:
    page = demo.page
    open_checkout(page, MUGS, FILTERS)
    with changed(live_shop, FILTERS, "price_cents = 800", "price_cents = 600"):
        pay(page)
        demo.fails(
            "A price has changed since you opened this page. Please check the new total.",
            "Pay $42.00",
        )
        expect(problem(page).get_by_role("listitem")).to_have_text(
            ["Paper filters, 100: $6.00, now $8.00", "Total: $42.00, now $44.00"]
        )
        expect(demo.button).to_be_hidden()
        assert charged(live_shop) == []
        demo.choose("Use the new total, $44.00")
        demo.waits("The order is up to date. You haven’t paid yet.", "Pay $44.00")
        expect(page.get_by_test_id("order-total")).to_have_text("$44.00")
    with changed(live_shop, FILTERS, "active = false", "active = true"):
        pay(page)
        demo.fails("Something in your basket is no longer available.", "Pay $44.00")
        demo.choose("Go on without it")
        demo.waits("The order is up to date. You haven’t paid yet.", "Pay $36.00")
    mug = MUGS.partition(":")[0]
    with changed(live_shop, mug, "active = false", "active = true"):
        pay(page)
        demo.fails("Something in your basket is no longer available.")
        expect(problem(page).get_by_role("button")).to_have_count(0)
        expect(problem(page).get_by_role("link", name="Back to the shop")).to_be_visible()
    assert charged(live_shop) == []


@contextmanager
def changed(shop: Shop, item_id: str, change: str, back: str) -> Iterator[None]:
    """The owner changes an item, and changes it back: all tests share the shelf."""
    write(shop, f"UPDATE item SET {change} WHERE item_id = :id", id=item_id)
    try:
        yield
    finally:
        write(shop, f"UPDATE item SET {back} WHERE item_id = :id", id=item_id)
