"""The front inside this process: `create_app` behind the test clients of Flask and its socket."""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import stripe
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIOTestClient
from jinja2 import FileSystemBytecodeCache
from socketio import packet
from sqlalchemy import event

from app import create_app
from config import SANDBOX_WEBHOOK_SECRET, load_settings
from extensions import db, socketio
from sandbox import Sandbox

from .doors import Answer, Counted, Json, Push, visitor_address
from .instances import ORIGIN, Instance, run_home

_BOOKKEEPING = ("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")


class ClientFront:
    """One app of its own, on one instance."""

    origin = ORIGIN
    in_process = True

    def __init__(self, instance: Instance) -> None:
        # A file of the SDK's own would be written into the home of whoever runs the tests.
        stripe.enable_telemetry = False
        self.database_url = instance.database_url
        self.app = create_app(load_settings(instance.settings))
        # Each test has its own app; the templates are the same and need compiling only once.
        self.app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(run_home()))
        self._addresses = itertools.count(1)
        # On the same file as the app's own, but it delivers without a network.
        self._sandbox = Sandbox(instance.folder / "sandbox.sqlite3", deliver=self._deliver)
        self._sandbox.register_webhook(f"{ORIGIN}/webhooks/stripe", SANDBOX_WEBHOOK_SECRET)

    def browser(self, address: str | None = None) -> "ClientHttp":
        return ClientHttp(self.app, address or visitor_address(next(self._addresses)))

    def pump(self) -> None:
        self._sandbox.pump()

    @contextmanager
    def count(self) -> Iterator[Counted]:
        counted = Counted()

        def statement(_conn: Any, _cursor: Any, text: str, *_more: Any) -> None:
            if not text.lstrip().upper().startswith(_BOOKKEEPING):
                counted.statements.append(text)

        def commit(_conn: Any) -> None:
            counted.commits += 1

        with self.app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", statement)
        event.listen(engine, "commit", commit)
        try:
            yield counted
        finally:
            event.remove(engine, "before_cursor_execute", statement)
            event.remove(engine, "commit", commit)

    def close(self) -> None:
        SocketIOTestClient.clients.clear()
        self._sandbox.close()
        if "sandbox" in self.app.extensions:
            self.app.extensions["sandbox"].close()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def _deliver(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        path = url.removeprefix(ORIGIN)
        return self.browser().request("POST", path, data=body, headers=headers).status


class ClientHttp:
    """Flask's test client, told apart from other visitors by an address of its own."""

    def __init__(self, app: Flask, address: str) -> None:
        self._app = app
        self._client: FlaskClient = app.test_client()
        self._client.environ_base["REMOTE_ADDR"] = address

    def request(
        self,
        method: str,
        path: str,
        *,
        data: Mapping[str, Any] | bytes | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        body: dict[str, Any] = {"json": json} if json is not None else {"data": data}
        response = self._client.open(
            path, method=method, base_url=ORIGIN, headers=dict(headers or {}), **body
        )
        try:
            return Answer(response.status_code, response.headers, response.get_data(), path)
        finally:
            response.close()

    def wire(self, auth: Any, *, origin: str | None) -> "ClientWire":
        headers = {"Origin": origin} if origin is not None else {}
        return ClientWire(_TestClient(self._app, self._client, auth, headers))


class ClientWire:
    """A socket without a network: events run in the caller's thread, before `call` returns."""

    def __init__(self, client: "_TestClient") -> None:
        self._client = client
        self._pushes: list[Push] = []

    @property
    def refusal(self) -> Json | None:
        return self._client.refusal

    @property
    def connected(self) -> bool:
        return bool(self._client.is_connected())

    @property
    def pushes(self) -> list[Push]:
        queue, self._client.queue = self._client.queue, []
        for item in queue:
            arguments = item["args"]
            payload = arguments if item["name"] in ("message", "json") else arguments[0]
            self._pushes.append(Push(item["name"], payload))
        return self._pushes

    def call(self, event: str, *arguments: Any) -> Any:
        return self._client.emit(event, *arguments, callback=True)

    def close(self) -> None:
        if self.connected:
            self._client.disconnect()
        SocketIOTestClient.clients.pop(self._client.eio_sid, None)


class _TestClient(SocketIOTestClient):  # type: ignore[misc]  # the library has no types
    """Remembers why it was refused, which the library's client forgets."""

    refusal: Json | None = None

    def __init__(
        self, app: Flask, client: FlaskClient, auth: Any, headers: Mapping[str, str]
    ) -> None:
        super().__init__(app, socketio, auth=auth, headers=dict(headers), flask_test_client=client)

    def connect(self, *arguments: Any, **options: Any) -> None:
        server = self.socketio.server
        deliver = server._send_packet

        def remember(eio_sid: str, sent: Any) -> None:
            if eio_sid == self.eio_sid and sent.packet_type == packet.CONNECT_ERROR:
                self.refusal = (sent.data or {}).get("data", sent.data)
            deliver(eio_sid, sent)

        server._send_packet = remember
        try:
            super().connect(*arguments, **options)
        finally:
            server._send_packet = deliver
