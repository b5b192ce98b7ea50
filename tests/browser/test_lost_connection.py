"""Network, shop or answer get lost while somebody pays: nothing is paid twice or unasked."""

import signal

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as PlaywrightError

from tests.browser.conftest import CREATE, Complaints, Faults
from tests.browser.steps import (
    KETTLE,
    MUGS,
    MUGS_TOTAL,
    charged,
    connection_is,
    faults_fired,
    fill_as_guest,
    find_network,
    is_paid,
    lose_network,
    online,
    open_checkout,
    pay,
    problem,
    request_ids,
    sign_in_as_demo,
    status,
)
from tests.support.doors import eventually
from tests.support.instances import Instances
from tests.support.server_front import ServerFront
from tests.support.shop import Shop

TAKE_BACK = "Don’t send it"


@pytest.fixture(autouse=True)
def _networks_get_lost(complaints: Complaints) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED")


@pytest.fixture
def demo(page: Page) -> Page:
    """The demo shopper at the checkout, with a wallet card chosen."""
    sign_in_as_demo(page)
    open_checkout(page, MUGS)
    return page


def test_a_payment_pressed_offline_goes_out_once_when_the_network_is_back(
    demo: Page, live_shop: Shop
) -> None:
    lose_network(demo)
    pay(demo)
    expect(status(demo)).to_contain_text("Your payment will be sent, once, as soon as you’re back")
    # "Paying" would not be true yet.
    expect(demo.get_by_test_id("pay-button")).to_have_text("Waiting to pay $36.00")
    find_network(demo)
    is_paid(demo)
    assert charged(live_shop) == [MUGS_TOTAL]


def test_it_still_says_so_after_a_while_for_nothing_was_sent(demo: Page) -> None:
    demo.clock.install()
    lose_network(demo)
    pay(demo)
    expect(status(demo)).to_contain_text("You’re offline")
    demo.clock.run_for(60_000)
    expect(status(demo)).to_contain_text("Your payment will be sent, once, as soon as you’re back")
    expect(status(demo).get_by_role("button", name=TAKE_BACK)).to_be_visible()


def test_what_waits_for_the_network_can_be_taken_back(demo: Page, live_shop: Shop) -> None:
    sent = request_ids(demo)
    demo.reload()
    online(demo)
    lose_network(demo)
    pay(demo)
    status(demo).get_by_role("button", name=TAKE_BACK).click()
    expect(status(demo)).to_contain_text("Nothing was sent")
    find_network(demo)
    demo.reload()
    online(demo)
    expect(demo.get_by_test_id("pay-button")).to_have_text("Pay $36.00")
    # What is sent unasked is sent as soon as the page is online.
    assert sent == []
    pay(demo)
    is_paid(demo)
    assert charged(live_shop) == [MUGS_TOTAL]


def test_what_waited_for_one_order_is_not_sent_from_the_page_of_another(demo: Page) -> None:
    sent = request_ids(demo)
    lose_network(demo)
    pay(demo)
    expect(status(demo)).to_contain_text("You’re offline")
    # Gone before the connection was back: nothing was sent from there.
    with pytest.raises(PlaywrightError, match="ERR_INTERNET_DISCONNECTED"):
        demo.goto("/shop/morning-press")
    demo.context.set_offline(False)
    open_checkout(demo, KETTLE)
    expect(demo.get_by_test_id("pay-button")).to_have_text("Pay $89.00")
    open_checkout(demo, MUGS)
    expect(demo.get_by_test_id("pay-button")).to_have_text("Pay $36.00")
    # What is sent unasked is sent as soon as the page is online.
    assert sent == []


@pytest.mark.usefixtures("no_webhooks")
def test_a_lost_answer_is_asked_for_again_under_the_same_request_id(
    page: Page, live_shop: Shop, faults: Faults
) -> None:
    sent = request_ids(page)
    # More than the shop itself tries at one message.
    faults("reset", when="after", first=6)
    open_checkout(page, MUGS)
    fill_as_guest(page)
    pay(page)
    is_paid(page)
    assert len(sent) > 1
    assert len(set(sent)) == 1
    assert charged(live_shop) == [MUGS_TOTAL]
    assert len(live_shop.ledger()["payment_intents"]) == 1


def test_a_slow_answer_is_never_called_failed(demo: Page, live_shop: Shop, faults: Faults) -> None:
    faults("delay", seconds=14, when="after", first=1)
    pay(demo)
    expect(status(demo)).to_contain_text("Still confirming. Please don’t pay again", timeout=20_000)
    expect(problem(demo).locator("[data-error]")).to_be_hidden()
    is_paid(demo)
    assert charged(live_shop) == [MUGS_TOTAL]


def test_a_reload_in_the_middle_of_a_lost_answer_goes_on(
    page: Page, live_shop: Shop, faults: Faults
) -> None:
    faults("delay", seconds=15, when="after", first=1)
    open_checkout(page, MUGS)
    fill_as_guest(page)
    pay(page)
    expect(page.get_by_test_id("pay-button")).to_have_attribute("data-busy", "")
    expect(status(page)).to_contain_text("Sending")
    page.wait_for_function(
        "() => Object.values(sessionStorage).some((text) => text.includes('isSent'))"
    )
    page.reload()
    is_paid(page)
    assert charged(live_shop) == [MUGS_TOTAL]


def test_a_killed_shop_is_asked_again_when_it_is_back(
    chromium: Browser, instances: Instances
) -> None:
    instance = instances.fresh()
    front = ServerFront(instance)
    port = front.origin.rpartition(":")[2]
    shop = Shop(front)
    with chromium.new_context(base_url=front.origin, locale="en-US") as context:
        page = context.new_page()
        open_checkout(page, MUGS)
        fill_as_guest(page)
        hang = {"call": CREATE, "kind": "hang", "when": "after", "caller": "server"}
        shop.control("POST", "faults", hang)
        pay(page)
        eventually(lambda: faults_fired(shop))
        front.process.send_signal(signal.SIGKILL)
        front.process.wait()
        expect(status(page)).to_contain_text("We’re reconnecting to the shop to ask how")
        expect(page.get_by_role("button", name=TAKE_BACK)).to_have_count(0)
        shop.close()
        front = ServerFront(instance, PORT=port)
        shop = Shop(front)
        shop.control("POST", "faults", {"clear": True})
        is_paid(page)
        charges = shop.ledger(since_start=False)["charges"]
        assert [charge["amount"] for charge in charges] == [MUGS_TOTAL]
    shop.close()
    front.close()


def test_a_shop_that_is_away_is_not_called_offline(chromium: Browser, instances: Instances) -> None:
    front = ServerFront(instances.fresh())
    with chromium.new_context(base_url=front.origin, locale="en-US") as context:
        page = context.new_page()
        sign_in_as_demo(page)
        open_checkout(page, MUGS)
        front.process.send_signal(signal.SIGKILL)
        front.process.wait()
        connection_is(page, "reconnecting")
        pay(page)
        expect(status(page)).to_contain_text("We’re reconnecting to the shop. Your payment will be")
        expect(status(page).get_by_role("button", name=TAKE_BACK)).to_be_visible()
