"""Server-side sessions: start, read, revoke.

The cookie's token is 256 random bits; the table keeps only its SHA-256, so that a copy of the
database opens no session. Source: OWASP ASVS 5.0, chapter "Session Management".
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import has_request_context, request
from sqlalchemy import ColumnElement, UnaryExpression, and_, func, or_, select, update
from sqlalchemy.exc import InternalError, OperationalError

from accounts import user_agent
from accounts.models import Session, User
from errors import SessionExpired, Unauthenticated
from extensions import Model, atomic, db, now, release_reads

LIFETIME = timedelta(days=30)
# So often at most it is written down that a session is in use.
SEEN_EVERY = timedelta(minutes=5)
# More than one person has browsers; a program that signs in again and again has no end.
MOST_PER_USER = 100


@dataclass(frozen=True)
class Along:
    """Rows to fetch in the same query that checks the session (an outer join on the user).

    `where` gives the conditions, evaluated at each request; `order_by` the order of the rows.
    """

    model: type[Model]
    where: Callable[[], ColumnElement[bool]]
    order_by: Sequence[UnaryExpression[Any] | ColumnElement[Any]]


@dataclass(frozen=True)
class Identity:
    """Who acts, as the session row says at this moment."""

    session_id: str
    user_id: str
    email: str | None
    cog_id: str | None = None
    along: list[Any] = field(default_factory=list, compare=False)
    seen_at: datetime | None = field(default=None, compare=False)

    @property
    def is_guest(self) -> bool:
        return self.email is None


def start(user_id: str) -> str:
    """Begin a session; returns the cookie's token. Called inside `atomic()`."""
    token = secrets.token_urlsafe(32)
    agent = request.headers.get("User-Agent") if has_request_context() else None
    browser, platform = user_agent.in_words(agent)
    db.session.add(
        Session(
            token_hash=_hash(token),
            user_id=user_id,
            expires_at=now() + LIFETIME,
            browser=browser,
            platform=platform,
        )
    )
    return token


def by_token(token: str | None) -> Identity | None:
    """Whose cookie this is, or None: no cookie, unknown, expired or revoked."""
    if not token:
        return None
    row = _read(Session.token_hash == _hash(token))
    return row if isinstance(row, Identity) else None


def note_visit(who: Identity) -> None:
    """Write down that the session is in use, if that was long ago."""
    long_ago = now() - SEEN_EVERY
    if who.seen_at is not None and who.seen_at > long_ago:
        return
    unnoted = or_(Session.last_seen_at.is_(None), Session.last_seen_at <= long_ago)
    # A database that takes no writes still shows its pages.
    with suppress(OperationalError, InternalError), atomic() as session:
        visited = update(Session).where(Session.id == who.session_id, unnoted)
        session.execute(visited.values(last_seen_at=now()))


def by_id(session_id: str, cog_id: str | None, along: Along | None = None) -> Identity:
    """The identity behind a socket, read anew for every event, in one query.

    Raises: SessionExpired when it was revoked or has expired, Unauthenticated when it never was.
    """
    found = _read(Session.id == session_id, cog_id, along)
    if isinstance(found, Identity):
        return found
    raise SessionExpired() if found == "ended" else Unauthenticated()


def hold(who: Identity) -> User:
    """Inside `atomic()`: keep the acting user as he is until the commit.

    Whatever changes what belongs to a user begins with this lock, so that nothing is bought by
    a guest who is signing in at the same moment, and all lock in the same order: user,
    transaction, card. Raises: SessionExpired when the session has ended meanwhile.
    """
    locked = select(User).where(User.id == who.user_id).with_for_update()
    user = db.session.scalar(locked.execution_options(populate_existing=True))
    # Only after the lock: PostgreSQL waits for it, and shows a session that was joined to it as it
    # was before. Source: PostgreSQL docs, "Read Committed Isolation Level".
    mine = (Session.id == who.session_id, Session.user_id == who.user_id)
    session_id = db.session.scalar(select(Session.id).where(*mine, Session.revoked_at.is_(None)))
    if user is None or session_id is None:
        raise SessionExpired()
    return user


def revoke(session_id: str) -> None:
    """Called inside `atomic()`."""
    db.session.execute(
        update(Session)
        .where(Session.id == session_id, Session.revoked_at.is_(None))
        .values(revoked_at=now())
    )


def revoke_all(user_id: str, but: str | None = None) -> list[str]:
    """End the user's sessions, all `but` one; returns their ids. Called inside `atomic()`, with
    the user held.
    """
    return _revoked(Session.user_id == user_id, Session.id != (but or ""))


def revoke_surplus(user_id: str) -> list[str]:
    """End what is more than one has, the longest unseen first; called and returns as above."""
    seen = func.coalesce(Session.last_seen_at, Session.created_at)
    latest = select(Session.id).where(live(user_id)).order_by(seen.desc(), Session.id)
    return _revoked(Session.id.in_(latest.offset(MOST_PER_USER)))


def live(user_id: str) -> ColumnElement[bool]:
    """The user's sessions that go on."""
    goes_on = (Session.revoked_at.is_(None), Session.expires_at > now())
    return and_(Session.user_id == user_id, *goes_on)


def _revoked(*which: ColumnElement[bool]) -> list[str]:
    # One statement, however many there are: a list of ids in it would have an end.
    ended = update(Session).where(*which, Session.revoked_at.is_(None)).values(revoked_at=now())
    options = {"synchronize_session": False}
    return list(db.session.scalars(ended.returning(Session.id), execution_options=options))


def _read(
    condition: ColumnElement[bool], cog_id: str | None = None, along: Along | None = None
) -> Identity | str | None:
    of_session = [Session.id, Session.revoked_at, Session.expires_at, Session.last_seen_at]
    columns: list[Any] = [*of_session, User.id, User.email]
    query = select(*columns, *([along.model] if along else []))
    query = query.select_from(Session).join(User, User.id == Session.user_id).where(condition)
    if along:
        owned = along.model.__table__.c.user_id == User.id
        query = query.outerjoin(along.model, and_(owned, along.where()))
        query = query.order_by(*along.order_by)
    rows = db.session.execute(query).all()
    release_reads()
    if not rows:
        return None
    session_id, revoked_at, expires_at, seen_at, user_id, email = rows[0][:6]
    if revoked_at or expires_at <= now():
        return "ended"
    extra = [row[6] for row in rows if row[6] is not None] if along else []
    return Identity(session_id, user_id, email, cog_id, extra, seen_at)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
