"""The only reader of the environment and of `.env`.

Imports little: it is read before eventlet patches the process.

`load_settings()` refuses half-set or contradictory settings and says in one sentence how to mend
them, so that a shop never starts half-configured.
"""

import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from config_rules import (
    ConfigError,
    Mode,
    as_list,
    check_captcha,
    is_open_to_all,
    mode_of_keys,
    origins,
    refuse_debug,
)

__all__ = ["ConfigError", "Mode", "Settings", "load_settings"]

ROOT = Path(__file__).resolve().parent
# The sandbox takes any test key; these say in every log what they are.
SANDBOX_SECRET_KEY = "sk_test_sandbox"
SANDBOX_PUBLISHABLE_KEY = "pk_test_sandbox"
SANDBOX_WEBHOOK_SECRET = "whsec_sandbox"
MINIMUM_SECRET = 16
DIFFERENT_IN_SECRET = 8


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an installation can set, all of it optional. Environment names are the upper case."""

    secret_key: str
    database_url: str
    host: str = "127.0.0.1"
    port: int = 8000
    redis_url: str | None = None
    stripe_secret_key: str = SANDBOX_SECRET_KEY
    stripe_publishable_key: str = SANDBOX_PUBLISHABLE_KEY
    stripe_webhook_secret: str | None = None
    stripe_api_base: str | None = None
    stripe_connect_seconds: int = 3
    stripe_read_seconds: int = 20
    stripe_retries: int = 2
    allowed_origins: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: int = 0
    sockets_per_address: int = 100
    declines_per_user: int = 3
    declines_per_address: int = 10
    declines_surge: int = 30
    guests_per_address: int = 600
    captcha_verifier: str | None = None
    captcha_script: str | None = None
    captcha_sources: tuple[str, ...] = ()
    async_mode: str = "eventlet"
    instance_dir: Path = ROOT / "instance"
    mode: Mode = "sandbox"

    @property
    def embedded_sandbox(self) -> bool:
        """Whether the sandbox runs inside this process (else: Stripe, or a sandbox elsewhere)."""
        return self.mode == "sandbox" and self.stripe_api_base is None

    @property
    def sandbox_path(self) -> Path:
        return self.instance_dir / "sandbox.sqlite3"

    @property
    def stripe_js_url(self) -> str:
        """Source: Stripe docs, "Stripe.js versioning": the script must come from js.stripe.com."""
        if self.mode != "sandbox":
            return "https://js.stripe.com/endive/stripe.js"
        return f"{self.stripe_api_base or ''}/sandbox/stripe.js"

    @property
    def local_url(self) -> str:
        """Where this process can reach itself; also what a person on this host types."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104  # nosec B104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


