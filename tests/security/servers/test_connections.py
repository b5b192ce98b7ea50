"""Connections that say nothing shut nobody out, and don't last."""

import json
import resource
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import pytest
import requests
import websocket

import serving
from tests.support.instances import Instances
from tests.support.server_front import ServerFront, cookies_of
from tests.support.shop import Shop

IDLE_SECONDS = 1.5
SERVE = f"""
import eventlet; eventlet.monkey_patch()
import app, config; app.serve(config.load_settings(), idle_seconds={IDLE_SECONDS})
"""
HALVES = {
    "nothing": b"",
    "half a line": b"GET / HT",
    "half a head": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    "half a form": b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/"
    b"x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nemail=a",
    "half a packet": b"POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Length: 100\r\n\r\n4",
    "a request and no other": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
}


class Impatient(ServerFront):
    program = ("-W", "ignore", "-c", SERVE)


@pytest.fixture(scope="module")
def server(instances: Instances) -> Iterator[ServerFront]:
    front = Impatient(instances.fresh())
    yield front
    front.close()


def dial(origin: str) -> socket.socket:
    address = urlsplit(origin)
    return socket.create_connection((str(address.hostname), address.port or 80), timeout=15)


@pytest.mark.parametrize("sent", HALVES.values(), ids=HALVES.keys())
def test_a_connection_that_falls_silent_is_closed(server: ServerFront, sent: bytes) -> None:
    with dial(server.origin) as line:
        line.sendall(sent)
        while line.recv(65_536):
            pass
    assert "Traceback" not in server.log


def test_a_quiet_websocket_lives_on(server: ServerFront, shop: Shop) -> None:
    shopper = shop.shopper()
    line = websocket.create_connection(
        server.origin.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket",
        header={"Cookie": cookies_of(shopper.visitor)},
        origin=server.origin,
        timeout=15,
    )
    with closing(line):
        opened = json.loads(line.recv()[1:])
        assert opened["pingInterval"] + opened["pingTimeout"] < 1_000 * serving.IDLE_SECONDS
        line.send("40" + json.dumps({"token": shopper.context["token"]}))
        assert line.recv().startswith("40{")
        time.sleep(2 * IDLE_SECONDS)
        line.send(f'420["get-user-cards",{{"userId":"{shopper.user_id}"}}]')
        assert line.recv().startswith('430[{"status":"success"')


def test_a_poll_may_wait_for_longer(server: ServerFront, shop: Shop) -> None:
    shopper = shop.shopper()
    url = f"{server.origin}/socket.io/?EIO=4&transport=polling"
    with requests.Session() as tab, ThreadPoolExecutor(1) as later:
        tab.headers.update({"Cookie": cookies_of(shopper.visitor), "Origin": server.origin})
        url += f"&sid={json.loads(tab.get(url, timeout=15).text[1:])['sid']}"
        tab.post(url, data="40" + json.dumps({"token": shopper.context["token"]}), timeout=15)
        assert tab.get(url, timeout=15).text.startswith("40{")
        waiting = later.submit(requests.get, url, headers=dict(tab.headers), timeout=15)
        time.sleep(2 * IDLE_SECONDS)
        tab.post(url, data=f'420["get-user-cards",{{"userId":"{shopper.user_id}"}}]', timeout=15)
        assert waiting.result().text.startswith('430[{"status":"success"')


def test_a_thousand_silent_connections_shut_nobody_out(instances: Instances) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4_096:
        pytest.skip("this machine lets no process open so many files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (4_096, hard))
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        server = ServerFront(instances.fresh())
        stack.callback(server.close)
        for _ in range(1_100):
            stack.enter_context(dial(server.origin))
        assert requests.get(server.origin, timeout=10, allow_redirects=False).status_code < 400


def test_more_connections_are_never_let_in_than_there_are_files_for() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        for soft in (256, 1_024, 2_048):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
            most = serving.options()["max_size"]
            limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            assert 0 < most <= min(serving.MOST_CONNECTIONS, limit - serving.OTHER_FILES)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
