"""How passwords are kept and compared. Source: OWASP, "Password Storage Cheat Sheet"."""

import re

import pytest
from zxcvbn.matching import (  # type: ignore[import-untyped]
    L33T_TABLE,
    enumerate_l33t_subs,
    relevant_l33t_subtable,
)

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


SIGNS = "".join(sorted({sign for signs in L33T_TABLE.values() for sign in signs}))


@pytest.mark.parametrize("text", [SIGNS, SIGNS[::-1], SIGNS * 2, "4@8({[<3691!|70$5+%2" * 2])
def test_a_password_full_of_signs_is_read_in_a_few_ways(text: str) -> None:
    """Each way is a look for each part of it in each list; the library tries all of them."""
    read = passwords.with_one_sign_each(text)
    assert len(enumerate_l33t_subs(relevant_l33t_subtable(read, L33T_TABLE))) <= 6
    assert len(read) == len(text)
    assert not passwords.is_easy(text[:40], "somebody@example.com")


@pytest.mark.parametrize(
    "password",
    ["p@$$w0rd!!", "P4$5w0rd1!", "!@#$%^&*()", "!@#$%^&*()1", "ada4@example.com"],
)
def test_signs_for_letters_make_no_password_hard(password: str) -> None:
    assert passwords.is_easy(password, "ada4@example.com")


def test_nobody_s_password_matches_nothing() -> None:
    """Neither a guess nor the very password behind the hash that takes the time instead."""
    for password in ("", PASSWORD, "nobody has this password"):
        assert not passwords.matches(password, None)