NAMES = (
    "HOST PORT SECRET_KEY DATABASE_URL REDIS_URL STRIPE_SECRET_KEY STRIPE_PUBLISHABLE_KEY "
    "STRIPE_WEBHOOK_SECRET STRIPE_API_BASE STRIPE_CONNECT_SECONDS STRIPE_READ_SECONDS "
    "STRIPE_RETRIES ALLOWED_ORIGINS TRUSTED_HOSTS TRUSTED_PROXIES SOCKETS_PER_ADDRESS "
    "DECLINES_PER_USER DECLINES_PER_ADDRESS DECLINES_SURGE GUESTS_PER_ADDRESS "
    "CAPTCHA_VERIFIER CAPTCHA_SCRIPT CAPTCHA_SOURCES ASYNC_MODE INSTANCE_DIR FLASK_DEBUG"
).split()


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings; the process environment wins over `.env`.

    environment: read instead of both (tests hand one in).
    Raises: ConfigError naming the setting and the fix.
    """
    given = _given(environment)
    instance_dir = Path(given.pop("instance_dir", Settings.instance_dir)).resolve()
    mode = mode_of_keys(given)
    refuse_debug(given, mode)
    check_captcha(given)
    if given.get("async_mode", Settings.async_mode) not in ("eventlet", "threading"):
        raise ConfigError("ASYNC_MODE: set it to eventlet or threading, or leave it out.")
    return Settings(
        mode=mode,
        instance_dir=instance_dir,
        **_whole_numbers(given, mode),
        secret_key=_secret_key(given, instance_dir),
        database_url=_database_url(given, instance_dir, mode),
        allowed_origins=origins(given.pop("allowed_origins", ""), "ALLOWED_ORIGINS"),
        captcha_sources=origins(given.pop("captcha_sources", ""), "CAPTCHA_SOURCES"),
        trusted_hosts=as_list(given.pop("trusted_hosts", "")),
        **dict[str, Any](given),
    )


_LIMIT = range(1, 100_001)
_RANGES = {
    "port": range(1, 65536),
    "trusted_proxies": range(11),
    "sockets_per_address": _LIMIT,
    "declines_per_user": _LIMIT,
    "declines_per_address": _LIMIT,
    "declines_surge": _LIMIT,
    "guests_per_address": _LIMIT,
    "stripe_connect_seconds": range(1, 31),
    "stripe_read_seconds": range(1, 81),
    "stripe_retries": range(6),
}
# Whoever tries the test cards needs more of these than a shopper.
_IN_SANDBOX = {
    "declines_per_user": 30,
    "declines_per_address": 100,
    "declines_surge": 300,
    "guests_per_address": 100_000,
}


def _whole_numbers(given: dict[str, str], mode: Mode) -> dict[str, Any]:
    """Those that are set, and in the sandbox those that are others there."""
    found = dict(_IN_SANDBOX) if mode == "sandbox" else {}
    for name, allowed in _RANGES.items():
        if name in given:
            found[name] = _whole_number(name, given.pop(name).strip(), allowed)
    return found


def _whole_number(name: str, text: str, allowed: range) -> int:
    # Nine digits are enough, and `int` itself refuses thousands of them in words of its own.
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    if not is_number or int(text) not in allowed:
        raise ConfigError(
            f"{name.upper()}: {text!r} won't do, set a whole number from {allowed[0]} to "
            f"{allowed[-1]}."
        )
    return int(text)


def _secret_key(given: dict[str, str], instance_dir: Path) -> str:
    try:
        key = given.pop("secret_key", None) or _remembered_secret(instance_dir)
    except OSError as error:
        raise ConfigError(
            f"INSTANCE_DIR: {instance_dir} can't be used ({error.strerror}). Choose a folder that "
            "this user may write to."
        ) from None
    if len(key) < MINIMUM_SECRET:
        raise ConfigError(
            f"SECRET_KEY: use at least {MINIMUM_SECRET} random characters, or leave it out to "
            "have one made."
        )
    # What a person types or copies, like "changeme changeme" or sixteen times a letter.
    if len(set(key.lower())) < DIFFERENT_IN_SECRET:
        raise ConfigError(
            "SECRET_KEY: this one is easy to guess, and whoever knows it can sign in as anybody; "
            "leave it out to have one made."
        )
    return key


def _database_url(given: dict[str, str], instance_dir: Path, mode: Mode) -> str:
    sqlite = f"sqlite:///{instance_dir / 'cog-checkout.sqlite3'}"
    url = _with_driver(given.pop("database_url", sqlite))
    path = Path(url.removeprefix("sqlite:///"))
    if mode != "sandbox" and url.startswith("sqlite:///") and is_open_to_all(path):
        raise ConfigError(
            f"DATABASE_URL: everybody on this machine can read {path}; run: chmod 600 {path}"
        )
    return url


def prepare_psycopg() -> None:
    """Let psycopg wait in a way that lets other green threads run; its own way stops them all.

    Read by psycopg when it is imported. Source: psycopg docs, "PSYCOPG_WAIT_FUNC".
    """
    os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")


def _given(environment: Mapping[str, str] | None) -> dict[str, str]:
    if environment is None:
        environment = {
            **{k: v for k, v in dotenv_values(ROOT / ".env").items() if v is not None},
            **os.environ,
        }
    return {name.lower(): environment[name] for name in NAMES if environment.get(name)}


def _with_driver(url: str) -> str:
    """Postgres addresses as every host prints them, spelled so that psycopg 3 is used."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _remembered_secret(instance_dir: Path) -> str:
    """A key made once and kept with the data: restarts don't sign anybody out."""
    path = instance_dir / "secret_key"
    instance_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written aside and linked into place: two processes that start at once agree on one key.
        with tempfile.NamedTemporaryFile("w", dir=instance_dir) as draft:
            draft.write(secrets.token_urlsafe(32))
            draft.flush()
            with suppress(FileExistsError):
                os.link(draft.name, path)
    return path.read_text().strip()
