"""What a front has to offer, in words that fit a test client and a real network alike."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")
Json = dict[str, Any]
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Answer:
    """One HTTP response. Redirects are answers too: nothing is followed by itself."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    path: str

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str | None:
        return self.headers.get("Location")

    def json(self) -> Any:
        return json.loads(self.body)

    def script(self, element_id: str) -> Json:
        """The JSON in `<script type="application/json" id=...>`, as the page's code reads it."""
        reader = _read(self.text)
        assert element_id in reader.scripts, f"{self.path} ({self.status}) has no #{element_id}"
        found: Json = json.loads(reader.scripts[element_id])
        return found

    @property
    def csrf_token(self) -> str:
        token = _read(self.text).csrf_token
        assert token, f"{self.path} ({self.status}) has no form token"
        return token


@dataclass(frozen=True)
class Push:
    """Something that the server sent unasked."""

    event: str
    payload: Any


class Wire(Protocol):
    """One socket. `refusal` says why it was not let in: {"code", "message"}, or None."""

    pushes: list[Push]
    refusal: Json | None

    @property
    def connected(self) -> bool: ...
    def call(self, event: str, *arguments: Any) -> Any:
        """Send and wait for the ack, which is returned as it came."""

    def close(self) -> None: ...


class Http(Protocol):
    """One browser's cookies. Paths are relative to the shop."""

    def request(
        self,
        method: str,
        path: str,
        *,
        data: Mapping[str, Any] | bytes | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer: ...

    def wire(self, auth: Any, *, origin: str | None) -> Wire:
        """Connect a socket with these cookies; `origin` None sends no Origin at all."""


class Front(Protocol):
    """A running shop."""

    origin: str
    database_url: str
    in_process: bool

    def browser(self, address: str | None = None) -> Http:
        """A new visitor, by default with an address that nobody else has, as the shop sees it."""

    def pump(self) -> None:
        """Deliver every webhook that is due now."""

    def count(self) -> "AbstractContextManager[Counted]": ...
    def close(self) -> None: ...


@dataclass
class Counted:
    """What the shop did with its database while it was watched."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0
    stripe_calls: list[Json] = field(default_factory=list)

    @property
    def queries(self) -> int:
        return len(self.statements)


class AnswerLost(Exception):
    """The socket was closed before a message was answered; whether it was done is not known."""


class Visitor:
    """A person with a browser: pages and forms."""

    def __init__(self, http: Http, origin: str) -> None:
        self.http, self.origin = http, origin

    def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        return self.http.request("GET", path, headers=headers)

    def post(
        self,
        path: str,
        *,
        data: Mapping[str, Any] | bytes | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        return self.http.request("POST", path, data=data, json=json, headers=headers)

    def submit(self, form_page: str, fields: Mapping[str, Any], *, to: str | None = None) -> Answer:
        """Open a page, fill its form and send it (to the page's own path, or `to`)."""
        token = self.get(form_page).csrf_token
        headers = {"Origin": self.origin, "Referer": f"{self.origin}{form_page}"}
        path = to or form_page.partition("?")[0]
        return self.post(path, data={"csrf_token": token, **fields}, headers=headers)


def visitor_address(number: int) -> str:
    """An address that belongs to nobody. Source: RFC 2544, 198.18.0.0/15 is for tests."""
    return f"198.18.{number // 250}.{number % 250 + 1}"


def query(path: str, pairs: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path


def eventually(look: Callable[[], T], *, within: float = 15.0, what: str = "it") -> T:
    """Look again until the answer is true-ish; raises AssertionError after `within` seconds."""
    deadline = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} did not happen within {within} s"
        time.sleep(0.02)
    return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.scripts: dict[str, str] = {}
        self.csrf_token = ""
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and given.get("type") == "application/json":
            self._inside = given.get("id") or ""
            self.scripts[self._inside] = ""
        if "csrf" in (given.get("name") or ""):
            self.csrf_token = given.get("value") or given.get("content") or ""

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self.scripts[self._inside] += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = None


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader
