"""The sandbox's time: the real one plus an offset that can be moved forward and persists."""

import time

from sandbox.store import Store

_LAST = 32503679999  # Unix seconds


class Clock:
    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self) -> int:
        """Unix seconds."""
        with self._store.transaction() as tx:
            return tx.now

    def advance(self, seconds: int) -> int:
        """Moves the time of every process on this file forward; returns the new time.

        Raises: ValueError for a negative number, since nothing here can be undone, and for a time
        that no calendar reaches.
        """
        if seconds < 0:
            raise ValueError("the sandbox's clock only moves forward")
        with self._store.transaction() as tx:
            if tx.now + seconds > _LAST:
                raise ValueError("the sandbox's clock ends with the year 2999")
            tx.set_setting("clock_offset", str(tx.clock_offset + seconds))
            return int(time.time()) + tx.clock_offset + seconds
