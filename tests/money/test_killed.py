"""Killed at the n-th line of each flow, by SIGKILL; then started again.

Half of the shoppers are still there: the page sends its messages once more. The others have left:
recovery brings the purchase to an end, and for some of them the page's message, or the dead
process's call to Stripe, arrives late after all.
Some are killed a second time, in the middle of that. In the end nobody is charged twice, no charge
is without its order, nothing stays open, and who left without being charged never is.
"""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import IO, Any

import pytest

from tests.money.scenes import SCENES
from tests.support.coverage import Coverage
from tests.support.instances import ROOT, Instances, process_environment
from tests.support.rounds import Rounds

pytestmark = [pytest.mark.wire, pytest.mark.in_process]
Json = dict[str, Any]
Ask = Callable[[Json], Json]

# Kills per database: a day's figure, a long run's. Each scene is cut into parts for the workers.
KILLS = {
    "wallet card": (60, 2_000),
    "typed card": (60, 2_000),
    "3D Secure": (60, 2_000),
    "refund": (60, 2_000),
    "typed card, saved": (20, 700),
    "another card": (20, 700),
    "adding a card": (20, 600),
}
# What a second death interrupts.
FOLLOWING = {"again": "sent again", "recover": "being recovered"}
PARTS = 5
# Steps of this length around a circle never come close to an earlier one: any number of them is
# an even spread, and the long run's meet nearly every line.
GOLDEN = 0.618033988749895
# What follows the first death; a dagger is a second one.
STILL_THERE = ["again", "again† again"]
LEFT = [
    "recover",
    "recover late",
    "recover on-line",
    "recover† recover late",
    "recover† recover on-line",
]


@pytest.fixture(scope="session")
def nursery(request: pytest.FixtureRequest, instances: Instances) -> Iterator[Ask]:
    instances.discard(instances.fresh())  # the template is made here, not in the other process
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    command = [sys.executable, "-m", "tests.money.nursery", f"{worker}_nursery"]
    command += [url] if (url := request.config.getoption("--database-url")) else []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=process_environment({}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        source, sink = process.stdout, process.stdin
        yield lambda order: _asked(order, source, sink)
        sink.close()


def _asked(order: Json, source: IO[str], sink: IO[str]) -> Json:
    sink.write(json.dumps(order) + "\n")
    sink.flush()
    line = source.readline()
    assert line, f"the nursery is gone, asked for {order}"
    answer: Json = json.loads(line)
    assert "error" not in answer, answer["error"]
    return answer


def test_every_scene_has_its_figure() -> None:
    assert KILLS.keys() == SCENES.keys()


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("scene", SCENES)
def test_killed_at_any_line_it_happened_once_or_not_at_all(
    nursery: Ask, scene: str, part: int, rounds: Rounds, dice: random.Random, coverage: Coverage
) -> None:
    lines = nursery({"scene": scene})["lines"]
    for number in rounds(*(figure // PARTS for figure in KILLS[scene])):
        # Spread evenly over all lines and the end, however many there is time for.
        line = 1 + int((number * PARTS + part) * GOLDEN % 1 * (lines + 1))
        after = dice.choice(STILL_THERE if dice.random() < 0.5 else LEFT)
        acts = [["act", line], *(_act(word, lines, dice) for word in after.split())]
        order = {"scene": scene, "acts": acts, "webhooks": dice.random() < 0.3}
        found = nursery(order)
        _count(coverage, scene, found)
        assert found["violations"] == [], f"{order}, killed in {found['places']}"


def _act(word: str, lines: int, dice: random.Random) -> list[Any]:
    """An act, and the line where death strikes in it, if it does."""
    return [word.removesuffix("†"), dice.randint(1, lines) if word.endswith("†") else None]


def _count(coverage: Coverage, scene: str, found: Json) -> None:
    coverage.add("rounds", "kills")
    for place in found["places"]:
        act, _, where = place.partition(": ")
        coverage.add("killed flow", scene if act == "act" else f"{scene}, {FOLLOWING[act]}")
        coverage.add("killed line's file", where.partition(":")[0])
    for before, after in found["moves"]:
        coverage.add("status move", f"{before or '(new)'} -> {after}")
    for code in found["codes"]:
        coverage.add("error code", code)
