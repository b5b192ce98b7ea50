"""Walk through a fresh shop as a guest and as the demo shopper, and keep a picture of each page."""

import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support import chromium
from tests.support.instances import Instances, begin_run
from tests.support.server_front import ServerFront
from tests.support.shop import DEMO

FOLDER = ROOT / "docs" / "screenshots"
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
SCHEMES = ("light", "dark")
PAYS, DECLINED, BANK_ASKS = "4242424242424242", "4000000000000002", "4000000000003220"
CHECKOUT = "/checkout?cog=morning-press&item=mug-stoneware:2&item=beans-house"
YEN_CHECKOUT = "/checkout?cog=kumo-paper&item=notebook-grid&item=letter-set"

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
    suffix: str
    wanted: tuple[str, ...]

    def take(self, name: str, *, whole: bool = True) -> None:
        """`whole`: the page from top to bottom; else what fits on the screen."""
        if self.wanted and not name.startswith(self.wanted):
            return
        self.page.mouse.move(0, 0)
        self.page.evaluate(SETTLED)
        path = FOLDER / f"{name}-{self.suffix}.png"
        self.page.screenshot(path=path, full_page=whole, caret="hide", animations="disabled")
        print(path.relative_to(ROOT), flush=True)

    def visit(self, path: str) -> None:
        self.page.goto(path)

    def seen(self, test_id: str) -> None:
        expect(self.page.get_by_test_id(test_id).first).to_be_visible()

    def online(self) -> None:
        expect(self.page.get_by_test_id("connection")).to_have_attribute("data-state", "online")


def main(wanted: list[str]) -> None:
    program, home = chromium.find(), begin_run()
    if program is None or home is None:
        sys.exit("Chromium is not installed (Debian: apt install chromium).")
    instances = Instances(home, "pictures", None)
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with sync_playwright() as playwright:
            browser = chromium.launch(playwright, program)
            for size in SIZES:
                for scheme in SCHEMES:
                    take_all(browser, instances, size, scheme, tuple(wanted))
            browser.close()
    finally:
        instances.discard_all()


def take_all(
    browser: Browser, instances: Instances, size: str, scheme: str, wanted: tuple[str, ...]
) -> None:
    """A shop of its own for each set, so that all sets show the same."""
    server = ServerFront(instances.fresh())
    width, height = SIZES[size]
    try:
        for walk in (as_guest, as_demo_shopper):
            context = browser.new_context(
                base_url=server.origin,
                viewport={"width": width, "height": height},
                color_scheme="dark" if scheme == "dark" else "light",
                reduced_motion="reduce",
                locale="en-US",
                timezone_id="UTC",
            )
            context.set_default_timeout(15_000)
            walk(Camera(context.new_page(), f"{size}-{scheme}", wanted))
            context.close()
    finally:
        server.close()


def as_guest(camera: Camera) -> None:
    page = camera.page
    for name, path in {
        "shops": "/",
        "storefront-yen": "/shop/kumo-paper",
        "register": "/register",
        "sign-in": "/sign-in",
        "sandbox": "/sandbox",
        "not-found": "/nothing-here",
        "checkout-empty": "/checkout?cog=morning-press",
    }.items():
        camera.visit(path)
        # All test cards one below the other make a very long picture.
        camera.take(name, whole=name != "sandbox")
    camera.visit("/shop/morning-press")
    page.get_by_test_id("add-to-basket").first.click()
    expect(page.get_by_test_id("basket-total").first).to_contain_text("18")
    camera.take("storefront")
    camera.visit(YEN_CHECKOUT)
    camera.online()
    camera.take("checkout-yen")
    camera.visit(CHECKOUT)
    camera.online()
    page.get_by_test_id("email").fill("ada@example.com")
    chromium.type_card(page, PAYS)
    page.get_by_test_id("name-on-card").fill("Ada Lovelace")
    camera.take("checkout-guest")
    page.get_by_test_id("pay-button").click()
    camera.seen("paid")
    camera.take("checkout-paid")


def as_demo_shopper(camera: Camera) -> None:
    page = camera.page
    camera.visit("/sign-in?next=/orders")
    page.locator("[name=email]").fill(DEMO["email"])
    page.locator("[name=password]").fill(DEMO["password"])
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/orders")
    camera.take("orders-empty")
    camera.visit(CHECKOUT)
    camera.online()
    camera.take("checkout")
    page.get_by_test_id("new-card").click()
    chromium.type_card(page, DECLINED)
    page.get_by_test_id("name-on-card").fill("Demo Shopper")
    page.get_by_test_id("pay-button").click()
    camera.seen("checkout-error")
    camera.take("checkout-declined")
    camera.visit(CHECKOUT)
    camera.online()
    page.get_by_test_id("new-card").click()
    chromium.type_card(page, BANK_ASKS)
    page.get_by_test_id("name-on-card").fill("Demo Shopper")
    page.get_by_test_id("pay-button").click()
    button = chromium.challenge(page).get_by_role("button", name="Complete")
    expect(button).to_be_visible()
    camera.take("checkout-bank-asks", whole=False)
    button.click()
    camera.seen("paid")
    camera.visit("/orders")
    camera.take("orders")
    page.get_by_test_id("order-row").first.get_by_role("link").first.click()
    camera.seen("receipt")
    camera.take("receipt")
    camera.visit("/wallet")
    camera.online()
    camera.take("wallet")
    page.get_by_test_id("add-card-open").click()
    chromium.type_card(page, PAYS)
    camera.take("wallet-add")


if __name__ == "__main__":
    main(sys.argv[1:])
