"""Who is calling: the key in the Authorization header."""

import base64
import binascii

from sandbox.errors import ApiError

_MISSING = (
    "You did not provide an API key. You need to provide your API key in the Authorization "
    "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See "
    "https://stripe.com/docs/api#authentication for details, or we can help at "
    "https://support.stripe.com/."
)
_NEEDS_SECRET = (
    "This API call cannot be made with a publishable API key. Please use a secret API key. You "
    "can find a list of your API keys at https://dashboard.stripe.com/account/apikeys."
)


def key_kind(authorization: str | None) -> str:
    """`secret` or `publishable`. Any test key will do; live keys are refused.

    Raises: ApiError (401).
    """
    key = _key(authorization or "")
    if not key:
        raise ApiError(401, _MISSING)
    if key.startswith(("sk_live_", "rk_live_", "pk_live_")):
        raise ApiError(
            401,
            "This is the built-in sandbox, not Stripe: it refuses live API keys. Use any key "
            "that starts with sk_test_ here, and keep live keys away from it.",
        )
    if key.startswith(("sk_test_", "rk_test_")):
        return "secret"
    if key.startswith("pk_test_"):
        return "publishable"
    raise ApiError(401, f"Invalid API Key provided: {_masked(key)}")


def is_publishable(authorization: str | None) -> bool:
    return _key(authorization or "").startswith("pk_")


def needs_secret() -> ApiError:
    return ApiError(403, _NEEDS_SECRET, code="secret_key_required")


def _key(authorization: str) -> str:
    scheme, _, value = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _masked(key: str) -> str:
    return f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 16 else "****"
