"""Who walks through the shop, and where a picture is taken: a guest, the demo shopper, trouble."""

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from script.camera import Camera
from tests.support import chromium, owner
from tests.support.instances import Instance
from tests.support.server_front import ServerFront

PAYS, DECLINED, BANK_ASKS = "4242424242424242", "4000000000000002", "4000000000003220"
CHECKOUT = "/checkout?cog=morning-press&item=mug-stoneware:2&item=beans-house"
YEN_CHECKOUT = "/checkout?cog=kumo-paper&item=notebook-grid&item=letter-set"


def as_guest(camera: Camera) -> None:
    look_around(camera)
    fill_a_basket(camera)
    read_the_checkout(camera)
    pay_as_guest(camera)
    look_at_the_sandbox(camera)


def look_around(camera: Camera) -> None:
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


def fill_a_basket(camera: Camera) -> None:
    page = camera.page
    camera.visit("/shop/morning-press")
    page.get_by_test_id("add-to-basket").first.click()
    expect(page.get_by_test_id("basket-total").first).to_contain_text("18")
    # On a phone the way to the checkout stays in sight, which looks odd in a picture of it all.
    camera.take("storefront", whole=page.viewport_size["width"] > 1000)


def read_the_checkout(camera: Camera) -> None:
    """In every language; in English at the end."""
    camera.visit(YEN_CHECKOUT)
    camera.online()
    camera.take("checkout-yen")
    for language in ("de", "es", "fr", "ja", "en"):
        camera.visit(f"{CHECKOUT}&lang={language}")
        camera.online()
        if language != "en":
            camera.take(f"checkout-in-{language}")


def pay_as_guest(camera: Camera) -> None:
    page = camera.page
    page.get_by_test_id("email").fill("ada@example.com")
    chromium.type_card(page, PAYS)
    page.get_by_test_id("name-on-card").fill("Ada Lovelace")
    camera.take("checkout-guest")
    page.get_by_test_id("pay-button").click()
    camera.seen("paid")
    camera.take("checkout-paid")


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
    camera.sign_in()
    camera.take("orders-empty")
    be_declined(camera)
    answer_the_bank(camera)
    look_at_orders(camera)
    look_at_wallet(camera)
    for name in ("account", "account/password", "account/delete"):
        camera.visit(f"/{name}")
        camera.take(name.replace("/", "-"))


def be_declined(camera: Camera) -> None:
    camera.visit(CHECKOUT)
    camera.online()
    camera.take("checkout")
    pay_with_new_card(camera, DECLINED)
    camera.seen("checkout-error")
    camera.take("checkout-declined")


def answer_the_bank(camera: Camera) -> None:
    page = camera.page
    camera.visit(CHECKOUT)
    camera.online()
    pay_with_new_card(camera, BANK_ASKS)
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


def pay_with_new_card(camera: Camera, number: str) -> None:
    page = camera.page
    page.get_by_test_id("new-card").click()
    chromium.type_card(page, number)
    page.get_by_test_id("name-on-card").fill("Demo Shopper")
    page.get_by_test_id("pay-button").click()


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
    page.get_by_test_id("wallet-card").last.get_by_role("button", name="Nickname").click()
    page.get_by_test_id("nickname").locator("visible=true").fill("Household")
    camera.take("wallet-nickname")
    page.get_by_test_id("nickname").locator("visible=true").press("Enter")
    expect(page.get_by_test_id("wallet-card").last).to_contain_text("Household")
    page.get_by_test_id("wallet-card").last.get_by_test_id("remove-card").click()
    undo = page.get_by_test_id("undo-remove").locator("visible=true")
    expect(undo).to_be_visible()
    camera.take("wallet-removed")
    undo.click()
    page.get_by_test_id("add-card-open").click()
    chromium.type_card(page, PAYS)
    camera.take("wallet-add")
    let_a_card_expire(camera.instance)
    page.reload()
    camera.online()
    camera.take("wallet-expired")


def in_trouble(camera: Camera) -> None:
    """Offline, without an answer, and signed out in another tab."""
    camera.sign_in()
    lose_the_network(camera)
    prices_change(camera)
    wait_for_an_answer(camera)
    sign_out_elsewhere(camera)


def lose_the_network(camera: Camera) -> None:
    page, context = camera.page, camera.page.context
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


def prices_change(camera: Camera) -> None:
    page = camera.page
    for name, change, back, answer in (
        ("price-changed", "price_cents = 1650", "price_cents = 1450", "Use the new total"),
        ("item-gone", "active = false", "active = true", "Go on without it"),
    ):
        camera.visit(CHECKOUT)
        camera.online()
        with changed(camera, change, back):
            page.get_by_test_id("pay-button").click()
            expect(page.get_by_role("button", name=answer)).to_be_visible()
            camera.take(f"checkout-{name}")


@contextmanager
def changed(camera: Camera, change: str, back: str) -> Iterator[None]:
    """The owner changes the beans, and changes them back."""
    owner.write(camera.shop, f"UPDATE item SET {change} WHERE item_id = 'beans-house'")
    yield
    owner.write(camera.shop, f"UPDATE item SET {back} WHERE item_id = 'beans-house'")


def wait_for_an_answer(camera: Camera) -> None:
    page = camera.page
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


def sign_out_elsewhere(camera: Camera) -> None:
    page = camera.page
    camera.visit(CHECKOUT)
    camera.online()
    other = page.context.new_page()
    other.goto("/account")
    other.locator("main form[action='/sign-out'] button").click()
    other.close()
    expect(page.get_by_role("button", name="Reload")).to_be_visible()
    camera.take("checkout-session-ended")


def without_the_shop(camera: Camera) -> None:
    """The last walk: the server is gone afterwards."""
    page = camera.page
    camera.sign_in()
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


def let_a_card_expire(instance: Instance) -> None:
    """One that the demo shopper doesn't use by default; as if it were next year."""
    connection = sqlite3.connect(instance.folder / "cog-checkout.sqlite3", timeout=10)
    with connection:
        query = "SELECT id FROM card WHERE verified AND NOT is_default ORDER BY created_at LIMIT 1"
        (card_id,) = connection.execute(query).fetchone()
        connection.execute("UPDATE card SET expomon = 1, expoyear = 2025 WHERE id = ?", (card_id,))
    connection.close()
