"""While many cards are declined, a person shows to be one in the owner's widget and pays."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import steps
from tests.browser.conftest import Complaints
from tests.browser.sites import Quiet, serving
from tests.support.instances import Instances
from tests.support.server_front import ServerFront
from tests.support.shop import Shop

TOKEN = "token of a person"
# As those of the big makers: a script from elsewhere that opens a frame from there.
WIDGET = """window.cogCaptcha = place => new Promise((resolve, reject) => {
  const frame = document.createElement("iframe");
  frame.title = "widget";
  frame.src = new URL("frame.html", import.meta.url).href;
  addEventListener("message", event => {
    if (event.source !== frame.contentWindow) return;
    if (event.data) resolve(event.data); else reject(new Error("given up"));
  });
  place.append(frame);
});"""
FRAME = f"""<!doctype html><title>widget</title>
<button onclick="parent.postMessage('{TOKEN}', '*')">I am a person</button>
<button onclick="parent.postMessage('forged', '*')">I am a bot</button>
<button onclick="parent.postMessage('', '*')">I give up</button>"""
FILES = {"/widget.js": ("text/javascript", WIDGET), "/frame.html": ("text/html", FRAME)}


def verify(token: str, _address: str | None) -> bool:
    """What the shop's server asks."""
    return token == TOKEN


class Widget(Quiet, BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind, text = FILES[self.path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self._open()
        self.wfile.write(text.encode())

    def do_OPTIONS(self) -> None:
        # The browsers of these tests have a header of their own, so they ask first.
        self.send_response(204)
        self._open()

    def _open(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", "*")
        self.end_headers()


@pytest.fixture(scope="module")
def widget() -> Iterator[str]:
    with serving(Widget) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def server(instances: Instances, widget: str) -> Iterator[ServerFront]:
    """A shop in the middle of a surge."""
    captcha = {"CAPTCHA_SCRIPT": f"{widget}/widget.js", "CAPTCHA_SOURCES": widget}
    captcha["CAPTCHA_VERIFIER"] = f"{__name__}:verify"
    front = ServerFront(instances.fresh(DECLINES_SURGE="2", **captcha))
    shop = Shop(front)
    for _ in range(2):
        shop.shopper().buy(number=steps.DECLINED)
    shop.close()
    yield front
    front.close()


@pytest.fixture(autouse=True)
def from_the_widget(complaints: Complaints, widget: str) -> None:
    complaints.expect(f"request to another host: {widget}")


def press(page: Page, words: str) -> None:
    place = page.get_by_test_id("captcha")
    place.frame_locator("iframe").get_by_role("button", name=words).click()
    expect(place).not_to_be_visible()
    expect(place.locator("iframe")).to_have_count(0)


def test_a_person_pays_with_a_new_card(page: Page, live_shop: Shop) -> None:
    steps.pay_as_guest(page)
    press(page, "I am a person")
    steps.is_paid(page)
    assert steps.charged(live_shop) == [steps.MUGS_TOTAL]


@pytest.mark.parametrize("words", ["I am a bot", "I give up"])
def test_whoever_shows_nothing_may_try_again(page: Page, live_shop: Shop, words: str) -> None:
    steps.pay_as_guest(page)
    press(page, words)
    expect(steps.problem(page)).to_contain_text("That was a lot at once")
    assert live_shop.ledger()["payment_intents"] == []
    steps.pay(page)
    press(page, "I am a person")
    steps.is_paid(page)


def pay_before_the_widget_is_there(page: Page, widget: str) -> Route:
    """Pressed while its script is on the way still: the request of that script."""
    asked: list[Route] = []
    page.route(f"{widget}/widget.js", lambda route: asked.append(route))
    page.goto(steps.checkout(steps.MUGS), wait_until="commit")
    steps.online(page)
    steps.fill_as_guest(page)
    steps.pay(page)
    expect(page.get_by_test_id("captcha")).to_be_visible()
    return asked[0]


def test_a_widget_that_comes_late_is_waited_for(page: Page, live_shop: Shop, widget: str) -> None:
    pay_before_the_widget_is_there(page, widget).continue_()
    press(page, "I am a person")
    steps.is_paid(page)
    assert steps.charged(live_shop) == [steps.MUGS_TOTAL]


def test_a_widget_that_does_not_come_is_not(
    page: Page, complaints: Complaints, widget: str
) -> None:
    complaints.expect("ERR_FAILED")
    pay_before_the_widget_is_there(page, widget).abort()
    expect(steps.problem(page)).to_contain_text("That was a lot at once")
    expect(page.get_by_test_id("captcha")).not_to_be_visible()


def save_a_card(page: Page) -> None:
    steps.sign_up(page)
    page.goto("/wallet")
    steps.online(page)
    steps.save_card(page)
    press(page, "I am a person")
    expect(page.get_by_test_id("wallet-card")).to_have_count(1)


def test_a_person_saves_a_card(page: Page) -> None:
    save_a_card(page)


def test_nobody_is_asked_who_pays_with_a_card_that_has_paid(page: Page, live_shop: Shop) -> None:
    save_a_card(page)
    steps.open_checkout(page)
    steps.pay(page)
    press(page, "I am a person")
    steps.is_paid(page)
    steps.open_checkout(page, steps.KETTLE)
    steps.pay(page)
    steps.is_paid(page)
    assert steps.charged(live_shop) == [steps.MUGS_TOTAL, steps.KETTLE_TOTAL]
