"""Packets that no library would send, on a real socket: nobody else notices, nothing is logged.

300 a day, 2,000 in the long run; a socket that was closed for it is opened anew.
"""

import random
import string

import pytest
import websocket

from tests.support.server_front import ServerFront
from tests.support.shop import Shop

FEW, LONG = 300, 2_000
ENGINE = "/socket.io/?EIO=4&transport=websocket"
PIECES = (
    *"0123456789",
    *("[", "]", "{", "}", '"', ",", ":", "-", "/", "\\", "\0", "\ud7ff", "é", "💳"),
    *("40", "41", "42", "43", "44", "45", "46", "2probe", "5", "6"),
    *('["get-user-cards",{}]', '["message"]', '["*"]', '["connect"]', "/admin,", "51-", "451-"),
    *('{"_placeholder":true,"num":0}', '{"token":"x"}', "null", "1e999", "NaN", "[" * 300),
)


def test_any_packet_does_no_harm(
    server: ServerFront, shop: Shop, request: pytest.FixtureRequest
) -> None:
    dice = random.Random(request.config.getoption("--seed"))
    honest = shop.shopper()
    before = shop.rows('SELECT id FROM "user"'), len(shop.calls()), len(server.log)
    sockets = Sockets(server)
    for number in range(LONG if request.config.getoption("--long") else FEW):
        sockets.send(_packet(dice))
        if number % 50 == 0:
            assert honest.cards() == []
    sockets.close()
    assert honest.cards() == []
    assert (shop.rows('SELECT id FROM "user"'), len(shop.calls())) == before[:2]
    assert "Traceback" not in server.log[before[2] :]


class Sockets:
    """One raw connection after another, each at its turn let in no further than Engine.IO."""

    def __init__(self, server: ServerFront) -> None:
        self._url = server.origin.replace("http", "ws") + ENGINE
        self._opened = 0
        self._connection = self._open()

    def send(self, packet: str | bytes) -> None:
        try:
            if isinstance(packet, bytes):
                self._connection.send_binary(packet)
            else:
                self._connection.send(packet)
        except (websocket.WebSocketException, OSError):
            self.close()
            self._connection = self._open()

    def close(self) -> None:
        self._connection.shutdown()

    def _open(self) -> websocket.WebSocket:
        self._opened += 1
        # Each from an address of its own: they would be too many for one.
        address = f"203.0.{113 + self._opened // 250}.{self._opened % 250}"
        header = {"X-Forwarded-For": address}
        return websocket.create_connection(self._url, timeout=20, header=header)


def _packet(dice: random.Random) -> str | bytes:
    kind = dice.random()
    if kind < 0.15:
        return dice.randbytes(dice.randint(0, 200))
    if kind < 0.3:
        return "".join(dice.choices(string.printable, k=dice.randint(0, 80)))
    return dice.choice("0123456") + "".join(dice.choices(PIECES, k=dice.randint(0, 8)))
