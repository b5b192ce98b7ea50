"""The acts that follow a death, and what must be true in the end."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import NullPool, create_engine, select, text, update

import gateway
from extensions import atomic, db, now, release_reads
from gateway import OutcomeUnknown, Refused
from payments import recovery
from payments.models import Attempt, Lease, Refund, Transaction
from tests.money.lines import Lines
from tests.money.scenes import Scene
from tests.money.stage import Stage
from tests.support.books import Books, Ledger, paid
from tests.support.instances import database_address
from tests.support.invariants import violations

Json = dict[str, Any]
Say = Callable[[Json], None]
# After a minute everything unclear must be settled, after this even a bank's open question.
UNCLEAR, ABANDONED = timedelta(seconds=60), timedelta(minutes=61)


@dataclass
class Story:
    """What was seen so far: handed from one process to the next."""

    acks: list[Json] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    # When the shopper left: how often he had been charged, and whether his order had been taken.
    charged: int | None = None
    taken: bool = False
    acts: list[str] = field(default_factory=list)

    def add(self, said: Json) -> None:
        self.acks += said.get("acks", [])
        self.wrong += said.get("wrong", [])
        if self.charged is None and "charged" in said:
            self.charged, self.taken = said["charged"], said["taken"]


class Judge:
    """Plays the acts of one scene, each in a process of its own.

    act      the flow itself, with the process killed somewhere in it
    again    the shopper is still there: the page sends its messages once more
    recover  the shopper has left; recovery runs, as if time had passed
    late     after that, the page's message arrives at the shop
    on-line  after that, the killed process's call to Stripe, under way all the time, arrives there
    """

    def __init__(self, stage: Stage, scene: Scene, story: Story, *, webhooks: bool) -> None:
        self._shop, self._scene, self.story = stage.shop, scene, story
        self._app, self._webhooks = stage.front.app, webhooks
        self._engine = create_engine(
            database_address(stage.instance.database_url), poolclass=NullPool
        )

    def play(self, act: str, lines: Lines, say: Say) -> None:
        self._scene.hear = lambda ack: say({"acks": [ack]})
        if act != "act":
            self._wait_for_the_dead()
        if act == "recover" and self.story.charged is None:
            say(self._leaving())
        if act != "act" and self._webhooks:
            self._shop.pump()
        steps = {
            "act": self._act,
            "again": self._again,
            "recover": self._recover,
            "late": self._late,
            "on-line": self._on_line,
        }
        say({"wrong": [f"{act}: {text}" for text in steps[act](lines)]})

    def verdict(self) -> Json:
        """In the last process, after its act: {"violations", "moves"}."""
        ledger, books = self._shop.ledger(since_start=False), self._read()
        left = self.story.charged is not None
        known = violations(ledger, books, settled=True, closed=True, acks=self.story.acks)
        charges = self._charges(ledger)
        expected = self._scene.charges_after
        if left and (self.story.taken or "late" not in self.story.acts):
            expected = self.story.charged or 0
        if charges != expected:
            known.append(f"charged {charges} times instead of {expected}")
        done = not left or self.story.taken or "late" in self.story.acts
        given_back = [refund["amount"] for refund in ledger["refunds"]]
        if given_back != self._scene.refunds(done=done):
            known.append(f"gave back {given_back}")
        known += self._wallet(books, went_well=charges == 1, left=left)
        moves = [[e["from_status"], e["to_status"]] for e in books.events]
        return {"violations": self.story.wrong + known, "moves": moves}

    def _act(self, lines: Lines) -> list[str]:
        acks = self._scene.act(lines.watched)
        return [] if self._scene.went_well(acks) else [f"answered {acks[-1]}"]

    def _again(self, lines: Lines) -> list[str]:
        first = self._scene.again(lines.watched)
        if not self._scene.went_well(first):
            return [f"answered {first[-1]}"]
        second = self._scene.again(lines.watched)
        same = self._scene.result_of(first[-1]) == self._scene.result_of(second[-1])
        return [] if same else [f"answered {first[-1]}, then {second[-1]}"]

    def _recover(self, lines: Lines) -> list[str]:
        self._pass_time(UNCLEAR, lines)
        books = self._read()
        unclear = [t["id"] for t in books.transactions if t["status"] == "pending"]
        unclear += [r["id"] for r in books.refunds if r["stripe_id"] is None]
        self._pass_time(ABANDONED, lines)
        return [f"{id_} is unsettled after a minute" for id_ in unclear]

    def _late(self, lines: Lines) -> list[str]:
        acks = self._scene.again(lines.watched)
        may_buy = not self.story.taken or self.story.charged == 1
        return [f"answered {acks[-1]}"] if may_buy and not self._scene.went_well(acks) else []

    def _on_line(self, _lines: Lines) -> list[str]:
        """The very calls that the shop was about to make: same parameters, same keys."""
        with self._app.app_context():
            attempts = list(db.session.scalars(select(Attempt)))
            refunds = list(db.session.scalars(select(Refund)))
            intents = select(Transaction.id, Transaction.payment_intent_id)
            intent_of = dict(db.session.execute(intents).all())
            release_reads()
            for attempt in attempts:
                with suppress(Refused, OutcomeUnknown):
                    self._pay(attempt, intent_of[attempt.transaction_id])
            for refund in refunds:
                with suppress(Refused, OutcomeUnknown):
                    gateway.current().create_refund(refund.params, refund.idempotency_key)
        return []

    def _pay(self, attempt: Attempt, intent_id: str) -> None:
        params, key = dict(attempt.params), attempt.idempotency_key
        if "amount" in params:
            gateway.current().create_payment(params, key)
        else:
            params.pop("customer", None)
            gateway.current().confirm_payment(intent_id, params, key)

    def _pass_time(self, time_passed: timedelta, lines: Lines) -> None:
        with self._app.app_context():
            with atomic() as session:
                then = now() - time_passed
                session.execute(update(Transaction).values(updated_at=then))
                session.execute(update(Refund).values(created_at=then, updated_at=then))
                session.execute(update(Lease).values(expires_at=then))
            with lines.watched():
                recovery.run_once()

    def _leaving(self) -> Json:
        books = self._read()
        charged = self._charges(self._shop.ledger(since_start=False))
        return {"charged": charged, "taken": self._scene.taken(books)}

    def _charges(self, ledger: Ledger) -> int:
        theirs = {i["id"] for i in ledger["payment_intents"] if self._is_theirs(i)}
        return sum(c["payment_intent"] in theirs for c in paid(ledger))

    def _is_theirs(self, intent: Json) -> bool:
        return bool(intent["metadata"].get("user_id") == self._scene.shopper.user_id)

    def _wallet(self, books: Books, *, went_well: bool, left: bool) -> list[str]:
        gone = ("replaced", "consumed", "deleted", "detached")
        listed = [
            card
            for card in books.of_users({self._scene.shopper.user_id}).cards
            if card["token_type"] == "permanent" and card["verified"] and card["action"] not in gone
        ]
        expected = self._scene.cards(went_well=went_well, left=left)
        wrong = [] if len(listed) in expected else [f"the wallet lists {len(listed)} cards"]
        if listed and sum(bool(card["is_default"]) for card in listed) != 1:
            wrong.append("the wallet has no default card, or several")
        return wrong

    def _read(self) -> Books:
        with self._engine.connect() as connection:

            def rows(sql: str) -> list[Json]:
                return [dict(row) for row in connection.execute(text(sql)).mappings()]

            return Books.read(rows)

    def _wait_for_the_dead(self) -> None:
        """PostgreSQL notices a moment later that a client was killed, and ends its transaction."""
        if self._engine.dialect.name != "postgresql":
            return
        query = text(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        deadline = time.monotonic() + 10
        with self._engine.connect() as connection:
            while connection.scalar(query):
                assert time.monotonic() < deadline, "a killed client is still connected"
                time.sleep(0.002)
                connection.rollback()
