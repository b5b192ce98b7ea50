"""Whether time tells somebody else's id from nobody's: `python -m benchmarks.foreign`.

For each action and each field of it that names something, on a server of its own: shoppers ask for
what belongs to another one and for what doesn't exist, in turns whose order is chance. Both are
answered alike in words (tests/security/test_matrix.py); here the medians are compared, with the
interval in which 95 of 100 repetitions would find their ratio (bootstrap).
"""

import argparse
import json
import random
import statistics
import time
from typing import Any

from benchmarks.flood import Line
from benchmarks.stand import stand
from tests.security.test_matrix import NAMES, UNKNOWN, Owner
from tests.support.shopper import Shopper
from tests.wire.messages import well_formed

# Under the limits of a user: 60 messages a minute of some actions.
SHOPPERS, PAIRS_EACH, RESAMPLES = 30, 20, 1_000
Times = dict[str, list[float]]


def cells() -> list[tuple[str, str]]:
    return [(action, field) for action, fields in NAMES.items() for field in fields]


def message(shopper: Shopper, action: str, field: str, value: str) -> dict[str, Any]:
    """Well-formed, and about this."""
    payload = {**well_formed(shopper)[action], field: value}
    if field == "transaction_id":
        payload.pop("items", None)
    if action == "purchase-request":
        # Without digits: some of them would be a card's.
        payload["requestId"] = "".join(random.choices("bcdfghjkmnpqrstvwxz", k=20))
    return payload


def measure(
    lines: list[tuple[Shopper, Line]], action: str, field: str, foreign: str, dice: random.Random
) -> Times:
    times: Times = {"foreign": [], "unknown": []}
    values = {"foreign": foreign, "unknown": UNKNOWN[field]}
    codes = set()
    for number in range(PAIRS_EACH):
        for shopper, line in lines:
            for kind in dice.sample(sorted(values), 2):
                seconds, answer = line.ask(action, message(shopper, action, field, values[kind]))
                error = json.loads(answer[answer.index("[") :])[0]["error"]
                codes.add((error["code"], error["message"]))
                # The first of each is colder than all others.
                if number:
                    times[kind].append(seconds * 1000)
    assert len(codes) == 1, codes
    return times


def ratio(times: Times, dice: random.Random) -> tuple[float, float, float]:
    """Of the medians, foreign to unknown, with the interval around it."""
    found = sorted(
        statistics.median(dice.choices(times["foreign"], k=len(times["foreign"])))
        / statistics.median(dice.choices(times["unknown"], k=len(times["unknown"])))
        for _ in range(RESAMPLES)
    )
    medians = {kind: statistics.median(taken) for kind, taken in times.items()}
    low, high = found[int(RESAMPLES * 0.025)], found[int(RESAMPLES * 0.975)]
    return medians["foreign"] / medians["unknown"], low, high


def report(action: str, field: str, times: Times, dice: random.Random) -> bool:
    """Print a line; whether an equal time is outside of the interval."""
    middle, low, high = ratio(times, dice)
    medians = "  ".join(f"{kind} {statistics.median(t):6.2f} ms" for kind, t in times.items())
    apart = not low <= 1 <= high
    mark = "  <- apart" if apart else ""
    count = len(times["foreign"])
    print(
        f"{action:22} {field:15} n {count}  {medians}  {middle:.3f} ({low:.3f} to {high:.3f}){mark}"
    )
    return apart


def run(seed: str) -> None:
    dice, began = random.Random(seed), time.monotonic()
    with stand("foreign") as (_server, shop, stack):
        owner = Owner.of(shop)
        lines = []
        for number in range(SHOPPERS):
            shopper = shop.shopper(account=number % 2 == 0)
            # Each from somewhere else: together they say more than one address may.
            lines.append((shopper, Line(shopper, f"203.0.113.{number + 1}")))
            stack.callback(lines[-1][1].close)
        apart = 0
        for action, field in cells():
            foreign = next(iter(owner.objects[field].values()))
            apart += report(action, field, measure(lines, action, field, foreign, dice), dice)
        print(
            f"{apart} of {len(cells())} apart (by chance alone about one of 20 would be), "
            f"{time.monotonic() - began:.0f} s"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", default="1", help="the order of the turns")
    run(parser.parse_args().seed)
