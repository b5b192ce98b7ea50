"""Walk through a fresh shop as a guest and as the demo shopper, and keep a picture of each page.

And of what nobody plans for: no network, no shop, no answer, an expired card, an ended session.
"""

import signal
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support import chromium, owner
from tests.support.instances import Instance, Instances, begin_run
from tests.support.server_front import ServerFront
from tests.support.shop import DEMO, Shop

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
    shop: Shop
    instance: Instance
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
    instance = instances.fresh()
    server = ServerFront(instance)
    shop = Shop(server)
    width, height = SIZES[size]
    try:
        for walk in (as_guest, as_demo_shopper, in_trouble, without_the_shop):
            context = browser.new_context(
                base_url=server.origin,
                viewport={"width": width, "height": height},
                color_scheme="dark" if scheme == "dark" else "light",
                reduced_motion="reduce",
                locale="en-US",
                timezone_id="UTC",
            )
            context.set_default_timeout(15_000)
            page = context.new_page()
            walk(Camera(page, shop, instance, f"{size}-{scheme}", wanted))
            context.close()
    finally:
        shop.close()
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
    look_at_the_sandbox(camera)


def look_at_the_sandbox(camera: Camera) -> None:
    page = camera.page
    camera.shop.pump()
    camera.visit("/sandbox/happened")
    camera.take("sandbox-happened", whole=False)  # all its webhooks make it very long
    camera.visit("/sandbox/ledger")
    camera.take("sandbox-ledger")
    camera.visit("/sandbox/faults")
    lost_answer = page.get_by_role("switch", name="Lose the answer")
    lost_answer.click()
    expect(lost_answer).to_be_checked()
    camera.take("sandbox-faults")
    page.get_by_role("button", name="Everything normal again").click()


def as_demo_shopper(camera: Camera) -> None:
    page = camera.page
    sign_in(page)
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
    page.reload()
    camera.online()
    go_on = page.get_by_role("button", name="Continue with your bank")
    expect(go_on).to_be_visible()
    camera.take("checkout-bank-unfinished")
    go_on.click()
    button.click()
    camera.seen("paid")
    look_at_orders(camera)
    look_at_wallet(camera)


def look_at_orders(camera: Camera) -> None:
    page = camera.page
    camera.visit("/orders")
    camera.take("orders")
    camera.visit("/orders?q=kettle")
    camera.take("orders-not-found")
    camera.visit("/orders")
    page.get_by_test_id("order-row").first.get_by_role("link").first.click()
    camera.seen("receipt")
    camera.take("receipt")
    payment = camera.shop.ledger()["payment_intents"][-1]["id"]
    for name, amount in {"receipt-part-refunded": 1800, "receipt-refunded": None}.items():
        owner.refund(camera.shop, payment, **({"amount": amount} if amount else {}))
        camera.shop.pump()
        page.reload()
        expect(page.get_by_test_id("receipt")).to_contain_text(
            "Refunded" if not amount else "Partly"
        )
        camera.take(name)


def look_at_wallet(camera: Camera) -> None:
    page = camera.page
    camera.visit("/wallet")
    camera.online()
    camera.take("wallet")
    page.get_by_test_id("add-card-open").click()
    chromium.type_card(page, PAYS)
    camera.take("wallet-add")
    let_a_card_expire(camera.instance)
    page.reload()
    camera.online()
    camera.take("wallet-expired")


def in_trouble(camera: Camera) -> None:
    """Offline, without an answer, and signed out in another tab."""
    page, context = camera.page, camera.page.context
    sign_in(page)
    camera.visit(CHECKOUT)
    camera.online()
    context.set_offline(True)
    page.get_by_test_id("pay-button").click()
    take_back = page.get_by_role("button", name="Don’t send it")
    expect(take_back).to_be_visible()
    camera.take("checkout-offline")
    take_back.click()
    context.set_offline(False)
    camera.online()
    page.clock.install()
    camera.visit(CHECKOUT)
    camera.online()
    slow = {"call": "POST /v1/payment_intents", "kind": "delay", "seconds": 60, "when": "before"}
    camera.shop.control("POST", "faults", slow)
    page.get_by_test_id("pay-button").click()
    expect(page.get_by_test_id("checkout-status")).to_contain_text("Sending")
    page.clock.fast_forward(11_000)
    expect(page.get_by_test_id("checkout-status")).to_contain_text("Still confirming")
    camera.take("checkout-confirming")
    camera.shop.control("POST", "faults", {"clear": True})
    camera.seen("paid")
    camera.visit(CHECKOUT)
    camera.online()
    other = context.new_page()
    other.goto("/wallet")
    other.locator("form[action='/sign-out'] button").click()
    other.close()
    expect(page.get_by_role("button", name="Reload")).to_be_visible()
    camera.take("checkout-session-ended")


def without_the_shop(camera: Camera) -> None:
    """The last walk: the server is gone afterwards."""
    page = camera.page
    sign_in(page)
    camera.visit(CHECKOUT)
    camera.online()
    server = camera.shop.front
    assert isinstance(server, ServerFront)
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    connection = page.get_by_test_id("connection")
    expect(connection).to_have_attribute("data-state", "reconnecting")
    page.get_by_test_id("pay-button").click()
    expect(page.get_by_role("button", name="Don’t send it")).to_be_visible()
    camera.take("checkout-reconnecting")


def sign_in(page: Page) -> None:
    page.goto("/sign-in?next=/orders")
    page.locator("[name=email]").fill(DEMO["email"])
    page.locator("[name=password]").fill(DEMO["password"])
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/orders")


def let_a_card_expire(instance: Instance) -> None:
    """One that the demo shopper doesn't use by default; as if it were next year."""
    connection = sqlite3.connect(instance.folder / "cog-checkout.sqlite3", timeout=10)
    with connection:
        query = "SELECT id FROM card WHERE verified AND NOT is_default ORDER BY created_at LIMIT 1"
        (card_id,) = connection.execute(query).fetchone()
        connection.execute("UPDATE card SET expomon = 1, expoyear = 2025 WHERE id = ?", (card_id,))
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1:])
