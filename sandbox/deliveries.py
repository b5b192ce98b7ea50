"""What is to be delivered: one row for each event and endpoint, more or fewer under faults."""

import json

from sandbox import webhook_faults
from sandbox.errors import Json
from sandbox.records import Tx, encode
from sandbox.webhook_faults import Plan

_NAMES = (
    "seq",
    "event",
    "type",
    "endpoint",
    "state",
    "attempts",
    "due_at",
    "last_status",
    "last_error",
    "fault",
)


def schedule(tx: Tx, event_id: str, event_type: str, endpoint_id: str) -> None:
    """Has an event delivered to an endpoint, as the rules of the webhooks' faults say."""
    plan = webhook_faults.plan(tx, event_type)
    for rule in plan.spoilt:
        if rule.get("extra"):
            _add(tx, event_id, endpoint_id, plan, rule)
    spoilt = [rule for rule in plan.spoilt if not rule.get("extra")]
    for _ in range(plan.copies):
        _add(tx, event_id, endpoint_id, plan, spoilt[0] if spoilt else None)


def forget(tx: Tx, endpoint_id: str) -> None:
    """Everything that was to go to an endpoint, and how: numbers of deliveries are used again."""
    mine = "SELECT seq FROM deliveries WHERE endpoint_id = ?"
    tx.execute(f"DELETE FROM delivery_faults WHERE seq IN ({mine})", (endpoint_id,))  # noqa: S608  # nosec B608
    tx.execute("DELETE FROM deliveries WHERE endpoint_id = ?", (endpoint_id,))


def fault_of(tx: Tx, seq: int, attempts: int) -> Json | None:
    """What spoils the next try of a delivery."""
    row = tx.execute("SELECT fault FROM delivery_faults WHERE seq = ?", (seq,)).fetchone()
    fault: Json | None = json.loads(row[0]) if row and row[0] else None
    if fault is None or attempts >= fault.get("tries", attempts + 1):
        return None
    return fault


def overview(tx: Tx) -> list[Json]:
    """All deliveries, for the control pages."""
    rows = tx.execute(
        "SELECT d.seq, d.event_id, o.link, d.endpoint_id, d.state, d.attempts, d.due_at, "
        "d.last_status, d.last_error, f.fault FROM deliveries d "
        "JOIN objects o ON o.id = d.event_id LEFT JOIN delivery_faults f ON f.seq = d.seq "
        "ORDER BY d.seq",
    )
    found = [dict(zip(_NAMES, row, strict=True)) for row in rows]
    for delivery in found:
        delivery["fault"] = json.loads(delivery["fault"])["kind"] if delivery["fault"] else None
    return found


def _add(tx: Tx, event_id: str, endpoint_id: str, plan: Plan, fault: Json | None) -> None:
    cursor = tx.execute(
        "INSERT INTO deliveries (event_id, endpoint_id, state, attempts, due_at, leased_until) "
        "VALUES (?, ?, ?, 0, ?, 0)",
        (event_id, endpoint_id, "dropped" if plan.dropped else "pending", tx.time + plan.delay),
    )
    if fault is not None or plan.position is not None:
        row = (cursor.lastrowid, encode(fault) if fault else None, plan.position)
        tx.execute("INSERT INTO delivery_faults VALUES (?, ?, ?)", row)
