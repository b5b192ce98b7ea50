"""Behind a proxy that speaks TLS: cookies that only we can set, and whom the shop believes."""

from collections.abc import Callable, Iterator

import pytest

from tests.accounts.browser import cookies_of
from tests.support.client_front import ClientFront
from tests.support.doors import Answer, Visitor
from tests.support.instances import Instances
from tests.support.shop import PASSWORD

CHECKOUT = "/checkout?cog=morning-press&item=mug-stoneware"
TLS = {"X-Forwarded-Proto": "https"}
OWN = "https://localhost"
HOST_COOKIE = "__Host-cog_session"
POLLING = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture
def opened(instances: Instances) -> Iterator[Callable[[str], Visitor]]:
    """A visitor of a shop with this many trusted proxies in front of it."""
    instance = instances.fresh()
    fronts: list[ClientFront] = []

    def open_one(proxies: str) -> Visitor:
        settings = {**instance.settings, "TRUSTED_PROXIES": proxies, "ALLOWED_ORIGINS": ""}
        fronts.append(ClientFront(type(instance)(instance.folder, instance.database_url, settings)))
        return Visitor(fronts[-1].browser(), fronts[-1].origin)

    yield open_one
    for front in fronts:
        front.close()
    instances.discard(instance)


@pytest.fixture
def visitor(opened: Callable[[str], Visitor]) -> Visitor:
    return opened("1")


def send(visitor: Visitor, path: str, referer: str | None, **fields: str) -> Answer:
    """A form as a browser sends it from a page behind TLS."""
    token = visitor.get(path, headers=TLS).csrf_token
    headers = TLS | ({"Origin": OWN, "Referer": referer} if referer else {})
    return visitor.post(path, data={"csrf_token": token, **fields}, headers=headers)


def test_the_session_s_cookie_is_one_that_no_sister_domain_can_set(visitor: Visitor) -> None:
    cookie = cookies_of(visitor.get(CHECKOUT, headers=TLS))[HOST_COOKIE]
    words = {word.strip() for word in cookie.split(";")[1:]}
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= words
    assert not any(word.startswith("Domain") for word in words)


def test_no_cookie_goes_over_an_open_line(visitor: Visitor) -> None:
    for answer in (
        visitor.get(CHECKOUT, headers=TLS),
        send(visitor, "/register", f"{OWN}/register", email="a@example.com", password=PASSWORD),
    ):
        cookies = cookies_of(answer)
        assert cookies
        for name, cookie in cookies.items():
            assert "; Secure" in cookie, name
            assert "; HttpOnly" in cookie, name
            assert name.startswith("__Host-")


def test_only_the_cookie_for_this_host_opens_the_session(visitor: Visitor) -> None:
    token = cookies_of(visitor.get(CHECKOUT, headers=TLS))[HOST_COOKIE].partition(";")[0]
    stranger = visitor.http._app.test_client(use_cookies=False)  # type: ignore[attr-defined]
    for name, status in ((HOST_COOKIE, 200), ("cog_session", 401)):
        headers = {**TLS, "Cookie": f"{name}={token}"}
        assert stranger.get("/socket-token", headers=headers).status_code == status


def test_signing_out_takes_that_cookie_away(visitor: Visitor) -> None:
    visitor.get(CHECKOUT, headers=TLS)
    token = visitor.get("/wallet", headers=TLS)
    assert token.status == 303
    page = visitor.get("/register", headers=TLS)
    fields = {"csrf_token": page.csrf_token, "email": "b@example.com", "password": PASSWORD}
    headers = {**TLS, "Origin": OWN, "Referer": f"{OWN}/register"}
    assert visitor.post("/register", data=fields, headers=headers).status == 303
    out = {"csrf_token": visitor.get("/wallet", headers=TLS).csrf_token}
    gone = cookies_of(visitor.post("/sign-out", data=out, headers=headers))[HOST_COOKIE]
    assert gone.startswith(";")
    assert "Max-Age=0" in gone
    assert "Secure" in gone


@pytest.mark.parametrize("referer", [None, "http://localhost/register", "https://evil.example/"])
def test_a_form_must_come_from_our_own_page(visitor: Visitor, referer: str | None) -> None:
    """Also one with a token, which somebody on the line of a plain page could have set."""
    answer = send(visitor, "/register", referer, email="c@example.com", password=PASSWORD)
    assert answer.status == 400
    assert HOST_COOKIE not in cookies_of(answer)


def test_without_a_trusted_proxy_nobody_s_word_makes_it_tls(
    opened: Callable[[str], Visitor],
) -> None:
    cookies = cookies_of(opened("0").get(CHECKOUT, headers=TLS))
    assert cookies.keys() == {"cog_session", "session"}
    assert not any("Secure" in cookie for cookie in cookies.values())


def test_a_proxy_that_is_not_the_last_one_is_not_believed(visitor: Visitor) -> None:
    first = {"X-Forwarded-Proto": "https, http"}
    assert "cog_session" in cookies_of(visitor.get(CHECKOUT, headers=first))


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (OWN, 200),
        ("http://localhost", 400),
        ("https://evil.example", 400),
        ("https://localhost.evil.example", 400),
    ],
)
def test_a_socket_must_come_from_our_own_page(visitor: Visitor, origin: str, status: int) -> None:
    for more in ({}, {"X-Forwarded-Host": "evil.example"}):
        answer = visitor.get(POLLING, headers={**TLS, "Origin": origin, **more})
        assert answer.status == status, answer.text


def test_another_name_for_our_host_is_nobody_s_to_choose(visitor: Visitor) -> None:
    headers = {**TLS, "X-Forwarded-Host": "evil.example"}
    for path in ("/", "/wallet", CHECKOUT, "/nothing-here"):
        answer = visitor.get(path, headers=headers)
        assert "evil.example" not in answer.text + str(answer.headers)
