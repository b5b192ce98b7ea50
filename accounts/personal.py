"""What the shop knows of a person: handed out, and forgotten.

Orders stay when an account is deleted, because books must be kept; whose they were doesn't. Others
who keep something of a person listen to the two signals.
"""

from typing import Any

from blinker import Signal
from sqlalchemy import or_, select, update

from accounts import changes, people, sessions, tries
from accounts.models import Session, User
from accounts.sessions import Identity
from extensions import atomic, db, now, release_reads

# Sent inside the transaction that deletes an account, with the user locked: forget who he was.
# Argument: user_id. A receiver raises FormError where it can't be done now.
account_closing = Signal()
# Sent when somebody wants to see what is known of him. Argument: user_id. A receiver returns a
# dict: name -> rows.
data_wanted = Signal()


def close(who: Identity, password: str, ip: str | None) -> None:
    """Delete the account, here at once; Stripe forgets as soon as recovery reaches it.

    Raises: FormError (a payment is running, or the wrong password), TooManyTries.
    """
    changes.confirm(who, password, ip)
    with atomic() as session:
        user = sessions.hold(who)
        account_closing.send(None, user_id=user.id)
        ended = sessions.revoke_all(user.id)
        user.email = user.password_hash = user.contact_email = None
        user.closed_at = now()
        # The guests too that he once was.
        guests = User.merged_into_id == user.id
        theirs = Session.user_id.in_(select(User.id).where(or_(User.id == user.id, guests)))
        session.execute(update(User).where(guests).values(contact_email=None))
        session.execute(update(Session).where(theirs).values(browser=None, platform=None))
    people.announce_ends(ended)


def export(who: Identity) -> dict[str, Any]:
    """Everything that is known of an account, for its owner. Raises: RateLimited."""
    tries.to_export(who.user_id)
    user = db.session.get_one(User, who.user_id)
    query = select(Session).where(Session.user_id == user.id).order_by(Session.created_at)
    known: dict[str, Any] = {
        "account": {"email": user.email, "created_at": user.created_at.isoformat()},
        "sessions": [_session(row) for row in db.session.scalars(query)],
    }
    for _receiver, part in data_wanted.send(None, user_id=user.id):
        known |= part
    release_reads()
    return known


def _session(row: Session) -> dict[str, str | None]:
    moments = {
        "signed_in_at": row.created_at,
        "last_seen_at": row.last_seen_at,
        "signed_out_at": row.revoked_at,
        "expires_at": row.expires_at,
    }
    shown = {name: at.isoformat() if at else None for name, at in moments.items()}
    return {**shown, "browser": row.browser, "platform": row.platform}
