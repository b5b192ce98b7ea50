"""Faults of the API: what goes wrong between a caller and the sandbox, and when.

A test adds a rule in process or over HTTP; both do the same:

    sandbox.faults.add("POST /v1/payment_intents", "reset", when="after", first=1)
    POST /sandbox/control/faults
        {"call": "POST /v1/payment_intents", "kind": "reset", "when": "after", "first": 1}

    call     "<method> <path>"; `*` stands for any method or any one part of the path, `*` alone
             for every call of the API
    kind     delay (seconds)            the answer comes, but late
             hang (seconds=120)         no answer until the caller gives up, or this time is over
             reset                      the connection is lost
             status (status, code, message, body, should_retry, reason)  this answer instead
             cut                        the body ends in the middle; always "after"
    when     "before" (usual): the call is never executed. "after": it was executed, its
             idempotency result is stored, and only then the answer is spoilt
    first, nth   the first n matching calls, or the n-th alone; without: all
    caller   "server" (secret key) or "browser" (publishable key) alone; without: both

Rules are kept in the sandbox's file: they hold for all its processes, until `clear()` or
`remove(id)`, which also end what hangs or is late because of them. `list()` tells how often each
one matched and fired. Each rule counts for itself, and the tries of an SDK are calls of their own.
Several rules may fire at one call, in the order in which they were added: delays add up, and the
first other fault decides.
"""

import json
from typing import Any, NamedTuple, TypedDict, Unpack

from sandbox import fault_rules
from sandbox.errors import Json
from sandbox.records import Tx, encode
from sandbox.store import Store

ENDS = frozenset(("hang", "reset", "status", "cut"))


class Options(TypedDict, total=False):
    """What `add` takes beside call and kind; what each means stands above."""

    when: str
    first: int
    nth: int
    caller: str
    seconds: float
    status: int
    code: str
    message: str
    body: str
    should_retry: bool | None
    reason: str


class Firing(NamedTuple):
    """The faults of one call, in their order."""

    before: tuple[Json, ...] = ()
    after: tuple[Json, ...] = ()

    @property
    def seconds(self) -> float:
        """How long the caller waits for these alone."""
        return float(sum(rule.get("seconds", 0) for rule in (*self.before, *self.after)))


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
            return [_shown(row) for row in _rows(tx, self.target)]

    def remove(self, rule_id: int) -> None:
        """Raises: ValueError where there is no such rule."""
        with self._store.transaction() as tx:
            query = "DELETE FROM faults WHERE target = ? AND seq = ?"
            known = isinstance(rule_id, int) and tx.execute(query, (self.target, rule_id)).rowcount
            if not known:
                raise ValueError(f"There is no fault {rule_id!r}.")

    def holds(self, rule_id: int) -> bool:
        """Whether the rule still stands."""
        return self._store.any(f"SELECT 1 FROM faults WHERE seq = {int(rule_id)}")  # noqa: S608

    def clear(self) -> None:
        with self._store.transaction() as tx:
            tx.execute("DELETE FROM faults WHERE target = ?", (self.target,))

    def check(self, given: Json) -> Json:
        raise NotImplementedError


class Faults(Rules):
    """The faults of the API."""

    target = "api"

    def add(self, call: str, kind: str, **options: Unpack[Options]) -> Json:
        """The rule as `list` shows it. Raises: ValueError with a sentence for a person."""
        return self.add_given({"call": call, "kind": kind, **options})

    def check(self, given: Json) -> Json:
        return fault_rules.check(given)

    def take(self, method: str, path: str, browser: bool) -> Firing:
        """Counts a call, and tells what befalls it."""
        if not self._store.any("SELECT 1 FROM faults WHERE target = 'api'"):
            return Firing()
        with self._store.transaction() as tx:
            due: dict[str, list[Json]] = {"before": [], "after": []}
            for seq, text, matched, _ in _rows(tx, "api"):
                rule = json.loads(text)
                if fault_rules.matches(rule, method, path, browser):
                    tx.execute("UPDATE faults SET matched = matched + 1 WHERE seq = ?", (seq,))
                    if is_due(rule, matched + 1):
                        due[rule["when"]].append({**rule, "id": seq})
            before = _until_end(due["before"])
            ended = any(rule["kind"] in ENDS for rule in before)
            firing = Firing(tuple(before), () if ended else tuple(_until_end(due["after"])))
            for rule in (*firing.before, *firing.after):
                tx.execute("UPDATE faults SET fired = fired + 1 WHERE seq = ?", (rule["id"],))
            return firing


def is_due(rule: Json, number: int) -> bool:
    """Whether the rule fires at the `number`-th match."""
    if "nth" in rule:
        return bool(number == rule["nth"])
    return "first" not in rule or number <= rule["first"]


def _until_end(rules: list[Json]) -> list[Json]:
    """What comes after a fault that ends the call does not happen."""
    for at, rule in enumerate(rules):
        if rule["kind"] in ENDS:
            return rules[: at + 1]
    return rules


def _rows(tx: Tx, target: str) -> list[Any]:
    query = "SELECT seq, rule, matched, fired FROM faults WHERE target = ? ORDER BY seq"
    return tx.execute(query, (target,)).fetchall()


def _shown(row: Any) -> Json:
    seq, rule, matched, fired = row
    return {"id": seq, **json.loads(rule), "matched": matched, "fired": fired}
