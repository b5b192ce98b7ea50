"""A real Chromium on a real server. A page that complains, in any tab, fails its test."""

import itertools
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from tests.support import chromium as chromium_program
from tests.support.instances import Instances
from tests.support.server_front import ServerFront, tail
from tests.support.shop import Shop

PATIENCE_MILLISECONDS = 15_000
ADDRESSES = itertools.count()
CREATE = "POST /v1/payment_intents"
Faults = Callable[..., None]

expect.set_options(timeout=PATIENCE_MILLISECONDS)


class Complaints:
    """What the pages of one test complained about, unless the test said to expect it."""

    def __init__(self, origin: str) -> None:
        self._host = urlsplit(origin).netloc
        self._heard: list[str] = []
        self._expected: list[re.Pattern[str]] = []

    def expect(self, pattern: str) -> None:
        """Let pass what matches: `complaints.expect("status of 422")` for a refused form."""
        self._expected.append(re.compile(pattern))

    def listen(self, context: BrowserContext) -> None:
        """Hear every page, frame and popup of this context."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self._heard.append(f"exception: {error.error}"))
        context.on("request", self._request)
        context.expose_binding("reportViolation", lambda _source, text: self._heard.append(text))
        context.add_init_script(
            "addEventListener('securitypolicyviolation', event => window.reportViolation("
            "`blocked: ${event.violatedDirective} ${event.blockedURI} on ${location.href}`))"
        )

    @property
    def unexpected(self) -> list[str]:
        return [h for h in self._heard if not any(e.search(h) for e in self._expected)]

    def _console(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        where = getattr(message, "location", {}).get("url", "")
        if kind in ("error", "assert"):
            self._heard.append(f"console {kind}: {text} ({where})")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != self._host:
            self._heard.append(f"request to another host: {request.url}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = chromium_program.find()
    if path is None:
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = chromium_program.launch(playwright, path)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(instances: Instances) -> Iterator[ServerFront]:
    """One eventlet server for all browser tests of this worker, freshly filled."""
    front = ServerFront(instances.fresh())
    try:
        yield front
    finally:
        front.close()


@pytest.fixture
def live_shop(server: ServerFront) -> Iterator[Shop]:
    """The browser's shop from outside: ledger, calls, rows, and other shoppers on the wire."""
    shop = Shop(server)
    try:
        yield shop
    finally:
        shop.close()


@pytest.fixture
def complaints(server: ServerFront) -> Iterator[Complaints]:
    """Say in advance what may go wrong; whatever else does, fails the test at its end."""
    complaints = Complaints(server.origin)
    yield complaints
    assert complaints.unexpected == [], f"server log:\n{tail(server.log_path, 2000)}"


@pytest.fixture
def new_context(
    chromium: Browser, server: ServerFront, complaints: Complaints
) -> Iterator[Callable[..., BrowserContext]]:
    """Another person: a browser of its own, with Playwright's context options if given."""
    opened: list[BrowserContext] = []

    def open_context(**options: object) -> BrowserContext:
        # Everyone sits somewhere else, as behind the proxy that the server expects; who came in an
        # earlier test too, for the server counts how many sign up at one address.
        number = next(ADDRESSES)
        headers = {"X-Forwarded-For": f"198.19.{number // 250}.{number % 250 + 1}"}
        context = chromium.new_context(
            **{"base_url": server.origin, "locale": "en-US", **options}  # type: ignore[arg-type]
        )
        context.set_extra_http_headers(headers)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        complaints.listen(context)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        for page in context.pages:
            # What the last action set off gets the time to complain.
            page.wait_for_timeout(50)
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A visitor's first tab; `page.context.new_page()` is his second."""
    return new_context().new_page()


@pytest.fixture
def faults(live_shop: Shop) -> Iterator[Faults]:
    """Let the shop's calls to Stripe go wrong."""

    def add(kind: str, **options: object) -> None:
        rule = {"call": CREATE, "kind": kind, "caller": "server", **options}
        answer = live_shop.control("POST", "faults", rule)
        assert answer.status == 200, answer.text

    yield add
    live_shop.control("POST", "faults", {"clear": True})


@pytest.fixture
def no_webhooks(live_shop: Shop) -> Iterator[None]:
    drop = {"fault": {"event": "*", "kind": "drop"}}
    assert live_shop.control("POST", "webhooks", drop).status == 200
    yield
    live_shop.control("POST", "webhooks", {"fault": {"clear": True}})
