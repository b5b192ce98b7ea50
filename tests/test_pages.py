"""What every page has in common: headers, cookies, the token of forms, and pages of errors."""

import re
import uuid

import pytest

from tests.accounts.browser import cookies_of, sees_account
from tests.support.client_front import ClientFront
from tests.support.doors import Answer, Visitor
from tests.support.shop import PASSWORD, Shop

CHECKOUT = "/checkout?cog=morning-press&item=mug-stoneware"
STOREFRONT, BASKET = "/shop/morning-press", "/shop/morning-press/basket"
SANDBOX = ("/sandbox", "/sandbox/faults", "/sandbox/happened", "/sandbox/ledger")
PAGES = ("/", STOREFRONT, CHECKOUT, "/orders", "/wallet", "/sign-in", "/register", *SANDBOX)
OTHERS = (
    "/nothing-here",
    "/shop/nowhere",
    "/orders/txn_nobodys",
    "/sign-out",
    "/socket-token",
    "/socket-token?cog=cog_nobodys",
    "/static/css/base.css",
    "/static/js/page.js",
    "/static/nothing",
)
JSON = {"Accept": "application/json"}
BIG = b"x" * 1_000_001


@pytest.fixture
def account(shop: Shop) -> Visitor:
    visitor = shop.visitor()
    shop.register(visitor, f"ada-{uuid.uuid4().hex[:12]}@example.com")
    return visitor


# Headers


def check_headers(answer: Answer) -> None:
    headers = answer.headers
    policy = headers["Content-Security-Policy"]
    for directive in (
        "default-src 'self'",
        "style-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ):
        assert directive in policy.split("; "), (answer.path, directive)
    assert "unsafe" not in policy
    assert "*" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Permissions-Policy"] == "camera=(), microphone=(), geolocation=()"
    assert "Access-Control-Allow-Origin" not in headers
    assert "Server" not in headers or "Python" not in headers["Server"]


def test_every_page_has_the_headers_that_protect_it(account: Visitor) -> None:
    for path in PAGES:
        answer = account.get(path)
        assert answer.status == 200, path
        check_headers(answer)


def test_whatever_is_no_page_has_them_too(shop: Shop, account: Visitor) -> None:
    for path in OTHERS:
        check_headers(account.get(path))
    check_headers(shop.visitor().get("/wallet"))  # a redirect
    check_headers(account.post("/sign-in", data={}))  # without our token
    check_headers(account.post("/webhooks/stripe", data=b"{}"))
    check_headers(account.post(BASKET, data=BIG))


def nonce(answer: Answer) -> str:
    (found,) = re.findall(r"'nonce-([\w-]+)'", answer.headers["Content-Security-Policy"])
    return str(found)


def test_each_answer_has_a_nonce_of_its_own(account: Visitor) -> None:
    nonces = [nonce(account.get(path)) for path in (*PAGES, *OTHERS) * 2]
    assert len(set(nonces)) == len(nonces)
    assert all(len(one) >= 22 for one in nonces)  # 128 bits


def test_every_script_is_a_file_with_the_nonce_of_its_answer(account: Visitor) -> None:
    for path in (*PAGES, "/nothing-here"):
        page = account.get(path)
        scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page.text, re.DOTALL)
        code = [(tag, text) for tag, text in scripts if "application/json" not in tag]
        assert code, path
        for tag, text in code:
            assert f'nonce="{nonce(page)}"' in tag, path
            assert re.search(r'\bsrc="[^"]+"', tag), path
            assert text.strip() == "", path
        assert not re.search(r"<[^>]+\s(on[a-z]+|style)=", page.text), path
        assert "javascript:" not in page.text, path


def test_pages_that_carry_a_token_are_kept_by_nobody(shop: Shop) -> None:
    visitor = shop.shopper(account=True).visitor
    for path in (shop.checkout_path(), "/wallet", "/orders", "/socket-token"):
        assert visitor.get(path).headers["Cache-Control"] == "no-store"


