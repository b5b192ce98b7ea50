"""What a first visit costs on a phone: each page loads what is listed here, and weighs this much.

Without Stripe's script and frames. The scripts are in docs/scripts.md, and held by test_scripts.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.browser import steps
from tests.support.chromium import card_field

CHECKOUT, SHOP = steps.checkout(steps.MUGS), "/shop/morning-press"
SHELF = "mug-stoneware beans-house beans-decaf dripper-glass kettle-steel filters-100".split()
SHEETS = ("tokens", "base", "frame", "controls", "shop", "sandbox", "print")


def files(*names: str) -> set[str]:
    """What every page has, and these."""
    sheets = {f"css/{sheet}.css" for sheet in SHEETS}
    return {f"/static/{name}" for name in {*sheets, *names}}


EXPECTED = {
    CHECKOUT: {"/checkout", f"{SHOP}/logo"}
    | files("css/checkout.css", "img/items/mug-stoneware.svg"),
    SHOP: {SHOP, f"{SHOP}/logo"}
    | files("css/store.css", "img/teeth.svg", *(f"img/items/{name}.svg" for name in SHELF)),
    "/wallet": {"/wallet"} | files("css/wallet.css", "img/mark.svg"),
}
MOST_KILOBYTES = {CHECKOUT: 80, SHOP: 60, "/wallet": 60}


class Load:
    """What a page asks of the shop, with the bytes of the answers' bodies as they were sent."""

    def __init__(self, page: Page) -> None:
        self._finished: list[Request] = []
        page.on("requestfinished", lambda request: self._finished.append(request))

    def addresses(self) -> set[str]:
        """All but scripts."""
        return {urlsplit(r.url).path for r in self._ours() if r.resource_type != "script"}

    def kilobytes(self) -> float:
        return sum(request.sizes()["responseBodySize"] for request in self._ours()) / 1000

    def _ours(self) -> list[Request]:
        return [r for r in self._finished if not urlsplit(r.url).path.startswith("/sandbox/")]


@pytest.mark.parametrize("path", EXPECTED)
def test_a_first_visit_loads_this_and_no_more(
    new_context: Callable[..., BrowserContext], path: str
) -> None:
    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    if path == "/wallet":
        steps.sign_up(page)
    page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
    load = Load(page)
    page.goto(path, wait_until="networkidle")
    if path == CHECKOUT:
        expect(card_field(page).locator("[name=cardnumber]")).to_be_visible()
    # What is below the first screen comes when the browser has time for it.
    for _ in range(500):
        if load.addresses() >= EXPECTED[path]:
            break
        page.wait_for_timeout(20)
    assert load.addresses() == EXPECTED[path]
    assert load.kilobytes() < MOST_KILOBYTES[path]
