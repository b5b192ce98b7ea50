"""How a call to Stripe is made: time limits, further tries, the circuit, and what a failure means.

What may succeed at another try is tried again under the same key, here and not by the SDK: only
who saw every try knows whether one of them may have been executed.
Source: Stripe docs, "Error handling", "Idempotent requests", "Low-level error handling".
"""

import random
import time
from collections.abc import Callable
from typing import Any, cast

import requests
import stripe
import structlog
from structlog.contextvars import get_contextvars

from circuit import Circuit
from errors import Unavailable

POOL_SIZE = 100
# The pauses between tries double up to the longest, as in Stripe's SDKs.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
# Another copy of a call is at it right now: how long to wait for what becomes of that one.
COPY_PATIENCE_SECONDS = 10.0
_BEFORE_EXECUTION = (stripe.AuthenticationError, stripe.PermissionError, stripe.RateLimitError)

log = structlog.get_logger()
Call = Callable[[], Any]


class Refused(Exception):
    """Stripe said no before doing anything: a bad id, a used-up PaymentMethod, a wrong amount.

    `code` is Stripe's (may be None), `param` the parameter it means.
    """

    def __init__(self, message: str, code: str | None, param: str | None) -> None:
        self.code, self.param = code, param
        super().__init__(message)

    @property
    def shown_code(self) -> str:
        """What may be told of it: Stripe's code, or ours where it has none.

        A PaymentMethod that is another customer's must not be told from one that isn't there.
        """
        return (
            "resource_missing" if self.param == "payment_method" else self.code or "card_unusable"
        )

    @property
    def misses_the_customer(self) -> bool:
        return (self.code, self.param) == ("resource_missing", "customer")


class OutcomeUnknown(Exception):
    """No definite answer: the call may have been executed. Ask again with the same key.

    `replayed`: Stripe remembers no better answer for this key, and will give none.
    """

    def __init__(self, message: str, error: Exception | None = None) -> None:
        self.replayed = _is_replayed(error)
        super().__init__(message)


class KeyUsed(OutcomeUnknown):
    """The key belongs to a call with other parameters, which was begun or is done."""


class Line:
    """The way to Stripe of one process. `guard` runs before each call and may refuse it."""

    def __init__(self, guard: Callable[[], None], retries: int) -> None:
        self._guard, self._retries = guard, retries
        self._circuit = Circuit()

    def check(self) -> None:
        """Before anything is written for a call to come. Raises: Unavailable, known in advance."""
        if self._circuit.is_open:
            raise Unavailable()

    def write(self, call: Call, what: str) -> dict[str, Any]:
        """A call that changes something; the log calls it `what`.

        Raises: stripe.CardError (an answer), Refused, Unavailable, OutcomeUnknown.
        """
        return self._tried(call, what)

    def read(self, call: Call) -> dict[str, Any]:
        """Raises: Refused, Unavailable."""
        try:
            return self._tried(call, "a read")
        except OutcomeUnknown as error:
            raise Unavailable() from error

    def _tried(self, call: Call, what: str) -> dict[str, Any]:
        """Call, again where that may help, until there is an answer or no hope for one."""
        self._guard()
        if self._circuit.is_open:
            raise OutcomeUnknown("the circuit is open")
        unknown, is_broken, tries = False, False, 0
        patience = time.monotonic() + COPY_PATIENCE_SECONDS
        while True:
            try:
                return self._answered(call(), what)
            except (stripe.StripeError, OSError) as error:
                self._judge(error, what)
                is_copy = _is_copy_running(error) and time.monotonic() < patience
                unknown = unknown or not isinstance(error, _BEFORE_EXECUTION)
                # What Stripe only remembers says nothing of how it is now.
                is_broken = is_broken or (_is_broken(error) and not _is_replayed(error))
                if not is_copy and not (tries < self._retries and _may_help(error)):
                    if is_broken:
                        self._circuit.failed()
                    log.warning("no answer", call=what, **_facts(error))
                    raise _failure(error, unknown) from error
            tries += 0 if is_copy else 1
            time.sleep(_pause(tries))

    def _answered(self, answer: Any, what: str) -> dict[str, Any]:
        _note(call=what, stripe_request=answer.last_response.request_id)
        self._circuit.answered()
        return cast(dict[str, Any], answer.to_dict())

    def _judge(self, error: Exception, what: str) -> None:
        """Let out what is an answer. Raises: stripe.CardError, Refused."""
        if isinstance(error, stripe.CardError | stripe.InvalidRequestError):
            _note(call=what, **_facts(error))
        if not _is_broken(error):
            self._circuit.answered()
        if isinstance(error, stripe.CardError):
            raise error
        if isinstance(error, stripe.InvalidRequestError):
            raise Refused(str(error), error.code, error.param) from error


