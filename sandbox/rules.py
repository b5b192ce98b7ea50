"""Rules of faults: kept in the sandbox's file, counted, and checked when they are made."""

import json
from typing import Any

from sandbox.errors import Json
from sandbox.records import Tx, encode
from sandbox.store import Store

WHICH = frozenset(("first", "nth"))
LONGEST = 3600.0  # seconds


class Rules:
    """The rules of one sandbox file for one target."""

    target = ""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add_given(self, given: Json) -> Json:
        """The rule as `list` shows it. Raises: ValueError with a sentence for a person."""
        rule = self.check(given)
        with self._store.transaction() as tx:
            row = (self.target, encode(rule))
            cursor = tx.execute("INSERT INTO faults (target, rule) VALUES (?, ?)", row)
            return _shown((cursor.lastrowid, row[1], 0, 0))

    def list(self) -> list[Json]:
        """All rules, oldest first, each with its `id`, and how often it `matched` and `fired`."""
        with self._store.transaction() as tx:
            return [_shown(row) for row in rows_of(tx, self.target)]

    def remove(self, rule_id: int) -> None:
        """Raises: ValueError where there is no such rule."""
        if not any(rule["id"] == rule_id for rule in self.list()) or isinstance(rule_id, bool):
            raise ValueError(f"There is no fault {rule_id!r}.")
        with self._store.transaction() as tx:
            tx.execute("DELETE FROM faults WHERE seq = ?", (rule_id,))

    def holds(self, rule_id: int) -> bool:
        """Whether the rule still stands."""
        return self._store.any(f"SELECT 1 FROM faults WHERE seq = {int(rule_id)}")  # noqa: S608  # nosec B608

    def clear(self) -> None:
        with self._store.transaction() as tx:
            tx.execute("DELETE FROM faults WHERE target = ?", (self.target,))

    def check(self, given: Json) -> Json:
        raise NotImplementedError


def is_due(rule: Json, number: int) -> bool:
    """Whether the rule fires at the `number`-th match."""
    if "nth" in rule:
        return bool(number == rule["nth"])
    return "first" not in rule or number <= rule["first"]


def rows_of(tx: Tx, target: str) -> list[Any]:
    """(id, rule as JSON, how often it matched, how often it fired), oldest first."""
    query = "SELECT seq, rule, matched, fired FROM faults WHERE target = ? ORDER BY seq"
    return tx.execute(query, (target,)).fetchall()


def _shown(row: Any) -> Json:
    seq, rule, matched, fired = row
    return {"id": seq, **json.loads(rule), "matched": matched, "fired": fired}


def which(given: Json) -> Json:
    """`first` or `nth`, where one is given. Raises: ValueError."""
    chosen = WHICH & given.keys()
    if len(chosen) == 2:
        raise ValueError("Give first or nth, not both.")
    return {name: whole(given, name, 1) for name in chosen}


def whole(
    given: Json, name: str, lowest: int, highest: int | None = None, *, usual: int | None = None
) -> int:
    value: Any = given.get(name, usual)
    number = isinstance(value, int) and not isinstance(value, bool)
    if not number or value < lowest or (highest is not None and value > highest):
        raise ValueError(
            f"{name} is a whole number from {lowest}{f' to {highest}' if highest else ''}."
        )
    return int(value)


def seconds(given: Json, usual: float | None = None) -> float:
    value: Any = given.get("seconds", usual)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < value <= LONGEST:
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
