"""What a rule of the API's faults may say, and which calls it means."""

import re
from contextlib import suppress
from typing import Any

from sandbox import fault_answers, routes
from sandbox.errors import ApiError, Json
from sandbox.rules import WHICH, one_of, refuse_others, seconds, which

METHODS = ("GET", "POST", "DELETE")
HANG_SECONDS = 120.0  # longer than any client waits
_COMMON = frozenset(("call", "kind", "when", "caller")) | WHICH
# Kind -> what it takes beside that.
_OPTIONS: dict[str, frozenset[str]] = {
    "delay": frozenset(("seconds",)),
    "hang": frozenset(("seconds",)),
    "reset": frozenset(),
    "status": frozenset(("status", "code", "message", "body", "should_retry", "reason", "stored")),
    "cut": frozenset(),
}
KINDS = tuple(_OPTIONS)
_USUAL_WHEN = ("before", "after")
_WHEN = {"cut": ("after",), "delay": ("before", "during", "after")}


def check(given: Json) -> Json:
    """The rule, complete. Raises: ValueError with a sentence that names what is wrong."""
    kind = one_of(given, "kind", KINDS)
    refuse_others(given, _COMMON | _OPTIONS[kind], f"a fault of the kind {kind}")
    rule: Json = {"call": _call(given.get("call")), "kind": kind, "when": _when(given, kind)}
    if "caller" in given:
        rule["caller"] = one_of(given, "caller", ("server", "browser"))
    rule |= which(given)
    if kind == "delay":
        rule["seconds"] = seconds(given)
    elif kind == "hang":
        rule["seconds"] = seconds(given, HANG_SECONDS)
    elif kind == "status":
        rule |= fault_answers.check(given)
    return rule


def matches(rule: Json, method: str, path: str, browser: bool) -> bool:
    caller = "browser" if browser else "server"
    return rule.get("caller", caller) == caller and _means(rule["call"], method, path)


def _when(given: Json, kind: str) -> str:
    return one_of(given, "when", _WHEN.get(kind, _USUAL_WHEN), _WHEN.get(kind, _USUAL_WHEN)[0])


def _call(value: Any) -> str:
    """Raises: ValueError for what no endpoint of the sandbox answers: it would never fire."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    method, _, path = text.partition(" ")
    method = method.upper()
    if text != "*" and (method not in (*METHODS, "*") or not path.startswith("/v1/")):
        raise ValueError('call is like "POST /v1/payment_intents", "GET /v1/refunds/*" or "*".')
    text = f"{method} {path}".strip()
    if not any(_means(text, known, f"/v1/{name}") for known, name in routes.all_routes()):
        _check_path_with_ids(METHODS if method == "*" else (method,), path)
    return text


def _check_path_with_ids(methods: tuple[str, ...], path: str) -> None:
    for method in methods:
        with suppress(ApiError):
            routes.find(method, path)
            return
    raise ValueError(f"The sandbox has no endpoint {' or '.join(methods)} {path}.")


def _means(call: str, method: str, path: str) -> bool:
    if call == "*":
        return True
    wanted_method, _, wanted = call.partition(" ")
    pattern = "[^/]+".join(re.escape(part) for part in wanted.split("*"))
    return wanted_method in ("*", method) and re.fullmatch(pattern, path) is not None
