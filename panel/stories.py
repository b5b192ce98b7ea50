"""What the recorder kept, as stories: one for each purchase, and one for whatever else happened.

Each step goes from one lane to another, as in a sequence diagram, and is told in a sentence.
"""

import re
from dataclasses import dataclass
from operator import attrgetter

from languages import _l
from recorder import Kind, Sequence, Step

LANES = {
    "browser": _l("Browser"),
    "shop": _l("Shop"),
    "database": _l("Database"),
    "stripe": _l("Stripe"),
}
_WAYS: dict[Kind, tuple[str, str]] = {
    "message": ("browser", "shop"),
    "ack": ("shop", "browser"),
    "push": ("shop", "browser"),
    "commit": ("shop", "database"),
    "call": ("shop", "stripe"),
    "answer": ("stripe", "shop"),
    "webhook": ("stripe", "shop"),
    "receipt": ("shop", "stripe"),
    "typed": ("browser", "stripe"),
    "recovery": ("shop", "shop"),
}
_MEANINGS: dict[Kind, str] = {
    "message": _l("A page asks. The session says who is acting, and the catalog what it costs."),
    "ack": _l("The answer to the page."),
    "push": _l("Every open page of this shopper is told."),
    "commit": _l("Written down for good before anything else happens."),
    "call": _l("One call, with a key under which it can’t happen twice."),
    "webhook": _l("Stripe reports something. The shop checks the signature, then asks Stripe."),
    "typed": _l("The browser talks to Stripe itself: the shop never sees the number of a card."),
    "recovery": _l("Nobody is waiting any more: the shop checks what became of it."),
}
_CHECKS = _l("The page asks Stripe itself whether it is so.")
_READS = _l("The shop asks how things stand.")
_FORGED = _l("The signature is wrong: none of it is believed.")
_DEALT_WITH = _l("Dealt with.")
_AGAIN = _l("Not dealt with: Stripe will send it again.")
_ANSWERED = _l("Stripe’s answer.")
_DECLINED = _l("Declined: that is an answer, too.")
_UNKNOWN = _l("No answer. Perhaps it was done: unknown is not declined.")
_BUSY = _l("Stripe can’t do it now. With the same key it may be tried again.")
_NO_ANSWER = _l("no answer")
_REFUSED = _l("Stripe refused and did nothing.")
# The beginning of an id is enough to tell it from others.
_ID = re.compile(r"([a-z]+_\w{6})\w{6,}")


@dataclass(frozen=True)
class Told:
    """A step as it is shown. `after`: milliseconds since the story began."""

    step: Step
    after: float
    meaning: str
    tone: str

    @property
    def name(self) -> str:
        """Short enough to be read; an answer is that of the call before it."""
        return "" if self.step.kind == "answer" else _ID.sub(r"\1…", self.step.name)

    @property
    def outcome(self) -> str:
        """Nothing where it says nothing that the sentence doesn't."""
        if self.step.kind == "answer" and not self.step.outcome.isdigit():
            return _NO_ANSWER
        return self.step.outcome if self.step.outcome != "ok" else ""

    @property
    def way(self) -> tuple[str, str]:
        return _WAYS[self.step.kind]


@dataclass
class Story:
    """`key` names it in an address; the sessions are those whose pages had a part in it."""

    key: str
    transaction_id: str | None
    sessions: set[str]
    steps: list[Step]

    @property
    def began_at(self) -> float:
        return self.steps[0].at

    @property
    def title(self) -> str:
        """Where it is about no purchase: what a page asked for, or what it began with."""
        asked = (step.name for step in self.steps if step.kind == "message")
        return next(asked, self.steps[0].name)

    @property
    def outcome(self) -> str:
        """How the last message was answered."""
        return next((s.outcome for s in reversed(self.steps) if s.kind == "ack"), "")

    def told(self) -> list[Told]:
        return [
            Told(step, (step.at - self.began_at) * 1000, _meaning(step), _tone(step))
            for step in self.steps
        ]


def stories(sequences: list[Sequence], session_id: str | None, everybody: bool) -> list[Story]:
    """The newest first. Unless for `everybody`, those alone in which this session had a part."""
    found: dict[str, Story] = {}
    for sequence, key in zip(sequences, _keys(sequences), strict=True):
        if sequence.steps:
            transaction_id = key if key.startswith("txn_") else None
            story = found.setdefault(key, Story(key, transaction_id, set(), []))
            story.steps += sequence.steps
            story.sessions |= {sequence.session_id} if sequence.session_id else set()
    for story in found.values():
        story.steps.sort(key=attrgetter("number"))
    newest_first = sorted(found.values(), key=lambda s: s.steps[-1].number, reverse=True)
    return [story for story in newest_first if everybody or session_id in story.sessions]


def _keys(sequences: list[Sequence]) -> list[str]:
    """Which story each belongs to: a purchase, or all that is about the same thing of Stripe's.

    So what a page says to Stripe before it buys belongs to the purchase that comes of it.
    """
    purchase_of: dict[str, str] = {}
    for one in sequences:
        if one.transaction_id:
            for thing in one.things:
                purchase_of.setdefault(thing, one.transaction_id)
    # What ends in no purchase: such as a card that is saved.
    others: list[set[str]] = []
    for one in sequences:
        if not one.transaction_id and not _first(purchase_of, one.things):
            touching = [things for things in others if things & one.things]
            others = [things for things in others if not things & one.things]
            others.append(one.things.union(*touching))
    names = {thing: f"about-{min(things)}" for things in others for thing in things}
    return [
        one.transaction_id
        or _first(purchase_of, one.things)
        or _first(names, one.things)
        # About nothing: by the number of its first step.
        or f"step-{one.steps[0].number if one.steps else 0}"
        for one in sequences
    ]


def _first(known: dict[str, str], things: set[str]) -> str | None:
    return next((known[thing] for thing in sorted(things) if thing in known), None)


def _meaning(step: Step) -> str:
    if step.kind == "answer":
        return _meaning_of_answer(step.outcome)
    if step.kind == "receipt":
        return _DEALT_WITH if step.outcome == "ok" else _AGAIN
    if step.kind == "webhook" and step.outcome == "refused":
        return _FORGED
    if step.name.startswith("GET "):
        return _READS if step.kind == "call" else _CHECKS
    return _MEANINGS[step.kind]


def _meaning_of_answer(outcome: str) -> str:
    if not outcome.isdigit():
        return _UNKNOWN
    if outcome == "402":
        return _DECLINED
    if outcome in ("409", "424", "429") or outcome >= "500":
        return _BUSY
    return _REFUSED if outcome >= "400" else _ANSWERED


def _tone(step: Step) -> str:
    """The colour of its outcome."""
    if step.outcome in ("", "ok", "success") or step.outcome.startswith("2"):
        return "ok"
    unsure = step.outcome in ("payment_pending", "payment_in_progress", "409", "424", "429")
    lost = step.kind == "answer" and not step.outcome.isdigit()
    return "wait" if unsure or lost or step.kind == "recovery" else "danger"
