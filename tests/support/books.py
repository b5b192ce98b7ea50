"""The two sides that must agree: the rows of the shop, and the ledger of Stripe's stand-in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .doors import Json

Ledger = dict[str, list[Json]]
Rows = Callable[[str], list[Json]]
_OF_INTENT = ("charges", "refunds", "disputes")


@dataclass(frozen=True)
class Books:
    """The shop's rows about money, as dicts by column."""

    transactions: list[Json]
    attempts: list[Json]
    refunds: list[Json]
    events: list[Json]
    cards: list[Json]

    @classmethod
    def read(cls, rows: Rows) -> "Books":
        """`rows(sql)` runs a query, as `Shop.rows` does."""
        return cls(
            transactions=rows('SELECT * FROM "transaction" ORDER BY created_at, id'),
            attempts=rows("SELECT * FROM attempt ORDER BY transaction_id, number"),
            refunds=rows("SELECT * FROM refund ORDER BY created_at, id"),
            events=rows("SELECT * FROM transaction_event ORDER BY transaction_id, version"),
            cards=rows("SELECT * FROM card ORDER BY created_at, id"),
        )

    def of_users(self, user_ids: Iterable[str]) -> "Books":
        """Only what belongs to these users: for a shop that several tests share."""
        chosen = set(user_ids)
        transactions = [t for t in self.transactions if t["user_id"] in chosen]
        ids = {t["id"] for t in transactions}
        return Books(
            transactions=transactions,
            attempts=[a for a in self.attempts if a["transaction_id"] in ids],
            refunds=[r for r in self.refunds if r["transaction_id"] in ids],
            events=[e for e in self.events if e["transaction_id"] in ids],
            cards=[c for c in self.cards if c["user_id"] in chosen],
        )


def paid(ledger: Ledger) -> list[Json]:
    """The charges that took money."""
    return [c for c in ledger["charges"] if c["status"] == "succeeded" and c["paid"]]


def ledger_of_users(ledger: Ledger, user_ids: set[str]) -> Ledger:
    """Without the payments, charges and refunds of anybody else's purchases."""
    theirs = {
        i["id"]
        for i in ledger["payment_intents"]
        if (i["metadata"] or {}).get("user_id") in user_ids
    }
    kept = {kind: [o for o in ledger[kind] if o["payment_intent"] in theirs] for kind in _OF_INTENT}
    intents = [i for i in ledger["payment_intents"] if i["id"] in theirs]
    return {**ledger, **kept, "payment_intents": intents}


def by_id(objects: Iterable[Json]) -> dict[str, Json]:
    return {str(thing["id"]): thing for thing in objects}


def took_money(intent_id: str, ledger: Ledger) -> bool:
    return any(c["payment_intent"] == intent_id for c in paid(ledger))


def transaction_of_intent(ledger: Ledger, books: Books) -> dict[str, str | None]:
    """Intent -> transaction: by the row that names it, else by the id that was sent along."""
    named = {t["payment_intent_id"]: t["id"] for t in books.transactions if t["payment_intent_id"]}
    known = {t["id"] for t in books.transactions}
    found: dict[str, str | None] = {}
    for intent in ledger["payment_intents"]:
        sent = (intent["metadata"] or {}).get("transaction_id")
        found[intent["id"]] = named.get(intent["id"], sent if sent in known else None)
    return found
