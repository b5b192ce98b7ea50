"""How long the tests of money try, with which dice, and what they have covered.

A test asks for `rounds`, `dice` and `coverage`; see `Rounds` in tests/support/rounds.py.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.coverage import Coverage
from tests.support.rounds import Rounds


@pytest.fixture
def coverage(request: pytest.FixtureRequest) -> Iterator[Coverage]:
    """What this test has tried; added to `--coverage-json` at its end, failed or not."""
    counted = Coverage()
    yield counted
    path = request.config.getoption("--coverage-json")
    if path:
        counted.merge_into(Path(path))


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """Chance that is the same again with the same `--seed`, and another for each test."""
    return random.Random(f"{request.config.getoption('--seed')} {request.node.nodeid}")


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> Rounds:
    """`for number in rounds(ci=25, long=800): ...`; ends early when the time limit is reached."""
    config = request.config
    limit = config.getoption("--seconds")
    if limit is not None:
        # Every test gets an equal share of what all workers have together.
        workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        limit = limit * workers / max(1, len(request.session.items))
    return Rounds(config.getoption("--long"), limit)
