"""What a rule of the API's faults may say, and which calls it means."""

import math
import re
from typing import Any

from sandbox import fault_answers, routes
from sandbox.errors import Json

METHODS = ("GET", "POST", "DELETE")
LONGEST = 3600.0  # seconds
HANG_SECONDS = 120.0  # longer than any client waits
_WHICH = frozenset(("first", "nth"))
_COMMON = frozenset(("call", "kind", "when", "caller")) | _WHICH
# Kind -> what it takes beside that.
_OPTIONS: dict[str, frozenset[str]] = {
    "delay": frozenset(("seconds",)),
    "hang": frozenset(("seconds",)),
    "reset": frozenset(),
    "status": frozenset(("status", "code", "message", "body", "should_retry", "reason")),
    "cut": frozenset(),
}


def check(given: Json) -> Json:
    """The rule, complete. Raises: ValueError with a sentence that names what is wrong."""
    kind = one_of(given, "kind", tuple(_OPTIONS))
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


def which(given: Json) -> Json:
    """`first` or `nth`, where one is given. Raises: ValueError."""
    chosen = {name: given[name] for name in _WHICH if name in given}
    if len(chosen) == 2:
        raise ValueError("Give first or nth, not both.")
    for name, value in chosen.items():
        if not _whole(value) or value < 1:
            raise ValueError(f"{name} is a whole number from 1.")
    return chosen


def seconds(given: Json, usual: float | None = None) -> float:
    value: Any = given.get("seconds", usual)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not 0 < value <= LONGEST:
        raise ValueError(f"seconds is a number above 0 and up to {LONGEST:.0f}.")
    return float(value)


def one_of(given: Json, name: str, allowed: tuple[str, ...], usual: str | None = None) -> str:
    value = given.get(name, usual)
    if value not in allowed:
        raise ValueError(f"{name} is one of: {', '.join(allowed)}.")
    return str(value)


def refuse_others(given: Json, known: frozenset[str], what: str) -> None:
    others = sorted(given.keys() - known)
    if others:
        raise ValueError(
            f"{', '.join(others)} means nothing for {what}, which takes: "
            f"{', '.join(sorted(known))}."
        )


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _when(given: Json, kind: str) -> str:
    allowed = ("after",) if kind == "cut" else ("before", "after")
    return one_of(given, "when", allowed, allowed[0])


def _call(value: Any) -> str:
    """Raises: ValueError for what no endpoint of the sandbox answers: it would never fire."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    method, _, path = text.partition(" ")
    method = method.upper()
    if text != "*" and (method not in (*METHODS, "*") or not path.startswith("/v1/")):
        raise ValueError('call is like "POST /v1/payment_intents", "GET /v1/refunds/*" or "*".')
    text = f"{method} {path}".strip()
    known = routes.all_routes()
    if not any(_means(text, *(route[0], f"/v1/{route[1]}")) for route in known):
        raise ValueError(f"The sandbox has no endpoint {text}.")
    return text


def _means(call: str, method: str, path: str) -> bool:
    if call == "*":
        return True
    wanted_method, _, wanted = call.partition(" ")
    pattern = "[^/]+".join(re.escape(part) for part in wanted.split("*"))
    return wanted_method in ("*", method) and re.fullmatch(pattern, path) is not None
