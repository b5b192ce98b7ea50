"""The front over a real network: `python app.py` under eventlet in a process of its own."""

import itertools
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import requests
import socketio

from .doors import (
    LOOPBACK,
    Answer,
    AnswerLost,
    Counted,
    Json,
    Push,
    Visitor,
    eventually,
    visitor_address,
)
from .instances import ROOT, Instance, process_environment

START_SECONDS = 30
ANSWER_SECONDS = 15


class ServerFront:
    """One server process. `close` ends it as an operator would, and checks that it went quietly."""

    in_process = False
    program: tuple[str, ...] = ("app.py",)

    def __init__(self, instance: Instance, log_name: str = "server.log", **settings: str) -> None:
        # Started again, it stands where its pages expect it.
        port = int(settings.get("PORT") or free_port())
        self.origin = f"http://127.0.0.1:{port}"
        self.database_url = instance.database_url
        self.log_path = instance.folder / log_name
        self._addresses = itertools.count(1)
        given = {**instance.settings, "ASYNC_MODE": "eventlet", "PORT": str(port)}
        # The test plays the proxy in front: each visitor gets an address of his own.
        given |= {"TRUSTED_PROXIES": "1"} | settings
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.program],
                cwd=ROOT,
                env=process_environment(given),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_it_answers()

    def browser(self, address: str | None = None) -> "ServerHttp":
        return ServerHttp(self.origin, address or visitor_address(next(self._addresses)))

    def pump(self) -> None:
        """Its own background task would do this in a moment; the test shall not wait for it.

        Nor go on while that task is in the middle of a delivery.
        """
        operator = self.browser(LOOPBACK)
        answer = operator.request("POST", "/sandbox/control/webhooks", json={"pump": True})
        assert answer.status == 200, answer.text
        eventually(lambda: not _under_way(operator), within=15, what="the delivery of all events")

    def count(self) -> AbstractContextManager[Counted]:
        raise AssertionError("statements can only be counted in process: mark the test in_process")

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server ignored SIGTERM:\n{self.log[-4000:]}") from None

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                requests.get(self.origin, timeout=2, allow_redirects=False)
                return
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(0.05)
        self.process.kill()
        self.process.wait()
        raise AssertionError(f"the server did not start:\n{self.log[-4000:]}")


def _under_way(operator: "ServerHttp") -> list[Json]:
    """Deliveries that are due and were not tried yet: somebody is at them right now.

    The clock tells whole seconds, and a delivery's time has parts of one.
    """
    now = operator.request("GET", "/sandbox/control/clock").json()["now"]
    deliveries = operator.request("GET", "/sandbox/control/webhooks").json()["deliveries"]
    untried = [d for d in deliveries if d["state"] == "pending" and d["attempts"] == 0]
    return [delivery for delivery in untried if delivery["due_at"] < now + 1]


class ServerHttp:
    """A `requests` session, as if it came through a proxy from this address.

    From the loopback address it comes directly, as only somebody on this machine can.
    """

    def __init__(self, origin: str, address: str) -> None:
        self._origin = origin
        self._proxied = {} if address == LOOPBACK else {"X-Forwarded-For": address}
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update(self._proxied)

    def adopt(self, other: "ServerHttp") -> None:
        """Be the same browser as that one: its cookies hold on every port of a host."""
        self._session.cookies.update(other._session.cookies)

    @property
    def cookies(self) -> str:
        """As they go out with a request."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._session.cookies)

    def request(
        self,
        method: str,
        path: str,
        *,
        data: Mapping[str, Any] | bytes | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        response = self._session.request(
            method,
            self._origin + path,
            data=data,
            json=json,
            headers=headers,
            timeout=ANSWER_SECONDS,
            allow_redirects=False,
        )
        return Answer(response.status_code, response.headers, response.content, path)

    def wire(self, auth: Any, *, origin: str | None) -> "ServerWire":
        headers = self._proxied | ({"Cookie": self.cookies} if self.cookies else {})
        return ServerWire(self._origin, auth, headers, origin)


def cookies_of(visitor: Visitor) -> str:
    """For a client of the test's own, on a real server."""
    assert isinstance(visitor.http, ServerHttp)
    return visitor.http.cookies


class ServerWire:
    """A socket.io client over a websocket."""

    def __init__(self, url: str, auth: Any, headers: Mapping[str, str], origin: str | None) -> None:
        self.pushes: list[Push] = []
        self.refusal: Json | None = None
        # Left alone, the websocket library sends an Origin of its own.
        options = {"origin": origin} if origin is not None else {"suppress_origin": True}
        self._client = socketio.Client(reconnection=False, websocket_extra_options=options)
        self._client.on("*", self._remember)
        self._client.on("connect_error", self._refused)
        try:
            self._client.connect(
                url, headers=dict(headers), auth=auth, transports=["websocket"], wait_timeout=10
            )
        except socketio.exceptions.ConnectionError:
            self.refusal = self.refusal or {"code": None, "message": "not accepted"}

    @property
    def connected(self) -> bool:
        return bool(self._client.connected)

    def call(self, event: str, *arguments: Any) -> Any:
        """Raises: AnswerLost when the socket closed first, AssertionError after a long wait."""
        answers: list[Any] = []
        data = arguments if len(arguments) != 1 else arguments[0]
        heard = lambda *answer: answers.append(answer[0] if answer else None)  # noqa: E731
        try:
            self._client.emit(event, data, callback=heard)
        except socketio.exceptions.BadNamespaceError:
            raise AnswerLost(event) from None
        deadline = time.monotonic() + ANSWER_SECONDS
        while not answers:
            if not self.connected:
                raise AnswerLost(event)
            assert time.monotonic() < deadline, f"no answer to {event} in {ANSWER_SECONDS} s"
            time.sleep(0.002)
        return answers[0]

    def send_only(self, event: str, data: Any) -> None:
        """Without waiting for the answer."""
        with suppress(socketio.exceptions.BadNamespaceError):
            self._client.emit(event, data)

    def close(self) -> None:
        self._client.disconnect()

    def _remember(self, event: str, *arguments: Any) -> None:
        self.pushes.append(Push(event, arguments[0] if arguments else None))

    def _refused(self, data: Any) -> None:
        self.refusal = data.get("data", data) if isinstance(data, dict) else {"message": data}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def tail(path: Path, characters: int = 4000) -> str:
    return path.read_text(errors="replace")[-characters:] if path.exists() else ""
