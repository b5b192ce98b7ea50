"""The engine under the stripe SDK: no sockets, the same code above.

It stands where the SDK's own client keeps its `requests` session, and fails as that would: so what
the SDK makes of a lost connection or a timeout is the SDK's own doing.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
import stripe
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import IncompleteRead, ProtocolError

from sandbox.engine import Call, Response
from sandbox.faults import Firing
from sandbox.line import ConnectionLost, Line

# Called with method and path before a call; what it returns is called after it, with the status of
# the answer, or the kind of error where none came.
Watch = Callable[[str, str], Callable[[str], None]]


class SandboxClient(stripe.RequestsClient):
    """Hand it to `StripeClient(key, http_client=...)`."""

    name = "sandbox"

    def __init__(self, line: Line, timeout: float, watch: Watch | None = None) -> None:
        super().__init__(timeout=timeout, session=_Session(line, watch))  # type: ignore[arg-type]

    def close(self) -> None:
        """Nothing is held open."""


class _Answer(NamedTuple):
    content: bytes
    status_code: int
    headers: Mapping[str, str]


class _Session:
    """What the SDK uses of a `requests` session."""

    def __init__(self, line: Line, watch: Watch | None) -> None:
        self._line = line
        self._watch = watch or (lambda _method, _path: lambda _outcome: None)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None,
        data: Any,
        timeout: float,
        **_: Any,
    ) -> _Answer:
        address = urlsplit(url)
        call = Call(
            method=method.upper(),
            path=address.path,
            form=(data or "") if method.lower() == "post" else address.query,
            headers={name.lower(): value for name, value in (headers or {}).items()},
        )
        ended = self._watch(call.method, call.path)
        try:
            answer = self._carried(call, timeout)
        except requests.RequestException as error:
            ended(type(error).__name__)
            raise
        ended(str(answer.status_code))
        return answer

    def _carried(self, call: Call, timeout: float) -> _Answer:
        try:
            response = self._answer(call, timeout)
        except ConnectionLost:
            reset = ConnectionResetError(104, "Connection reset by peer")
            raise requests.ConnectionError(ProtocolError("Connection aborted.", reset)) from None
        body = response.body.encode()
        if response.cut:
            half = len(body) // 2
            short = IncompleteRead(half, len(body) - half)
            raise requests.exceptions.ChunkedEncodingError(ProtocolError("Broken", short))
        return _Answer(body, response.status, CaseInsensitiveDict(response.headers))

    def _answer(self, call: Call, timeout: float) -> Response:
        firing = self._line.take(call)
        if firing.seconds < timeout:
            return self._line.carry(call, firing, gone=lambda: False)
        # The caller may give up meanwhile; what was sent is on its way and is executed later.
        given_up = threading.Event()
        outcome: list[Response | Exception] = []
        late = (call, firing, given_up, outcome)
        thread = threading.Thread(target=self._carry_late, args=late, daemon=True)
        thread.start()
        thread.join(timeout)
        given_up.set()
        if not outcome:
            raise requests.ReadTimeout(f"Read timed out. (read timeout={timeout})")
        return _unwrapped(outcome[0])

    def _carry_late(
        self,
        call: Call,
        firing: Firing,
        given_up: threading.Event,
        outcome: list[Response | Exception],
    ) -> None:
        try:
            outcome.append(self._line.carry(call, firing, gone=given_up.is_set))
        except Exception as error:
            outcome.append(error)


def _unwrapped(outcome: Response | Exception) -> Response:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
