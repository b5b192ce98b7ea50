"""Password hashing with argon2id (argon2-cffi's defaults follow RFC 9106)."""

import re
import sys
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from zxcvbn import zxcvbn  # type: ignore[import-untyped]

T = TypeVar("T")
_hasher = PasswordHasher()
_FEW_TRIES = 1_000_000
_LONGEST_COMPARED = 40
# Checked when the account doesn't exist, so that the answer takes as long as a wrong password.
_NOBODY = _hasher.hash("nobody has this password")


def hashed(password: str) -> str:
    return _aside(lambda: _hasher.hash(password))


def is_easy(password: str, email: str) -> bool:
    """Whether it is known from breaches, or so close to such a one, or to the e-mail, that few
    tries find it.

    Source: NIST SP 800-63B, "Password Verifiers": a blocklist, no rules of composition.
    """
    about = [email, *email.split("@"), *re.split(r"[@._+-]", email), "cog", "checkout", "shop"]
    # A longer one takes the library long, and is not found by its list.
    found = _aside(lambda: zxcvbn(password[:_LONGEST_COMPARED], user_inputs=about, max_length=100))
    return len(password) <= _LONGEST_COMPARED and bool(found["guesses"] < _FEW_TRIES)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password belongs to the hash; None (no such account) costs the same time."""
    try:
        found = _aside(lambda: _hasher.verify(password_hash or _NOBODY, password))
        return found and password_hash is not None
    except VerifyMismatchError:
        return False


def _aside(work: Callable[[], T]) -> T:
    """Hashing takes its time on purpose: under eventlet in a real thread, or all others wait."""
    if "eventlet" not in sys.modules:
        return work()
    from eventlet import tpool

    result: T = tpool.execute(work)
    return result
