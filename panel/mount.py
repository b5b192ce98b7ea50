"""The sandbox on our own address: its Stripe face under /sandbox/, beside the pages about it."""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from flask import Flask

import recorder
from sandbox.auth import key_kind
from sandbox.control import is_local
from sandbox.errors import ApiError

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
MOUNT = "/sandbox"
# Pages of ours under the address of the sandbox, which has nothing of these names.
PAGES = ("faults", "ledger", "happened")


def mount(app: Flask, sandbox_app: WsgiApp) -> None:
    """Send /sandbox/... to the sandbox and all else, the pages about it too, to the app.

    Any test key is a secret key of the sandbox, and with one everything can be seen and done: on
    a shop that others can reach, that is for this machine alone.
    """
    shop: WsgiApp = app.wsgi_app

    def route(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(f"{MOUNT}/") or path.removeprefix(f"{MOUNT}/") in PAGES:
            return shop(environ, start_response)
        is_call = path.startswith(f"{MOUNT}/v1/")
        if path.startswith(f"{MOUNT}/v1") and not (_is_browser(environ) or is_local(environ)):
            start_response("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"The sandbox takes secret keys from this machine alone."]
        answer, status = _answered(sandbox_app, _inside(environ), start_response)
        if is_call and _is_browser(environ) and environ["REQUEST_METHOD"] != "OPTIONS":
            answer = list(answer)
            _record(environ["REQUEST_METHOD"], path.removeprefix(MOUNT), status, answer)
        return answer

    app.wsgi_app = route  # type: ignore[method-assign]


def _inside(environ: Environ) -> Environ:
    """The request as the sandbox sees it, which knows nothing of where it is mounted."""
    path = environ["PATH_INFO"].removeprefix(MOUNT)
    return {**environ, "SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + MOUNT, "PATH_INFO": path}


def _is_browser(environ: Environ) -> bool:
    """Whether the call has a publishable key, or none (then the sandbox itself says so)."""
    try:
        return key_kind(environ.get("HTTP_AUTHORIZATION")) != "secret"
    except ApiError:
        return True


def _answered(
    sandbox_app: WsgiApp, environ: Environ, start_response: Callable[..., Any]
) -> tuple[Iterable[bytes], str]:
    """The answer, and its status; without one the connection was lost."""
    seen: list[str] = []

    def start(status: str, *rest: Any) -> Any:
        seen.append(status[:3])
        return start_response(status, *rest)

    return sandbox_app(environ, start), next(iter(seen), "lost")


def _record(method: str, path: str, status: str, answer: list[bytes]) -> None:
    """What a page says to Stripe by itself: that the shop has no part in it is worth seeing."""
    with suppress(Exception), recorder.sequence():
        recorder.step("typed", f"{method} {path}", status)
        recorder.about(None, *(part for part in path.split("/") if _is_thing(part)))
        made = json.loads(b"".join(answer)).get("id")
        recorder.about(None, made if _is_thing(made) else None)


def _is_thing(text: Any) -> bool:
    return isinstance(text, str) and text.startswith(("pi_", "pm_", "seti_", "tok_"))
