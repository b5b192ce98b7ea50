"""How many times a test tries: one figure for every day, another for the long run."""

import time
from collections.abc import Iterator


class Rounds:
    """`seconds`: a limit for each test of a long run, or None. Every day's figure is always met."""

    def __init__(self, is_long: bool, seconds: float | None) -> None:
        self.is_long = is_long
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def __call__(self, ci: int, long: int) -> Iterator[int]:
        """0, 1, 2, ...: `ci` of them, or `long` of them with `--long` while time allows."""
        for number in range(self.figure(ci, long)):
            if self.is_long and self.time_is_up and number > 0:
                return
            yield number

    def figure(self, ci: int, long: int) -> int:
        return long if self.is_long else ci

    @property
    def time_is_up(self) -> bool:
        return self._deadline is not None and time.monotonic() > self._deadline
