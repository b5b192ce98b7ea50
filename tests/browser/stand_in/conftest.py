"""The sandbox's Stripe.js, on a page of a shop: the shop on one origin, the sandbox on another."""

import base64
import http.server
import json
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.doors import eventually

ROOT = Path(__file__).parents[3]
PAGES = Path(__file__).parent
NONCE = "c3RhbmRpbg"
VISA = "4242424242424242"
# A promise that nobody keeps fails its test, instead of waiting for ever.
TOO_LATE = "new Promise((_, fail) => setTimeout(() => fail(new Error('no end')), 30_000))"


class Api:
    """The sandbox's API with a secret key, as the shop's server would use it."""

    def __init__(self, origin):
        self.origin = origin

    def __call__(self, method, path, **params):
        data = urllib.parse.urlencode(params)
        request = urllib.request.Request(
            f"{self.origin}/v1/{path}" + (f"?{data}" if method == "GET" else ""),
            method=method,
            data=data.encode() if method == "POST" else None,
        )
        key = base64.b64encode(b"sk_test_standin:").decode()
        request.add_header("Authorization", f"Basic {key}")
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def intent(self, **params):
        return self(
            "POST",
            "payment_intents",
            **{
                "amount": 1999,
                "currency": "usd",
                "automatic_payment_methods[enabled]": "true",
                "automatic_payment_methods[allow_redirects]": "never",
                **params,
            },
        )

    def setup(self, **params):
        return self(
            "POST",
            "setup_intents",
            **{
                "automatic_payment_methods[enabled]": "true",
                "automatic_payment_methods[allow_redirects]": "never",
                **params,
            },
        )

    def unanswered(self, card="pm_card_threeDSecure2Required", **params):
        """An intent that waits for 3D Secure."""
        return self.intent(payment_method=card, confirm="true", **params)


@pytest.fixture(scope="session")
def api(tmp_path_factory):
    file = tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite3"
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0", "--path", str(file)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Api(process.stdout.readline().split()[1])
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


class ShopPage(http.server.BaseHTTPRequestHandler):
    sandbox = ""

    def do_GET(self):
        name = urllib.parse.urlparse(self.path).path.lstrip("/") or "page.html"
        if not (PAGES / name).is_file():
            self.send_error(404)
            return
        text = (PAGES / name).read_text()
        text = text.replace("{{stripe}}", f"{self.sandbox}/sandbox/stripe.js")
        kinds = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
        self.send_response(200)
        self.send_header("Content-Type", kinds[name.rpartition(".")[2]])
        # As strict as the app's own, with the sandbox's origin where the app has 'self'.
        self.send_header(
            "Content-Security-Policy",
            "; ".join(
                [
                    "default-src 'self'",
                    f"script-src 'nonce-{NONCE}'",
                    "style-src 'self'",
                    f"frame-src {self.sandbox}",
                    "connect-src 'self'",
                    "img-src 'self' data:",
                ]
            ),
        )
        self.end_headers()
        self.wfile.write(text.replace("{{nonce}}", NONCE).encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def shop_origin(api):
    handler = type("ShopOfThisRun", (ShopPage,), {"sandbox": api.origin})
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()


class Card:
    """The card field on a page, used as a person would."""

    def __init__(self, page, shop):
        self.page = page
        self.shop = shop
        self.frame = page.frame_locator("iframe[title='Secure card payment input frame']")
        self.number, self.expiry, self.cvc, self.postal = (
            self.frame.locator(f"input[name={name}]")
            for name in ("cardnumber", "exp-date", "cvc", "postal")
        )

    def open(self, locale="en", **options):
        query = urllib.parse.urlencode({"options": json.dumps(options), "locale": locale})
        self.page.goto(f"{self.shop}/?{query}")
        self.page.wait_for_selector("body[data-ready]")
        return self

    def type(self, text):
        self.number.click()
        self.page.keyboard.type(text)
        return self

    def clear(self):
        self.run("card.clear()")
        for field in (self.number, self.expiry, self.cvc, self.postal):
            expect(field).to_have_value("")
        return self

    def fill(self, number=VISA, expiry="1234", cvc="123", postal="94107"):
        return self.type(number + expiry + cvc + postal)

    def seen(self, name):
        """The events of this name, with all that the field has to say about what was done to it."""
        for frame in self.page.frames:
            frame.evaluate("0")
        before, now = None, self.page.evaluate("seen")
        while now != before:
            self.page.wait_for_timeout(50)
            before, now = now, self.page.evaluate("seen")
        return [event for event in now if event["name"] == name]

    def says(self, name):
        """Wait for an event of this name."""
        return eventually(lambda: self.seen(name), what=name)

    def state(self):
        """The last change event."""
        return self.says("change")[-1]

    def run(self, call, argument=None):
        """A call on `stripe` or `card`; a thrown error becomes its name and message."""
        return self.page.evaluate(
            f"async (argument) => {{ try {{ return await Promise.race([({call}), {TOO_LATE}]); }}"
            " catch (error) { return { thrown: error.name, message: error.message }; } }",
            argument,
        )

    def start(self, call, argument):
        """Begins a call that will wait for the challenge; `card.result()` is its end."""
        self.page.evaluate(f"argument => {{ window.result = {call}; }}", argument)
        return self

    def result(self):
        return self.run("window.result")

    def challenge(self):
        frame = self.page.frame_locator("dialog iframe")
        expect(frame.locator("[data-outcome=complete]")).to_be_visible()
        return frame


@pytest.fixture
def card(chromium, shop_origin):
    context = chromium.new_context()
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    field = Card(page, shop_origin)
    field.complaints = complaints
    yield field
    violations = page.evaluate("seen.filter(({name}) => name === 'violation')")
    context.close()
    assert violations == []
    assert complaints == []
