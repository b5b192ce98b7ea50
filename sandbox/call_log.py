"""The log of calls that tests and the control pages read. Card data never enters it."""

import json
import re
from typing import Any, NamedTuple

from sandbox.errors import Json
from sandbox.records import Tx, encode
from sandbox.typed_cards import passes_luhn

_SECRET = frozenset(("number", "cvc"))
_LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){12,18}")


class Entry(NamedTuple):
    method: str
    path: str
    params: Json
    status: int
    key: str | None
    replayed: bool
    key_kind: str | None
    error_code: str | None
    request_id: str


def add(tx: Tx, entry: Entry) -> None:
    tx.execute(
        "INSERT INTO calls (method, path, params, status, idempotency_key, replayed, key_kind, "
        "error_code, request_id, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entry.method,
            _masked(entry.path),
            encode(_masked(entry.params)),
            entry.status,
            entry.key,
            entry.replayed,
            entry.key_kind,
            entry.error_code,
            entry.request_id,
            tx.now,
        ),
    )


def read(tx: Tx, after: int) -> list[Json]:
    rows = tx.execute(
        "SELECT seq, method, path, params, status, idempotency_key, replayed, key_kind, "
        "error_code, request_id, at FROM calls WHERE seq > ? ORDER BY seq",
        (after,),
    )
    names = (
        "seq",
        "method",
        "path",
        "params",
        "status",
        "idempotency_key",
        "replayed",
        "key_kind",
        "error_code",
        "request_id",
        "at",
    )
    found = [dict(zip(names, row, strict=True)) for row in rows]
    for call in found:
        call["params"] = json.loads(call["params"])
        call["replayed"] = bool(call["replayed"])
    return found


def code_of(status: int, body: str) -> str | None:
    """The error code of a stored answer."""
    if status < 400:
        return None
    error = json.loads(body)["error"]
    return str(error.get("code") or error["type"])


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "***" if name in _SECRET else _masked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return _LONG_NUMBER.sub(_stars, value) if isinstance(value, str) else value


def _stars(match: re.Match[str]) -> str:
    digits = match[0].replace(" ", "").replace("-", "")
    return "***" if passes_luhn(digits) else match[0]
