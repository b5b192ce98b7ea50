"""What takes pictures of pages: a browser of each size and scheme, a fresh shop for each set."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support import chromium
from tests.support.instances import Instance, Instances, begin_run
from tests.support.server_front import ServerFront
from tests.support.shop import DEMO, Shop

PICTURES = ROOT / "docs" / "screenshots"
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
SCHEMES = ("light", "dark")

# Fonts and pictures are there, and what follows from that has been drawn.
SETTLED = """async () => {
  await document.fonts.ready;
  await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
  await new Promise((done) => setTimeout(done, 150));
}"""


@dataclass
class Camera:
    """One visitor's page, and where its pictures go."""

    page: Page
    shop: Shop
    instance: Instance
    suffix: str
    folder: Path
    wanted: tuple[str, ...]

    def take(self, name: str, *, whole: bool = True) -> None:
        """`whole`: the page from top to bottom; else what fits on the screen."""
        if self.wanted and not name.startswith(self.wanted):
            return
        self.page.mouse.move(0, 0)
        if whole:
            # What stays in sight would be in the middle of the picture.
            self.page.evaluate("scrollTo(0, 0)")
        self.page.evaluate(SETTLED)
        path = self.folder / f"{name}-{self.suffix}.png"
        self.page.screenshot(path=path, full_page=whole, caret="hide", animations="disabled")
        print(path.name, flush=True)

    def visit(self, path: str) -> None:
        self.page.goto(path)

    def seen(self, test_id: str) -> None:
        expect(self.page.get_by_test_id(test_id).first).to_be_visible()

    def online(self) -> None:
        expect(self.page.get_by_test_id("connection")).to_have_attribute("data-state", "online")

    def sign_in(self) -> None:
        """As the demo shopper; leads to the orders."""
        self.page.goto("/sign-in?next=/orders")
        self.page.locator("[name=email]").fill(DEMO["email"])
        self.page.locator("[name=password]").fill(DEMO["password"])
        self.page.locator("main form button[type=submit]").click()
        self.page.wait_for_url("**/orders")


Walk = Callable[[Camera], None]
Ending = Callable[[Browser], int | None]


def take_all(
    walks: Iterable[Walk],
    folder: Path,
    wanted: tuple[str, ...],
    then: Ending,
) -> int | None:
    """Pictures into `folder`: of all walks, or those whose names begin with one of `wanted`.

    At the end `then` gets the browser and says how it went.
    """
    program, home = chromium.find(), begin_run()
    if program is None or home is None:
        sys.exit("Chromium is not installed (Debian: apt install chromium).")
    instances = Instances(home, "pictures", None)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with sync_playwright() as playwright:
            browser = chromium.launch(playwright, program)
            for size in SIZES:
                for scheme in SCHEMES:
                    _take_set(browser, instances, walks, size, scheme, folder, wanted)
            result = then(browser)
            browser.close()
            return result
    finally:
        instances.discard_all()


def _take_set(
    browser: Browser,
    instances: Instances,
    walks: Iterable[Walk],
    size: str,
    scheme: str,
    folder: Path,
    wanted: tuple[str, ...],
) -> None:
    """A shop of its own for each set, so that all sets show the same."""
    instance = instances.fresh()
    server = ServerFront(instance)
    shop = Shop(server)
    width, height = SIZES[size]
    try:
        for walk in walks:
            context = browser.new_context(
                base_url=server.origin,
                viewport={"width": width, "height": height},
                color_scheme="dark" if scheme == "dark" else "light",
                reduced_motion="reduce",
                locale="en-US",
                timezone_id="UTC",
            )
            context.set_default_timeout(15_000)
            walk(Camera(context.new_page(), shop, instance, f"{size}-{scheme}", folder, wanted))
            context.close()
    finally:
        shop.close()
        server.close()
