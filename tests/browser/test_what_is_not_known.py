"""Once an answer got lost, only an answer about this very payment ends the wait for it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, WebSocket, expect
from sqlalchemy import Connection, create_engine, text

from tests.browser.conftest import Faults
from tests.browser.line import Line
from tests.browser.steps import (
    ASKS_THE_BANK,
    KETTLE,
    KETTLE_TOTAL,
    MUGS,
    MUGS_TOTAL,
    VISA,
    answer_bank,
    bank_asks,
    charged,
    fill_as_guest,
    headline,
    is_paid,
    online,
    open_checkout,
    pay,
    problem,
    request_ids,
    status,
    type_card,
    wallet_with,
)
from tests.support.doors import eventually
from tests.support.instances import database_address
from tests.support.shop import Shop


@pytest.fixture
def busy(live_shop: Shop) -> Iterator[Connection]:
    """A connection that can keep everybody else from writing."""
    engine = create_engine(database_address(live_shop.front.database_url))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def codes_heard(page: Page) -> list[str]:
    """What the shop's answers to this page say, as they come in."""
    heard: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: heard.append(str(frame)))

    page.on("websocket", listen)
    return heard


def test_what_did_nothing_for_certain_is_sent_again_by_a_press_alone(
    page: Page, live_shop: Shop, faults: Faults
) -> None:
    sent = request_ids(page)
    wallet_with(page, VISA)
    open_checkout(page, MUGS)
    faults("status", status=401, when="before", first=1)
    pay(page)
    expect(problem(page)).to_contain_text("You were not charged")
    page.reload()
    online(page)
    expect(page.get_by_test_id("pay-button")).to_have_text("Pay $36.00")
    # What is sent unasked is sent as soon as the page is online.
    assert charged(live_shop) == []
    assert len(sent) == 1
    pay(page)
    is_paid(page)
    assert charged(live_shop) == [MUGS_TOTAL]
    assert sent == [sent[0]] * 2


@pytest.mark.usefixtures("no_webhooks")
def test_a_shop_that_is_too_busy_to_be_asked_again_has_not_said_no(
    page: Page, live_shop: Shop, faults: Faults, busy: Connection
) -> None:
    heard = codes_heard(page)
    wallet_with(page, VISA)
    open_checkout(page, MUGS)
    faults("reset", when="after", first=3)
    pay(page)
    expect(status(page)).to_contain_text("Still confirming")
    busy.execute(text("BEGIN IMMEDIATE"))
    eventually(
        lambda: page.wait_for_timeout(50) or any('"unavailable"' in frame for frame in heard),
        within=20,
        what="an answer of a shop whose database is locked",
    )
    expect(problem(page).locator("[data-error]")).to_be_hidden()
    expect(status(page)).to_contain_text("Still confirming")
    busy.rollback()
    is_paid(page)
    assert charged(live_shop) == [MUGS_TOTAL]


def is_told_that_nothing_was_done(page: Page, busy: Connection) -> None:
    """Press, while the shop can't even write down that somebody wants to pay."""
    busy.execute(text("BEGIN IMMEDIATE"))
    pay(page)
    expect(problem(page)).to_contain_text("Nothing was changed")
    busy.rollback()


def test_the_card_that_was_typed_last_is_the_one_that_pays(
    page: Page, live_shop: Shop, busy: Connection
) -> None:
    """The first one did nothing, and went with the page that it was typed into."""
    open_checkout(page, MUGS)
    fill_as_guest(page)
    is_told_that_nothing_was_done(page, busy)
    page.reload()
    online(page)
    fill_as_guest(page, "4000056655665556")
    pay(page)
    is_paid(page)
    expect(page.get_by_test_id("paid")).to_contain_text("5556")
    assert charged(live_shop) == [MUGS_TOTAL]


def test_what_did_nothing_stays_so_when_another_order_ends(
    page: Page, live_shop: Shop, busy: Connection
) -> None:
    wallet_with(page, VISA)
    line, sent, other = Line(page), request_ids(page), page.context.new_page()
    open_checkout(page, MUGS)
    is_told_that_nothing_was_done(page, busy)
    open_checkout(other, KETTLE)
    other.get_by_test_id("new-card").click()
    type_card(other, ASKS_THE_BANK)
    pay(other)
    bank_asks(other)
    line.cut()
    page.reload()
    answer_bank(other)
    is_paid(other)
    line.mend()
    online(page)
    page.bring_to_front()
    expect(page.get_by_test_id("pay-button")).to_have_text("Pay $36.00")
    assert len(sent) == 1
    assert charged(live_shop) == [KETTLE_TOTAL]


def test_nothing_goes_out_long_after_the_press(page: Page, live_shop: Shop) -> None:
    wallet_with(page, VISA)
    line = Line(page)
    page.clock.install()
    open_checkout(page, MUGS)
    line.lose("purchase-request")
    pay(page)
    eventually(
        lambda: page.wait_for_timeout(10) or "purchase-request" in line.sent, what="the message"
    )
    line.cut()
    page.clock.run_for(16_000)
    page.clock.fast_forward("11:00")
    line.mend()
    online(page)
    expect(problem(page)).to_contain_text("isn’t answering")
    assert line.sent.count("purchase-request") == 1
    assert charged(live_shop) == []


def test_what_was_paid_before_a_reload_is_not_paid_again_however_late_it_is_heard(
    page: Page, live_shop: Shop
) -> None:
    wallet_with(page, VISA)
    line = Line(page)
    page.clock.install()
    open_checkout(page, MUGS)
    line.hold("purchase-request")
    pay(page)
    eventually(lambda: page.wait_for_timeout(10) or line.held, what="an answer that is held back")
    line.cut()
    page.reload()
    expect(page.get_by_test_id("pay-button")).to_have_attribute("aria-disabled", "true")
    page.clock.fast_forward("11:00")
    line.mend()
    expect(problem(page)).to_contain_text("isn’t answering")
    line.hold("nothing")
    pay(page)
    expect(headline(page)).to_have_text("Paid in another tab")
    assert charged(live_shop) == [MUGS_TOTAL]
