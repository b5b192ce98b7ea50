"""How long honest shoppers wait while one client floods: `python -m benchmarks.flood`.

Starts a server of its own, measures `get-user-cards` and purchases over sockets that are open
already, alone and beside each kind of flood, in turns; ends by itself in less than two minutes.
Figures are of this machine and this moment: look at the ratios, and run it more than once.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websocket

from benchmarks.floods import FLOODS
from benchmarks.stand import stand
from tests.support.server_front import ServerFront, cookies_of
from tests.support.shop import Shop
from tests.support.shopper import Shopper

# Under the limits of a user, so that each of them is really served.
SHOPPERS, LISTS_EACH, PURCHASES_EACH = 10, 20, 3
# What a flood needs until it is in full swing; nothing else depends on it.
WARM_UP_SECONDS = 1.0
SETTLE_SECONDS = 12
# On a busy machine fewer calls are measured, so that the end still comes in time.
TURN_SECONDS = 5.0
Times = dict[str, list[float]]


class Line:
    """A bare websocket of a shopper: the library's own would wait in steps of its own."""

    def __init__(self, shopper: Shopper, address: str | None = None) -> None:
        self.cookies = cookies_of(shopper.visitor)
        self.token = str(shopper.context["token"])
        self._socket = websocket.create_connection(
            shopper.shop.origin.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket",
            header={"Cookie": self.cookies} | ({"X-Forwarded-For": address} if address else {}),
            origin=shopper.shop.origin,
            timeout=30,
        )
        self._socket.recv()
        self._socket.send("40" + json.dumps({"token": self.token}))
        assert self._receive().startswith("40")
        self._number = 0

    def call(self, action: str, payload: dict[str, Any]) -> float:
        """Seconds until the answer. Raises: AssertionError when it is no success."""
        seconds, answer = self.ask(action, payload)
        assert '"status":"success"' in answer, answer[:300]
        return seconds

    def ask(self, action: str, payload: dict[str, Any]) -> tuple[float, str]:
        """Seconds until the answer, and the packet that it came in."""
        self._number += 1
        packet = f"42{self._number}{json.dumps([action, payload])}"
        began = time.perf_counter()
        self._socket.send(packet)
        while not (answer := self._receive()).startswith(f"43{self._number}["):
            pass
        return time.perf_counter() - began, answer

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> str:
        """Pings are answered on the way."""
        while (packet := str(self._socket.recv())) == "2":
            self._socket.send("3")
        return packet


class Honest:
    """A shopper with a card in the wallet."""

    def __init__(self, shop: Shop) -> None:
        self._shopper = shop.shopper(account=True)
        self._card = self._shopper.add_card()["id"]
        self._line = Line(self._shopper)

    def measure(self, times: Times, buys: bool) -> None:
        claim = {"userId": self._shopper.user_id}
        times["get-user-cards"].append(self._line.call("get-user-cards", claim))
        if buys:
            purchase = self._shopper.purchase(card_id=self._card)
            times["purchase-request"].append(self._line.call("purchase-request", purchase))

    def close(self) -> None:
        self._line.close()


@contextmanager
def flood(kind: str, origin: str, victim: Shop) -> Iterator[None]:
    """One client in a process of its own, from one address, for as long as this lasts."""
    flooding = Line(victim.shopper())
    given = json.dumps(
        {"origin": origin, "cookies": flooding.cookies, "token": flooding.token, "kind": kind}
    )
    flooding.close()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.floods", given])
    try:
        time.sleep(WARM_UP_SECONDS)
        assert process.poll() is None, "the flood ended by itself"
        yield
    finally:
        process.kill()
        process.wait()


def measure(honest: list[Honest]) -> Times:
    times: Times = {"get-user-cards": [], "purchase-request": []}
    deadline = time.monotonic() + TURN_SECONDS
    for number in range(LISTS_EACH):
        # Everybody in turn: a line that is not read for 40 s is closed by the server.
        for shopper in honest:
            shopper.measure(times, buys=number % (LISTS_EACH // PURCHASES_EACH) == 0)
        if time.monotonic() > deadline:
            break
    return times


def percentile(times: list[float], part: float) -> float:
    """In milliseconds."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000


def resident_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kilobytes) / 1024


def report(name: str, times: Times, normal: Times | None, megabytes: float) -> str:
    parts = [f"{name:<10}"]
    for action, taken in times.items():
        p50, p99 = percentile(taken, 0.5), percentile(taken, 0.99)
        ratio = f"{p99 / percentile(normal[action], 0.99):5.2f}x" if normal else "      "
        parts.append(f"{action} n {len(taken):3} p50 {p50:6.1f} p99 {p99:7.1f} ms {ratio}")
    return " | ".join([*parts, f"{megabytes:6.1f} MB"])


def run(kinds: list[str], say: Callable[[str], None] = print) -> None:
    with stand("flood") as (server, shop, stack):
        honest = [Honest(shop) for _ in range(SHOPPERS)]
        for shopper in honest:
            stack.callback(shopper.close)
        _rounds(server, shop, honest, kinds, say)


def _rounds(
    server: ServerFront,
    shop: Shop,
    honest: list[Honest],
    kinds: list[str],
    say: Callable[..., None],
) -> None:
    pid = server.process.pid
    measure(honest[:2])
    say(f"before: {resident_megabytes(pid):.1f} MB; load of the machine {os.getloadavg()[0]:.1f}")
    ratios: dict[str, list[float]] = {}
    for kind in kinds:
        # Right before each flood: the machine may be busy with something else in between.
        normal = measure(honest)
        say(report("alone", normal, None, resident_megabytes(pid)))
        with flood(kind, server.origin, shop):
            flooded = measure(honest)
            say(report(kind, flooded, normal, resident_megabytes(pid)))
        for action, taken in flooded.items():
            ratio = percentile(taken, 0.99) / percentile(normal[action], 0.99)
            ratios.setdefault(action, []).append(ratio)
    for action, found in ratios.items():
        say(
            f"{action}: p99 under flood / alone: median {statistics.median(found):.2f}x, "
            f"worst {max(found):.2f}x"
        )
    _settle(server, say)


def _settle(server: ServerFront, say: Callable[..., None]) -> None:
    """The connections of a flood are gone soon after it; what they took should be, too."""
    time.sleep(SETTLE_SECONDS)
    say(f"{SETTLE_SECONDS} s afterwards: {resident_megabytes(server.process.pid):.1f} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=list(FLOODS), help=", ".join(FLOODS))
    run(parser.parse_args().kinds)
