"""What stands in the rows: ids of elsewhere, orders that wait too long or want a person."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

import gateway
from accounts.models import Customer, User
from accounts.people import DEMO_EMAIL
from doctor.findings import Finding, ok, problem, warn
from errors import Unavailable
from extensions import db, now, release_reads, settings
from gateway import Refused
from payments import recovery, refunds
from payments.models import Transaction
from terminal import count
from wallet.models import Card

# Recovery comes by every few seconds; with this much patience more it isn't at work.
PATIENCE = timedelta(minutes=5)
# A bank may take days; longer than this it should be asked about.
PROCESSING_AGE = timedelta(days=3)
SHOWN = 5


def examine() -> Iterator[Finding]:
    yield _other_modes()
    yield _demo_shopper()
    yield _waiting()
    yield _unanswered_refunds()
    yield _to_review()


def of_another_account() -> Iterator[Finding]:
    """Orders of this mode that Stripe, with this key, doesn't know. Asks Stripe."""
    total = _how_many(Transaction, *_paid())
    try:
        unknown = _unknown_orders(total)
    except Unavailable:
        return
    name = "account"
    if not unknown and total and not _is_known(total - 1):
        yield problem(
            name,
            "Stripe knows older orders, but not the newest: it is of another account.",
            "Set the keys of the account that took the newest payments.",
        )
    elif not unknown:
        yield ok(name, "Stripe knows the orders of this shop.")
    elif unknown == total:
        yield problem(
            name,
            f"Stripe knows none of {count(total, 'order')}: they are of another account.",
            "Set the keys of the account that took the payments, or begin with a fresh database.",
        )
    else:
        yield warn(
            name,
            f"{count(unknown, 'older order')} of {total}: taken with another account, unknown to "
            "Stripe.",
            "They are shown, but can't be refunded with this key; use the old one for that.",
        )


def _unknown_orders(total: int) -> int:
    """How many of the oldest are unknown. An account is changed once, so halving finds it."""
    if not total or _is_known(0):
        return 0
    low, high = 0, total  # the one at `low` is unknown; all from `high` on are known
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _is_known(middle) else (middle, high)
    return high


def _is_known(position: int) -> bool:
    query = select(Transaction.payment_intent_id).where(*_paid())
    query = query.order_by(Transaction.created_at, Transaction.id).offset(position).limit(1)
    intent_id = db.session.scalar(query)
    release_reads()
    try:
        gateway.current().payment(str(intent_id))
    except Refused:
        return False
    return True


def _paid() -> tuple[ColumnElement[bool], ...]:
    return Transaction.mode == settings().mode, Transaction.payment_intent_id.is_not(None)


def _other_modes() -> Finding:
    mode = settings().mode
    found = {
        "order": _how_many(Transaction, Transaction.mode != mode),
        "card": _how_many(Card, Card.mode != mode),
        "customer": _how_many(Customer, Customer.mode != mode),
    }
    if not any(found.values()):
        return ok("other_modes", f"All rows are of {mode} mode.")
    words = ", ".join(count(number, noun) for noun, number in found.items() if number)
    return warn(
        "other_modes",
        f"{words} of another mode, never shown or charged in {mode} mode.",
        "Nothing to do, if you switched on purpose; going live begins with a fresh database.",
    )


def _demo_shopper() -> Finding:
    mode = settings().mode
    if mode == "sandbox":
        return ok("demo_shopper", "The demo shopper may sign in, in sandbox mode.")
    if not _how_many(User, User.email == DEMO_EMAIL):
        return ok("demo_shopper", "Nobody can sign in with the published password.")
    words = f"The account {DEMO_EMAIL} is here, and everybody can read its password."
    fix = "Begin with a fresh database: stop, move instance/ away, flask db upgrade."
    return (problem if mode == "live" else warn)("demo_shopper", words, fix)


def _waiting() -> Finding:
    ages = {
        "pending": recovery.PENDING_AGE + PATIENCE,
        "requires_action": recovery.ACTION_AGE + PATIENCE,
        "processing": PROCESSING_AGE,
    }
    found = {
        status: _how_many(
            Transaction,
            Transaction.mode == settings().mode,
            Transaction.status == status,
            Transaction.updated_at < now() - age,
        )
        for status, age in ages.items()
    }
    words = ", ".join(f"{number} {status}" for status, number in found.items() if number)
    if not words:
        return ok("open_orders", "No order waits longer than it should.")
    fix = "Is the server running? It settles them; flask reconcile --apply does too."
    return problem("open_orders", f"Orders wait for too long: {words}.", fix)


def _unanswered_refunds() -> Finding:
    waiting = len(refunds.unanswered(refunds.UNANSWERED_AGE + PATIENCE))
    if not waiting:
        return ok("open_refunds", "No refund waits for Stripe's answer.")
    return problem(
        "open_refunds",
        f"{count(waiting, 'refund')} that may or may not have been made.",
        "Is the server running? It asks Stripe again; flask refunds list shows them.",
    )


def _to_review() -> Finding:
    mine = Transaction.mode == settings().mode, Transaction.needs_review.is_(True)
    total = _how_many(Transaction, *mine)
    if not total:
        return ok("review", "No order waits for a person to look at it.")
    query = select(Transaction.id).where(*mine).order_by(Transaction.created_at.desc())
    shown = ", ".join(db.session.scalars(query.limit(SHOWN)))
    release_reads()
    return warn(
        "review",
        f"{count(total, 'order')} to look at, the newest: {shown}.",
        "Compare each with the Stripe dashboard: its money moved otherwise than expected.",
    )


def _how_many(model: Any, *conditions: ColumnElement[bool]) -> int:
    number = db.session.scalar(select(func.count()).select_from(model).where(*conditions))
    release_reads()
    return number or 0