def why(error: Unavailable) -> str:
    """What stood in the way of a call: the `key`, a `permission`, a `limit`, or the `line`."""
    causes: dict[type[Any], str] = {
        stripe.AuthenticationError: "key",
        stripe.PermissionError: "permission",
        stripe.RateLimitError: "limit",
    }
    return causes.get(type(error.__cause__), "line")


def make_http_client(timeout: tuple[float, float]) -> stripe.HTTPClient:
    """For the SDK; `timeout` is (connect, read) in seconds."""
    # One session for all green threads: the SDK's own would reconnect in each of them.
    session = requests.Session()
    session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=POOL_SIZE))
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=POOL_SIZE))
    return stripe.RequestsClient(timeout=timeout, session=session)


def _note(**facts: Any) -> None:
    """A call that somebody's message led to can be followed; what is asked each minute is noise."""
    tell = log.info if "request_id" in get_contextvars() else log.debug
    tell("stripe", **facts)


def _facts(error: Exception) -> dict[str, Any]:
    """What may be logged of a failure; its message may quote what was sent."""
    facts = {"error": type(error).__name__, "stripe_request": getattr(error, "request_id", None)}
    return {**facts, "code": getattr(error, "code", None)}


def _failure(error: Exception, unknown: bool) -> Exception:
    """What to raise when there will be no answer. `unknown`: some try may have been executed."""
    if isinstance(error, stripe.IdempotencyError):
        return KeyUsed(str(error), error)
    return OutcomeUnknown(str(error), error) if unknown else Unavailable()


def _is_broken(error: Exception) -> bool:
    """Whether this is no answer: none came, it can't be read, or Stripe itself is in trouble."""
    if isinstance(error, OSError | stripe.APIConnectionError):
        return True
    status = getattr(error, "http_status", None) or 0
    return not 400 <= status < 500


def _is_replayed(error: Exception | None) -> bool:
    """Whether Stripe repeats what it answered to an earlier call with this key."""
    headers = getattr(error, "headers", None) or {}
    return bool(headers.get("idempotent-replayed") == "true")


def _may_help(error: Exception) -> bool:
    """Whether to try again, which the same key makes safe.

    Also after a 429, which the SDK leaves to its caller, and after half an answer. Else what
    Stripe advises counts. Source: Stripe docs, "Low-level error handling", "Rate limits".
    """
    if isinstance(error, stripe.APIConnectionError | stripe.RateLimitError):
        return True
    advice = (getattr(error, "headers", None) or {}).get("stripe-should-retry")
    return bool(advice == "true") if advice in ("true", "false") else _is_broken(error)


def _is_copy_running(error: Exception) -> bool:
    """Whether another call with this key is being executed: its answer will be ours too."""
    return isinstance(error, stripe.StripeError) and error.http_status == 409


def _pause(tries: int) -> float:
    """Seconds before the next try; shaken, so that many don't come back at the same moment."""
    longest: float = min(FIRST_PAUSE * 2 ** max(tries - 1, 0), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1)  # noqa: S311  # nosec B311 - nothing depends on its secrecy
