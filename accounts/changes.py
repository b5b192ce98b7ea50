"""Another e-mail address, another password: both ask for the password that is."""

from sqlalchemy.exc import IntegrityError

from accounts import customers, passwords, people, sessions, tries
from accounts.models import User
from accounts.sessions import Identity
from accounts.tries import FormError
from extensions import atomic, db, release_reads, settings
from languages import _


def change_email(who: Identity, email: str, password: str, ip: str | None) -> None:
    """Here at once; Stripe hears of it as soon as recovery reaches it.

    Raises: FormError, TooManyTries.
    """
    confirm(who, password, ip)
    address = people.clean_email(email)
    tries.to_change_email(ip)
    try:
        with atomic() as session:
            user = sessions.hold(who)
            user.email = address
            session.flush()
            customers.note_new_email(session, user.id)
    except IntegrityError:
        raise FormError(email=_("Another account has this email.")) from None


def change_password(who: Identity, password: str, wanted: str, ip: str | None) -> str:
    """All sessions end, this one too; returns the cookie's token of a new one.

    Raises: FormError, TooManyTries.
    """
    confirm(who, password, ip)
    people.check_new_password(wanted, who.email or "", ip, "new_password")
    password_hash = passwords.hashed(wanted)
    with atomic():
        sessions.hold(who).password_hash = password_hash
        ended = sessions.revoke_all(who.user_id)
        token = sessions.start(who.user_id)
    people.announce_ends(ended)
    return token


def confirm(who: Identity, password: str, ip: str | None) -> None:
    """That whoever sits there is the owner, and that the account may be changed at all.

    Raises: FormError, TooManyTries.
    """
    if who.email == people.DEMO_EMAIL and settings().mode == "sandbox":
        raise FormError(
            account=_(
                "The demo shopper is everybody’s and stays as it is. Create an account of your own "
                "to try this."
            )
        )
    with tries.of_password(who.user_id, ip):
        user = db.session.get(User, who.user_id)
        release_reads()
        known = user.password_hash if user else None
        if not passwords.matches(password[: people.MAXIMUM_PASSWORD + 1], known):
            raise FormError(password=_("That isn’t your password. Please check it."))
