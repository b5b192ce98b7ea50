"""What a browser keeps of an answer: its cookies, with their attributes."""

import re
from collections.abc import Mapping

from tests.support.doors import Answer, Visitor

_COOKIE = "cog_session"
_BETWEEN_COOKIES = re.compile(r", (?=[\w-]+=)")


def cookies_of(answer: Answer) -> Mapping[str, str]:
    """Each cookie that the answer sets: name -> value and attributes as they were sent."""
    several = getattr(answer.headers, "getlist", lambda name: [answer.headers.get(name, "")])
    sent = _BETWEEN_COOKIES.split(", ".join(several("Set-Cookie")))
    return {name: rest for name, _, rest in (cookie.partition("=") for cookie in sent if cookie)}


def session_of(answer: Answer) -> str:
    """The value of the session cookie that the answer sets; empty when it takes it away."""
    return cookies_of(answer)[_COOKIE].partition(";")[0]


def note(page: Answer, field: str) -> str:
    """What a form says under this field."""
    found = re.search(rf'id="{field}-note"[^>]*>(.*?)</p>', page.text, re.S)
    return found[1] if found else ""


def sees_account(visitor: Visitor) -> bool:
    """Whether the pages take this browser for somebody with an account."""
    return visitor.get("/wallet").status == 200


def with_session(visitor: Visitor, value: str) -> Visitor:
    """This browser, from now on with this session cookie, wherever it got it."""
    http = visitor.http
    if hasattr(http, "_client"):
        http._client.set_cookie(_COOKIE, value, domain="localhost")
    else:
        http._session.cookies.set(_COOKIE, value)  # type: ignore[attr-defined]
    return visitor


def post(visitor: Visitor, path: str, fields: Mapping[str, str], *, agent: str = "") -> Answer:
    """Send a form of a page with this path, from a browser that calls itself so."""
    headers = {"Origin": visitor.origin, "Referer": f"{visitor.origin}{path}", "User-Agent": agent}
    token = visitor.get(path).csrf_token
    return visitor.post(path, data={"csrf_token": token, **fields}, headers=headers)


def devices_of(visitor: Visitor) -> dict[str, str]:
    """Where the account page says that one is signed in: what it is called -> its session's id.

    The browser that looks has no id there: it can't be signed out from afar.
    """
    page = visitor.get("/account").text
    rows = re.findall(r'data-testid="device">(.*?)</li>', page, re.S)
    found = {}
    for row in rows:
        name = re.search(r"<strong>(.*?)</strong>", row)
        session_id = re.search(r'name="session_id" value="(\w+)"', row)
        assert name
        found[name[1]] = session_id[1] if session_id else ""
    return found
