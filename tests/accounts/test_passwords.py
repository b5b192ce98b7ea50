"""How passwords are kept and compared. Source: OWASP, "Password Storage Cheat Sheet"."""

import re

import pytest

from accounts import passwords

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def kept() -> str:
    return passwords.hashed(PASSWORD)


def test_a_password_is_kept_as_argon2id_of_the_strength_that_is_recommended(kept: str) -> None:
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[^$]{22}\$[^$]{43}$", kept)
    assert found
    memory, rounds, _ = map(int, found.groups())
    assert memory >= 19 * 1024  # KiB
    assert rounds >= 2
    assert PASSWORD not in kept


def test_the_same_password_is_kept_differently_each_time(kept: str) -> None:
    assert passwords.hashed(PASSWORD) != kept


def test_only_the_password_itself_matches(kept: str) -> None:
    assert passwords.matches(PASSWORD, kept)
    for other in ("", PASSWORD + " ", PASSWORD.title(), PASSWORD + "\0", kept):
        assert not passwords.matches(other, kept)


@pytest.mark.parametrize("password", ["ü" * 20, "\U0001f511" * 128, "a\0b" * 9])
def test_any_text_can_be_a_password(password: str) -> None:
    hashed = passwords.hashed(password)
    assert passwords.matches(password, hashed)
    assert not passwords.matches(password[:-1], hashed)


def test_nobody_s_password_matches_nothing() -> None:
    """Neither a guess nor the very password behind the hash that takes the time instead."""
    for password in ("", PASSWORD, "nobody has this password"):
        assert not passwords.matches(password, None)
