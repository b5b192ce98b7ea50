"""Reading transactions: always the user's own, always of the running mode."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

import money
from accounts.models import User
from catalog.models import Cog
from errors import NotFound
from extensions import db, release_reads, settings
from languages import _
from payments.models import OPEN, Attempt, Line, Transaction, TransactionEvent

PAGE_SIZE = 20
LONGEST_SEARCH = 80
_TWO_DECIMAL = money.CURRENCIES - money.ZERO_DECIMAL - money.THREE_DECIMAL
# "$36.00", "36,00 €", "1 200": at most a currency around digits and what stands between them.
_AMOUNT = re.compile(r"[^0-9]{0,4}?([0-9][0-9.,\s]{0,15})[^0-9]{0,4}")


@dataclass(frozen=True)
class Page:
    transactions: list[Transaction]
    next_cursor: str | None


def loaded() -> Select[Transaction]:
    """Transactions with all that the wire shows of one."""
    return select(Transaction).options(
        joinedload(Transaction.cog),
        selectinload(Transaction.lines),
        selectinload(Transaction.attempts),
        selectinload(Transaction.refunds),
    )


def locked(query: Select[Transaction]) -> Select[Transaction]:
    """Lock what is found (SQLite has locked everything already) and read it as it is now.

    What an earlier phase of the same request has loaded may be old by the time of the lock.
    """
    return query.with_for_update(of=Transaction).execution_options(populate_existing=True)


def owned(user_id: str) -> ColumnElement[bool]:
    return and_(Transaction.user_id == user_id, Transaction.mode == settings().mode)


def one(user_id: str, transaction_id: str, *, lock: bool = False) -> Transaction:
    """Raises: NotFound, the same for an unknown and for a foreign one."""
    query = loaded().where(owned(user_id), Transaction.id == transaction_id)
    # PostgreSQL doesn't even look for a null byte.
    is_name = "\x00" not in transaction_id
    found = db.session.scalar(locked(query) if lock else query) if is_name else None
    if found is None:
        raise NotFound(_("We couldn’t find this order."))
    return found


def by_id(transaction_id: str) -> Transaction:
    """A transaction that is known to be there as it is now, whosever it has become by now."""
    query = loaded().where(Transaction.id == transaction_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def version(transaction_id: str) -> int | None:
    """The version of a transaction as it is now."""
    found = db.session.scalar(select(Transaction.version).where(Transaction.id == transaction_id))
    release_reads()
    return found


def any_one(reference: str) -> Transaction | None:
    """For the owner: anybody's, by its id or its PaymentIntent's."""
    named = or_(Transaction.id == reference, Transaction.payment_intent_id == reference)
    return db.session.scalar(loaded().where(Transaction.mode == settings().mode, named))


def newest(count: int, *, disputed: bool = False) -> list[Transaction]:
    """For the owner: everybody's orders of this mode, newest first."""
    query = loaded().where(Transaction.mode == settings().mode)
    if disputed:
        query = query.where(Transaction.dispute_state.is_not(None))
    order = (Transaction.created_at.desc(), Transaction.id.desc())
    return list(db.session.scalars(query.order_by(*order).limit(count)))


def any_one_locked(session: Session, transaction_id: str) -> Transaction:
    """Anybody's by id, as it is now, in the caller's commit.

    The owner is locked first, as everybody does: who signs in at this moment moves his
    transactions. Two who change one at once do it one after the other.
    """
    owner = select(User.id).join(Transaction, Transaction.user_id == User.id)
    owner = owner.where(Transaction.id == transaction_id).with_for_update(of=User)
    while True:
        # Whoever waited for a guest that was signing in has the wrong one: then once more.
        his = Transaction.user_id == session.scalars(owner).one()
        found = session.scalar(locked(loaded().where(Transaction.id == transaction_id, his)))
        if found:
            return found


def by_request(user_id: str, request_key: str) -> Transaction | None:
    """The transaction that an earlier copy of this request made or went on with."""
    first = Transaction.request_id == request_key
    again = Transaction.attempts.any(Attempt.request_id == request_key)
    return db.session.scalar(loaded().where(owned(user_id), or_(first, again)))


