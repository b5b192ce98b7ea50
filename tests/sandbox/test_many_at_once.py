"""Many threads and several processes on one file; what a killed process leaves; what is kept."""

import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from sandbox import Sandbox
from tests.sandbox.helpers import NEVER

ROOT = Path(__file__).resolve().parents[2]
PARAMS = {
    "amount": 1500,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "confirm": True,
    "automatic_payment_methods": NEVER,
}


def shop(sandbox: Sandbox) -> Any:
    return stripe.StripeClient(
        "sk_test_x", http_client=sandbox.http_client(), max_network_retries=5
    ).v1


def test_threads(sandbox: Sandbox):
    api = shop(sandbox)
    with ThreadPoolExecutor(8) as pool:
        intents = list(pool.map(lambda _: api.payment_intents.create(PARAMS), range(80)))
    assert {one.status for one in intents} == {"succeeded"}
    ledger = sandbox.ledger()
    assert len(ledger["charges"]) == len({one.id for one in intents}) == 80


def test_one_card_cannot_be_used_twice_at_once(sandbox: Sandbox, api: Any):
    method = api.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}}).id
    client = shop(sandbox)

    def pay(_: int) -> str:
        try:
            return client.payment_intents.create(PARAMS | {"payment_method": method}).status
        except stripe.InvalidRequestError as error:
            return str(error.http_status)

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(pay, range(6)))
    assert outcomes == ["400"] * 5 + ["succeeded"]


def _buy(path: str, prefix: str, start: Any) -> None:
    sandbox = Sandbox(path)
    api = shop(sandbox)
    start.wait()
    for number in range(15):
        api.payment_intents.create(PARAMS, {"idempotency_key": f"{prefix}{number}"})
        api.payment_intents.create(PARAMS, {"idempotency_key": f"both{number}"})
    sandbox.close()


def test_two_processes_on_one_file(sandbox: Sandbox, tmp_path: Path):
    """Half of the keys are used by both: each of those charges once."""
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Event()
    file = str(tmp_path / "sandbox.sqlite3")
    workers = [spawn.Process(target=_buy, args=(file, name, start)) for name in "ab"]
    for worker in workers:
        worker.start()
    start.set()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert len(sandbox.ledger()["charges"]) == 45


def test_the_clock_is_shared_and_persists(sandbox: Sandbox, tmp_path: Path):
    sandbox.clock.advance(5000)
    other = Sandbox(tmp_path / "sandbox.sqlite3")
    try:
        assert abs(other.clock.now() - (time.time() + 5000)) < 3
    finally:
        other.close()
    with pytest.raises(ValueError):
        sandbox.clock.advance(-1)


def test_a_killed_process_forgets_nothing(tmp_path: Path, sandbox: Sandbox):
    code = (
        "import os, sys; from tests.sandbox.test_many_at_once import *; "
        "shop(Sandbox(sys.argv[1])).payment_intents.create(PARAMS); os.kill(os.getpid(), 9)"
    )
    file = str(tmp_path / "sandbox.sqlite3")
    done = subprocess.run([sys.executable, "-c", code, file], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(sandbox.ledger()["charges"]) == 1


def test_a_forked_child_uses_connections_of_its_own(sandbox: Sandbox, api: Any):
    api.customers.create()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            shop(sandbox).customers.create()
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(sandbox.ledger()["customers"]) == 2


def test_card_data_is_nowhere_in_the_file(sandbox: Sandbox, browser: Any, tmp_path: Path, pay: Any):
    numbers = ["4242424242424242", "4000000000003220", "378282246310005"]
    for number in numbers:
        browser.payment_method(number)
        browser.v1.payment_methods.create(
            {
                "type": "card",
                "card": {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "7351"[-3:]}
                if number[0] == "4"
                else {"number": number, "exp_month": 12, "exp_year": 2034},
            }
        )
    pay("pm_card_visa", description=f"paid with {numbers[0]}")
    calls = json.dumps(sandbox.calls())
    sandbox.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("sandbox.sqlite3*")).decode(
        "utf-8", "replace"
    )
    for number in numbers:
        assert number not in calls
    # The description is the shop's own text; nothing of ours holds a number.
    assert stored.count(numbers[0]) == stored.count(f"paid with {numbers[0]}")
    assert all(number not in stored for number in numbers[1:])
    assert not re.search(r'"cvc":"(?!\*)', stored)


@pytest.fixture
def standalone(tmp_path: Path) -> Iterator[str]:
    """`python -m sandbox` on a free port; its address."""
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--port",
        "0",
        "--path",
        str(tmp_path / "alone.sqlite3"),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        try:
            yield re.search(r"http://\S+", line)[0]  # type: ignore[index]
        finally:
            process.terminate()
            process.wait(10)


def test_a_server_of_its_own(standalone: str):
    client = stripe.StripeClient(
        "sk_test_x", base_addresses={"api": standalone}, http_client=stripe.RequestsClient()
    )
    assert client.v1.payment_intents.create(PARAMS).status == "succeeded"
    with requests.Session() as web:
        for prefix in ("/v1", "/sandbox/v1"):
            answer = web.get(
                f"{standalone}{prefix}/payment_intents", auth=("sk_test_x", ""), timeout=10
            )
            assert len(answer.json()["data"]) == 1
        assert web.get(f"{standalone}/sandbox/stripe.js", timeout=10).status_code in (200, 404)
        assert len(web.get(f"{standalone}/control/ledger", timeout=10).json()["charges"]) == 1
    client._requestor._client.close()


def test_a_server_of_its_own_delivers_webhooks(standalone: str, inbox: Any):
    from http.server import BaseHTTPRequestHandler, HTTPServer

    arrived = threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            arrived.set()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as receiver:
        receiver.timeout = 10
        thread = threading.Thread(target=receiver.handle_request)
        thread.start()
        with requests.Session() as web:
            web.auth = ("sk_test_x", "")
            url = f"http://127.0.0.1:{receiver.server_port}/"
            form = {"url": url, "enabled_events[]": "*"}
            web.post(f"{standalone}/v1/webhook_endpoints", form, timeout=10).raise_for_status()
            web.post(f"{standalone}/v1/customers", timeout=10).raise_for_status()
        assert arrived.wait(10)
        thread.join(10)
