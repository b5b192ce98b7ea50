"""A shop that would be dangerous does not start, and says in one sentence why.

What is merely wrong or missing: tests/test_config.py.
"""

from pathlib import Path

import pytest

from tests.test_config import LIVE, SIGNED, TEST, home, load, refusal

__all__ = ["home"]


@pytest.mark.parametrize("key", ["a" * 40, "changeme" * 4, "abcabc" * 6, "0000000000000001"])
def test_a_secret_key_that_is_easy_to_guess_is_refused(home: Path, key: str) -> None:
    assert refusal(home, SECRET_KEY=key) == (
        "SECRET_KEY: this one is easy to guess, and whoever knows it can sign in as anybody; "
        "leave it out to have one made."
    )


@pytest.mark.parametrize("value", ["1", "true", "yes"])
def test_live_keys_and_debugging_do_not_go_together(home: Path, value: str) -> None:
    assert refusal(home, **LIVE, **SIGNED, FLASK_DEBUG=value) == (
        "FLASK_DEBUG: with live keys it would show the insides of the shop to anybody; remove it."
    )
    assert load(home, **LIVE, **SIGNED, FLASK_DEBUG="0").mode == "live"
    assert load(home, **TEST, FLASK_DEBUG=value).mode == "test"


@pytest.mark.parametrize("given", ["*", "https://*.example", "https://a.example, *"])
def test_origins_with_a_star_are_refused(home: Path, given: str) -> None:
    assert refusal(home, ALLOWED_ORIGINS=given) == (
        "ALLOWED_ORIGINS: name each origin, with * any site could act for your shoppers."
    )


def test_sources_of_a_captcha_are_as_strict(home: Path) -> None:
    given = {"CAPTCHA_VERIFIER": "a:b", "CAPTCHA_SCRIPT": "/static/captcha.js"}
    assert refusal(home, **given, CAPTCHA_SOURCES="https://*.example") == (
        "CAPTCHA_SOURCES: name each origin, with * any site could act for your shoppers."
    )
    for wrong in ("widget.example", "https://a.example;", "https://a.example 'unsafe-inline'"):
        assert refusal(home, **given, CAPTCHA_SOURCES=wrong).startswith("CAPTCHA_SOURCES: ")
    found = load(home, **given, CAPTCHA_SOURCES="https://a.example,https://b.example")
    assert found.captcha_sources == ("https://a.example", "https://b.example")


@pytest.mark.parametrize("name", ["CAPTCHA_SCRIPT", "CAPTCHA_SOURCES"])
def test_a_captcha_that_nobody_checks_is_refused(home: Path, name: str) -> None:
    assert refusal(home, **{name: "https://widget.example"}) == (
        f"CAPTCHA_VERIFIER is missing: {name} needs the function that checks what the widget gives."
    )


@pytest.mark.parametrize("given", ["captcha.js", "javascript:x", "/static/a b.js"])
def test_a_captcha_s_script_has_an_address(home: Path, given: str) -> None:
    assert refusal(home, CAPTCHA_VERIFIER="a:b", CAPTCHA_SCRIPT=given) == (
        f"CAPTCHA_SCRIPT: {given!r} is no address of a script, write it like /static/captcha.js or "
        "https://shop.example/captcha.js"
    )


@pytest.mark.parametrize("given", ["shop.example", "ftp://a", "https://a.example/path", "null"])
def test_what_is_no_origin_is_refused(home: Path, given: str) -> None:
    assert refusal(home, ALLOWED_ORIGINS=given) == (
        f"ALLOWED_ORIGINS: {given} is no origin, write it like https://shop.example"
    )


def test_a_database_that_everybody_can_read_is_refused(home: Path) -> None:
    home.mkdir(mode=0o755)
    path = home / "cog-checkout.sqlite3"
    path.touch()
    path.chmod(0o644)
    expected = f"DATABASE_URL: everybody on this machine can read {path}; run: chmod 600 {path}"
    assert refusal(home, **TEST) == expected
    assert load(home).mode == "sandbox"
    home.chmod(0o700)
    assert load(home, **TEST).mode == "test"
    home.chmod(0o755)
    path.chmod(0o600)
    assert load(home, **TEST).mode == "test"
