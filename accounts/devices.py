"""Where a user is signed in: look, and sign out from afar."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from accounts import people, sessions
from accounts.models import Session
from accounts.sessions import Identity
from errors import NotFound
from extensions import atomic, db, release_reads
from languages import _

# More than one person has; what an attacker makes shall not fill the page.
MOST_SHOWN = 50


@dataclass(frozen=True)
class Device:
    """A signed-in browser, as its owner knows it."""

    session_id: str
    name: str
    signed_in_at: datetime
    last_seen_at: datetime
    is_this: bool


def listing(who: Identity) -> list[Device]:
    """This browser first, then those that were here last."""
    query = select(Session).where(sessions.live(who.user_id))
    latest = (Session.last_seen_at.desc().nulls_last(), Session.created_at.desc(), Session.id)
    query = query.order_by((Session.id == who.session_id).desc(), *latest).limit(MOST_SHOWN)
    rows = list(db.session.scalars(query))
    release_reads()
    return [
        Device(
            session_id=row.id,
            name=_name(row),
            signed_in_at=row.created_at,
            last_seen_at=row.last_seen_at or row.created_at,
            is_this=row.id == who.session_id,
        )
        for row in rows
    ]


def end(who: Identity, session_id: str) -> None:
    """Sign another browser out. Raises: NotFound, the same for somebody else's and for this one."""
    theirs = (sessions.live(who.user_id), Session.id == session_id, Session.id != who.session_id)
    # PostgreSQL doesn't even look for a null byte.
    known = "\x00" not in session_id and db.session.scalar(select(Session.id).where(*theirs))
    release_reads()
    if not known:
        raise NotFound(_("This browser isn’t signed in any more."))
    people.end_session(session_id)


def end_others(who: Identity) -> None:
    """Sign all browsers out but this one."""
    with atomic():
        sessions.hold(who)
        ended = sessions.revoke_all(who.user_id, but=who.session_id)
    people.announce_ends(ended)


def _name(row: Session) -> str:
    if row.browser and row.platform:
        return _("%(browser)s on %(platform)s", browser=row.browser, platform=row.platform)
    return row.browser or row.platform or _("A browser")
