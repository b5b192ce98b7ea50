"""Rate limits, off until somebody switches them on.

    sandbox.limits.on()                           as of a Stripe sandbox: 25 calls a second
    POST /sandbox/control/limits {"on": true}

Calls are counted by the sandbox's clock, those of the whole account and those of each endpoint. A
call beyond a limit is answered with 429 and the reason, and neither executed nor counted.
Source: Stripe docs, "Rate limits".
"""

import json

from sandbox import rules
from sandbox.errors import Json
from sandbox.records import Tx, encode
from sandbox.store import Store

CALLS = 25
_SETTING = "rate_limits"
_KNOWN = frozenset(("on", "account", "endpoint", "seconds"))


class Limits:
    def __init__(self, store: Store) -> None:
        self._store = store

    def on(self, account: int = CALLS, endpoint: int = CALLS, seconds: float = 1) -> Json:
        """At most so many calls in any `seconds`. Raises: ValueError."""
        given = {"on": True, "account": account, "endpoint": endpoint, "seconds": seconds}
        return self.set_given(given)

    def off(self) -> None:
        self.set_given({"on": False})

    def set_given(self, given: Json) -> Json:
        """Raises: ValueError with a sentence for a person."""
        rules.refuse_others(given, _KNOWN, "the limits")
        if not isinstance(given.get("on"), bool):
            raise ValueError("on is true or false.")
        limits = {
            "account": rules.whole(given, "account", 1, usual=CALLS),
            "endpoint": rules.whole(given, "endpoint", 1, usual=CALLS),
            "seconds": rules.seconds(given, 1.0),
            "refused": 0,
        }
        with self._store.transaction() as tx:
            tx.execute("DELETE FROM rate_hits")
            tx.execute("DELETE FROM settings WHERE name = ?", (_SETTING,))
            if given["on"]:
                tx.set_setting(_SETTING, encode(limits))
        return self.show()

    def show(self) -> Json:
        with self._store.transaction() as tx:
            text = tx.setting(_SETTING)
        return {"on": text is not None, **(json.loads(text) if text else {})}

    def refuse(self, method: str, path: str) -> Json | None:
        """Counts a call; beyond a limit, what is answered instead (a fault of kind status)."""
        if not self._store.any(f"SELECT 1 FROM settings WHERE name = '{_SETTING}'"):  # noqa: S608  # nosec B608
            return None
        with self._store.transaction() as tx:
            text = tx.setting(_SETTING)
            if text is None:
                return None
            reason = _reason(tx, json.loads(text), _endpoint(method, path))
            if reason is None:
                return None
            limits = json.loads(text)
            tx.set_setting(_SETTING, encode({**limits, "refused": limits["refused"] + 1}))
        return {"kind": "status", "status": 429, "body": "json", "reason": reason}


def _reason(tx: Tx, limits: Json, endpoint: str) -> str | None:
    tx.execute("DELETE FROM rate_hits WHERE at <= ?", (tx.time - limits["seconds"],))
    (all_calls, same) = tx.execute(
        "SELECT count(*), count(*) FILTER (WHERE endpoint = ?) FROM rate_hits", (endpoint,)
    ).fetchone()
    if all_calls >= limits["account"]:
        return "global-rate"
    if same >= limits["endpoint"]:
        return "endpoint-rate"
    tx.execute("INSERT INTO rate_hits VALUES (?, ?)", (tx.time, endpoint))
    return None


def _endpoint(method: str, path: str) -> str:
    """`POST /v1/payment_intents/*/confirm`: every second part is an id."""
    parts = path.strip("/").split("/")
    return f"{method} /{'/'.join('*' if at in (2, 4) else part for at, part in enumerate(parts))}"
