"""docs/scripts.md has every script that a page loads, and none that it doesn't (PCI DSS 6.4.3)."""

import re
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, Request, expect

from tests.browser import steps
from tests.browser.conftest import Complaints
from tests.support.chromium import card_field

LIST = Path(__file__).resolve().parents[2] / "docs" / "scripts.md"
INLINE = """() => [...document.scripts].filter(script => !script.src).map(
  script => `${script.type} ${script.id}`)"""
OTHERS = (
    *("/", "/sign-in", "/register", "/nothing-here", "/account", "/account/email"),
    *("/account/password", "/account/delete", "/account/deleted"),
)
SANDBOX = ("/sandbox", "/sandbox/faults", "/sandbox/happened", "/sandbox/ledger")
EVERY, REAL = "every page", "https://js.stripe.com/endive/stripe.js"


def listed() -> dict[str, set[str]]:
    """Page -> addresses of its scripts, as the document has them for a shop in the sandbox."""
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| [^|]{10,} \|$", LIST.read_text(), re.MULTILINE)
    found: dict[str, set[str]] = defaultdict(set)
    for address, pages in rows:
        for page in pages.split(", "):
            found[page].add(address)
    common = found.pop(EVERY)
    return {page: (scripts | common) - {REAL} for page, scripts in found.items()} | {EVERY: common}


class Watch:
    """The scripts that pages load. What Stripe's frames load in themselves is Stripe's."""

    def __init__(self, page: Page) -> None:
        self._page, self.loaded = page, set[str]()
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if request.resource_type == "script" and request.frame == self._page.main_frame:
            self.loaded.add(urlsplit(request.url).path)

    def of(self, path: str) -> set[str]:
        """What this page loads, to the end; in the page itself nothing is written that runs."""
        self.loaded.clear()
        self._page.goto(path)
        if self._page.get_by_test_id("connection").count():
            steps.online(self._page)
        if self._page.locator("[data-card-element]").locator("visible=true").count():
            expect(card_field(self._page).locator("[name=cardnumber]")).to_be_visible()
        for script in self._page.evaluate(INLINE):
            assert re.fullmatch(r"application/json [a-z-]+", script), (path, script)
        return set(self.loaded)


def test_the_list_of_scripts_is_what_the_browser_loads(page: Page, complaints: Complaints) -> None:
    complaints.expect("status of 404")
    watch = Watch(page)
    found = {"checkout": watch.of(steps.checkout(steps.MUGS))}
    steps.fill_as_guest(page, steps.ASKS_THE_BANK)
    steps.pay(page)
    steps.answer_bank(page)
    steps.is_paid(page)
    found["checkout"] |= watch.loaded
    found["receipt"] = watch.of(page.url)
    steps.sign_up(page)
    assert watch.of(steps.checkout(steps.MUGS)) <= found["checkout"]
    found["wallet"] = watch.of("/wallet")
    steps.save_card(page)
    expect(page.get_by_test_id("wallet-card")).to_have_count(1)
    found["wallet"] |= watch.loaded
    found |= {"orders": watch.of("/orders"), "storefront": watch.of("/shop/morning-press")}
    others = {path: watch.of(path) for path in OTHERS}
    panel = {path: watch.of(path) for path in SANDBOX}
    expected = listed()
    assert others == dict.fromkeys(OTHERS, expected.pop(EVERY))
    assert panel == dict.fromkeys(SANDBOX, expected.pop("sandbox"))
    assert found == expected
