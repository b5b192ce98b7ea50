"""A circuit breaker: while somebody else's service is down, don't make everybody wait for it.

After FAILURES calls in a row without an answer the circuit is open for PAUSE_SECONDS; then calls go
through again, and the next failure opens it anew. Source: M. Nygard, "Release It!", "Circuit
Breaker".
"""

import threading
import time

FAILURES = 5
PAUSE_SECONDS = 10.0


class Circuit:
    """One per process and service; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self._open_until

    def answered(self) -> None:
        """The service gave an answer, whatever it said."""
        with self._lock:
            self._failures, self._open_until = 0, 0.0

    def failed(self) -> None:
        """No answer, or one that says that the service itself is broken."""
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._open_until = time.monotonic() + PAUSE_SECONDS
