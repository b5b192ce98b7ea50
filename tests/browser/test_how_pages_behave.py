"""What pages do for everybody: without scripts, with a part missing, by keyboard, on a phone."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Complaints
from tests.browser.ears import Ears
from tests.browser.steps import (
    MUGS,
    Devices,
    checkout,
    connection_is,
    find_network,
    is_paid,
    lose_network,
    online,
    open_checkout,
    pay,
    pay_as_guest,
    sign_up,
)

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def live_region(page: Page) -> Locator:
    return page.locator("[data-live-region]")


def top(locator: Locator) -> float:
    """From the top of the page, wherever it is scrolled to."""
    return float(locator.evaluate("element => element.getBoundingClientRect().top + scrollY"))


@pytest.mark.parametrize("path", [checkout(MUGS), "/orders"])
def test_without_scripts_nothing_waits_for_them(new_context: Devices, path: str) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(checkout(MUGS))
    page.goto(path)
    for waiting in ("Loading the card field", "Connecting"):
        expect(page.get_by_text(waiting)).not_to_be_visible()
    expect(page.get_by_test_id("pay-button")).not_to_be_visible()
    if path != "/orders":
        expect(page.locator("main noscript .notice")).to_be_visible()


@pytest.mark.parametrize("path", [checkout(MUGS), "/orders", "/wallet"])
def test_without_the_socket_client_nothing_connects_for_ever(
    page: Page, complaints: Complaints, path: str
) -> None:
    complaints.expect("ERR_FAILED")
    sign_up(page)
    page.route("**/socket.io*.js", lambda route: route.abort())
    page.goto(path)
    connection_is(page, "none")
    expect(page.get_by_test_id("connection")).to_have_text("Not live")


def test_the_connection_is_announced_and_then_no_longer_news(
    page: Page, complaints: Complaints
) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    ears = Ears(page)
    open_checkout(page)
    expect(live_region(page)).to_be_empty()
    lose_network(page)
    ears.hear("You’re offline")
    find_network(page)
    ears.hear("Connected again.")
    expect(live_region(page)).to_be_empty(timeout=15_000)


def test_a_wrong_form_says_so_and_has_the_focus_where_it_is_wrong(
    page: Page, complaints: Complaints
) -> None:
    complaints.expect("status of 422")
    page.goto("/register")
    page.locator("form.account-form").evaluate("form => { form.noValidate = true; }")
    page.locator("[name=email]").fill("nobody")
    page.locator("[name=password]").fill("a-long-enough-password")
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_title("Error: Create an account")
    expect(page.locator("[name=email]")).to_be_focused()
    expect(page.get_by_role("alert").filter(has_text="email address")).to_be_visible()
    page.goto("/sign-in")
    page.locator("[name=email]").fill("nobody@example.com")
    page.locator("[name=password]").fill("a-wrong-password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_title("Error: Sign in")
    expect(page.locator("[name=password]")).to_be_focused()


def test_an_account_after_paying_starts_with_the_email_of_the_receipt(page: Page) -> None:
    pay_as_guest(page)
    is_paid(page)
    page.get_by_role("link", name="Create an account").click()
    expect(page.locator("[name=email]")).to_have_value("ada@example.com")


def test_the_card_field_is_as_high_while_it_loads(page: Page, complaints: Complaints) -> None:
    complaints.expect("ERR_FAILED")
    open_checkout(page)
    field = page.get_by_test_id("card-element")
    expect(field.locator("iframe")).to_be_visible()
    mounted = field.bounding_box()
    page.route("**/stripe.js", lambda route: route.abort())
    page.reload()
    online(page)
    expect(field.locator("iframe")).to_have_count(0)
    loading = field.bounding_box()
    assert mounted
    assert loading
    assert mounted["height"] == loading["height"]


def test_a_card_that_is_complete_pays_though_the_field_has_not_said_so_yet(page: Page) -> None:
    """On a busy machine the key that pays is handled before what the card field says."""
    page.add_init_script(
        """
        const { get, set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
        Object.defineProperty(MessagePort.prototype, "onmessage", {
          get,
          set(hear) {
            set.call(this, (event) => event.data?.event !== "change" && hear.call(this, event));
          },
        });
        """
    )
    pay_as_guest(page)
    is_paid(page)


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_the_button_stays_where_it_is_when_an_error_shows(
    new_context: Devices, device: dict[str, object]
) -> None:
    page = new_context(**device).new_page()
    open_checkout(page)
    expect(page.get_by_test_id("card-element").locator("iframe")).to_be_visible()
    button = page.get_by_test_id("pay-button")
    before = top(button)
    pay(page)
    expect(page.get_by_text("Enter your email for the receipt.")).to_be_visible()
    assert top(button) == before
    page.get_by_test_id("email").fill("ada@example.com")
    pay(page)
    expect(page.locator("[data-card-note]")).not_to_be_empty()
    assert top(button) == before
    # An error of one line where the quiet line stood.
    page.evaluate(
        """() => {
          document.querySelector("[data-rest]").hidden = true;
          const error = document.querySelector("[data-error]");
          error.hidden = false;
          error.querySelector("[data-text]").textContent = "Your card was declined.";
        }"""
    )
    assert top(button) == before
