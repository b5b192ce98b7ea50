"""Faults of the webhooks: what happens to an event on its way to an endpoint.

    sandbox.webhook_faults.add("payment_intent.succeeded", "duplicate", times=3)
    POST /sandbox/control/webhooks
        {"fault": {"event": "payment_intent.succeeded", "kind": "duplicate", "times": 3}}

    event    a type, "payment_intent.*" or "*"
    kind     duplicate (times=2)       delivered so many times
             drop                      never delivered; `GET /v1/events` still lists it
             delay (seconds)           delivered later, by the sandbox's clock
             reorder (seed=0, seconds=0)  what is due together is delivered in another order, the
                                       same for the same seed; seconds: spread over that time too
             bad_signature             signed with another secret
             ancient (seconds=3600)    signed so long ago
             livemode                  of the other mode, rightly signed, with an id of its own
             unknown_object            about what does not exist, rightly signed, with an own id
    first, nth   the first n matching deliveries, or the n-th alone; without: all
    tries    of the last four: so many tries are spoilt, and the next is sound; without: all
    extra    of the last four, true: the sound delivery follows the spoilt one

A rule is looked at when an event comes into being, once for each endpoint; several add up.
"""

import hashlib
import json
from typing import Any, NamedTuple, TypedDict, Unpack

from sandbox import rules
from sandbox.errors import Json
from sandbox.ids import new_id
from sandbox.records import Tx, encode
from sandbox.rules import Rules, is_due

_SPOILT = frozenset(("tries", "extra"))
_COMMON = frozenset(("event", "kind", "first", "nth"))
# Kind -> what it takes beside that.
_OPTIONS: dict[str, frozenset[str]] = {
    "duplicate": frozenset(("times",)),
    "drop": frozenset(),
    "delay": frozenset(("seconds",)),
    "reorder": frozenset(("seed", "seconds")),
    "bad_signature": _SPOILT,
    "ancient": _SPOILT | {"seconds"},
    "livemode": _SPOILT,
    "unknown_object": _SPOILT,
}
KINDS = tuple(_OPTIONS)
_MOST_TIMES = 100
_ANCIENT_SECONDS = 3600.0  # Stripe's libraries refuse what is older than five minutes


class Options(TypedDict, total=False):
    """What `add` takes beside event and kind; what each means stands above."""

    first: int
    nth: int
    times: int
    seconds: float
    seed: int
    tries: int
    extra: bool


class WebhookFaults(Rules):
    target = "webhook"

    def add(self, event: str, kind: str, **options: Unpack[Options]) -> Json:
        """The rule as `list` shows it. Raises: ValueError with a sentence for a person."""
        return self.add_given({"event": event, "kind": kind, **options})

    def check(self, given: Json) -> Json:
        kind = rules.one_of(given, "kind", KINDS)
        rules.refuse_others(given, _COMMON | _OPTIONS[kind], f"a webhook fault {kind}")
        rule: Json = {"event": _event(given.get("event")), "kind": kind}
        rule |= rules.which(given)
        if kind == "duplicate":
            rule["times"] = rules.whole(given, "times", 2, _MOST_TIMES, usual=2)
        elif kind == "delay":
            rule["seconds"] = rules.seconds(given)
        elif kind == "ancient":
            rule["seconds"] = rules.seconds(given, _ANCIENT_SECONDS)
        elif kind == "reorder":
            rule["seed"] = rules.whole(given, "seed", 0, usual=0)
            if "seconds" in given:
                rule["seconds"] = rules.seconds(given)
        return rule | _spoilt(given)


class Plan(NamedTuple):
    """What is to happen to one event on its way to one endpoint."""

    copies: int = 1
    dropped: bool = False
    delay: float = 0.0  # seconds
    position: float | None = None  # among what is due; None: by time
    spoilt: tuple[Json, ...] = ()


def plan(tx: Tx, event_type: str) -> Plan:
    """Counts a delivery, and tells what befalls it."""
    found = Plan()
    rows = tx.execute("SELECT seq, rule, matched FROM faults WHERE target = 'webhook' ORDER BY seq")
    for seq, text, matched in rows.fetchall():
        rule = json.loads(text)
        if not _means(rule["event"], event_type):
            continue
        due = is_due(rule, matched + 1)
        query = "UPDATE faults SET matched = matched + 1, fired = fired + ? WHERE seq = ?"
        tx.execute(query, (int(due), seq))
        if due:
            found = _with(found, rule, matched)
    return found


def _with(found: Plan, rule: Json, number: int) -> Plan:
    match rule["kind"]:
        case "duplicate":
            return found._replace(copies=found.copies * rule["times"])
        case "drop":
            return found._replace(dropped=True)
        case "delay":
            return found._replace(delay=found.delay + rule["seconds"])
        case "reorder":
            spread = _chance(rule["seed"], number, "spread") * rule.get("seconds", 0)
            position = _chance(rule["seed"], number, "position")
            return found._replace(delay=found.delay + spread, position=position)
    return found._replace(spoilt=(*found.spoilt, rule))


def spoil(rule: Json, delivery: int, payload: bytes, secret: str, now: int) -> Any:
    """(payload, secret to sign with, Unix seconds to sign at) of a spoilt delivery."""
    match rule["kind"]:
        case "bad_signature":
            return payload, f"{secret}_wrong", now
        case "ancient":
            return payload, secret, now - int(rule["seconds"])
    event = json.loads(payload)
    # Stable over its tries, and not the id of the sound event: that one must not look known.
    digest = hashlib.sha256(f"{delivery} {event['id']}".encode()).hexdigest()
    event["id"] = f"evt_{digest[:24]}"
    about = event["data"]["object"]
    if rule["kind"] == "livemode":
        event["livemode"] = about["livemode"] = True
    else:
        for name in ("id", "payment_intent", "charge"):
            if isinstance(about.get(name), str):
                about[name] = new_id(about[name].partition("_")[0])
    return encode(event).encode(), secret, now


def _chance(*seed: Any) -> float:
    """From 0 to below 1, always the same for the same seed."""
    digest = hashlib.sha256(repr(seed).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _event(value: Any) -> str:
    text = value if isinstance(value, str) else ""
    name = text.removesuffix(".*")
    if text != "*" and (not name.replace("_", "").replace(".", "").isalnum() or "." not in text):
        raise ValueError('event is like "payment_intent.succeeded", "charge.*" or "*".')
    return text


def _means(wanted: str, event_type: str) -> bool:
    if wanted.endswith("*"):
        return event_type.startswith(wanted[:-1])
    return wanted == event_type


def _spoilt(given: Json) -> Json:
    rule: Json = {}
    if "tries" in given:
        rule["tries"] = rules.whole(given, "tries", 1)
    if "extra" in given:
        if not isinstance(given["extra"], bool):
            raise ValueError("extra is true or false.")
        rule["extra"] = given["extra"]
    return rule
