"""Open to the public: a real browser behind real TLS, and a sister domain that means ill."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser import steps
from tests.browser.conftest import Complaints
from tests.browser.sites import Quiet, serving
from tests.support.instances import Instances
from tests.support.server_front import ServerFront
from tests.support.tls_proxy import tls_before

SHOP, SISTER = "shop.example", "sister.shop.example"
# Who is here, and the basket with the form token.
WHO, BASKET = "__Host-cog_session", "__Host-session"
FORGED = "forged"


@dataclass
class Public:
    """The shop as the public knows it."""

    origin: str
    log_path: Path


@pytest.fixture(scope="module")
def server(instances: Instances) -> Iterator[Public]:
    front = ServerFront(instances.fresh())
    with tls_before(urlsplit(front.origin).port or 0, SHOP, SISTER) as port:
        yield Public(f"https://{SHOP}:{port}", front.log_path)
    front.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """Nobody vouches for the certificate of a test."""
    return new_context(ignore_https_errors=True).new_page()


class Sister(Quiet, BaseHTTPRequestHandler):
    """Sets cookies for her sister, and tells what she gets of hers."""

    def do_GET(self) -> None:
        self.send_response(200)
        for name in (WHO, BASKET):
            for more in ("", "; Secure", f"; Domain={SHOP}", f"; Secure; Domain={SHOP}"):
                self.send_header("Set-Cookie", f"{name}={FORGED}; Path=/{more}")
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(self.headers.get("Cookie", "nothing").encode())


@pytest.fixture
def sister(complaints: Complaints) -> Iterator[int]:
    """Her port, on an open line: where the shop's own name may lead, too."""
    complaints.expect(rf"request to another host: http://({SHOP}|{SISTER})|favicon")
    with serving(Sister) as port:
        yield port


def cookies(page: Page) -> dict[str, dict[str, object]]:
    return {cookie["name"]: dict(cookie) for cookie in page.context.cookies()}


def test_a_shopper_signs_up_saves_a_card_and_pays(page: Page) -> None:
    steps.wallet_with(page, steps.VISA)
    steps.open_checkout(page)
    steps.pay(page)
    steps.is_paid(page)
    assert page.evaluate("isSecureContext")


def test_a_guest_pays_and_his_bank_asks(page: Page) -> None:
    steps.pay_as_guest(page, steps.ASKS_THE_BANK)
    steps.answer_bank(page)
    steps.is_paid(page)


def test_all_cookies_are_of_this_host_alone(page: Page) -> None:
    steps.sign_up(page)
    steps.open_checkout(page)
    kept = cookies(page)
    assert {WHO, BASKET} <= kept.keys()
    for name, cookie in kept.items():
        assert name.startswith("__Host-")
        rules = {key: cookie[key] for key in ("domain", "path", "secure", "sameSite")}
        expected = {"domain": SHOP, "path": "/", "secure": True, "sameSite": "Lax"}
        assert rules == expected, name
    assert kept[WHO]["httpOnly"]
    assert kept[BASKET]["httpOnly"]
    assert page.evaluate("document.cookie") == ""


def test_the_line_may_not_be_opened_again(page: Page) -> None:
    answer = page.goto("/sign-in")
    assert answer
    assert "max-age=" in (answer.header_value("strict-transport-security") or "")


@pytest.mark.parametrize("name", [SISTER, SHOP])
def test_nobody_else_gets_a_cookie_or_sets_one(page: Page, sister: int, name: str) -> None:
    steps.sign_up(page)
    before = cookies(page)
    page.goto(f"http://{name}:{sister}/")
    assert page.locator("body").inner_text() == "nothing"
    assert cookies(page) == before
    assert FORGED not in str(page.context.cookies())
    page.goto("/wallet")
    steps.online(page)


def test_the_name_of_the_shop_in_a_script_sets_no_cookie_either(page: Page) -> None:
    page.goto("/sign-in")
    before = cookies(page)
    for more in ("", "; Secure; Path=/deep", f"; Secure; Path=/; Domain={SHOP}"):
        page.evaluate("text => { document.cookie = text; }", f"{WHO}={FORGED}{more}")
    assert cookies(page) == before
