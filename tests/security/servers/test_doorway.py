"""Who sends too much, too often or nothing at all loses his connection, and nobody else does."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import requests
import websocket
from websocket import ABNF

from doorway import FRAME_BYTES, HEADERS, SILENT_SECONDS
from frames import unmask
from tests.support.doors import eventually
from tests.support.server_front import ServerFront
from tests.support.shop import Shop

MOST = 5
ENGINE = "/socket.io/?EIO=4&transport="


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"SOCKETS_PER_ADDRESS": str(MOST)}


@pytest.fixture
def raw(server: ServerFront) -> Iterator[Any]:
    """`raw(address)`: an Engine.IO connection from this address, nothing said yet."""
    opened: list[websocket.WebSocket] = []

    def connect(address: str) -> websocket.WebSocket:
        url = server.origin.replace("http", "ws") + ENGINE + "websocket"
        opened.append(
            websocket.create_connection(url, timeout=20, header={"X-Forwarded-For": address})
        )
        assert opened[-1].recv().startswith("0{")
        return opened[-1]

    yield connect
    for connection in opened:
        connection.shutdown()


def is_closed(connection: websocket.WebSocket) -> bool:
    """Read to the end."""
    try:
        while connection.recv() not in ("", b""):
            pass
    except (websocket.WebSocketException, OSError):
        pass
    return True


def test_an_address_has_so_many_sockets_and_others_have_theirs(raw: Any, server: Any) -> None:
    mine = [raw("203.0.113.1") for _ in range(MOST)]
    with pytest.raises(websocket.WebSocketBadStatusException, match="401"):
        raw("203.0.113.1")
    raw("203.0.113.2")
    mine[0].close()
    eventually(lambda: _let_in(raw, "203.0.113.1"), what="the place of the one that left")


def test_a_network_has_so_many_sockets_whatever_its_addresses(raw: Any) -> None:
    for number in range(MOST):
        raw(f"2001:db8:0:7::{number + 1:x}")
    with pytest.raises(websocket.WebSocketBadStatusException, match="401"):
        raw("2001:db8:0:7:ffff::1")
    raw("2001:db8:0:8::1")


def test_who_never_says_who_he_is_is_let_go(raw: Any, shop: Shop) -> None:
    honest = shop.shopper()
    silent = raw("203.0.113.3")
    silent.settimeout(SILENT_SECONDS + 15)
    assert is_closed(silent)
    assert honest.cards() == []


def test_a_frame_that_is_too_big_closes_its_socket_alone(raw: Any, shop: Shop) -> None:
    honest = shop.shopper()
    connection = raw("203.0.113.4")
    connection.send("4" + "x" * FRAME_BYTES)
    assert is_closed(connection)
    assert honest.cards() == []


def test_a_message_in_pieces_ends_somewhere(raw: Any, shop: Shop) -> None:
    honest = shop.shopper()
    connection = raw("203.0.113.6")
    with suppress(OSError, websocket.WebSocketException):
        connection.send_frame(ABNF.create_frame("4", ABNF.OPCODE_TEXT, 0))
        for _ in range(FRAME_BYTES // 50_000 + 1):
            connection.send_frame(ABNF.create_frame("x" * 50_000, ABNF.OPCODE_CONT, 0))
    # Where pieces were still on their way, the closed line resets before its reason is read.
    with suppress(OSError, websocket.WebSocketConnectionClosedException):
        opcode, data = connection.recv_data()
        assert (opcode, int.from_bytes(data[:2], "big")) == (ABNF.OPCODE_CLOSE, 1009)
    assert is_closed(connection)
    assert honest.cards() == []


def test_who_sends_faster_than_we_answer_leaves_turns_to_others(raw: Any, shop: Shop) -> None:
    honest, done = shop.shopper(), threading.Event()
    connection = raw("203.0.113.7")

    def flood() -> None:
        # Pongs: they are no messages, so nothing but taking turns keeps them from going on.
        with suppress(OSError, websocket.WebSocketException):
            while not done.is_set():
                connection.sock.sendall(many)

    many = ABNF.create_frame("3", ABNF.OPCODE_TEXT).format() * 2_000
    flooding = threading.Thread(target=flood)
    flooding.start()
    try:
        assert [honest.cards() for _ in range(20)] == [[]] * 20
    finally:
        done.set()
        connection.shutdown()
        flooding.join()


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 70_001])
@pytest.mark.parametrize("offset", range(5))
def test_unmasking_is_as_the_rfc_says(size: int, offset: int) -> None:
    data, mask = bytes(number * 7 % 256 for number in range(size)), (1, 0, 255, 128)
    plain = bytes(byte ^ mask[(offset + place) % 4] for place, byte in enumerate(data))
    assert unmask(data, mask, len(data), offset) == plain


def test_whoever_does_not_stop_is_cut_off(shop: Shop) -> None:
    flooding, honest = shop.shopper(), shop.shopper()
    deadline = time.monotonic() + 90
    while flooding.wire.connected and time.monotonic() < deadline:
        for _ in range(100):
            if flooding.wire.connected:
                flooding.wire.send_only("get-user-cards", {"userId": flooding.user_id})
    assert not flooding.wire.connected
    assert honest.cards() == []


@pytest.mark.parametrize("size", [FRAME_BYTES + 1, 1_600_000])
def test_a_body_that_is_too_big_is_refused_in_words(server: ServerFront, size: int) -> None:
    opened = requests.get(server.origin + ENGINE + "polling", timeout=10)
    sid = opened.text.partition('"sid":"')[2].partition('"')[0]
    url = f"{server.origin}{ENGINE}polling&sid={sid}"
    answer = requests.post(url, data=b"4" * size, timeout=10)
    assert (answer.status_code, answer.text) == (413, "This is too large.")


def test_connections_of_one_address_are_counted(server: ServerFront) -> None:
    headers = {"X-Forwarded-For": "203.0.113.5"}
    url = server.origin + ENGINE + "nonsense"
    with requests.Session() as session:
        codes = [session.get(url, headers=headers, timeout=10).status_code for _ in range(260)]
    assert set(codes[:240]) == {400}
    assert set(codes[240:]) == {429}
    assert requests.get(server.origin, timeout=10).status_code == 200


@pytest.mark.parametrize(
    "path",
    [ENGINE + "polling", ENGINE + "nonsense", "/socket.io/", ENGINE + "polling&sid=nobody"],
)
def test_socket_io_s_own_answers_have_headers_too(server: ServerFront, path: str) -> None:
    answer = requests.get(server.origin + path, timeout=10)
    for name, value in HEADERS:
        assert answer.headers[name] == value, name


def _let_in(raw: Any, address: str) -> bool:
    try:
        raw(address)
    except websocket.WebSocketBadStatusException:
        return False
    return True
