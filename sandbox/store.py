"""The sandbox's own SQLite file. It is separate from the shop's database on purpose: a rollback
over there must not un-charge a card over here.

Every call is one short transaction. Threads and green threads of a process queue at a lock,
processes at SQLite's; nothing yields while a transaction is open.
"""

import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.records import Tx

_LOCK_PATIENCE = 20.0  # seconds until a lock held by another process counts as an error
_LOCK_PAUSE = 0.002

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    created INTEGER NOT NULL, customer TEXT, link TEXT,
    body TEXT NOT NULL, hidden TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_customer
    ON objects (customer, kind, seq) WHERE customer IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_link ON objects (link, kind, seq) WHERE link IS NOT NULL;
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, request_id TEXT NOT NULL,
    created INTEGER NOT NULL, owner TEXT NOT NULL, claimed_at REAL NOT NULL,
    status INTEGER, body TEXT);
CREATE TABLE IF NOT EXISTS calls (
    seq INTEGER PRIMARY KEY, method TEXT NOT NULL, path TEXT NOT NULL, params TEXT NOT NULL,
    status INTEGER NOT NULL, idempotency_key TEXT, replayed INTEGER NOT NULL,
    key_kind TEXT, error_code TEXT, request_id TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY, due_at INTEGER NOT NULL, kind TEXT NOT NULL, object_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_by_due ON jobs (due_at);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY, event_id TEXT NOT NULL, endpoint_id TEXT NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL, due_at REAL NOT NULL,
    leased_until REAL NOT NULL, last_status INTEGER, last_error TEXT);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event_id);
CREATE TABLE IF NOT EXISTS faults (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, rule TEXT NOT NULL,
    matched INTEGER NOT NULL DEFAULT 0, fired INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS delivery_faults (
    seq INTEGER PRIMARY KEY, fault TEXT, position REAL);
CREATE TABLE IF NOT EXISTS rate_hits (at REAL NOT NULL, endpoint TEXT NOT NULL);
"""


class Store:
    """Opens the file, making it where it is missing; `close` gives the connections back."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._idle: deque[sqlite3.Connection] = deque()
        self._inherited: deque[sqlite3.Connection] = deque()
        self._process = os.getpid()
        connection = self._open()
        _patiently(lambda: connection.executescript(_SCHEMA))
        self._idle.append(connection)

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """All or nothing, alone in the file. What it changed is lost when the block raises."""
        connection = self._take()
        try:
            with self._lock:
                _patiently(lambda: connection.execute("BEGIN IMMEDIATE"))
                try:
                    tx = Tx(connection)
                    yield tx
                    tx.flush()
                    connection.execute("COMMIT")
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
        finally:
            self._idle.append(connection)

    def any(self, query: str) -> bool:
        """Whether the query finds a row: a look that waits for nobody's transaction."""
        connection = self._take()
        try:
            found: list[object] = []
            _patiently(lambda: found.extend(connection.execute(query).fetchmany(1)))
            return bool(found)
        finally:
            self._idle.append(connection)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> sqlite3.Connection:
        if self._process != os.getpid():
            # SQLite connections must not cross a fork; the parent still owns the old ones.
            self._inherited, self._idle = self._idle, deque()
            self._process, self._lock = os.getpid(), threading.Lock()
        try:
            return self._idle.pop()
        except IndexError:
            return self._open()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=5, isolation_level=None, check_same_thread=False
        )
        _patiently(lambda: connection.execute("PRAGMA journal_mode = WAL"))
        # A killed process loses nothing; a power cut may lose the last calls of a test ledger.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA busy_timeout = 0")
        return connection


def _patiently(action: Callable[[], object]) -> None:
    """Waits for another process in small sleeps, which let green threads run meanwhile."""
    deadline = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            action()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_LOCK_PAUSE)