# Cookies


def flags(cookie: str) -> set[str]:
    return {flag.strip() for flag in cookie.split(";")[1:] if "=" not in flag or "Same" in flag}


def test_no_script_and_no_other_site_can_use_the_cookies(shop: Shop) -> None:
    visitor = shop.visitor()
    cookies = cookies_of(visitor.get(CHECKOUT))
    assert cookies.keys() == {"cog_session", "session"}
    for name, cookie in cookies.items():
        assert flags(cookie) == {"HttpOnly", "SameSite=Lax"}, name
        assert "; Path=/" in cookie
        assert "Domain" not in cookie
    assert "; Max-Age=2592000" in cookies["cog_session"]  # 30 days


@pytest.mark.parametrize("path", ["/", STOREFRONT, *SANDBOX, "/nothing-here", "/wallet"])
def test_who_only_looks_around_gets_no_session(shop: Shop, path: str) -> None:
    before = shop.rows('SELECT count(*) AS n FROM "user"')
    assert "cog_session" not in cookies_of(shop.visitor().get(path))
    assert shop.rows('SELECT count(*) AS n FROM "user"') == before


# Forms


def csrf_of(visitor: Visitor, page: str = "/sign-in") -> str:
    return visitor.get(page).csrf_token


FORMS = {
    "/sign-in": {"email": "ada-of-the-pages@example.com", "password": PASSWORD},
    "/register": {"email": "new-of-the-pages@example.com", "password": PASSWORD},
    "/sign-out": {},
    "/account/email": {"email": "other-of-the-pages@example.com", "password": PASSWORD},
    "/account/password": {"password": PASSWORD, "new_password": "tea at four o'clock"},
    "/account/delete": {"password": PASSWORD},
    "/account/sessions/end": {"session_id": "ses_any"},
    "/account/sessions/end-others": {},
    BASKET: {"item_id": "mug-stoneware", "add": "1"},
    "/orders/txn_nobodys/again": {},
    "/sandbox/faults": {"normal": "1"},
}


def people_and_sessions(shop: Shop) -> list[dict[str, object]]:
    users = shop.rows('SELECT * FROM "user" ORDER BY id')
    return users + shop.rows("SELECT * FROM session ORDER BY id")


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("kind", ["missing", "empty", "wrong", "another-visitor-s", "in-a-header"])
def test_a_form_without_this_visitor_s_token_does_nothing(
    shop: Shop, account: Visitor, path: str, kind: str
) -> None:
    own, other = csrf_of(account, STOREFRONT), csrf_of(shop.visitor())
    token = {"missing": None, "empty": "", "wrong": own[:-1] + "~", "in-a-header": None}
    fields = {"csrf_token": token.get(kind, other), **FORMS[path]}
    fields = {name: value for name, value in fields.items() if value is not None}
    before = people_and_sessions(shop)
    headers = {"Origin": shop.origin, "Referer": shop.origin + path}
    headers |= {"X-CSRFToken": other} if kind == "in-a-header" else {}
    answer = account.post(path, data=fields, headers=headers)
    assert answer.status == 400
    assert "That request wasn" in answer.text
    assert people_and_sessions(shop) == before
    assert sees_account(account)
    assert 'data-line="mug-stoneware"' not in account.get(STOREFRONT).text


@pytest.mark.in_process
def test_every_form_is_protected_but_stripe_s_webhook(front: ClientFront) -> None:
    open_to_all = {"/webhooks/stripe"}
    posts = {
        str(rule.rule).replace("<slug>", "morning-press").replace("<transaction_id>", "txn_nobodys")
        for rule in front.app.url_map.iter_rules()
        if rule.methods and rule.methods - {"GET", "HEAD", "OPTIONS"}
    }
    assert posts == FORMS.keys() | open_to_all
    assert {str(m) for r in front.app.url_map.iter_rules() for m in r.methods or ()} == {
        "GET",
        "HEAD",
        "OPTIONS",
        "POST",
    }
