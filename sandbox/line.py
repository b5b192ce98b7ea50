"""The line between a caller and the engine, on which things go wrong when a rule says so.

Nothing here waits inside a transaction, and the sleeps let green threads run.
"""

import time
from collections.abc import Callable

from sandbox import auth, fault_answers
from sandbox.engine import Call, Engine, Response
from sandbox.errors import Json
from sandbox.events import API_VERSION
from sandbox.faults import Faults, Firing
from sandbox.ids import random_text
from sandbox.limits import Limits

_STEP = 0.05  # seconds between looks at whether the caller is still there


class ConnectionLost(Exception):
    """No answer is sent, and the connection ends."""


class Line:
    def __init__(self, engine: Engine, faults: Faults, limits: Limits) -> None:
        self._engine = engine
        self._faults = faults
        self._limits = limits

    def take(self, call: Call) -> Firing:
        """What befalls this call; it counts as made."""
        refused = self._limits.refuse(call.method, call.path)
        if refused is not None:
            return Firing((refused,))
        browser = auth.is_publishable(call.headers.get("authorization"))
        return self._faults.take(call.method, call.path, browser)

    def carry(self, call: Call, firing: Firing, gone: Callable[[], bool]) -> Response:
        """The answer, spoilt or not. `gone`: whether the caller has given up waiting.

        Raises: ConnectionLost.
        """
        for rule in firing.before:
            spoilt = self._suffer(rule, call, None, gone)
            if spoilt is not None:
                return spoilt
        if firing.during:
            call.pause = lambda: self._pause(firing)
        answer = self._engine.call(call)
        for rule in firing.after:
            answer = self._suffer(rule, call, answer, gone) or answer
        return answer

    def _suffer(
        self, rule: Json, call: Call, answer: Response | None, gone: Callable[[], bool]
    ) -> Response | None:
        """What takes the place of the answer; None when nothing does."""
        match rule["kind"]:
            case "delay":
                # Like a server that is slow: it does not see that nobody waits any more.
                self._wait(rule, lambda: False)
            case "hang":
                self._wait(rule, gone)
                raise ConnectionLost
            case "reset":
                raise ConnectionLost
            case "status":
                return self._status(rule, call)
            case "cut" if answer is not None:
                return answer._replace(cut=True)
        return None

    def _pause(self, firing: Firing) -> None:
        for rule in firing.during:
            self._wait(rule, lambda: False)

    def _status(self, rule: Json, call: Call) -> Response:
        body, headers = fault_answers.answer(rule)
        call.request_id = call.request_id or f"req_{random_text(14)}"
        if rule.get("stored"):
            executed = rule["when"] == "after"
            self._engine.remember(call, rule["status"], body, executed)
        headers["Request-Id"] = call.request_id
        if rule["body"] == "json":
            headers["Stripe-Version"] = API_VERSION
        return Response(rule["status"], body, headers)

    def _wait(self, rule: Json, gone: Callable[[], bool]) -> None:
        """Until the time is over, the caller is gone, or somebody took the rule away."""
        end = time.monotonic() + rule["seconds"]
        while (left := end - time.monotonic()) > 0:
            if gone() or not self._faults.holds(rule["id"]):
                return
            time.sleep(min(_STEP, left))
