"""What just happened, for the page of the sandbox that shows it: messages, commits, calls, pushes.

A *sequence* is what one cause sets off: a message of a page, a webhook, a look of the recovery.
What happens meanwhile in the same thread becomes its *steps*, without being told whose they are:

    with recorder.sequence():                    # payments.webhooks, payments.recovery
        recorder.step("webhook", "charge.succeeded")
        ...                                      # extensions.atomic, the line to Stripe, push
        recorder.about("txn_...")                # which purchase it turned out to be about

The last ones are kept, in memory, of this process. Outside the sandbox nothing is ever begun, and a
step without a sequence costs one look. Names, ids, codes and times get in and nothing else: no
payload, no secret, no card. Nothing here may break a payment: no exception leaves this module.
"""

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

SEQUENCES, STEPS = 300, 60  # kept; steps of one sequence
LONGEST_NAME = 200
# message, ack, push: browser and shop. commit: shop and database. call, answer, webhook, receipt:
# shop and Stripe. typed: browser and Stripe, with the shop knowing nothing of it.
Kind = Literal[
    "message", "ack", "push", "commit", "call", "answer", "webhook", "receipt", "recovery", "typed"
]
Answer = dict[str, Any]
_WRITE = re.compile(r'\s*(INSERT|UPDATE|DELETE)(?: INTO| FROM)? "?(\w+)', re.I)
# Nothing like these is ever named on purpose.
_PRIVATE = re.compile(r"_secret_\w+|\d(?:[ -]?\d){11,}")


class Step(NamedTuple):
    number: int  # in the order of all steps
    kind: Kind
    name: str
    outcome: str  # an error code, an HTTP status, or nothing
    at: float  # Unix seconds
    milliseconds: float | None  # that it took, where that was measured


@dataclass(eq=False)
class Sequence:
    session_id: str | None = None
    transaction_id: str | None = None
    things: set[str] = field(default_factory=set)  # of Stripe's: pi_..., pm_..., tok_...
    steps: list[Step] = field(default_factory=list)
    writes: dict[str, list[str]] = field(default_factory=dict)  # verb: tables; not committed yet

    @property
    def is_telling(self) -> bool:
        """Whether more happened than a question and its answer."""
        quiet = all(step.kind in ("message", "ack") for step in self.steps)
        return not quiet or any(step.outcome not in ("", "success") for step in self.steps)


@contextmanager
def sequence(ending: Kind | None = None) -> Iterator[None]:
    """What happens inside is one sequence. `ending`: a step to end it with, `ok` or `failed`."""
    if not _on:
        yield
        return
    began, outcome = Sequence(), "failed"
    token = _current.set(began)
    with _lock:
        _kept.append(began)
    try:
        yield
        outcome = "ok"
    finally:
        if ending:
            step(ending, "", outcome)
        with suppress(Exception):
            _current.reset(token)
            _keep_if_telling(began)


def _keep_if_telling(ended: Sequence) -> None:
    with _lock:
        if not ended.is_telling and ended in _kept:
            _kept.remove(ended)


def step(kind: Kind, name: str, outcome: str = "", began: float | None = None) -> None:
    """Note a step of the sequence that runs now. `began`: by `time.perf_counter`."""
    running = _current.get()
    if running is None:
        return
    with suppress(Exception):
        took = None if began is None else (time.perf_counter() - began) * 1000
        name = _PRIVATE.sub("…", name)[:LONGEST_NAME]
        with _lock:
            if len(running.steps) < STEPS:
                number = _count()
                running.steps.append(Step(number, kind, name, outcome, time.time(), took))


def who(session_id: str) -> None:
    """Whose page set this off: he may see it."""
    running = _current.get()
    if running is not None:
        running.session_id = session_id


def about(transaction_id: str | None, *things: str | None) -> None:
    """Which purchase this is about, by our id or by those of Stripe's things that it is made of."""
    running = _current.get()
    if running is not None:
        running.transaction_id = transaction_id or running.transaction_id
        running.things |= {thing for thing in things if thing}


@contextmanager
def message(name: str) -> Iterator[None]:
    """A page asks for something."""
    with sequence():
        step("message", name)
        yield


def acked(answer: Answer) -> Answer:
    """How a message was answered, and with which transaction; returns the answer as it is."""
    if _current.get() is not None:
        with suppress(Exception):
            error = answer.get("error") or {}
            step("ack", "", error.get("code", "success"))
            about((answer.get("transaction") or {}).get("id"))
    return answer


def call(method: str, path: str) -> Callable[[str], None]:
    """A call to Stripe begins; returns what is to be told how it ended."""
    began, name = time.perf_counter(), f"{method} {path}"
    step("call", name)
    return lambda outcome: step("answer", name, outcome, began)


def wrote(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
    """Listens to the statements of a database: which tables the commit to come will change."""
    running = _current.get()
    if running is None:
        return
    with suppress(Exception):
        found = _WRITE.match(statement)
        if found:
            tables = running.writes.setdefault(found[1].upper(), [])
            tables += [found[2]] if found[2] not in tables else []


def committed(began: float) -> None:
    running = _current.get()
    if running is None or not running.writes:
        return
    with suppress(Exception):
        named = (f"{verb} {', '.join(tables)}" for verb, tables in running.writes.items())
        step("commit", "; ".join(named), "", began)
    running.writes = {}


def rolled_back() -> None:
    running = _current.get()
    if running is not None:
        running.writes = {}


def switch(on: bool) -> None:
    """Begin anew, or never: for the app of this process, before it serves."""
    global _on  # one for a process, like its log
    with _lock:
        _on = on
        _kept.clear()


def is_on() -> bool:
    return _on


def kept() -> list[Sequence]:
    """All sequences of late, oldest first; a running one too, as far as it is."""
    with _lock:
        return [
            Sequence(one.session_id, one.transaction_id, set(one.things), list(one.steps))
            for one in _kept
        ]


def newest() -> int:
    """The number of the latest step: while it stays the same, nothing has happened."""
    return _number


def _count() -> int:
    global _number
    _number += 1
    return _number


_on, _number = False, 0
_lock = threading.Lock()
_kept: deque[Sequence] = deque(maxlen=SEQUENCES)
_current: ContextVar[Sequence | None] = ContextVar("sequence", default=None)
