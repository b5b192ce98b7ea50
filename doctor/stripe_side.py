"""What one cheap call shows of Stripe: the key, its mode, the API version, the clock."""

from collections.abc import Iterator
from datetime import datetime

import gateway
import gateway_lists
from config import Settings
from doctor.findings import Finding, ok, problem, warn
from errors import Unavailable
from extensions import now, settings
from gateway import Refused
from gateway_types import Greeting
from payments import discovery

# Stripe refuses nothing for a wrong clock; we refuse events that look older than 300 seconds.
# Source: Stripe docs, "Webhooks": the default tolerance.
CLOCK_WARN_SECONDS, CLOCK_PROBLEM_SECONDS = 30, 240
_FIXES = {
    "key": (
        "Stripe refuses the key.",
        "Copy both keys anew from the Stripe dashboard (Developers, API keys) into .env.",
    ),
    "permission": (
        "The key may not read PaymentIntents.",
        "Use a secret key, or let the restricted one write PaymentIntents, SetupIntents, "
        "PaymentMethods, Customers and Refunds, and read disputes and early fraud warnings.",
    ),
    "limit": (
        "Stripe says that there are too many requests.",
        "Run the doctor again in a minute; if it stays, look for what else uses the account.",
    ),
    "line": (
        "Stripe doesn't answer.",
        "Check this machine's way to api.stripe.com (or STRIPE_API_BASE): network, proxy, DNS.",
    ),
}


def examine() -> Iterator[Finding]:
    began = now()
    try:
        greeting = gateway.current().greet()
    except Unavailable as error:
        yield problem("key", *_FIXES[gateway.why(error)])
        return
    middle = began + (now() - began) / 2
    yield _key(greeting, settings())
    yield _version(greeting)
    yield _clock(greeting, middle)
    yield _lists()


def _key(greeting: Greeting, given: Settings) -> Finding:
    if given.mode == "sandbox":
        where = given.stripe_api_base or "the built-in sandbox"
        return ok("key", f"Sandbox mode: {where} answers, no real money moves.")
    if greeting.livemode not in (None, given.mode == "live"):
        return problem(
            "key",
            f"The keys are of {given.mode} mode, and Stripe answers with payments of the other.",
            "Use the keys of the account and mode that this shop is for.",
        )
    return ok("key", f"Stripe accepts the key; {given.mode} mode.")


def _lists() -> Finding:
    """What is read to find what no event told of."""
    since = int(now().timestamp())
    unread = []
    lists = {kind: kind.rpartition(".")[2].replace("_", " ") for kind in discovery.KINDS}
    for kind, words in lists.items():
        try:
            next(gateway_lists.about_payments(kind, since), None)
        except (Unavailable, Refused):
            unread.append(words)
    if not unread:
        return ok("lists", f"Stripe lets the shop read {', '.join(lists.values())}.")
    return problem(
        "lists",
        f"Stripe doesn't let the shop read {', '.join(unread)}: if an event is lost, "
        "nobody learns of them.",
        "Let the restricted key read them, or use a secret key.",
    )


def _version(greeting: Greeting) -> Finding:
    if greeting.version == greeting.asked_version:
        return ok("api_version", f"Stripe speaks {greeting.version}, as asked.")
    return warn(
        "api_version",
        f"Stripe was asked for {greeting.asked_version} and answered in {greeting.version}.",
        "Look for a proxy between this machine and Stripe that changes headers.",
    )


def _clock(greeting: Greeting, here: datetime) -> Finding:
    if greeting.date is None:
        return warn(
            "clock",
            "Stripe's answer has no date to compare this machine's clock with.",
            "Look for a proxy between this machine and Stripe that changes headers.",
        )
    seconds = round((here - greeting.date).total_seconds())
    off = abs(seconds)
    if off <= CLOCK_WARN_SECONDS:
        return ok("clock", "This machine's clock and Stripe's agree.")
    where = "ahead of" if seconds > 0 else "behind"
    words = f"This machine's clock is {off} seconds {where} Stripe's."
    fix = "Let the machine keep its time by NTP (timedatectl set-ntp true)."
    return (problem if off > CLOCK_PROBLEM_SECONDS else warn)("clock", words, fix)
