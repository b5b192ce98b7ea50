"""How the webhook endpoint fares: when an event was last accepted, what failed since, and why.

One row per mode, made by the migration, so that noting something is one UPDATE. An accepted event
is noted in the commit that it makes anyway; failures, which anybody can cause, are counted in the
process and written at most once a second.
"""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

import structlog
from flask import current_app
from sqlalchemy import CheckConstraint, String, and_, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from extensions import (
    MODES,
    Model,
    UtcDateTime,
    atomic,
    db,
    now,
    one_of,
    release_reads,
    settings,
)
from payments.models import Transaction

log = structlog.get_logger()

# How fine the times are kept, and so how often the row is written at most.
RESOLUTION = timedelta(seconds=1)
LONGEST_REASON = 200
# An event is on its way for so long, and may come a little before our own answer.
ON_ITS_WAY, EARLY = timedelta(minutes=10), timedelta(minutes=2)
# Payments older than this say nothing about the endpoint of today.
LOOKS_BACK = timedelta(hours=24)


class WebhookHealth(Model):
    """The endpoint in one mode. `failures`: deliveries not accepted since the last accepted one."""

    __tablename__ = "webhook_health"
    __table_args__ = (
        CheckConstraint(one_of("mode", MODES), name="mode"),
        CheckConstraint("failures >= 0", name="failures"),
    )

    mode: Mapped[str] = mapped_column(String(8), primary_key=True)
    last_received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_failure_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_failure: Mapped[str | None] = mapped_column(String(LONGEST_REASON))
    failures: Mapped[int] = mapped_column(default=0)


@dataclass
class _Unwritten:
    """Failures that this process counted and has not written yet."""

    count: int = 0
    reason: str = ""
    at: datetime | None = None
    written: float | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, reason: str) -> None:
        with self.lock:
            self.count, self.reason, self.at = self.count + 1, reason, now()

    def take(self) -> int:
        """The failures to write now; 0 when there are none or the last write is too fresh."""
        with self.lock:
            moment = time.monotonic()
            fresh = self.written is not None and moment - self.written < RESOLUTION.total_seconds()
            if fresh or not self.count:
                return 0
            taken, self.count, self.written = self.count, 0, moment
            return taken

    def forget(self) -> None:
        with self.lock:
            self.count = 0


def received(session: Session) -> None:
    """Note an accepted event in the caller's commit; call it last, its row is everybody's."""
    _unwritten().forget()
    moment = now()
    stale = or_(
        WebhookHealth.last_received_at.is_(None),
        WebhookHealth.last_received_at < moment - RESOLUTION,
        WebhookHealth.failures > 0,
    )
    session.execute(
        update(WebhookHealth)
        .where(WebhookHealth.mode == settings().mode, stale)
        .values(last_received_at=moment, failures=0)
        .execution_options(synchronize_session=False)
    )


def failed(reason: str) -> None:
    """Note a delivery that was not accepted. Never raises: the answer to it must not change."""
    _unwritten().add(reason[:LONGEST_REASON])
    flush()


def flush() -> None:
    """Write the failures that were counted, unless this process did so a moment ago."""
    unwritten = _unwritten()
    count = unwritten.take()
    if not count:
        return
    try:
        with atomic() as session:
            session.execute(
                update(WebhookHealth)
                .where(WebhookHealth.mode == settings().mode)
                .values(
                    failures=WebhookHealth.failures + count,
                    last_failure_at=unwritten.at,
                    last_failure=unwritten.reason,
                )
                .execution_options(synchronize_session=False)
            )
    except SQLAlchemyError:
        # Perhaps the very reason why the delivery failed.
        log.exception("webhook health")


def current() -> WebhookHealth:
    """The running mode's row, as it is in the database."""
    found = db.session.get(WebhookHealth, settings().mode, populate_existing=True)
    release_reads()
    return found or WebhookHealth(mode=settings().mode, failures=0)


def unannounced(since: datetime | None) -> int:
    """How many payments of the last hours no event came after; `since`: the last event."""
    moment = now()
    told = since + EARLY if since else moment - LOOKS_BACK
    untold = and_(
        Transaction.mode == settings().mode,
        Transaction.paid_at > max(told, moment - LOOKS_BACK),
        Transaction.paid_at < moment - ON_ITS_WAY,
    )
    count = db.session.scalar(select(func.count()).select_from(Transaction).where(untold))
    release_reads()
    return count or 0


def _unwritten() -> _Unwritten:
    made = current_app.extensions.setdefault("webhook_health", _Unwritten())
    return cast(_Unwritten, made)
