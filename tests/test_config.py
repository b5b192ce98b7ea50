"""What an installation can set, what is refused, and in which words."""

import os
import stat
from pathlib import Path

import pytest

import config
from config import ConfigError, Settings, load_settings

LONG = "a-secret-key-of-twenty-four"
TEST = {"STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_PUBLISHABLE_KEY": "pk_test_x"}
LIVE = {"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_PUBLISHABLE_KEY": "pk_live_x"}
SIGNED = {"STRIPE_WEBHOOK_SECRET": "whsec_x"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "instance"


def load(home: Path, **given: str) -> Settings:
    return load_settings({"INSTANCE_DIR": str(home)} | given)


def refusal(home: Path, **given: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(home, **given)
    return str(caught.value)


# Without any settings


def test_nothing_has_to_be_set(home: Path) -> None:
    settings = load(home)
    assert (settings.mode, settings.embedded_sandbox) == ("sandbox", True)
    assert settings.database_url == f"sqlite:///{home / 'cog-checkout.sqlite3'}"
    assert settings.sandbox_path == home / "sandbox.sqlite3"
    assert (settings.host, settings.port, settings.local_url) == (
        "127.0.0.1",
        8000,
        "http://127.0.0.1:8000",
    )
    assert settings.stripe_js_url == "/sandbox/stripe.js"
    assert (settings.stripe_secret_key, settings.stripe_publishable_key) == (
        "sk_test_sandbox",
        "pk_test_sandbox",
    )
    assert (settings.allowed_origins, settings.trusted_proxies, settings.redis_url) == ((), 0, None)
    assert (settings.stripe_connect_seconds, settings.stripe_read_seconds) == (3, 20)
    assert (settings.stripe_retries, settings.async_mode) == (2, "eventlet")


def test_an_empty_setting_is_one_that_is_not_set(home: Path) -> None:
    assert load(home, **dict.fromkeys(set(config.NAMES) - {"INSTANCE_DIR"}, "")) == load(home)


def test_what_is_no_setting_of_ours_is_not_read(home: Path) -> None:
    assert load(home, MODE="live", SANDBOX_PATH="/x", port="1") == load(home)


# Keys and modes


def test_two_test_keys_are_test_mode_and_two_live_keys_with_a_secret_live_mode(home: Path) -> None:
    assert load(home, **TEST).mode == "test"
    assert load(home, **LIVE, **SIGNED).mode == "live"
    for kind in ("test", "live"):
        restricted = {"STRIPE_SECRET_KEY": f"rk_{kind}_x", "STRIPE_PUBLISHABLE_KEY": f"pk_{kind}_x"}
        assert load(home, **restricted, **SIGNED).mode == kind


@pytest.mark.parametrize("keys", [TEST, {**LIVE, **SIGNED}])
def test_with_keys_nothing_is_the_stand_in_s(home: Path, keys: dict[str, str]) -> None:
    settings = load(home, **keys)
    assert not settings.embedded_sandbox
    assert settings.stripe_js_url == "https://js.stripe.com/endive/stripe.js"
    assert settings.stripe_secret_key == keys["STRIPE_SECRET_KEY"]
    assert settings.stripe_publishable_key == keys["STRIPE_PUBLISHABLE_KEY"]


@pytest.mark.parametrize("name", TEST)
def test_one_key_alone_is_refused_and_the_other_one_named(home: Path, name: str) -> None:
    (other,) = set(TEST) - {name}
    expected = f"{other} is missing: set both Stripe keys, or neither for the sandbox."
    assert refusal(home, **{name: TEST[name]}) == expected
    assert refusal(home, **{name: TEST[name], other: ""}) == expected


@pytest.mark.parametrize("name", TEST)
def test_keys_of_two_modes_are_refused(home: Path, name: str) -> None:
    assert refusal(home, **{**TEST, **SIGNED, name: LIVE[name]}) == (
        "The two Stripe keys are of different modes: use both test or both live."
    )


@pytest.mark.parametrize(
    "key", ["x", "pk_test_x", "sk_testx", "SK_TEST_x", "sk_prod_x", "whsec_x", " sk_test_x"]
)
def test_what_is_no_secret_key_is_refused(home: Path, key: str) -> None:
    assert refusal(home, **{**TEST, "STRIPE_SECRET_KEY": key}) == (
        "STRIPE_SECRET_KEY doesn't look like one of Stripe's: it should start like "
        "sk_test_... or rk_test_...."
    )


@pytest.mark.parametrize("key", ["x", "sk_test_x", "rk_test_x", "pk_x", "PK_TEST_x"])
def test_what_is_no_publishable_key_is_refused(home: Path, key: str) -> None:
    """Above all the secret key in its place: it would be printed into every page."""
    assert refusal(home, **{**TEST, "STRIPE_PUBLISHABLE_KEY": key}) == (
        "STRIPE_PUBLISHABLE_KEY doesn't look like one of Stripe's: it should start like "
        "pk_test_...."
    )


def test_a_refusal_of_a_key_never_repeats_the_key(home: Path) -> None:
    for name in TEST:
        assert "hunter2" not in refusal(home, **{**TEST, name: "hunter2"})


def test_live_mode_needs_the_secret_of_its_webhooks(home: Path) -> None:
    expected = (
        "STRIPE_WEBHOOK_SECRET is missing: live mode needs the signing secret of your webhook "
        "endpoint (Stripe dashboard, Developers, Webhooks)."
    )
    assert refusal(home, **LIVE) == expected
    assert refusal(home, **LIVE, STRIPE_WEBHOOK_SECRET="") == expected
    assert load(home, **LIVE, **SIGNED).stripe_webhook_secret == "whsec_x"
    assert load(home, **TEST).stripe_webhook_secret is None


# A sandbox elsewhere


def test_a_sandbox_elsewhere_is_used_instead_of_our_own(home: Path) -> None:
    settings = load(home, STRIPE_API_BASE="http://127.0.0.1:9000")
    assert (settings.mode, settings.embedded_sandbox) == ("sandbox", False)
    assert settings.stripe_js_url == "http://127.0.0.1:9000/sandbox/stripe.js"


@pytest.mark.parametrize("keys", [TEST, {**LIVE, **SIGNED}])
def test_real_keys_are_never_sent_to_a_sandbox_elsewhere(home: Path, keys: dict[str, str]) -> None:
    assert refusal(home, **keys, STRIPE_API_BASE="http://127.0.0.1:9000") == (
        "STRIPE_API_BASE is for a sandbox elsewhere: remove it, or the keys."
    )


@pytest.mark.parametrize(
    "base",
    [
        "127.0.0.1:9000",
        "ftp://127.0.0.1",
        "http://127.0.0.1:9000/",
        "http://127.0.0.1:9000/stripe",
        "http://127.0.0.1:9000?x",
        "http://127.0.0.1:9000#x",
        "http:127.0.0.1",
        "http://[::1",
        "//127.0.0.1",
        "sandbox",
    ],
)
def test_what_is_no_address_of_a_sandbox_is_refused(home: Path, base: str) -> None:
    assert refusal(home, STRIPE_API_BASE=base) == (
        "STRIPE_API_BASE must be an address without a path, like http://127.0.0.1:9000"
    )


# Numbers and choices

NUMBERS = {
    "PORT": (1, 65535),
    "TRUSTED_PROXIES": (0, 10),
    "STRIPE_CONNECT_SECONDS": (1, 30),
    "STRIPE_READ_SECONDS": (1, 80),
    "STRIPE_RETRIES": (0, 5),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_within_its_range_is_taken(home: Path, name: str) -> None:
    for number in NUMBERS[name]:
        for text in (f"{number}", f" {number}\t"):
            assert getattr(load(home, **{name: text}), name.lower()) == number


@pytest.mark.parametrize("name", NUMBERS)
def test_any_other_number_is_refused_and_the_range_named(home: Path, name: str) -> None:
    least, most = NUMBERS[name]
    for text in (f"{least - 1}", f"{most + 1}", "1.5", "1e3", "many", "\u0665", "+1", "9" * 5000):
        assert refusal(home, **{name: text}) == (
            f"{name}: {text!r} won't do, set a whole number from {least} to {most}."
        )


def test_the_server_is_eventlet_or_threads(home: Path) -> None:
    for mode in ("eventlet", "threading"):
        assert load(home, ASYNC_MODE=mode).async_mode == mode
    for mode in ("gevent", "Eventlet", "asyncio"):
        assert refusal(home, ASYNC_MODE=mode) == (
            "ASYNC_MODE: set it to eventlet or threading, or leave it out."
        )


def test_origins_are_a_list_with_commas(home: Path) -> None:
    given = " https://a.example/ ,,https://b.example:8443,"
    assert load(home, ALLOWED_ORIGINS=given).allowed_origins == (
        "https://a.example",
        "https://b.example:8443",
    )


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("shop.example", "http://shop.example:8000"),
    ],
)
def test_the_address_that_a_person_types(home: Path, host: str, url: str) -> None:
    assert load(home, HOST=host).local_url == url


# The database


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@h:1/d?x=y", "postgresql+psycopg://u:p@h:1/d?x=y"),
        ("postgresql://u:p@h:1/d", "postgresql+psycopg://u:p@h:1/d"),
        ("postgresql+psycopg://u:p@h:1/d", "postgresql+psycopg://u:p@h:1/d"),
        ("sqlite:////tmp/shop.sqlite3", "sqlite:////tmp/shop.sqlite3"),
    ],
)
def test_postgres_is_understood_however_a_host_prints_its_address(
    home: Path, given: str, used: str
) -> None:
    assert load(home, DATABASE_URL=given).database_url == used


