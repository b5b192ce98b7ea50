"""How often a password may be tried, and accounts be made: limits by account and by network.

Only tries that fail count, so whoever knows his password never waits for himself. An account that
doesn't exist is counted like one that does. Source: OWASP ASVS 5.0, V6.3; OWASP Credential
Stuffing Prevention Cheat Sheet.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from limits import RateLimitItemPerHour, RateLimitItemPerMinute

import networks
from errors import RateLimited
from extensions import limiter, settings
from languages import _
from places import Place, take

PER_ACCOUNT = RateLimitItemPerMinute(10, 15)
PER_IP = RateLimitItemPerMinute(30, 15)
ACCOUNTS_PER_IP = RateLimitItemPerHour(20)
# Room for a household, or an office, in which each needs three.
NEW_PASSWORDS_PER_IP = RateLimitItemPerMinute(30, 15)
EXPORTS_PER_ACCOUNT = RateLimitItemPerHour(10)
log = structlog.get_logger()


class FormError(Exception):
    """What to correct in a form: field -> sentence. `status`: the HTTP status of its page."""

    status = 422

    def __init__(self, **fields: str) -> None:
        self.fields = fields
        super().__init__(", ".join(fields))


class TooManyTries(FormError):
    status = 429


@contextmanager
def of_password(account: str, ip: str | None) -> Iterator[None]:
    """Around a check of a password; an exception inside is a try that failed.

    account: its address in the one spelling that it is found by, what was typed instead of one, or
    an id. Raises: TooManyTries, before the password is looked at.
    """
    places: list[Place] = []
    places += [(PER_IP, "sign-in", networks.of(ip))] if ip else []
    places += [(PER_ACCOUNT, "account", _named(account))] if account.strip() else []
    # The address first, and nothing after it once it is full: else whoever must wait could go on to
    # fill the counters of accounts, and keep their owners out.
    taken = []
    for place in places:
        taken.append(take(place))
        if not taken[-1].is_free:
            raise TooManyTries(password=_in_a_quarter())
    yield
    for one in taken:
        one.give_back()


def to_choose_password(ip: str | None, field: str) -> None:
    """Before a password is looked at that somebody would like to have: that takes a while.

    Counted apart from accounts: who thinks of a good one at the third try still makes his.
    Raises: TooManyTries, for this field of a form.
    """
    if ip and not limiter.hit(NEW_PASSWORDS_PER_IP, "new password", networks.of(ip)):
        raise TooManyTries(**{field: _in_a_quarter()})


def to_register(ip: str | None) -> None:
    """Before an account is made. Raises: TooManyTries."""
    if not _is_free(ip):
        words = _("Too many accounts from your network. Please try again in an hour.")
        raise TooManyTries(email=words)


def to_change_email(ip: str | None) -> None:
    """Before an account gets another e-mail: it could ask here who else has one, as by registering.

    Raises: TooManyTries.
    """
    if not _is_free(ip):
        words = _("Too many email changes from your network. Please try again in an hour.")
        raise TooManyTries(email=words)


def _is_free(ip: str | None) -> bool:
    return not ip or limiter.hit(ACCOUNTS_PER_IP, "register", networks.of(ip))


def to_be_guest(ip: str | None) -> None:
    """Before a guest is written: whoever keeps no cookies would fill the tables. Raises:
    RateLimited."""
    most = RateLimitItemPerHour(settings().guests_per_address)
    if ip and not limiter.hit(most, "guest", networks.of(ip)):
        log.warning("too many new guests of an address; is TRUSTED_PROXIES right?")
        raise RateLimited(_in_an_hour())


def to_export(user_id: str) -> None:
    """Before everything that is known of an account is read. Raises: RateLimited."""
    if not limiter.hit(EXPORTS_PER_ACCOUNT, "export", user_id):
        raise RateLimited(_in_an_hour())


def _in_a_quarter() -> str:
    return _("Too many tries. Please wait a quarter of an hour.")


def _in_an_hour() -> str:
    """Whoever is refused learns how long it lasts, not what was counted."""
    return _("That was a lot at once. Please try again in an hour.")


def _named(account: str) -> str:
    """Whoever can read the counters learns no addresses from them."""
    return hashlib.sha256(account.strip().lower().encode()).hexdigest()
