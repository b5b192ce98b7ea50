"""What the tests of trouble share: many at once, time that passes, and recovery at its end."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

import gateway
from config import SANDBOX_SECRET_KEY, SANDBOX_WEBHOOK_SECRET
from extensions import assert_no_transaction
from gateway import Gateway
from payments import recovery
from payments.discovery import Discovery

from .doors import Json
from .instances import database_address
from .shop import Shop

T = TypeVar("T")
TIMES: Mapping[str, Sequence[str]] = {
    "transaction": ("created_at", "updated_at"),
    "attempt": ("created_at",),
    "refund": ("created_at", "updated_at"),
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


def pass_time(shop: Shop, past: timedelta, of: Mapping[str, Sequence[str]] = TIMES) -> None:
    """Let this much time pass for the shop: every row that times out was written so long ago.

    `of`: table -> the columns to move, where not all. No webhook is delivered by this.
    """
    engine = create_engine(database_address(shop.front.database_url), poolclass=NullPool)
    with engine.begin() as connection:
        for table, columns in of.items():
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


def discover(shop: Shop) -> int:
    """Look for refunds and disputes that no event told of, as the running shop does each minute."""
    app: Any = shop.front.app  # type: ignore[attr-defined]  # the client front's
    with app.app_context():
        return Discovery().discover()


def reconnect(shop: Shop, *, retries: int = 0, timeout: float = 20) -> None:
    """A new line to Stripe for the shop in this process, with a closed circuit.

    `retries`: by default none, since each comes after a pause; `timeout` in seconds.
    """
    app: Any = shop.front.app  # type: ignore[attr-defined]  # the client front's
    line = Gateway(
        SANDBOX_SECRET_KEY,
        guard=assert_no_transaction,
        http_client=app.extensions["sandbox"].http_client(timeout=timeout),
        webhook_secret=SANDBOX_WEBHOOK_SECRET,
        retries=retries,
    )
    gateway.init_app(app, line)


def lose(shop: Shop, call: str, kind: str = "reset", **options: Any) -> None:
    """Add a fault to Stripe's side of the shop's line. Source: sandbox/faults.py."""
    rule = {"call": call, "kind": kind, "caller": "server", **options}
    answer = shop.control("POST", "faults", rule)
    assert answer.status == 200, answer.text


def mend(shop: Shop) -> None:
    """End all faults of the line; the circuit, which opens after several, is closed again."""
    assert shop.control("POST", "faults", {"clear": True}).status == 200
    reconnect(shop)


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
    return {"modifier": f"{-past.total_seconds():+.3f} seconds"}
