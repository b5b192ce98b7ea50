"""Webhook endpoints: where events are sent."""

import re

from sandbox import deliveries, lists
from sandbox.context import Context
from sandbox.errors import Json, invalid_param, missing_param
from sandbox.events import API_VERSION
from sandbox.ids import new_id, random_text
from sandbox.records import Record, Tx
from sandbox.shapes import merged_metadata

_EVENT_TYPE = re.compile(r"\*|[a-z0-9_]+(\.[a-z0-9_]+)+")
_MOST = 16


def create(ctx: Context) -> Json:
    """Answers with the secret, which is never shown again."""
    _check(ctx)
    (present,) = ctx.tx.execute(
        "SELECT count(*) FROM objects WHERE kind = 'webhook_endpoint'"
    ).fetchone()
    if present >= _MOST:
        raise invalid_param(f"You have reached the maximum of {_MOST} webhook endpoints.", "url")
    secret = f"whsec_{random_text(32)}"
    endpoint = add(ctx.tx, ctx.params["url"], secret, ctx.params["enabled_events"])
    endpoint["description"] = ctx.get("description")
    endpoint["metadata"] = merged_metadata({}, ctx.params.get("metadata"))
    return {**endpoint.body, "secret": secret}


def retrieve(ctx: Context) -> Record:
    return ctx.tx.get("webhook_endpoint", ctx.ids[0], "webhook_endpoint", 404)


def update(ctx: Context) -> Record:
    endpoint = retrieve(ctx)
    _check(ctx)
    for name in ("url", "enabled_events"):
        if name in ctx.params:
            endpoint[name] = ctx.params[name]
    if "description" in ctx.params:
        endpoint["description"] = ctx.get("description")
    if "disabled" in ctx.params:
        endpoint["status"] = "disabled" if ctx.params["disabled"] else "enabled"
    if "metadata" in ctx.params:
        endpoint["metadata"] = merged_metadata(endpoint["metadata"], ctx.params["metadata"])
    return endpoint


def delete(ctx: Context) -> Json:
    endpoint = retrieve(ctx)
    ctx.tx.execute("DELETE FROM objects WHERE seq = ?", (endpoint.seq,))
    deliveries.forget(ctx.tx, endpoint.id)
    endpoint.changed = False
    return {"id": endpoint.id, "object": "webhook_endpoint", "deleted": True}


def list_all(ctx: Context) -> Json:
    return lists.Query("webhook_endpoint", "/v1/webhook_endpoints").page(ctx)


def add(tx: Tx, url: str, secret: str, enabled_events: list[str]) -> Record:
    return tx.add(
        {
            "id": new_id("we"),
            "object": "webhook_endpoint",
            "api_version": API_VERSION,
            "application": None,
            "created": tx.now,
            "description": None,
            "enabled_events": enabled_events,
            "livemode": False,
            "metadata": {},
            "status": "enabled",
            "url": url,
        },
        secret=secret,
    )


def register(tx: Tx, url: str, secret: str, enabled_events: list[str]) -> None:
    """Makes the endpoint, or gives the one of this URL the secret and the event types."""
    for endpoint in tx.select("kind = 'webhook_endpoint'"):
        if endpoint["url"] == url:
            endpoint.change(enabled_events=enabled_events, status="enabled")
            endpoint.hide(secret=secret)
            return
    add(tx, url, secret, enabled_events)


def _check(ctx: Context) -> None:
    url = ctx.params.get("url", "http://")
    if not url.startswith(("http://", "https://")):
        raise invalid_param(f"Invalid URL: {url[:80]}", "url", "url_invalid")
    if ctx.params.get("connect"):
        raise invalid_param("Stripe knows `connect`, but this sandbox does not.", "connect")
    if ctx.params.get("api_version", API_VERSION) != API_VERSION:
        raise invalid_param(f"The sandbox speaks {API_VERSION} only.", "api_version")
    names = ctx.params.get("enabled_events")
    if names == []:
        raise missing_param("enabled_events")
    for name in names or ():
        if not _EVENT_TYPE.fullmatch(name):
            raise invalid_param(f"Invalid event type: {name[:80]}", "enabled_events")
