"""Once an answer got lost, only an answer about this very payment ends the wait for it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, WebSocket, expect
from sqlalchemy import Connection, create_engine, text

from tests.browser.conftest import Faults
from tests.browser.steps import (
    MUGS,
    MUGS_TOTAL,
    VISA,
    charged,
    is_paid,
    online,
    open_checkout,
    pay,
    problem,
    request_ids,
    status,
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
