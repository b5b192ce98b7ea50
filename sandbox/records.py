"""Objects inside one transaction: read once, changed in place, written once at the end."""

import json
import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from sandbox.errors import Json, not_found

encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_NOUNS = {"payment_method": "PaymentMethod", "setup_intent": "setupintent"}


class Record:
    """One Stripe object. `body` is what the API shows; `hidden` is what only the sandbox knows.

    Values inside `body` are replaced, never changed in place: events keep what they saw.
    """

    __slots__ = ("body", "changed", "hidden", "kind", "seq")

    def __init__(self, kind: str, body: Json, hidden: Json, seq: int | None) -> None:
        self.kind = kind
        self.body = body
        self.hidden = hidden
        self.seq = seq
        self.changed = seq is None

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.body[name] = value
        self.changed = True

    @property
    def id(self) -> str:
        return str(self.body["id"])

    def change(self, **values: Any) -> None:
        self.body.update(values)
        self.changed = True

    def hide(self, **values: Any) -> None:
        self.hidden.update(values)
        self.changed = True

    def unhide(self, name: str) -> Any:
        """Forgets a hidden value; returns it."""
        self.changed = True
        return self.hidden.pop(name, None)

    def link(self) -> str | None:
        """What lists look this object up by, beside its customer."""
        if self.kind == "event":
            return str(self.body["type"])
        if self.kind == "customer":
            return self.body.get("email")
        return self.body.get("payment_intent")


class Tx:
    """The open transaction: the clock, the objects and the rows of the sandbox's own tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.execute = connection.execute
        self.clock_offset = int(self.setting("clock_offset") or 0)
        self.time = time.time() + self.clock_offset
        self.now = int(self.time)
        # The API call that causes what happens here; None for what happens by itself.
        self.request: Json | None = None
        # Enabled webhook endpoints and their event types, once somebody asked.
        self.endpoints: list[tuple[str, frozenset[str]]] | None = None
        self._records: dict[str, Record] = {}

    def setting(self, name: str) -> str | None:
        row = self.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_setting(self, name: str, value: str) -> None:
        self.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def add(self, body: Json, **hidden: Any) -> Record:
        """A new object; `body` has its `id` and `object`."""
        record = Record(body["object"], body, hidden, None)
        self._records[record.id] = record
        return record

    def find(self, kind: str, object_id: str | None) -> Record | None:
        if object_id is None:
            return None
        record = self._records.get(object_id)
        if record is None:
            row = self.execute(
                "SELECT kind, body, hidden, seq FROM objects WHERE id = ?", (object_id,)
            ).fetchone()
            if row is None:
                return None
            record = self._remember(row)
        return record if record.kind == kind else None

    def get(self, kind: str, object_id: str, param: str = "", status: int = 400) -> Record:
        """Raises: ApiError (resource_missing) where there is no such object."""
        record = self.find(kind, object_id)
        if record is None:
            noun = _NOUNS.get(kind, kind)
            raise not_found(noun, object_id, param or kind, status)
        return record

    def select(self, condition: str, values: Sequence[Any] = ()) -> list[Record]:
        """Stored objects by SQL over the columns of `objects`."""
        self.flush()
        rows = self.execute(
            f"SELECT kind, body, hidden, seq FROM objects WHERE {condition}",  # noqa: S608  # nosec B608
            values,
        ).fetchall()
        return [self._remember(row) for row in rows]

    def mark(self) -> None:
        """Remembers this point for `undo`."""
        self.flush()
        self.execute("SAVEPOINT work")

    def undo(self) -> None:
        """Takes back everything since `mark`."""
        self.execute("ROLLBACK TO work")
        self._records.clear()

    def schedule(self, after: int, kind: str, object_id: str) -> None:
        """Something that happens by itself `after` seconds of the sandbox's clock."""
        self.execute(
            "INSERT INTO jobs (due_at, kind, object_id) VALUES (?, ?, ?)",
            (self.now + after, kind, object_id),
        )

    def flush(self) -> None:
        """Writes new objects in the order of their making, then the changed ones."""
        for record in self._records.values():
            if record.changed:
                self._write(record)
                record.changed = False

    def _write(self, record: Record) -> None:
        body = record.body
        columns = (
            record.kind,
            body.get("customer"),
            record.link(),
            encode(body),
            encode(record.hidden),
        )
        if record.seq is None:
            cursor = self.execute(
                "INSERT INTO objects (kind, customer, link, body, hidden, id, created) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*columns, record.id, body.get("created", self.now)),
            )
            record.seq = cursor.lastrowid
        else:
            self.execute(
                "UPDATE objects SET kind = ?, customer = ?, link = ?, body = ?, hidden = ? "
                "WHERE seq = ?",
                (*columns, record.seq),
            )

    def _remember(self, row: tuple[str, str, str, int]) -> Record:
        kind, body, hidden, seq = row
        known = Record(kind, json.loads(body), json.loads(hidden), seq)
        return self._records.setdefault(known.id, known)
