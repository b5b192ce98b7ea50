"""Who asks and doesn't read is let go, before what waits for him fills the memory of the shop."""

import csv
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests
import websocket

from outbox import MOST_BYTES
from tests.support.doors import eventually
from tests.support.instances import Instances, run_flask
from tests.support.server_front import ServerFront, cookies_of
from tests.support.shop import Shop
from tests.support.shopper import Shopper

ENGINE = "/socket.io/?EIO=4&transport="
LINES, ORDERS, ASKED = 50, 10, 250
LETTING_GO = "closed a socket that doesn't read"


@pytest.fixture(scope="module")
def server(instances: Instances, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerFront]:
    """A shop with long names, so that its answers are long."""
    instance = instances.fresh()
    run_flask("cogs add long --name=Long --currency=usd", instance.settings)
    file: Path = tmp_path_factory.mktemp("catalog") / "items.csv"
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["item_id", "name", "price"])
        table.writerows([f"item-{n}", f"{n} " + "x" * 110, "1.00"] for n in range(LINES))
    run_flask(f"catalog import {file} --cog long", instance.settings)
    front = ServerFront(instance)
    yield front
    front.close()


@pytest.fixture
def reader(shop: Shop) -> Shopper:
    """Somebody with a long list of orders."""
    items: list[str | tuple[str, int]] = [f"item-{n}" for n in range(LINES)]
    shopper = shop.shopper(account=True, cog="long", items=items)
    card = shopper.add_card()
    for number in range(ORDERS):
        shopper.pay(card_id=card["id"], requestId=f"order-{number}")
    return shopper


def deaf(server: ServerFront, shopper: Shopper) -> websocket.WebSocket:
    """A socket of this shopper's with as little room for what comes as the system allows."""
    line = websocket.create_connection(
        server.origin.replace("http", "ws") + ENGINE + "websocket",
        header={"Cookie": cookies_of(shopper.visitor), "X-Forwarded-For": "203.0.113.40"},
        origin=server.origin,
        timeout=60,
        sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)],
    )
    assert line.recv().startswith("0{")
    line.send("40" + json.dumps({"token": shopper.context["token"]}))
    assert line.recv().startswith("40{")
    return line


def ask_again_and_again(line: websocket.WebSocket) -> None:
    with suppress(OSError, websocket.WebSocketException):
        for number in range(ASKED):
            line.send(f'42{number}["get-transactions",{{}}]')


def read_to_the_end(line: websocket.WebSocket) -> int:
    """How many bytes were still there; only a socket that was closed has an end."""
    size = 0
    with suppress(websocket.WebSocketConnectionClosedException, ConnectionError):
        while text := line.recv():
            size += len(text)
    return size


def test_a_socket_that_is_not_read_is_closed_alone(
    server: ServerFront, shop: Shop, reader: Shopper
) -> None:
    honest, other_tab = shop.shopper(), reader.another_tab()
    answer = len(json.dumps(other_tab.send("get-transactions")))
    assert ASKED * answer > 10 * MOST_BYTES
    line = deaf(server, reader)
    ask_again_and_again(line)
    eventually(lambda: LETTING_GO in server.log, within=30, what="letting him go")
    assert honest.cards() == []
    assert len(other_tab.transactions()) == ORDERS
    assert read_to_the_end(line) < ASKED * answer / 2
    # Read as they come, as many are no trouble.
    shopper = shop.shopper()
    assert all(shopper.send("get-transactions")["status"] == "success" for _ in range(100))
    assert "Traceback" not in server.log


def test_what_waits_for_a_page_that_never_polls_is_bounded_too(
    server: ServerFront, shop: Shop, reader: Shopper
) -> None:
    heard = server.log.count(LETTING_GO)
    with requests.Session() as session:
        session.headers.update({"Cookie": cookies_of(reader.visitor), "Origin": server.origin})
        url = server.origin + ENGINE + "polling"
        url += "&sid=" + session.get(url, timeout=10).text.partition('"sid":"')[2].partition('"')[0]
        session.post(url, data="40" + json.dumps({"token": reader.context["token"]}), timeout=10)
        for number in range(ASKED):
            answer = session.post(url, data=f'42{number}["get-transactions",{{}}]', timeout=10)
            if answer.status_code != 200:
                break
        assert server.log.count(LETTING_GO) == heard + 1
        assert session.get(url, timeout=10).status_code == 400
    assert shop.shopper().cards() == []