def open_one(user_id: str, cog_id: str, *, but: str | None = None) -> Transaction | None:
    """The transaction that is still running in this shop; a user has at most one himself.

    One that had to stay with the guest whom he was before counts too: it will be his (`merging`).
    but: the id of one that doesn't count.
    """
    is_his = or_(User.id == user_id, User.merged_into_id == user_id)
    here = (
        Transaction.user_id.in_(select(User.id).where(is_his)),
        Transaction.cog_id == cog_id,
        Transaction.mode == settings().mode,
        Transaction.status.in_(OPEN),
    )
    query = loaded().where(*here)
    if but:
        query = query.where(Transaction.id != but)
    return db.session.scalars(query.order_by(Transaction.user_id != user_id).limit(1)).first()


def paid_since(user_id: str, cog_id: str, basket_hash: str, moment: datetime) -> Transaction | None:
    """The newest payment of the very same basket after this moment."""
    same = (Transaction.cog_id == cog_id, Transaction.basket_hash == basket_hash)
    query = loaded().where(owned(user_id), *same, Transaction.paid_at > moment)
    return db.session.scalars(query.order_by(Transaction.paid_at.desc()).limit(1)).first()


def page(user_id: str, cursor: str | None, search: str = "") -> Page:
    """Newest first; `cursor` is the id of the last one seen. Raises: NotFound.

    search: part of an item's or the shop's name, the last four digits of a card, or an amount.
    """
    query = loaded().where(owned(user_id))
    if search:
        query = query.where(_matches(search))
    if cursor:
        last = one(user_id, cursor)
        query = query.where(
            or_(
                Transaction.created_at < last.created_at,
                and_(Transaction.created_at == last.created_at, Transaction.id < last.id),
            )
        )
    order = (Transaction.created_at.desc(), Transaction.id.desc())
    found = list(db.session.scalars(query.order_by(*order).limit(PAGE_SIZE + 1)))
    more = len(found) > PAGE_SIZE
    return Page(found[:PAGE_SIZE], found[PAGE_SIZE - 1].id if more else None)


def every(user_id: str) -> list[Transaction]:
    """All of them, of every mode, newest first."""
    query = loaded().where(Transaction.user_id == user_id)
    order = (Transaction.created_at.desc(), Transaction.id.desc())
    return list(db.session.scalars(query.order_by(*order)))


def own_among(user_id: str, transaction_ids: list[str]) -> set[str]:
    """Which of these are the user's."""
    mine = db.session.scalars(select(Transaction.id).where(owned(user_id)))
    return set(mine) & set(transaction_ids)


def events(transaction_id: str) -> list[TransactionEvent]:
    """The moves of a transaction, oldest first."""
    query = select(TransactionEvent).where(TransactionEvent.transaction_id == transaction_id)
    return list(db.session.scalars(query.order_by(TransactionEvent.version)))


def _matches(search: str) -> ColumnElement[bool]:
    ways = [
        Transaction.lines.any(Line.name.icontains(search, autoescape=True)),
        Transaction.cog.has(Cog.name.icontains(search, autoescape=True)),
        Transaction.attempts.any(Attempt.last_four == search),
    ]
    return or_(*ways, *_of_amount(search))


def _of_amount(search: str) -> Iterator[ColumnElement[bool]]:
    """The same digits are another amount in a currency with other decimals."""
    if not (found := _AMOUNT.fullmatch(search)):
        return
    head, point, tail = re.fullmatch(r"(.*?)(?:([.,])([0-9]*))?", found[1].strip()).groups()  # type: ignore[union-attr]
    whole = re.sub(r"[^0-9]", "", head)
    texts = {f"{whole}.{tail}"} if point and tail else {whole}
    if tail and len(tail) == 3:
        texts.add(whole + tail)  # it was a separator of thousands
    for text in texts:
        for currencies in (money.ZERO_DECIMAL, money.THREE_DECIMAL, _TWO_DECIMAL):
            try:
                amount = money.parse(text, min(currencies))
            except ValueError:
                continue
            if amount <= money.MAXIMUM:
                yield and_(Transaction.amount == amount, Transaction.currency.in_(currencies))
