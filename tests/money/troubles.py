"""What befalls a database: full, read-only, locked, away, or its connections killed."""

import os
import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

import psycopg
from sqlalchemy import NullPool, create_engine, event

from extensions import db
from tests.support.doors import eventually
from tests.support.instances import ROOT, Instances, database_address, run_home
from tests.support.shop import Shop


class Trouble:
    """What befalls the connections of the shop, from `begin` to `end`."""

    def __init__(self, url: str) -> None:
        self.url, self.is_on = url, False

    def begin(self, connection: Any) -> None:
        self.is_on = True
        self.befall(connection)

    def end(self) -> None:
        self.is_on = False

    def befall(self, connection: Any) -> None:
        """What happens to a connection (of the database's driver) that is about to be used."""


class OnSqlite(Trouble):
    on: ClassVar[str]
    off: ClassVar[str]

    def befall(self, connection: Any) -> None:
        connection.execute(self.on if self.is_on else self.off)


class DiskFull(OnSqlite):
    on = "PRAGMA max_page_count = 1"  # SQLite makes that the size which the file has now
    off = "PRAGMA max_page_count = 1073741823"


class ReadOnlyFile(OnSqlite):
    on, off = "PRAGMA query_only = ON", "PRAGMA query_only = OFF"


class DiskRefuses(Trouble):
    """The kernel refuses every byte, of the shop's file and of Stripe's stand-in alike."""

    def begin(self, connection: Any) -> None:
        super().begin(connection)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def end(self) -> None:
        super().end()
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)


KILL = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"


class OnPostgres(Trouble):
    sets: ClassVar[tuple[str, ...]] = ()
    resets: ClassVar[tuple[str, ...]] = ()

    def begin(self, connection: Any) -> None:
        self._admin(*self.sets)
        self._admin(KILL)

    def end(self) -> None:
        self._admin(*self.resets)

    def _admin(self, *statements: str) -> None:
        parts = urlsplit(self.url)
        server = urlunsplit(parts._replace(path="/postgres"))
        with psycopg.connect(server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.format(name=parts.path[1:]).encode())


class Killed(OnPostgres):
    pass


class Away(OnPostgres):
    sets = ('ALTER DATABASE "{name}" ALLOW_CONNECTIONS false',)
    resets = ('ALTER DATABASE "{name}" ALLOW_CONNECTIONS true',)


class ReadOnlyServer(OnPostgres):
    sets = ('ALTER DATABASE "{name}" SET default_transaction_read_only = on',)
    # Whoever was connected meanwhile would stay read-only, as on a standby: it goes away too.
    resets = (
        'ALTER DATABASE "{name}" RESET default_transaction_read_only',
        KILL,
    )


class NoRoomForLog(OnPostgres):
    """The kernel refuses every byte that a connection's process writes, as on a full disk.

    Unable to write its log, PostgreSQL panics: all connections end, and it recovers what was
    committed. Only for a server of its own.
    """

    # Processes that are still without room end as well.
    resets = (KILL,)

    def begin(self, connection: Any) -> None:
        self.is_on = True
        self.befall(connection)

    def befall(self, connection: Any) -> None:
        if self.is_on:
            pid = connection.info.backend_pid
            # Whose process it is may limit it; being root may not be enough.
            owner = os.stat(f"/proc/{pid}")
            subprocess.run(
                ["prlimit", f"--pid={pid}", "--fsize=0:"],
                user=owner.st_uid,
                group=owner.st_gid,
                check=True,
            )

    def end(self) -> None:
        self.is_on = False
        eventually(self._is_back, within=30, what="PostgreSQL's recovery")

    def _is_back(self) -> bool:
        try:
            super().end()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def postgres_of_its_own() -> Iterator[Instances]:
    """Installations on a server that is only there for the caller, and keeps what it commits."""
    environment = {**os.environ, "POSTGRES_OPTIONS": "-c synchronous_commit=on"}
    command = [
        ROOT / "script" / "with-postgres",
        "sh",
        "-c",
        'echo "$TEST_DATABASE_URL"; read -r _',
    ]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin
        assert server.stdout
        try:
            url = server.stdout.readline().strip()
            assert url, "PostgreSQL did not start"
            home = run_home() / f"own-{server.pid}"
            home.mkdir()
            yield Instances(home, "own", url)
        finally:
            server.stdin.close()


class Watch:
    """Sees each statement of the shop, and lets the trouble begin at a chosen one."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble, self.seen, self.at = trouble, 0, 0

    def statement(self, connection: Any, *_: Any) -> None:
        self.seen += 1
        if self.seen == self.at:
            self.trouble.begin(connection.connection.dbapi_connection)

    def checkout(self, connection: Any, *_: Any) -> None:
        self.trouble.befall(connection)


@contextmanager
def watched(shop: Shop, kind: type[Trouble]) -> Iterator[Watch]:
    app: Any = shop.front.app  # type: ignore[attr-defined]
    watch = Watch(kind(shop.front.database_url))
    with app.app_context():
        engine = db.engine
    listeners = {"before_cursor_execute": watch.statement, "checkout": watch.checkout}
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield watch
    finally:
        watch.trouble.end()
        for name, listener in listeners.items():
            event.remove(engine, name, listener)


class Lock:
    """Another process, which takes the lock that every writer of the shop needs."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(database_address(url), poolclass=NullPool)
        self._connection: Any = None

    def take(self) -> None:
        self._connection = self._engine.raw_connection()
        if self._engine.dialect.name == "sqlite":
            self._connection.dbapi_connection.isolation_level = None
            self._connection.cursor().execute("BEGIN IMMEDIATE")
        else:
            self._connection.cursor().execute('LOCK TABLE "transaction" IN EXCLUSIVE MODE')

    def release(self) -> None:
        if self._connection is not None:
            self._connection.rollback()
            self._connection.close()
            self._connection = None

    def release_after(self, seconds: float) -> None:
        time.sleep(seconds)
        self.release()
