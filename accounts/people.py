"""Guests and accounts: make, register, sign in and out."""

from blinker import Signal
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from accounts import passwords, sessions, tries
from accounts.models import User
from accounts.sessions import Identity
from accounts.tries import FormError
from errors import IdentityMismatch, InvalidMessage, SessionExpired
from extensions import atomic, db, release_reads, settings
from languages import _

MINIMUM_PASSWORD = 10
MAXIMUM_PASSWORD = 128
# Source: RFC 5321, section 4.5.3.1.3, without the angle brackets.
MAXIMUM_EMAIL = 254
# The sandbox's demo shopper; everybody may read both.
DEMO_EMAIL = "demo@example.com"
DEMO_PASSWORD = "demo-shopper"

# Sent inside the transaction of a sign-in: whoever keeps something of a guest's moves it over.
# Arguments: guest_id, user_id.
guest_signed_in = Signal()
# Sent after a session was revoked. Arguments: session_id.
session_ended = Signal()


def start_guest(ip: str | None) -> str:
    """Make a guest and a session for him; returns the cookie's token. Raises: RateLimited."""
    tries.to_be_guest(ip)
    with atomic() as session:
        guest = User()
        session.add(guest)
        session.flush()
        return sessions.start(guest.id)


def register(email: str, password: str, visitor: Identity | None, ip: str | None) -> str:
    """Make an account and sign in; returns the cookie's token.

    A guest becomes the account, so that his transactions stay his; his old session ends.
    Raises: FormError, TooManyTries.
    """
    address = clean_email(email)
    check_new_password(password, address, ip)
    tries.to_register(ip)
    password_hash = passwords.hashed(password)
    try:
        with atomic() as session:
            user = _guest(visitor) or User()
            user.email, user.password_hash = address, password_hash
            session.add(user)
            session.flush()
            token = _begin(user.id, visitor)
    except IntegrityError:
        raise FormError(email=_("There is an account with this email. Please sign in.")) from None
    _announce_end(visitor)
    return token


def sign_in(email: str, password: str, visitor: Identity | None, ip: str | None) -> str:
    """Check the password and begin a new session; returns the cookie's token.

    Raises: FormError, the same for an unknown account and a wrong password; TooManyTries.
    """
    address = _known_spelling(email)
    with tries.of_password(address or email, ip):
        user_id, password_hash = _owner(address, password)
    with atomic():
        guest = _guest(visitor)
        _check_unchanged(user_id, password_hash)
        if guest:
            guest.merged_into_id = user_id
            guest_signed_in.send(None, guest_id=guest.id, user_id=user_id)
        token = _begin(user_id, visitor)
        ended = sessions.revoke_surplus(user_id)
    _announce_end(visitor)
    announce_ends(ended)
    return token


def _owner(address: str | None, password: str) -> tuple[str, str]:
    """Whose address and password these are, and the hash that says so. Raises: FormError."""
    if address == DEMO_EMAIL and settings().mode != "sandbox":
        # Its password is published, and a database may outlive the sandbox that it began in.
        address = None
    user = _account(address) if address else None
    password_hash = user.password_hash if user else None
    # One character more than any password has: a longer one is cut short, never made to fit.
    if not passwords.matches(password[: MAXIMUM_PASSWORD + 1], password_hash) or not user:
        raise _no_match()
    return user.id, str(password_hash)


def _account(address: str) -> User | None:
    user = db.session.scalar(select(User).where(User.email == address))
    release_reads()
    return user


def _check_unchanged(user_id: str, password_hash: str) -> None:
    """Hold the account, unless its password was changed, or it was deleted, while we compared: that
    has ended all its sessions, and no new one may begin with what was before. Raises: FormError.
    """
    query = select(User.password_hash).where(User.id == user_id).with_for_update()
    if db.session.scalar(query) != password_hash:
        raise _no_match()


def _no_match() -> FormError:
    return FormError(password=_("Email and password don’t match. Please check both."))


def end_session(session_id: str) -> None:
    with atomic():
        sessions.revoke(session_id)
    announce_ends([session_id])


def announce_ends(session_ids: list[str]) -> None:
    """After the commit that revoked them: their sockets are closed."""
    for session_id in session_ids:
        session_ended.send(None, session_id=session_id)


def clean_email(email: str) -> str:
    """The address in one spelling (lower case). Raises: FormError when it can't be one."""
    typed = email.strip()
    try:
        # What is too long is not even looked at: that takes longer the longer it is.
        checked = validate_email(
            typed if len(typed) <= MAXIMUM_EMAIL else "", check_deliverability=False
        )
    except EmailNotValidError:
        raise FormError(email=_("Please enter an email address like name@example.com.")) from None
    return checked.normalized.lower()


def checked_email(who: Identity, email: str) -> str:
    """An email that a message claims: an account's must be its own, a guest's must be one.

    Raises: IdentityMismatch, InvalidMessage.
    """
    try:
        address = clean_email(email)
    except FormError as error:
        raise InvalidMessage(error.fields["email"]) from None
    if not who.is_guest and address != who.email:
        raise IdentityMismatch()
    return address


def keep_contact(who: Identity, address: str) -> None:
    """Note where a guest wants his receipts (checked); an account has its own address."""
    if who.is_guest:
        with atomic() as session:
            session.get_one(User, who.user_id).contact_email = address


def _guest(visitor: Identity | None) -> User | None:
    """The visitor's row, locked, if he is a guest still; another tab may have been faster."""
    if visitor is None or not visitor.is_guest:
        return None
    try:
        user = sessions.hold(visitor)
    except SessionExpired:
        return None
    return user if user.email is None else None


def _begin(user_id: str, visitor: Identity | None) -> str:
    """A new session instead of the visitor's, in one commit: nobody acts as both."""
    if visitor:
        sessions.revoke(visitor.session_id)
    return sessions.start(user_id)


def _announce_end(visitor: Identity | None) -> None:
    announce_ends([visitor.session_id] if visitor else [])


def _known_spelling(email: str) -> str | None:
    """The address as an account of it has it; None for what can't be one."""
    try:
        return clean_email(email)
    except FormError:
        return None


def check_new_password(password: str, email: str, ip: str | None, field: str = "password") -> None:
    """Raises: FormError, TooManyTries, for this field of a form."""
    if len(password) < MINIMUM_PASSWORD:
        wrong = _("Please use at least %(least)s characters.", least=MINIMUM_PASSWORD)
    elif len(password) > MAXIMUM_PASSWORD:
        wrong = _("Please use at most %(most)s characters.", most=MAXIMUM_PASSWORD)
    else:
        tries.to_choose_password(ip, field)
        if not passwords.is_easy(password, email):
            return
        wrong = _("This password is too easy to guess. Try a short sentence.")
    raise FormError(**{field: wrong})
