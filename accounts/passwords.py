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
# What is written for a letter, where there are several: for a, c, i and l, s, t.
_SIGNS = ("4@", "([{<", "1!|", "5$", "7+")
# Checked when the account doesn't exist, so that the answer takes as long as a wrong password.
_NOBODY = _hasher.hash("nobody has this password")


def hashed(password: str) -> str:
    return _aside(lambda: _hasher.hash(password))


def is_easy(password: str, email: str) -> bool:
    """Whether it is known from breaches, or so close to such a one, or to the e-mail, that few
    tries find it.

    Source: NIST SP 800-63B, "Password Verifiers": a blocklist, no rules of composition.
    """
    if len(password) > _LONGEST_COMPARED:
        return False  # the library's lists don't reach so far, and it would take long
    about = [email, *email.split("@"), *re.split(r"[@._+-]", email), "cog", "checkout", "shop"]
    about += [with_one_sign_each(part) for part in about]
    found = _aside(lambda: zxcvbn(with_one_sign_each(password), user_inputs=about))
    return bool(found["guesses"] < _FEW_TRIES)


def with_one_sign_each(text: str) -> str:
    """The text with the same sign wherever it has several for one letter: p@$5 is read as p@$$.

    The library reads each of them as a letter and as itself, in all combinations: a second and
    more for forty characters that were chosen for it, in which nobody else is served.
    """
    for signs in _SIGNS:
        found = [character for character in text if character in signs]
        for other in set(found[1:]):
            text = text.replace(other, found[0])
    return text


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
