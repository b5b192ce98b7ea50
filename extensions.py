"""The Flask extensions, and `atomic()`: the only place that commits.

SQLite is set up so that a commit is durable (WAL, synchronous=FULL) and a writer takes its lock at
the start (BEGIN IMMEDIATE): two writers queue up instead of failing half-way.
"""

import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, current_app
from flask_migrate import Migrate
from flask_socketio import SocketIO
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import DateTime, Engine, MetaData, TypeDecorator, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

import counts
import recorder
from config import ROOT, Settings

# A writer of another process holds the lock for one short transaction; longer means trouble.
LOCK_WAIT_SECONDS = 5.0
LOCK_RETRY_SECONDS = 0.01
# Waiting inside SQLite would stop every green thread, so it waits this little and we do the rest.
SQLITE_BUSY_MILLISECONDS = 20


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# A commit must not make later reads open a new transaction: what was read stays as it is.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate(render_as_batch=True)
socketio = SocketIO()
csrf = CSRFProtect()
limiter = FixedWindowRateLimiter(MemoryStorage())

if TYPE_CHECKING:

    class Model(Base):
        __abstract__ = True

else:
    Model = db.Model


# No vowels and few digits: an id spells no word and is never taken for a card number.
_ID_ALPHABET = "bcdfghjkmnpqrstvwxz2456789"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time on every database (SQLite itself keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


MODES = ("sandbox", "test", "live")


def one_of(column: str, values: tuple[str, ...]) -> str:
    """The CHECK that a column has one of these values."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def settings() -> Settings:
    """The settings of the running app."""
    return cast(Settings, current_app.config["SETTINGS"])


def now() -> datetime:
    return datetime.now(UTC)


def new_id(prefix: str) -> str:
    """An opaque id with about 94 random bits, such as `txn_h7kq...`; the prefix is for people."""
    return f"{prefix}_" + "".join(secrets.choice(_ID_ALPHABET) for _ in range(20))


@contextmanager
def atomic() -> Iterator[Session]:
    """One short write transaction: commits at the end, rolls back on any exception.

    No network call and no push may happen inside (under eventlet it would stop everybody). Reads
    from before are let go first: whatever decides must be read again under the lock.

    Raises: OperationalError when another process kept what it needs locked for five seconds.
    """
    session = db.session()
    if session.info.get("atomic"):
        raise RuntimeError("atomic() does not nest: one phase, one commit")
    release_reads()
    session.info["atomic"] = True
    began = time.perf_counter()
    try:
        _begin_write(session)
        yield session
        session.commit()
        recorder.committed(began)
    except BaseException:
        session.rollback()
        recorder.rolled_back()
        raise
    finally:
        session.info["atomic"] = False


def release_reads() -> None:
    """End the read transaction, if one is open; what was loaded stays usable as it was read.

    What an earlier `atomic()` committed is let go too: a later rollback would empty it, and it
    could be shown only with the database's help.
    """
    session = db.session()
    session.expunge_all()
    if session.in_transaction():
        session.rollback()


def assert_no_transaction() -> None:
    """Guard of every network call. Raises: RuntimeError while a database transaction is open."""
    if db.session().in_transaction():
        raise RuntimeError("a database transaction is open during a network call")


def use_rate_limit_storage(redis_url: str | None) -> None:
    """Count in Redis where there is one, so that several processes share the limits."""
    limiter.storage = counts.storage(redis_url)


def init_database(app: Flask) -> None:
    """Attach SQLAlchemy and migrations, and tune the connections of this app's engine."""
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _keep_private(db.engine.url.database)
            _tune_sqlite(db.engine)
        else:
            _tune_postgres(db.engine)
        if recorder.is_on():
            event.listen(db.engine, "before_cursor_execute", recorder.wrote)


def _keep_private(path: str | None) -> None:
    """Make the file for our user alone, before SQLite makes it for everybody."""
    if path and path != ":memory:" and not os.path.exists(path):
        with suppress(OSError):  # opening it will say what is wrong
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _begin_write(session: Session) -> None:
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            session.connection(execution_options={"write": True})
            return
        except OperationalError as error:
            session.rollback()
            if not _is_locked(error) or time.monotonic() > deadline:
                raise
            time.sleep(LOCK_RETRY_SECONDS)


def _is_locked(error: OperationalError) -> bool:
    return isinstance(error.orig, sqlite3.OperationalError) and "locked" in str(error.orig)


def _tune_postgres(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_patience(connection: Any, _record: Any) -> None:
        # Left alone, it would wait for a lock for ever, and a shopper with it.
        connection.autocommit = True
        connection.execute(f"SET lock_timeout = {int(LOCK_WAIT_SECONDS * 1000)}")
        connection.autocommit = False


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        write = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
