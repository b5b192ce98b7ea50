"""Stopping gently: what runs is finished and answered, what comes is told to come again."""

import threading
import time
from collections.abc import Callable

from errors import Unavailable
from extensions import socketio
from languages import _

# A client that takes nothing any more must not hold up the end of the process.
FLUSH_SECONDS = 2


class Work:
    """How many messages are being dealt with, and whether new ones are taken."""

    def __init__(self) -> None:
        self.running, self.closing, self._lock = 0, False, threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            if self.closing:
                raise Unavailable(_("The shop is restarting. Please try again in a moment."))
            self.running += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.running -= 1


work = Work()


def drain(seconds: float, tell: Callable[[], None]) -> bool:
    """Tell every socket, refuse new messages, wait for those that run and for their answers to
    be on their way; whether all came to their end."""
    work.closing = True
    tell()
    deadline = time.monotonic() + seconds
    while work.running and time.monotonic() < deadline:
        socketio.sleep(0.05)
    _flush()
    return work.running == 0


def _flush() -> None:
    """Give what was said last the time to be written: it is queued for each socket's writer."""
    deadline = time.monotonic() + FLUSH_SECONDS
    waiting = True
    while waiting and time.monotonic() < deadline:
        # An answer is queued a moment after its handler has returned it.
        socketio.sleep(0.1)
        waiting = any(not s.queue.empty() for s in list(socketio.server.eio.sockets.values()))
    socketio.sleep(0.1)
