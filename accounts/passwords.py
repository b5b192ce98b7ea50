"""Password hashing with argon2id (argon2-cffi's defaults follow RFC 9106)."""

import sys
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

T = TypeVar("T")
_hasher = PasswordHasher()
# Checked when the account doesn't exist, so that the answer takes as long as a wrong password.
_NOBODY = _hasher.hash("nobody has this password")


def hashed(password: str) -> str:
    return _aside(lambda: _hasher.hash(password))


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
