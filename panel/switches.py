"""What can go wrong, as switches in a shop owner's words; each stands for a rule of the sandbox."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from extensions import settings
from languages import _l
from sandbox import Sandbox
from sandbox.rules import Rules

Json = dict[str, Any]
CREATE = "POST /v1/payment_intents"
SLOW_SECONDS, LATE_SECONDS, BANK_SECONDS = 5, 120, 60
_COUNTS = ("id", "matched", "fired")
# How far the sandbox's clock can be moved at a press.
STEPS = {
    "hour": (_l("Forward 1 hour"), 3_600),
    "day": (_l("Forward 1 day"), 24 * 3_600),
    "months": (_l("Forward 2 months"), 61 * 24 * 3_600),
}


@dataclass(frozen=True)
class Switch:
    """`find`: the rules of the kind. `rule`: the one that this switch sets."""

    name: str
    title: str
    what: str
    find: Callable[[Sandbox], Rules]
    rule: Callable[[], Json]

    def is_on(self, sandbox: Sandbox) -> bool:
        return any(not _is_used_up(rule) for rule in self._standing(sandbox))

    def fired(self, sandbox: Sandbox) -> int:
        """How often it has happened since it was switched on."""
        return sum(rule["fired"] for rule in self._standing(sandbox))

    def turn(self, sandbox: Sandbox, on: bool) -> None:
        for rule in self._standing(sandbox):
            self.find(sandbox).remove(rule["id"])
        if on:
            self.find(sandbox).add_given(self.rule())

    def _standing(self, sandbox: Sandbox) -> list[Json]:
        rules = self.find(sandbox)
        wanted = rules.check(self.rule())
        return [rule for rule in rules.list() if _without_counts(rule) == wanted]


class _Banks(Switch):
    """How long banks take is a setting of the sandbox, not a rule."""

    def is_on(self, sandbox: Sandbox) -> bool:
        return bool(sandbox.banks.show()["seconds"])

    def fired(self, _sandbox: Sandbox) -> int:
        return 0

    def turn(self, sandbox: Sandbox, on: bool) -> None:
        sandbox.banks.set_given({"seconds": BANK_SECONDS if on else 0})


def _lost_answer() -> Json:
    # The shop asks again with the same key: those answers get lost as well.
    tries = settings().stripe_retries + 1
    return {**_api(CREATE, "reset"), "when": "after", "first": tries}


def _api(call: str, kind: str, **more: Any) -> Json:
    return {"call": call, "kind": kind, "caller": "server", **more}


def _events(kind: str, **more: Any) -> Json:
    return {"event": "*", "kind": kind, **more}


def _calls(sandbox: Sandbox) -> Rules:
    return sandbox.faults


def _webhooks(sandbox: Sandbox) -> Rules:
    return sandbox.webhook_faults


GROUPS: list[tuple[str, list[Switch]]] = [
    (
        _l("Payments"),
        [
            Switch(
                "lost-answer",
                _l("Lose the answer to the next payment"),
                _l(
                    "Stripe takes the money, but the shop doesn’t get the answer. It finds out "
                    "by a webhook, or by asking again with the same key."
                ),
                _calls,
                _lost_answer,
            ),
            Switch(
                "down",
                _l("Stripe is down"),
                _l("No call of the shop gets through. Nothing is charged meanwhile."),
                _calls,
                lambda: _api("*", "reset"),
            ),
            Switch(
                "slow",
                _l("Stripe is slow"),
                _l("Every call of the shop takes five seconds longer."),
                _calls,
                lambda: _api("*", "delay", seconds=SLOW_SECONDS),
            ),
            Switch(
                "busy",
                _l("Too many calls"),
                _l("Stripe refuses every call of the shop: too many at once (429)."),
                _calls,
                lambda: _api("*", "status", status=429),
            ),
            _Banks(
                "banks",
                _l("Banks take a minute"),
                _l("A payment is processing first, and a minute later paid or declined."),
                _calls,
                dict,
            ),
        ],
    ),
    (
        _l("Webhooks"),
        [
            Switch(
                "late",
                _l("Webhooks come late"),
                _l("Two minutes after the event they report."),
                _webhooks,
                lambda: _events("delay", seconds=LATE_SECONDS),
            ),
            Switch(
                "thrice",
                _l("Webhooks come three times"),
                _l("The shop must deal with each event only once."),
                _webhooks,
                lambda: _events("duplicate", times=3),
            ),
            Switch(
                "shuffled",
                _l("Webhooks come in the wrong order"),
                _l("Spread over some seconds, the last perhaps first."),
                _webhooks,
                lambda: _events("reorder", seconds=5),
            ),
            Switch(
                "dropped",
                _l("Webhooks never come"),
                _l("The shop has to ask Stripe by itself."),
                _webhooks,
                lambda: _events("drop"),
            ),
            Switch(
                "forged",
                _l("Webhooks are wrongly signed"),
                _l("As if somebody else had sent them: the shop must not believe them."),
                _webhooks,
                lambda: _events("bad_signature"),
            ),
        ],
    ),
]
BY_NAME = {switch.name: switch for _, switches in GROUPS for switch in switches}


def all_normal(sandbox: Sandbox) -> None:
    """End every fault, of the page or of anybody else's making; the clock can't be moved back."""
    sandbox.faults.clear()
    sandbox.webhook_faults.clear()
    sandbox.limits.off()
    sandbox.banks.set_given({"seconds": 0})


def _is_used_up(rule: Json) -> bool:
    return "first" in rule and rule["matched"] >= rule["first"]


def _without_counts(rule: Json) -> Json:
    return {name: value for name, value in rule.items() if name not in _COUNTS}
