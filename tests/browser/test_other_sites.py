"""What a real browser keeps other sites, and strange scripts, from doing to the shop."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser import steps
from tests.browser.conftest import Complaints
from tests.browser.sites import Quiet, serving
from tests.support.server_front import ServerFront

SESSION = "cog_session"
# Answers that the other site's own script may read, or why it may not.
ASK = """async url => {
  try { return await (await fetch(url, { credentials: "include" })).text(); }
  catch (error) { return String(error); }
}"""
CONNECT = """url => new Promise(resolve => {
  const socket = new WebSocket(url);
  socket.onmessage = event => resolve(event.data);
  socket.onerror = socket.onclose = () => resolve("refused");
})"""
SUBMIT = """url => {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: url });
  document.body.append(form);
  form.submit();
}"""


FRAME = """url => {
  document.body.append(Object.assign(document.createElement("iframe"), { src: url }));
}"""


class Elsewhere(Quiet, BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title><body>elsewhere")


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """Another site, for a browser: it has another name."""
    with serving(Elsewhere) as port:
        yield f"http://localhost:{port}/"


@pytest.fixture
def account(page: Page, complaints: Complaints, elsewhere: str) -> Page:
    """Somebody who is signed in at the shop, and his tab."""
    complaints.expect(f"request to another host: {elsewhere}|favicon")
    steps.sign_up(page)
    return page


def is_signed_in(page: Page) -> bool:
    tab = page.context.new_page()
    tab.goto("/account")
    return tab.locator(".account-email").count() == 1


def test_no_script_sees_the_cookies(account: Page) -> None:
    account.goto(steps.checkout(steps.MUGS))
    cookies = {cookie["name"]: cookie for cookie in account.context.cookies()}
    assert {SESSION, "session"} <= cookies.keys()
    for name in (SESSION, "session"):
        assert (cookies[name]["httpOnly"], cookies[name]["sameSite"]) == (True, "Lax"), name
        assert cookies[name]["path"] == "/"
        assert name not in account.evaluate("document.cookie")


def test_a_form_of_another_site_does_nothing(
    account: Page, complaints: Complaints, server: ServerFront, elsewhere: str
) -> None:
    complaints.expect("status of 400")
    for path in ("/sign-out", "/account/delete", "/shop/morning-press/basket"):
        account.goto(elsewhere)
        with account.expect_navigation() as answered:
            account.evaluate(SUBMIT, server.origin + path)
        answer: Response = answered.value
        assert answer.status == 400, path
        assert SESSION not in answer.request.all_headers().get("cookie", "")
    assert is_signed_in(account)


def test_another_site_reads_nothing(
    account: Page, complaints: Complaints, server: ServerFront, elsewhere: str
) -> None:
    complaints.expect("CORS policy|ERR_FAILED|status of 401")
    account.goto(elsewhere)
    for path in ("/socket-token", "/account/export", "/orders"):
        assert "Failed to fetch" in account.evaluate(ASK, server.origin + path), path


def test_another_site_opens_no_socket(
    account: Page, complaints: Complaints, server: ServerFront, elsewhere: str
) -> None:
    complaints.expect("WebSocket connection")
    url = server.origin.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    account.goto(elsewhere)
    assert account.evaluate(CONNECT, url) == "refused"
    account.goto("/orders")
    assert account.evaluate(CONNECT, url).startswith("0{")


def test_another_site_frames_nothing_and_holds_no_window(
    account: Page, complaints: Complaints, server: ServerFront, elsewhere: str
) -> None:
    complaints.expect("frame-ancestors|ERR_BLOCKED_BY_RESPONSE|chrome-error")
    account.goto(elsewhere)
    account.evaluate(FRAME, f"{server.origin}/account")
    framed = account.frame_locator("iframe")
    expect(framed.locator("body")).not_to_contain_text("Account")
    with account.context.expect_page() as opened:
        account.evaluate("url => { window.held = window.open(url); }", f"{server.origin}/account")
    expect(opened.value.locator(".account-email")).to_be_visible()
    assert opened.value.evaluate("window.opener") is None
    assert account.evaluate("window.held.closed") is True


# What it is -> the directive that keeps it out, and how a script would try.
STRANGE: dict[str, tuple[str, str]] = {
    "an inline script": ("script-src", "add('script', { text: 'strange = 1' })"),
    "an inline handler": (
        "script-src",
        "body.setAttribute('onclick', 'strange = 1'); body.click()",
    ),
    "a script from elsewhere": ("script-src", "add('script', { src: elsewhere })"),
    "a frame from elsewhere": ("frame-src", "add('iframe', { src: elsewhere })"),
    "a form to elsewhere": ("form-action", "add('form', { action: elsewhere }).submit()"),
    "another base": ("base-uri", "add('base', { href: elsewhere })"),
    "a call to elsewhere": ("connect-src", "fetch(elsewhere).catch(() => null)"),
    "a picture from elsewhere": ("img-src", "add('img', { src: elsewhere })"),
    "a style in the page": ("style-src", "body.setAttribute('style', 'color: red')"),
}
TRY = """elsewhere => {{
  const body = document.body;
  const add = (tag, facts) => body.appendChild(Object.assign(document.createElement(tag), facts));
  {script};
}}"""


@pytest.mark.parametrize("name", STRANGE)
def test_on_the_page_of_payment_nothing_strange_runs(
    page: Page, complaints: Complaints, elsewhere: str, name: str
) -> None:
    directive, script = STRANGE[name]
    complaints.expect(f"Content Security Policy|blocked: |request to another host: {elsewhere}")
    steps.open_checkout(page)
    page.evaluate(
        "() => { window.blocked = new Promise(resolve => addEventListener("
        "'securitypolicyviolation', event => resolve(event.effectiveDirective), { once: true })); }"
    )
    page.evaluate(TRY.format(script=script), elsewhere)
    found: Any = page.evaluate("window.blocked")
    assert found.startswith(directive)
    assert page.evaluate("window.strange") is None
    assert page.url.endswith(steps.checkout(steps.MUGS))


def test_text_never_becomes_code(page: Page, complaints: Complaints) -> None:
    complaints.expect("Content Security Policy|blocked: ")
    page.goto(steps.checkout(steps.MUGS))
    # From within the page: what a debugger evaluates is exempt.
    run = """() => new Promise(resolve => setTimeout(() => {
      try { resolve(String((0, window.eval)("1 + 1"))); } catch (error) { resolve(error.name); }
    }))"""
    assert page.evaluate(run) == "EvalError"
