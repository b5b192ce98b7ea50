"""What settings must not be: wrong, contradictory, dangerous; each refusal says how to mend it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

Mode = Literal["sandbox", "test", "live"]


class ConfigError(Exception):
    """A setting is missing, wrong or contradicts another; the message says how to mend it."""


def mode_of_keys(values: Mapping[str, str]) -> Mode:
    secret, publishable = values.get("stripe_secret_key"), values.get("stripe_publishable_key")
    if not secret and not publishable:
        _check_api_base(values)
        return "sandbox"
    if not secret or not publishable:
        missing = "STRIPE_PUBLISHABLE_KEY" if secret else "STRIPE_SECRET_KEY"
        raise ConfigError(
            f"{missing} is missing: set both Stripe keys, or neither for the sandbox."
        )
    mode = _mode_of(secret, ("sk", "rk"), "STRIPE_SECRET_KEY")
    if _mode_of(publishable, ("pk",), "STRIPE_PUBLISHABLE_KEY") != mode:
        raise ConfigError("The two Stripe keys are of different modes: use both test or both live.")
    if "stripe_api_base" in values:
        raise ConfigError("STRIPE_API_BASE is for a sandbox elsewhere: remove it, or the keys.")
    if mode == "live" and "stripe_webhook_secret" not in values:
        raise ConfigError(
            "STRIPE_WEBHOOK_SECRET is missing: live mode needs the signing secret of your webhook "
            "endpoint (Stripe dashboard, Developers, Webhooks)."
        )
    return mode


def _mode_of(key: str, kinds: tuple[str, ...], name: str) -> Mode:
    for kind in kinds:
        if key.startswith(f"{kind}_live_"):
            return "live"
        if key.startswith(f"{kind}_test_"):
            return "test"
    expected = " or ".join(f"{kind}_test_..." for kind in kinds)
    raise ConfigError(f"{name} doesn't look like one of Stripe's: it should start like {expected}.")


def _check_api_base(values: Mapping[str, str]) -> None:
    base = values.get("stripe_api_base")
    if base and not _is_plain_address(base):
        raise ConfigError(
            "STRIPE_API_BASE must be an address without a path, like http://127.0.0.1:9000"
        )


def _is_plain_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = f"{parts.scheme}://{parts.netloc}"
    # It comes to stand in a content security policy, where these have a meaning.
    if set(plain) & set(" ;'\""):
        return False
    return parts.scheme in ("http", "https") and parts.netloc != "" and text == plain


def refuse_debug(given: dict[str, str], mode: Mode) -> None:
    debug = given.pop("flask_debug", "0").strip().lower() not in ("0", "false", "no", "off")
    if debug and mode == "live":
        raise ConfigError(
            "FLASK_DEBUG: with live keys it would show the insides of the shop to anybody; "
            "remove it."
        )


def is_open_to_all(path: Path) -> bool:
    """Whether any user of this machine can read the file."""
    try:
        return bool(path.stat().st_mode & 0o004 and path.parent.stat().st_mode & 0o001)
    except OSError:
        return False


def as_list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def check_captcha(values: Mapping[str, str]) -> None:
    """A widget on the page proves nothing without somebody who looks at its tokens."""
    for name in ("captcha_script", "captcha_sources"):
        if name in values and "captcha_verifier" not in values:
            raise ConfigError(
                f"CAPTCHA_VERIFIER is missing: {name.upper()} needs the function that checks what "
                "the widget gives."
            )
    script = values.get("captcha_script", "/")
    if not script.startswith(("/", "https://", "http://")) or script != "".join(script.split()):
        raise ConfigError(
            f"CAPTCHA_SCRIPT: {script!r} is no address of a script, write it like "
            "/static/captcha.js or https://shop.example/captcha.js"
        )


def origins(text: str, setting: str) -> tuple[str, ...]:
    named = tuple(origin.rstrip("/") for origin in as_list(text))
    for origin in named:
        if "*" in origin:
            raise ConfigError(
                f"{setting}: name each origin, with * any site could act for your shoppers."
            )
        if not _is_plain_address(origin):
            raise ConfigError(
                f"{setting}: {origin} is no origin, write it like https://shop.example"
            )
    return named
