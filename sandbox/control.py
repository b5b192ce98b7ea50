"""`/control/*`: the sandbox from the outside, for tests and the panel; loopback only."""

import ipaddress
import json
import re
from typing import TYPE_CHECKING, Any

from sandbox.errors import Json
from sandbox.rules import Rules

if TYPE_CHECKING:
    from sandbox.facade import Sandbox


_PROXIED = tuple(
    f"HTTP_{header}"
    for header in (
        *("FORWARDED", "X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_FORWARDED_PROTO"),
        *("X_REAL_IP", "VIA", "CF_CONNECTING_IP"),
    )
)


def is_local(environ: dict[str, Any]) -> bool:
    """Whether the caller sits on this machine and knows it by its own name.

    Not through a proxy on it, and not by a name that somebody made point here.
    """
    host = re.sub(r":\d+$", "", environ.get("HTTP_HOST", ""))
    named = host == "localhost" or _is_loopback(host.strip("[]"))
    proxied = any(header in environ for header in _PROXIED)
    return named and not proxied and _is_loopback(environ.get("REMOTE_ADDR", ""))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def read_body(content_type: str, body: bytes) -> Json:
    """The JSON object sent. Pages of other sites cannot send this type without being asked for.

    Raises: ValueError.
    """
    if not body:
        return {}
    if content_type.partition(";")[0].strip() != "application/json":
        raise ValueError("send application/json")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("send JSON") from None
    if not isinstance(given, dict):
        raise ValueError("send a JSON object")
    return given


def answer(
    sandbox: "Sandbox", method: str, name: str, query: dict[str, str], body: Json
) -> tuple[int, Json]:
    """Raises: ValueError for a request that makes no sense."""
    found: Json | None = None
    if method == "GET":
        found = _look(sandbox, name, query)
    elif method == "POST":
        found = _change(sandbox, name, body)
    if found is None:
        return 404, {"error": {"message": f"There is no {method} /control/{name}."}}
    return 200, found


def _look(sandbox: "Sandbox", name: str, query: dict[str, str]) -> Json | None:
    match name:
        case "ledger":
            return dict(sandbox.ledger())
        case "calls":
            return {"calls": sandbox.calls(_after(query))}
        case "clock":
            return {"now": sandbox.clock.now()}
        case "faults":
            return {"faults": sandbox.faults.list()}
        case "webhooks":
            return sandbox.webhooks() | {"faults": sandbox.webhook_faults.list()}
        case "limits":
            return sandbox.limits.show()
        case "banks":
            return sandbox.banks.show()
    return None


def _change(sandbox: "Sandbox", name: str, body: Json) -> Json | None:
    match name:
        case "clock":
            return {"now": sandbox.clock.advance(_seconds(body))}
        case "faults":
            return _change_rules(sandbox.faults, body)
        case "webhooks":
            return _change_webhooks(sandbox, body)
        case "limits":
            return sandbox.limits.set_given(body)
        case "banks":
            return sandbox.banks.set_given(body)
        case "renewals":
            return sandbox.renewals.renew_given(body)
    return None


def _change_webhooks(sandbox: "Sandbox", body: Json) -> Json:
    if body == {"pump": True}:
        return {"tried": sandbox.pump()}
    if body.keys() == {"fault"} and isinstance(body["fault"], dict):
        return _change_rules(sandbox.webhook_faults, body["fault"])
    raise ValueError('send {"pump": true} or {"fault": {...}}')


def _change_rules(rules: Rules, body: Json) -> Json:
    """`{"clear": true}`, `{"remove": <id>}`, or a rule to add, which is answered as `fault`."""
    if body == {"clear": True}:
        rules.clear()
    elif body.keys() == {"remove"}:
        rules.remove(body["remove"])
    else:
        return {"fault": rules.add_given(body), "faults": rules.list()}
    return {"faults": rules.list()}


def _after(query: dict[str, str]) -> int:
    text = query.get("after", "0")
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise ValueError("after is the seq of a call")
    return int(text)


def _seconds(body: Json) -> int:
    seconds = body.get("advance")
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise ValueError('send {"advance": <seconds>}')
    return seconds
