"""The sandbox over HTTP, as a WSGI application that can be mounted anywhere."""

import mimetypes
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

from sandbox import connections, control
from sandbox.connections import Environ
from sandbox.engine import Call
from sandbox.errors import unrecognized_url
from sandbox.line import ConnectionLost, Line
from sandbox.records import encode

if TYPE_CHECKING:
    from sandbox.facade import Sandbox

_STATIC = Path(__file__).parent / "static"
_LARGEST_BODY = 1_000_000
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Stripe-Version",
    "Access-Control-Expose-Headers": "Request-Id, Idempotent-Replayed",
    "Access-Control-Max-Age": "300",
}
# Folders under static/ that are served, and the one file beside them.
_FOLDERS = ("elements", "3ds")

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    cut: bool = False  # send half of the body, and hang up


class Application:
    def __init__(self, line: Line, sandbox: "Sandbox") -> None:
        self._line = line
        self._sandbox = sandbox

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            status, headers, body, cut = self._answer(environ)
        except ConnectionLost:
            connections.reset(environ)
            return []
        headers["Content-Length"] = str(len(body))
        headers.setdefault("Cache-Control", "no-store")
        headers["X-Content-Type-Options"] = "nosniff"
        write = start_response(f"{status} {_phrase(status)}", list(headers.items()))
        if cut:
            write(body[: len(body) // 2])
            connections.hang_up(environ)
            return []
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, environ: Environ) -> Answer:
        path = environ.get("PATH_INFO", "")
        if path.startswith("/v1/") or path == "/v1":
            return self._api(environ, path)
        if path.startswith("/control/"):
            return self._control(environ, path.removeprefix("/control/"))
        return _static(environ["REQUEST_METHOD"], path)

    def _api(self, environ: Environ, path: str) -> Answer:
        method = environ["REQUEST_METHOD"]
        if method == "OPTIONS":
            return Answer(204, dict(_CORS), b"")
        body = _body(environ)
        if body is None:
            return _problem(413, "The request body is too large.")
        call = Call(
            method=method,
            path=path,
            form=body if method == "POST" else environ.get("QUERY_STRING", ""),
            headers=_headers(environ),
            address=environ.get("REMOTE_ADDR"),
        )
        firing = self._line.take(call)
        response = self._line.carry(call, firing, lambda: connections.is_gone(environ))
        headers = {**response.headers, **_CORS}
        return Answer(response.status, headers, response.body.encode(), response.cut)

    def _control(self, environ: Environ, name: str) -> Answer:
        if not control.is_local(environ):
            return _problem(403, "The control pages answer on the loopback interface only.")
        query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        try:
            given = control.read_body(environ.get("CONTENT_TYPE", ""), _body(environ) or b"")
            status, answer = control.answer(
                self._sandbox, environ["REQUEST_METHOD"], name, query, given
            )
        except ValueError as error:
            return _problem(400, str(error))
        return Answer(status, {"Content-Type": "application/json"}, encode(answer).encode())


def _headers(environ: Environ) -> dict[str, str]:
    return {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }


def _body(environ: Environ) -> bytes | None:
    """The request body, or None when it is too large."""
    length = environ.get("CONTENT_LENGTH") or "0"
    size = int(length) if length.isdigit() else 0
    if size > _LARGEST_BODY:
        return None
    body: bytes = environ["wsgi.input"].read(size) if size else b""
    return body


def _static(method: str, path: str) -> Answer:
    """`/stripe.js` and the files under `/elements/` and `/3ds/`."""
    folder, _, name = path.lstrip("/").partition("/")
    served = path == "/stripe.js" or (folder in _FOLDERS and name and "/" not in name)
    file = _STATIC / path.lstrip("/")
    if not served or name.startswith(".") or method not in ("GET", "HEAD") or not file.is_file():
        error = unrecognized_url(method, path)
        return _problem(error.status, error.error["message"])
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind == "application/javascript"
    headers = {
        "Content-Type": f"{kind}; charset=utf-8" if text else kind,
        "Cache-Control": "no-cache",
        "Access-Control-Allow-Origin": "*",
    }
    return Answer(200, headers, file.read_bytes())


def _problem(status: int, message: str) -> Answer:
    error = {"error": {"message": message, "type": "invalid_request_error"}}
    return Answer(status, {"Content-Type": "application/json"}, encode(error).encode())


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
