"""The ways to reach the sandbox: under the SDK, and over HTTP by each server it runs on."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import stripe
from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox import Sandbox
from tests.sandbox.helpers import NEVER

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("transport", "werkzeug", "eventlet", "program")
_EVENTLET = """
import warnings
warnings.simplefilter("ignore")
import eventlet
eventlet.monkey_patch()
import sys
import eventlet.wsgi
from sandbox import Sandbox
listener = eventlet.listen(("127.0.0.1", 0))
print(f"sandbox: http://127.0.0.1:{listener.getsockname()[1]}  ", flush=True)
eventlet.wsgi.server(listener, Sandbox(sys.argv[1]).wsgi, log_output=False)
"""


class Face:
    """One sandbox file, and how callers reach it. `address` is None under the SDK."""

    def __init__(self, sandbox: Sandbox, address: str | None) -> None:
        self.sandbox, self.address = sandbox, address

    def client(self, retries: int = 0, timeout: float = 30, key: str = "sk_test_shop") -> Any:
        """The SDK; `timeout` in seconds."""
        http = (
            stripe.RequestsClient(timeout=timeout, session=requests.Session())
            if self.address
            else self.sandbox.http_client(timeout)
        )
        base = {"api": self.address} if self.address else {}
        return stripe.StripeClient(
            key, http_client=http, base_addresses=base, max_network_retries=retries
        ).v1

    def pay(self, client: Any = None, key: str | None = None, **params: Any) -> Any:
        usual = {
            "amount": 1500,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "automatic_payment_methods": NEVER,
        }
        options = {"idempotency_key": key} if key else {}
        return (client or self.client()).payment_intents.create({**usual, **params}, options)

    def charges(self) -> int:
        return len(self.sandbox.ledger()["charges"])

    def calls(self) -> int:
        return len(self.sandbox.calls())


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass


@contextmanager
def face_of(kind: str, file: Path) -> Iterator[Face]:
    sandbox = Sandbox(file)
    try:
        with _served(kind, sandbox, file) as address:
            yield Face(sandbox, address)
    finally:
        sandbox.close()


@contextmanager
def _served(kind: str, sandbox: Sandbox, file: Path) -> Iterator[str | None]:
    if kind == "transport":
        yield None
    elif kind == "werkzeug":
        server = make_server("127.0.0.1", 0, sandbox.wsgi, threaded=True, request_handler=_Quiet)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
    else:
        program = ["-m", "sandbox", "--port", "0", "--path"]
        words = ["-c", _EVENTLET] if kind == "eventlet" else program
        with _process([*words, str(file)]) as address:
            yield address


@contextmanager
def _process(words: list[str]) -> Iterator[str]:
    command = [sys.executable, *words]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process.stdout.readline().split()[1]
            assert process.poll() is None
        finally:
            process.kill()
            complaints = process.stderr.read()
        assert "Traceback" not in complaints, complaints
