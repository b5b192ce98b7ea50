"""Events: what happened, kept for the API and handed to the webhook endpoints."""

import json
from typing import Any

from sandbox import deliveries, lists
from sandbox.context import Context
from sandbox.errors import Json
from sandbox.ids import new_id
from sandbox.records import Record, Tx

API_VERSION = "2026-10-28.endive"


def emit(tx: Tx, event_type: str, about: Record, before: Json | None = None) -> None:
    """Records an event with the object as it is now.

    `before` is the body before the change; the event tells the differing values as
    `previous_attributes`.
    """
    event: Json = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": tx.now,
        "data": _data(about, before),
        "livemode": False,
        "pending_webhooks": 0,
        "request": tx.request,
        "type": event_type,
    }
    tx.add(event)
    for endpoint_id in _endpoints(tx, event_type):
        deliveries.schedule(tx, event["id"], event_type, endpoint_id)


def retrieve(ctx: Context) -> Json:
    return with_pending(ctx.tx, ctx.tx.get("event", ctx.ids[0], "id", 404))


def list_all(ctx: Context) -> Json:
    query = lists.Query("event", "/v1/events")
    types = ctx.params.get("types", [])
    if "type" in ctx.params:
        types = [ctx.params["type"]]
    if types:
        patterns = [name.replace("*", "%") for name in types]
        query.where(f"({' OR '.join(['link LIKE ?'] * len(patterns))})", *patterns)
    if "delivery_success" in ctx.params:
        query.where(
            "EXISTS (SELECT 1 FROM deliveries WHERE event_id = objects.id "
            "AND state != 'succeeded') = ?",
            0 if ctx.params["delivery_success"] else 1,
        )
    page = query.page(ctx)
    return {**page, "data": [with_pending(ctx.tx, event) for event in page["data"]]}


def with_pending(tx: Tx, event: Record) -> Json:
    """The event with today's number of deliveries still to be made."""
    (pending,) = tx.execute(
        "SELECT count(*) FROM deliveries WHERE event_id = ? AND state = 'pending'", (event.id,)
    ).fetchone()
    return {**event.body, "pending_webhooks": pending}


def _data(about: Record, before: Json | None) -> Json:
    data: Json = {"object": dict(about.body)}
    if before is not None:
        data["previous_attributes"] = {
            name: before.get(name)
            for name, value in about.body.items()
            if before.get(name) != value
        }
    return data


def _endpoints(tx: Tx, event_type: str) -> list[Any]:
    """Ids of the endpoints that want events of this type."""
    if tx.endpoints is None:
        rows = tx.execute("SELECT body FROM objects WHERE kind = 'webhook_endpoint'").fetchall()
        bodies = [json.loads(body) for (body,) in rows]
        tx.endpoints = [
            (body["id"], frozenset(body["enabled_events"]))
            for body in bodies
            if body["status"] == "enabled"
        ]
    return [
        endpoint_id for endpoint_id, wanted in tx.endpoints if "*" in wanted or event_type in wanted
    ]
