"""The floods of `benchmarks.flood`: one client that does not stop, in a process of its own."""

import json
import sys
from collections.abc import Callable
from contextlib import suppress

import requests
import websocket

ADDRESS = {"X-Forwarded-For": "203.0.113.77"}
ENGINE = "/socket.io/?EIO=4&transport="
# Nobody reads 10,000 answers; a socket that is full of them would only slow the flood down.
AT_ONCE = 200


class Flood:
    def __init__(self, origin: str, cookies: str, token: str, kind: str) -> None:
        self.origin, self.cookies, self.token, self.kind = origin, cookies, token, kind

    def run(self) -> None:
        """Until killed; whoever is cut off comes again."""
        while True:
            with suppress(websocket.WebSocketException, OSError, requests.RequestException):
                FLOODS[self.kind](self)

    def dial(self) -> websocket.WebSocket:
        line = self.open()
        line.send("40" + json.dumps({"token": self.token}))
        line.recv()
        return line

    def open(self) -> websocket.WebSocket:
        """Says nothing yet."""
        line = websocket.create_connection(
            self.origin.replace("http", "ws") + ENGINE + "websocket",
            header={"Cookie": self.cookies, **ADDRESS},
            origin=self.origin,
            timeout=5,
        )
        line.recv()
        return line


def messages(flood: Flood) -> None:
    line = flood.dial()
    while True:
        for number in range(AT_ONCE):
            line.send(f'42{number}["get-user-cards",{{"userId":"user_nobody"}}]')
        _read_what_is_there(line)


def unread(flood: Flood) -> None:
    """Asks, and reads nothing."""
    line = flood.dial()
    while True:
        line.send('420["get-transactions",{}]')


def sockets(flood: Flood) -> None:
    opened = []
    while True:
        opened.append(flood.open())


def frames(flood: Flood, size: int = 1_400_000) -> None:
    line = flood.dial()
    while True:
        line.send('420["get-user-cards",{"userId":"' + "x" * size + '"}]')
        _read_what_is_there(line)


def frames_that_pass(flood: Flood) -> None:
    """Just small enough to be read and answered in words."""
    frames(flood, size=200_000)


def fragments(flood: Flood) -> None:
    """One message that never ends."""
    line = flood.dial()
    piece = b"x" * 100_000
    line.send_frame(websocket.ABNF.create_frame("420", websocket.ABNF.OPCODE_TEXT, 0))
    while True:
        line.send_frame(websocket.ABNF.create_frame(piece, websocket.ABNF.OPCODE_CONT, 0))


def polling(flood: Flood) -> None:
    """Bodies that are too big, and handshakes that lead nowhere."""
    url = flood.origin + ENGINE + "polling"
    while True:
        requests.get(url, headers=ADDRESS, timeout=5)
        requests.post(url, data=b"4" * 1_600_000, headers=ADDRESS, timeout=5)


def _read_what_is_there(line: websocket.WebSocket) -> None:
    """Without waiting: a flood doesn't."""
    line.settimeout(0.0001)
    with suppress(websocket.WebSocketTimeoutException, BlockingIOError):
        while True:
            line.recv()
    line.settimeout(5)


FLOODS: dict[str, Callable[[Flood], None]] = {
    "messages": messages,
    "unread": unread,
    "sockets": sockets,
    "frames": frames,
    "frames-ok": frames_that_pass,
    "fragments": fragments,
    "polling": polling,
}

if __name__ == "__main__":
    Flood(**json.loads(sys.argv[1])).run()
