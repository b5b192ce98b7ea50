"""Find refunds, disputes and fraud warnings of which no event arrived at all.

They are made at Stripe, not here, so without an event nothing of ours asks for them. Once a
minute the newest of the account are listed, and what we don't know yet is looked at; so is a
refund that has come to another end meanwhile.
"""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from sqlalchemy import null, select

import gateway_lists
from errors import Unavailable
from extensions import Model, db, now, release_reads, settings
from gateway import Refused
from gateway_lists import Listed
from payments import following
from payments.dispute_models import Dispute, FraudWarning
from payments.models import Refund, Transaction

log = structlog.get_logger()

PAUSE_SECONDS = 60.0
# At the start, as far back as Stripe tries to deliver an event. Source: Stripe docs, "Webhooks".
AT_START = timedelta(days=3)
# Clocks differ, and a list may be a little behind.
OVERLAP = timedelta(minutes=10)
KINDS: dict[str, type[Model]] = {
    "refunds": Refund,
    "disputes": Dispute,
    "radar.early_fraud_warnings": FraudWarning,
}


class Discovery:
    """One per process: remembers when it looked last."""

    def __init__(self) -> None:
        self._next = 0.0
        # By kind: a key may be allowed to read some lists and not the others.
        self._since: dict[str, datetime] = {}
        # What could not be looked at; a list of later would not have it any more.
        self._missed: set[following.Order] = set()

    def discover(self) -> int:
        """Look, if it is time; how many orders changed. Out of reach: the next time."""
        if time.monotonic() < self._next:
            return 0
        self._next = time.monotonic() + PAUSE_SECONDS
        news = set[following.Order]().union(*map(self._news, KINDS))
        changed, self._missed = following.look(news | self._missed)
        return changed

    def _news(self, kind: str) -> set[following.Order]:
        """Orders of which Stripe has one that we don't, or a refund that stands otherwise."""
        began = now()
        since = self._since.get(kind, began - AT_START)
        found: set[following.Order] = set()
        try:
            for page in gateway_lists.about_payments(kind, int(since.timestamp())):
                found.update(_orders_of(page, KINDS[kind]))
        except (Unavailable, Refused) as error:
            log.warning("not listed", path=kind, reason=type(error).__name__)
            return found
        self._since[kind] = began - OVERLAP
        return found


def _orders_of(listed: list[Listed], model: type[Model]) -> Iterator[following.Order]:
    columns = model.__table__.c
    # Open disputes are followed anyway, and a warning has no status.
    status = columns.status if model is Refund else null()
    query = select(columns.stripe_id, status)
    query = query.where(columns.stripe_id.in_([one.id for one in listed]))
    if "mode" in columns:
        query = query.where(columns.mode == settings().mode)
    known = {row[0]: row[1] for row in db.session.execute(query)}
    wanted = {
        one.payment_id
        for one in listed
        if one.payment_id and (one.id not in known or known[one.id] not in (None, one.status))
    }
    ours = (Transaction.mode == settings().mode, Transaction.payment_intent_id.in_(wanted))
    rows = db.session.execute(select(Transaction.id, Transaction.payment_intent_id).where(*ours))
    yield from [(row[0], str(row[1])) for row in rows]
    release_reads()
