"""The pages about the sandbox, as a shop owner uses them: at the machine itself, in two tabs."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.steps import (
    MUGS,
    charged,
    checkout,
    fill_as_guest,
    is_paid,
    open_checkout,
    pay,
    pay_as_guest,
    status,
)
from tests.support.doors import eventually
from tests.support.shop import Shop


@pytest.fixture
def owner(new_context: Callable[..., BrowserContext], live_shop: Shop) -> Iterator[Page]:
    """A tab at the machine: without the proxy that everybody else comes through."""
    context = new_context()
    context.set_extra_http_headers({})
    page = context.new_page()
    yield page
    for name, clear in {"faults": {"clear": True}, "webhooks": {"fault": {"clear": True}}}.items():
        assert live_shop.control("POST", name, clear).status == 200


def switch_on(page: Page, name: str) -> None:
    page.goto("/sandbox/faults")
    page.get_by_role("switch", name=name).click()
    expect(page.get_by_role("switch", name=name)).to_be_checked()


def steps(page: Page, kind: str) -> list[str]:
    found = page.locator(f"[data-testid=step][data-kind={kind}]")
    expect(found.first).to_be_visible()
    return found.all_inner_texts()


def test_a_payment_while_stripe_is_down_is_confirmed_in_the_end(
    owner: Page, live_shop: Shop
) -> None:
    switch_on(owner, "Stripe is down")
    shopper = owner.context.new_page()
    shopper.clock.install()
    open_checkout(shopper, MUGS)
    fill_as_guest(shopper)
    # By the answer of the shop, and not because a payment that takes ten seconds says so.
    shopper.clock.pause_at(shopper.evaluate("Date.now()") / 1000 + 5)
    pay(shopper)
    expect(status(shopper)).to_contain_text("Still confirming")
    shopper.clock.resume()
    owner.bring_to_front()
    owner.get_by_role("switch", name="Stripe is down").click()
    expect(owner.get_by_role("switch", name="Stripe is down")).not_to_be_checked()
    shopper.bring_to_front()
    is_paid(shopper)
    assert len(charged(live_shop)) == 1


def test_a_lost_answer_is_the_next_payment_s_alone(owner: Page, live_shop: Shop) -> None:
    switch_on(owner, "Lose the answer to the next payment")
    shopper = owner.context.new_page()
    pay_as_guest(shopper)
    is_paid(shopper)
    assert len(charged(live_shop)) == 1
    owner.reload()
    expect(owner.get_by_role("switch", name="Lose the answer")).not_to_be_checked()
    expect(owner.locator("#lost-answer")).to_contain_text("It has happened 3 times.")
    shopper.close()
    owner.goto("/sandbox/happened")
    lost = owner.locator("[data-testid=step][data-kind=answer]").filter(has_text="unknown")
    expect(lost).to_have_count(3)


def test_the_whole_sequence_is_followed_as_it_happens(owner: Page) -> None:
    owner.goto("/sandbox/happened")
    shopper = owner.context.new_page()
    open_checkout(shopper, MUGS)
    fill_as_guest(shopper)
    pay(shopper)
    is_paid(shopper)
    owner.bring_to_front()
    paid = owner.locator("[data-kind=webhook]").filter(has_text="payment_intent.succeeded")
    expect(paid).to_be_visible()
    for kind, words in {
        "message": "purchase-request",
        "commit": "INSERT transaction",
        "call": "POST /v1/payment_intents",
        "push": "transaction-changed",
        "typed": "POST /v1/payment_methods",
    }.items():
        texts = steps(owner, kind)
        assert any(words in text for text in texts), (kind, texts)
        assert all("+" in text and (" ms" in text or " s" in text) for text in texts)


def test_an_order_shows_its_own_in_a_drawer(page: Page) -> None:
    pay_as_guest(page)
    is_paid(page)
    page.get_by_role("link", name="See your receipt").click()
    drawer = page.get_by_test_id("drawer")
    drawer.get_by_text("What just happened").click()
    expect(drawer.locator("[data-kind=message]").first).to_contain_text("purchase-request")


def test_from_elsewhere_the_switches_cannot_be_moved(page: Page) -> None:
    page.goto("/sandbox/faults")
    expect(page.get_by_test_id("read-only")).to_contain_text("http://127.0.0.1")
    expect(page.get_by_role("switch", name="Stripe is down")).to_be_disabled()
    expect(page.get_by_role("button", name="Everything normal again")).to_be_disabled()


def test_a_card_is_found_while_one_types(page: Page) -> None:
    page.goto("/sandbox")
    field = page.get_by_role("searchbox", name="Find a card")
    cards = page.get_by_test_id("test-card").locator("visible=true")
    field.fill("insufficient_funds")
    expect(cards).to_have_count(2)
    expect(page.get_by_text("2 cards")).to_be_visible()
    field.fill("4000 0000 0000 9995")
    expect(cards).to_have_count(1)
    field.fill("")
    expect(cards).to_have_count(61)
    field.fill("4000000000009995")
    cards.get_by_role("link", name="Use").click()
    page.wait_for_url("**" + checkout().partition("?")[0] + "?**")
    expect(page.get_by_test_id("name-on-card")).not_to_have_value("")


def test_a_drawer_that_is_opened_before_its_script_is_there_fills_as_well(page: Page) -> None:
    pay_as_guest(page)
    is_paid(page)
    waiting: list[Route] = []
    page.route("**/js/panel.js", lambda route: waiting.append(route))
    page.get_by_role("link", name="See your receipt").click()
    drawer = page.get_by_test_id("drawer")
    drawer.get_by_text("What just happened").click()
    expect(drawer).to_have_attribute("open", "")
    eventually(lambda: page.wait_for_timeout(10) or waiting, what="the request for the script")
    waiting[0].continue_()
    expect(drawer.locator("[data-kind=message]").first).to_contain_text("purchase-request")
