"""What must be true whatever broke: Stripe's ledger against the rows of the shop.

Each invariant is one function that returns what is wrong, in words; nothing when all is well.
`check_all` runs them and raises AssertionError with everything that it found.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .books import (
    Books,
    Ledger,
    by_id,
    ledger_of_users,
    paid,
    took_money,
    transaction_of_intent,
)
from .doors import Json
from .shop import Shop

# Source: the states of a transaction, as designed; on purpose not read from payments/states.py.
LEGAL_MOVES = {
    None: {"pending"},
    "pending": {"requires_action", "processing", "succeeded", "declined", "canceled"},
    "requires_action": {"pending", "processing", "succeeded", "declined", "canceled"},
    "processing": {"succeeded", "declined", "canceled"},
    "declined": {"pending", "succeeded", "canceled"},
    "canceled": {"succeeded"},
    "succeeded": set(),
}
FAILED = ("declined", "canceled")
# Stripe's word for an intent -> how our row may stand once everything is settled.
SETTLED_AS = {
    "succeeded": {"succeeded"},
    "processing": {"processing"},
    "requires_capture": {"processing"},
    "requires_action": {"requires_action"},
    "requires_payment_method": {"declined"},
    "requires_confirmation": {"declined"},
    "canceled": {"canceled"},
}
# A refund that failed or was cancelled gave nothing back.
GIVEN_BACK = ("pending", "requires_action", "succeeded")
# Answers that promise the shopper that this purchase took no money.
DEFINITE_NO = ("card_declined", "card_expired", "authentication_failed", "unavailable")


def at_most_one_charge_per_request(ledger: Ledger, books: Books) -> list[str]:
    """Neither a transaction nor one of its messages took money twice."""
    owner = transaction_of_intent(ledger, books)
    charges = Counter(owner[c["payment_intent"]] for c in paid(ledger))
    wrong = [f"{id_} was charged {n} times" for id_, n in charges.items() if id_ and n > 1]
    asked: dict[tuple[str, str], set[str]] = defaultdict(set)
    users = {t["id"]: t["user_id"] for t in books.transactions}
    for attempt in books.attempts:
        if charges[attempt["transaction_id"]]:
            key = (users[attempt["transaction_id"]], attempt["request_id"])
            asked[key].add(attempt["transaction_id"])
    wrong += [f"request {key} was charged as {ids}" for key, ids in asked.items() if len(ids) > 1]
    return wrong


def each_charge_has_one_row(ledger: Ledger, books: Books) -> list[str]:
    """Every charge belongs to exactly one transaction of equal amount, currency and customer."""
    owner, rows = transaction_of_intent(ledger, books), by_id(books.transactions)
    wrong = []
    for charge in paid(ledger):
        row = rows.get(owner[charge["payment_intent"]] or "")
        if row is None:
            wrong.append(f"charge {charge['id']} has no transaction")
            continue
        theirs = (charge["amount"], charge["currency"], charge["customer"])
        ours = (row["amount"], row["currency"], row["customer_id"])
        if theirs != ours:
            wrong.append(f"{row['id']} is {ours}, its charge {theirs}")
    claimed = Counter(t["payment_intent_id"] for t in books.transactions if t["payment_intent_id"])
    return wrong + [f"{intent} has {n} transactions" for intent, n in claimed.items() if n > 1]


def no_success_without_a_charge(ledger: Ledger, books: Books) -> list[str]:
    charged = {c["payment_intent"] for c in paid(ledger)}
    return [
        f"{t['id']} is succeeded, but {t['payment_intent_id']} took no money"
        for t in books.transactions
        if t["status"] == "succeeded" and t["payment_intent_id"] not in charged
    ]


def unknown_is_never_failed(ledger: Ledger, books: Books) -> list[str]:
    """A row says declined or canceled only after a definite no, and never of money that moved."""
    owner, intents = transaction_of_intent(ledger, books), ledger["payment_intents"]
    theirs: dict[str | None, list[Json]] = defaultdict(list)
    for intent in intents:
        theirs[owner[intent["id"]]].append(intent)
    coded = {a["transaction_id"] for a in books.attempts if a["code"]}
    wrong = []
    for row in books.transactions:
        if row["status"] not in FAILED:
            continue
        states = {intent["status"] for intent in theirs[row["id"]]}
        if states & {"succeeded", "processing", "requires_capture"}:
            wrong.append(f"{row['id']} is called {row['status']}, Stripe says {sorted(states)}")
        elif row["status"] == "canceled" and states - {"canceled"}:
            wrong.append(f"{row['id']} is called canceled, Stripe says {sorted(states)}")
        elif not states and row["id"] not in coded:
            wrong.append(f"{row['id']} is called {row['status']} without a word of Stripe's")
    return wrong


def history_only_grows(before: Books, after: Books) -> list[str]:
    """Every event of before is there as it was, and all events make one legal chain."""
    kept = {(e["transaction_id"], e["version"]): e for e in after.events}
    wrong = [
        f"event {e['transaction_id']}/{e['version']} was changed or lost"
        for e in before.events
        if kept.get((e["transaction_id"], e["version"])) != e
    ]
    chains: dict[str, list[Json]] = defaultdict(list)
    for event in after.events:
        chains[event["transaction_id"]].append(event)
    for row in after.transactions:
        wrong += _chain(row, sorted(chains[row["id"]], key=lambda e: int(e["version"])))
    return wrong


def ledger_equals_database(ledger: Ledger, books: Books) -> list[str]:
    """After settling: status, amounts and refunds of both sides are the same."""
    intents, owner = by_id(ledger["payment_intents"]), transaction_of_intent(ledger, books)
    wrong = [
        f"{id_} has no transaction" for id_ in intents if not owner[id_] and took_money(id_, ledger)
    ]
    for row in books.transactions:
        intent = intents.get(row["payment_intent_id"] or "")
        if intent is None:
            if row["status"] not in FAILED:
                wrong.append(f"{row['id']} is {row['status']} and has no intent")
            continue
        if row["status"] not in SETTLED_AS[intent["status"]]:
            wrong.append(f"{row['id']} is {row['status']}, at Stripe {intent['status']}")
        ours, theirs = (row["amount"], row["currency"]), (intent["amount"], intent["currency"])
        if ours != theirs and not row["needs_review"]:
            wrong.append(f"{row['id']} is {ours}, at Stripe {theirs}")
    return wrong + _refunds(ledger, books)


def nothing_is_open(_ledger: Ledger, books: Books) -> list[str]:
    """After recovery: nobody waits for an end. (A bank's question may wait for an hour.)"""
    waiting = ("pending", "requires_action", "processing")
    return [
        f"{t['id']} is still {t['status']}" for t in books.transactions if t["status"] in waiting
    ]


def wallet_is_consistent(ledger: Ledger, books: Books) -> list[str]:
    """One default at most, verified cards are at Stripe, a single card pays for one purchase."""
    defaults = Counter((c["user_id"], c["mode"]) for c in books.cards if c["is_default"])
    wrong = [f"{key} has {n} default cards" for key, n in defaults.items() if n > 1]
    methods = by_id(ledger["payment_methods"])
    gone = ("replaced", "consumed", "deleted", "detached")
    for card in books.cards:
        listed = card["token_type"] == "permanent" and card["action"] not in gone
        if card["is_default"] and not (listed and card["verified"] and card["status"] == "ACTIVE"):
            wrong.append(f"default card {card['id']} can't be used")
        if card["verified"] and card["status"] != "ACTIVE":
            wrong.append(f"card {card['id']} is verified and {card['status']}")
        if not (listed and card["verified"]):
            continue
        method = methods.get(card["payment_method_id"])
        if method is None or method["customer"] != card["customer_id"]:
            wrong.append(f"card {card['id']} isn't {card['customer_id']}'s at Stripe")
    return wrong + _single_cards(books)


def acks_told_the_truth(acks: Iterable[Json], ledger: Ledger, books: Books) -> list[str]:
    """The last answer about each purchase fits how it ended: "paid" was paid, "no" took nothing."""
    rows, charged = by_id(books.transactions), {c["payment_intent"] for c in paid(ledger)}
    last = {a["transaction"]["id"]: a for a in acks if isinstance(a.get("transaction"), dict)}
    wrong = []
    for id_, ack in last.items():
        row = rows.get(id_)
        if row is None:
            wrong.append(f"{id_} was told of and isn't stored")
            continue
        took = row["payment_intent_id"] in charged
        if ack["status"] == "success" and ack["transaction"]["status"] == "succeeded" and not took:
            wrong.append(f"{id_} was called paid, and no money moved")
        if ack["status"] == "error" and ack["error"]["code"] in DEFINITE_NO and took:
            wrong.append(f"{id_} was answered {ack['error']['code']}, and money moved")
    return wrong


ALWAYS = (
    at_most_one_charge_per_request,
    each_charge_has_one_row,
    no_success_without_a_charge,
    unknown_is_never_failed,
    wallet_is_consistent,
)
AFTER_SETTLING = (ledger_equals_database,)
AFTER_RECOVERY = (nothing_is_open,)


def violations(
    ledger: Ledger,
    books: Books,
    *,
    settled: bool = True,
    closed: bool = False,
    before: Books | None = None,
    acks: Iterable[Json] = (),
) -> list[str]:
    """Everything that is wrong.

    `settled`: both sides must agree already. `closed`: nothing may be open any more either.
    `before`: the books of an earlier moment, of which nothing may have got lost. `acks`: what the
    shoppers were answered, oldest first.
    """
    chosen: Sequence[Callable[[Ledger, Books], list[str]]] = (
        *ALWAYS,
        *(AFTER_SETTLING if settled else ()),
        *(AFTER_RECOVERY if closed else ()),
    )
    wrong = [f"{check.__name__}: {text}" for check in chosen for text in check(ledger, books)]
    history = history_only_grows(before or books, books)
    wrong += [f"history_only_grows: {text}" for text in history]
    return wrong + [f"acks_told_the_truth: {t}" for t in acks_told_the_truth(acks, ledger, books)]


def check_all(ledger: Ledger, books: Books, **choices: Any) -> None:
    """Raises: AssertionError with every violation (choices as for `violations`)."""
    wrong = violations(ledger, books, **choices)
    assert not wrong, "\n".join(wrong)


def check_shop(shop: Shop, *, user_ids: Iterable[str] | None = None, **choices: Any) -> Books:
    """`check_all` of a running shop; returns the books, to be the next check's `before`.

    `user_ids`: only what is theirs, on a server that other tests use too.
    """
    books, ledger = Books.read(shop.rows), shop.ledger(since_start=False)
    if user_ids is not None:
        chosen = set(user_ids)
        books, ledger = books.of_users(chosen), ledger_of_users(ledger, chosen)
    check_all(ledger, books, **choices)
    return books


def _chain(row: Json, events: Sequence[Json]) -> list[str]:
    wrong, status = [], None
    for number, event in enumerate(events, start=1):
        if (event["version"], event["from_status"]) != (number, status):
            wrong.append(f"{row['id']}: event {event['version']} doesn't follow {status}")
        if event["to_status"] not in LEGAL_MOVES[event["from_status"]]:
            move = f"{event['from_status']} -> {event['to_status']}"
            wrong.append(f"{row['id']}: {move} is no legal move")
        status = event["to_status"]
    if (len(events), status) != (row["version"], row["status"]):
        at = f"{row['status']}, version {row['version']}"
        wrong.append(f"{row['id']} is {at}; its history says {status}, version {len(events)}")
    return wrong


def _refunds(ledger: Ledger, books: Books) -> list[str]:
    owner = transaction_of_intent(ledger, books)
    theirs: dict[str, set[tuple[str, int, str]]] = defaultdict(set)
    for refund in ledger["refunds"]:
        transaction_id = owner.get(refund["payment_intent"])
        if transaction_id:
            theirs[transaction_id].add((refund["id"], refund["amount"], refund["status"]))
    ours: dict[str, set[tuple[str, int, str]]] = defaultdict(set)
    for row in books.refunds:
        if row["status"] == "refused":
            continue  # Stripe's definite no: it made none
        ours[row["transaction_id"]].add((row["stripe_id"], row["amount"], row["status"]))
    wrong = []
    for transaction in books.transactions:
        id_ = transaction["id"]
        if ours[id_] != theirs[id_]:
            wrong.append(f"{id_} has refunds {ours[id_]}, at Stripe {theirs[id_]}")
        total = sum(amount for _, amount, status in theirs[id_] if status in GIVEN_BACK)
        if transaction["amount_refunded"] != total or total > transaction["amount"]:
            wrong.append(f"{id_} gave back {transaction['amount_refunded']}, at Stripe {total}")
    return wrong


def _single_cards(books: Books) -> list[str]:
    used: dict[str, set[str]] = defaultdict(set)
    for attempt in books.attempts:
        used[attempt["card_id"]].add(attempt["transaction_id"])
    wrong = []
    for card in books.cards:
        if card["token_type"] != "single" or not used[card["id"]]:
            continue
        if len(used[card["id"]]) > 1:
            wrong.append(f"single card {card['id']} was used for {used[card['id']]}")
        if card["action"] != "consumed":
            wrong.append(f"single card {card['id']} was used and is {card['action']}")
    return wrong
