"""The webhook endpoint: is it at Stripe, does it hear what is needed, and do events arrive?"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import gateway
import gateway_lists
from doctor.findings import Finding, ok, problem, warn
from errors import Unavailable
from extensions import settings
from gateway_lists import EndpointFacts
from payments import health
from payments.endpoint import EVENTS, PATH
from payments.health import WebhookHealth
from terminal import count

# One payment without an event may be chance, several are not.
SILENT_PAYMENTS = 3
_ADDRESS = "https://<your shop>" + PATH


def examine(address: str | None) -> Iterator[Finding]:
    """address: the shop's public one, if the owner gave it."""
    given = settings()
    if given.mode == "test" and not given.stripe_webhook_secret:
        yield warn(
            "webhook_secret",
            "STRIPE_WEBHOOK_SECRET isn't set: every event is refused.",
            "Set it to the endpoint's signing secret (Stripe dashboard, Developers, Webhooks).",
        )
    try:
        endpoints = gateway_lists.webhook_endpoints()
    except Unavailable as error:
        if gateway.why(error) == "permission":
            yield warn(
                "webhook_endpoint",
                "The restricted key may not look at webhook endpoints.",
                f"See in the dashboard that {_ADDRESS} is enabled, with the README's events.",
            )
        return
    yield _endpoint(endpoints, address)


def arrivals() -> Finding:
    """Whether events arrive, by our own records alone."""
    seen = health.current()
    untold = health.unannounced(seen.last_received_at)
    if untold:
        words = f"No event came after the last {count(untold, 'payment')}."
        if seen.failures:
            words += f" {_failures(seen)}"
        fix = "Compare endpoint, secret and events at Stripe with the README; then resend there."
        return (problem if untold >= SILENT_PAYMENTS else warn)("webhooks", words, fix)
    if seen.failures:
        fix = "A wrong signature: set STRIPE_WEBHOOK_SECRET to the endpoint's. Else see the log."
        return warn("webhooks", _failures(seen), fix)
    if seen.last_received_at is None:
        return ok("webhooks", "No event has come yet, and none was due.")
    return ok("webhooks", f"The last event came at {seen.last_received_at:%Y-%m-%d %H:%M:%S} UTC.")


def _failures(seen: WebhookHealth) -> str:
    at = f"{seen.last_failure_at:%Y-%m-%d %H:%M:%S} UTC" if seen.last_failure_at else "?"
    deliveries = count(seen.failures, "delivery", "deliveries")
    return f"{deliveries} not accepted since the last good one; at {at}: {seen.last_failure}."


def _endpoint(endpoints: list[EndpointFacts], address: str | None) -> Finding:
    name = "webhook_endpoint"
    wanted = _url(address) if address else None
    ours = [one for one in endpoints if _is_ours(one, wanted)]
    if not ours:
        where = wanted or _ADDRESS
        if settings().embedded_sandbox and not wanted:
            return ok(name, "None yet: the sandbox gets one when the server starts.")
        return problem(
            name,
            f"Stripe has no webhook endpoint {where}.",
            f"Add {where} in the dashboard (Developers, Webhooks) with the README's events.",
        )
    # Several may lead here, old ones too: the best one counts.
    best = min(ours, key=lambda one: (not one.enabled, len(_unheard(one))))
    if not best.enabled:
        return problem(name, f"{best.url} is disabled at Stripe.", "Enable it in the dashboard.")
    if unheard := _unheard(best):
        fix = f"Add to its events in the dashboard: {', '.join(unheard)}."
        return problem(name, f"{best.url} isn't told of {count(len(unheard), 'event')}.", fix)
    return ok(name, f"{best.url} is enabled and told of everything needed.")


def _unheard(endpoint: EndpointFacts) -> list[str]:
    return [] if "*" in endpoint.events else [e for e in EVENTS if e not in endpoint.events]


def _is_ours(endpoint: EndpointFacts, wanted: str | None) -> bool:
    return endpoint.url == wanted if wanted else urlsplit(endpoint.url).path == PATH


def _url(address: str) -> str:
    """Of an address with or without a path, where events for it go."""
    return address if urlsplit(address).path.strip("/") else address.rstrip("/") + PATH