# The secret key


def test_a_secret_key_is_made_once_and_kept_with_the_data(home: Path) -> None:
    first = load(home).secret_key
    assert len(first) >= 43  # 256 bits
    assert load(home).secret_key == first
    assert load(home.with_name("elsewhere")).secret_key != first


def test_the_kept_secret_key_is_its_owner_s_alone(home: Path) -> None:
    load(home)
    assert stat.S_IMODE((home / "secret_key").stat().st_mode) == 0o600
    assert os.listdir(home) == ["secret_key"]


def test_a_given_secret_key_is_used_and_none_is_made(home: Path) -> None:
    assert load(home, SECRET_KEY=LONG).secret_key == LONG
    assert not home.exists()


def test_a_weak_secret_key_is_refused_given_or_kept(home: Path) -> None:
    expected = "SECRET_KEY: use at least 16 random characters, or leave it out to have one made."
    assert refusal(home, SECRET_KEY="x" * 15) == expected
    assert load(home, SECRET_KEY="sixteen letters!").secret_key == "sixteen letters!"
    home.mkdir()
    (home / "secret_key").write_text("\n")
    assert refusal(home) == expected


def test_a_folder_that_can_not_be_written_is_refused_by_name(home: Path) -> None:
    home.write_text("a file")
    for folder in (home, home / "below"):
        said = refusal(home, INSTANCE_DIR=str(folder))
        assert said.startswith(f"INSTANCE_DIR: {folder} can't be used (")
        assert said.endswith("). Choose a folder that this user may write to.")
