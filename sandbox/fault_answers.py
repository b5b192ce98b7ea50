"""Failures as Stripe words them, for faults of the kind `status`, and for rate limits.

Source: Stripe docs, "Errors", "Rate limits", "Advanced error handling".
"""

from http import HTTPStatus
from typing import Any

from sandbox.errors import ApiError, Json
from sandbox.records import encode

REASONS = (
    "global-rate",
    "global-concurrency",
    "endpoint-rate",
    "endpoint-concurrency",
    "resource-specific",
)
_LOWEST, _HIGHEST = 400, 599
# These come before the idempotency layer, or from it.
_NEVER_STORED = (401, 409, 429)
# What a proxy in front of the API says, when the API says nothing.
_HTML = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_LOCK_TIMEOUT = (
    "This object cannot be accessed right now because another API request or Stripe process is "
    "currently accessing it. If you see this error intermittently, retry the request. If you see "
    "this error frequently and are making multiple concurrent requests to a single object, make "
    "your requests serially or at a lower rate. For more details, see "
    "https://stripe.com/docs/rate-limits#object-lock-timeouts."
)
_RATE_LIMIT = (
    "Request rate limit exceeded. Learn more about rate limits here "
    "https://stripe.com/docs/rate-limits."
)
_IN_USE = (
    "There is currently another in-progress request using this Idempotent Key (that probably "
    "means you submitted twice, and the other request is still going through). Please try again "
    "later."
)
_BACKEND = (
    "Sorry! There was an error while talking to one of our backends. Support has been notified."
)
# Status -> type, usual code, usual message.
_WORDS: dict[int, tuple[str, str | None, str]] = {
    400: ("invalid_request_error", None, "Invalid request."),
    401: ("invalid_request_error", None, "Invalid API Key provided: sk_test_****"),
    402: ("card_error", "card_declined", "Your card was declined."),
    403: (
        "invalid_request_error",
        "more_permissions_required",
        "The provided key does not have the required permissions for this endpoint.",
    ),
    404: ("invalid_request_error", "resource_missing", "No such object."),
    409: ("idempotency_error", "idempotency_key_in_use", _IN_USE),
    424: ("api_error", None, "A dependency of this request failed."),
    429: ("invalid_request_error", "rate_limit", _RATE_LIMIT),
    500: ("api_error", None, "An unknown error occurred"),
}


def check(given: Json) -> Json:
    """The members of a rule that say what is answered. Raises: ValueError."""
    status = given.get("status")
    if not isinstance(status, int) or not _LOWEST <= status <= _HIGHEST:
        raise ValueError(f"status is a whole number from {_LOWEST} to {_HIGHEST}.")
    rule: Json = {"status": status, "body": given.get("body", "json")}
    if rule["body"] not in ("json", "html"):
        raise ValueError("body is one of: json, html.")
    for name in ("code", "message"):
        if name in given:
            if not isinstance(given[name], str) or not given[name]:
                raise ValueError(f"{name} is a text.")
            rule[name] = given[name]
    if "should_retry" in given:
        if not isinstance(given["should_retry"], bool | None):
            raise ValueError("should_retry is true, false or null (no such header).")
        rule["should_retry"] = given["should_retry"]
    if given.get("stored", False) is not False:
        if given["stored"] is not True or rule["body"] != "json" or status in _NEVER_STORED:
            raise ValueError(
                "stored is true or false, and for JSON answers other than 401, 409 and 429."
            )
        rule["stored"] = True
    return rule | _reason(given, status)


def _reason(given: Json, status: int) -> Json:
    """Every 429 names its limit, but that of a locked object."""
    limited = status == 429 and given.get("code") != "lock_timeout"
    reason = given.get("reason", "global-rate" if limited else None)
    if reason is None:
        return {}
    if not limited or reason not in REASONS:
        raise ValueError(f"reason is for a status 429 alone, and one of: {', '.join(REASONS)}.")
    return {"reason": reason}


def answer(rule: Json) -> tuple[str, dict[str, str]]:
    """Body and headers."""
    status = rule["status"]
    html = rule["body"] == "html"
    headers = {"Content-Type": "text/html" if html else "application/json"}
    retry = rule.get("should_retry", _usual_retry(rule))
    if retry is not None:
        headers["Stripe-Should-Retry"] = "true" if retry else "false"
    if "reason" in rule:
        headers["Stripe-Rate-Limited-Reason"] = rule["reason"]
    if html:
        return _HTML.format(f"{status} {_phrase(status)}"), headers
    return encode({"error": _error(rule).error}), headers


def _error(rule: Json) -> ApiError:
    status, code = rule["status"], rule.get("code")
    fallback = ("api_error", None, _BACKEND) if status > 500 else _WORDS[400]
    kind, usual_code, message = _WORDS.get(status, fallback)
    if code == "lock_timeout":
        message = _LOCK_TIMEOUT
    more: dict[str, Any] = {"decline_code": "generic_decline"} if status == 402 else {}
    return ApiError(
        status, rule.get("message", message), kind=kind, code=code or usual_code, **more
    )


def _usual_retry(rule: Json) -> bool | None:
    """What Stripe sends: its own errors say it, those of a proxy in front of it cannot."""
    if rule["body"] == "html":
        return None
    return bool(rule["status"] == 409 or rule.get("code") == "lock_timeout")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
