"""Counts the lines that the shop executes, and kills the process at one of them."""

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NOT_THE_SHOP = ("tests", "benchmarks", "migrations", "sandbox", "script", "node_modules")
# Where a call goes over to Stripe and comes back: a death between its steps is a death on the way.
AT_STRIPE = ("transport", "line", "engine", "store")
# A loop over the characters of a message is not the place where things go wrong.
TIMES_PER_LINE = 6
JUST_COUNT = 0

Trace = Callable[[FrameType, str, Any], Any]


class Lines:
    """`count` goes up with each line of ours, the first few times that it runs.

    When it reaches `kill_at`, `last_words(place)` is called with the place, such as
    "payments/states.py:57", and the process is killed: nothing is cleaned up, nothing is flushed.
    """

    def __init__(self, kill_at: int | None = None, last_words: Callable[[str], None] = print):
        self.count = 0
        self._kill_at, self._last_words = kill_at, last_words
        self._ours: dict[CodeType, str | None] = {}
        self._times: Counter[tuple[CodeType, int, str]] = Counter()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Count what this thread does inside the block; without `kill_at` nobody needs to."""
        if self._kill_at is not None:
            sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(None)

    def die(self, place: str) -> None:
        self._last_words(place)
        os.kill(os.getpid(), signal.SIGKILL)

    def _called(self, frame: FrameType, _event: str, _argument: object) -> Trace | None:
        code = frame.f_code
        if code not in self._ours:
            self._ours[code] = _place(code.co_filename)
        return self._step if self._ours[code] else None

    def _step(self, frame: FrameType, event: str, _argument: object) -> Trace:
        # A return is counted too: it is the moment when a call has come back.
        where = (frame.f_code, frame.f_lineno, event)
        self._times[where] += 1
        if event in ("line", "return") and self._times[where] <= TIMES_PER_LINE:
            self.count += 1
            if self.count == self._kill_at:
                self.die(f"{self._ours[frame.f_code]}:{frame.f_lineno}")
        return self._step


def _place(filename: str) -> str | None:
    """The file's name inside the shop; None for everybody else's code."""
    path = Path(filename)
    if not path.is_relative_to(ROOT):
        return None
    name = path.relative_to(ROOT).as_posix()
    if name in {f"sandbox/{part}.py" for part in AT_STRIPE}:
        return name
    first = name.partition("/")[0]
    return None if first in NOT_THE_SHOP or first.startswith(".") else name
