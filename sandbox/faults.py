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
             status (status; code, message, body, should_retry, reason, stored)  this answer
                 instead. body="html": as of a proxy. should_retry: the header
                 Stripe-Should-Retry, None for none. stored=True: the idempotency key keeps this
                 answer, as Stripe keeps a 500. A 4xx other than 409 and 424 "after" is a lie that
                 Stripe does not tell: it means that nothing was done
             cut                        the body ends in the middle; always "after"
    when     "before" (usual): the call is never executed. "after": it was executed, its
             idempotency result is stored, and only then the answer is spoilt. "during", for a
             delay: its idempotency key is in use meanwhile, so that its repetition gets a 409
    first, nth   the first n matching calls, or the n-th alone; without: all
    caller   "server" (secret key) or "browser" (publishable key) alone; without: both

Rules are kept in the sandbox's file: they hold for all its processes, until `clear()` or
`remove(id)`, which also end what hangs or is late because of them. `list()` tells how often each
one matched and fired. Each rule counts for itself, and the tries of an SDK are calls of their own.
Several rules may fire at one call, in the order in which they were added: delays add up, and the
first other fault decides.
"""

import json
from typing import NamedTuple, TypedDict, Unpack

from sandbox import fault_rules
from sandbox.errors import Json
from sandbox.rules import Rules, is_due, rows_of

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
    stored: bool


class Firing(NamedTuple):
    """The faults of one call, in their order."""

    before: tuple[Json, ...] = ()
    during: tuple[Json, ...] = ()
    after: tuple[Json, ...] = ()

    @property
    def all(self) -> tuple[Json, ...]:
        return (*self.before, *self.during, *self.after)

    @property
    def seconds(self) -> float:
        """How long the caller waits for these alone."""
        return float(sum(rule.get("seconds", 0) for rule in self.all))


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
            due: dict[str, list[Json]] = {"before": [], "during": [], "after": []}
            for seq, text, matched, _ in rows_of(tx, "api"):
                rule = json.loads(text)
                if fault_rules.matches(rule, method, path, browser):
                    tx.execute("UPDATE faults SET matched = matched + 1 WHERE seq = ?", (seq,))
                    if is_due(rule, matched + 1):
                        due[rule["when"]].append({**rule, "id": seq})
            firing = _firing(due)
            for rule in firing.all:
                tx.execute("UPDATE faults SET fired = fired + 1 WHERE seq = ?", (rule["id"],))
            return firing


def _firing(due: dict[str, list[Json]]) -> Firing:
    before = tuple(_until_end(due["before"]))
    if any(rule["kind"] in ENDS for rule in before):
        return Firing(before)
    return Firing(before, tuple(due["during"]), tuple(_until_end(due["after"])))


def _until_end(rules: list[Json]) -> list[Json]:
    """What comes after a fault that ends the call does not happen."""
    for at, rule in enumerate(rules):
        if rule["kind"] in ENDS:
            return rules[: at + 1]
    return rules
