"""What the tests of trouble share: many at once, time that passes, and recovery at its end."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from payments import recovery

from .doors import Json
from .instances import database_address
from .shop import Shop

T = TypeVar("T")
_TIMES = {
    "transaction": ("created_at", "updated_at"),
    "attempt": ("created_at",),
    "lease": ("expires_at",),
}


def at_once(actions: Sequence[Callable[[], T]]) -> list[T]:
    """Run them all, each in its own thread, none before every thread is there."""
    gate = threading.Barrier(len(actions))

    def run(action: Callable[[], T]) -> T:
        gate.wait(timeout=30)
        return action()

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(run, actions))


def copies(acks: Sequence[Json]) -> list[Json]:
    """The answers without what is new in every error: copies of one message get equal ones."""
    return [
        {**ack, "error": {**ack["error"], "request_id": None}} if "error" in ack else ack
        for ack in acks
    ]


def pass_time(shop: Shop, past: timedelta) -> None:
    """Let this much time pass for the shop: every row that times out was written so long ago."""
    engine = create_engine(database_address(shop.front.database_url), poolclass=NullPool)
    with engine.begin() as connection:
        for table, columns in _TIMES.items():
            sets = ", ".join(
                f"{column} = {_earlier(engine.dialect.name, column)}" for column in columns
            )
            connection.execute(text(f'UPDATE "{table}" SET {sets}'), _values(engine, past))
    engine.dispose()


def recover(shop: Shop, past: timedelta = timedelta(minutes=2), rounds: int = 1) -> int:
    """Let time pass, then run the recovery of the shop in this process; how many rows moved."""
    moved = 0
    for _ in range(rounds):
        pass_time(shop, past)
        try:
            moved += _run_recovery(shop)
        except OperationalError:
            # Connections of before are dead: as the running shop does, it tries again.
            moved += _run_recovery(shop)
    return moved


def codes(acks: Sequence[Json]) -> set[str]:
    """How these answers ended: `success`, or an error's code."""
    return {a["error"]["code"] if a["status"] == "error" else "success" for a in acks}


def _run_recovery(shop: Shop) -> int:
    app: Any = shop.front.app  # type: ignore[attr-defined]  # the client front's
    with app.app_context():
        return recovery.run_once()


def _earlier(dialect: str, column: str) -> str:
    if dialect == "postgresql":
        return f"{column} - make_interval(secs => :seconds)"
    # The form in which SQLAlchemy keeps a time in SQLite.
    return f"strftime('%Y-%m-%d %H:%M:%f', {column}, :modifier) || '000'"


def _values(engine: Any, past: timedelta) -> dict[str, Any]:
    if engine.dialect.name == "postgresql":
        return {"seconds": past.total_seconds()}
    return {"modifier": f"-{past.total_seconds()} seconds"}
