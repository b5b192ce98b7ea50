"""The sandbox's ledger as tables for people: what exists there, and which order of ours it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from languages import _l
from sandbox import Sandbox

Json = dict[str, Any]
SHOWN = 50  # the newest of each table


@dataclass(frozen=True)
class Row:
    id: str
    at: int  # Unix seconds, of the sandbox's clock
    status: str  # Stripe's word for it
    amount: int | None
    currency: str | None
    detail: str
    transaction_id: str | None


@dataclass(frozen=True)
class Table:
    name: str  # as in the ledger
    title: str
    rows: list[Row]  # the newest first
    total: int  # with those that are not shown


def tables(sandbox: Sandbox, own: Callable[[list[str]], set[str]] | None) -> list[Table]:
    """`own` tells which of some transactions are the viewer's; None: he may see everything."""
    ledger = sandbox.ledger()
    if own is not None:
        ledger = _part_of(ledger, own)
    orders = {one["id"]: _order_of(one) for one in ledger["payment_intents"]}
    return [
        Table(name, title, [_row(one, orders) for one in ledger[name][: -SHOWN - 1 : -1]], total)
        for name, title in _TITLES.items()
        if (total := len(ledger[name]))
    ]


def _part_of(ledger: dict[str, list[Json]], own: Callable[[list[str]], set[str]]) -> Any:
    """Only what belongs to purchases of the viewer: the ledger has everybody's."""
    mine = own([order for one in ledger["payment_intents"] if (order := _order_of(one))])
    intents = [one for one in ledger["payment_intents"] if _order_of(one) in mine]
    ids = {one["id"] for one in intents}
    about = {one[name] for one in intents for name in ("customer", "payment_method") if one[name]}
    return {
        name: intents
        if name == "payment_intents"
        else [one for one in objects if one.get("payment_intent") in ids or one["id"] in about]
        for name, objects in ledger.items()
    }


def _row(one: Json, orders: dict[str, str | None]) -> Row:
    intent = one["id"] if one["object"] == "payment_intent" else one.get("payment_intent")
    return Row(
        id=one["id"],
        at=one["created"],
        status=one.get("status") or "",
        amount=one.get("amount"),
        currency=one.get("currency") if one.get("amount") is not None else None,
        detail=_detail(one),
        transaction_id=orders.get(intent or ""),
    )


def _detail(one: Json) -> str:
    """What else tells one from another: the card, the person, the reason."""
    card = one.get("card") or (one.get("payment_method_details") or {}).get("card")
    # A dispute tells less of the card: it has its reason.
    if card and "last4" in card:
        return f"{card['brand']} {card['last4']}"
    error = one.get("last_payment_error") or {}
    reason = error.get("decline_code") or error.get("code") or one.get("failure_code")
    return str(reason or one.get("reason") or one.get("email") or "")


def _order_of(intent: Json) -> str | None:
    """Our id, which every payment takes along."""
    return (intent.get("metadata") or {}).get("transaction_id")


_TITLES = {
    "payment_intents": _l("Payments (PaymentIntents)"),
    "charges": _l("Charges"),
    "refunds": _l("Refunds"),
    "disputes": _l("Disputes"),
    "customers": _l("Customers"),
    "payment_methods": _l("Cards (PaymentMethods)"),
}
