"""Any actions and faults in any order: whenever things settle, Stripe's ledger is the database.

Hypothesis chooses what one shopper (a guest, who may register, or an account), the owner in
Stripe's dashboard, Stripe itself and chance do next, and looks for the shortest story that breaks
an invariant. A round is one story of up to 30 steps (50 in the long run).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.money.story import Story
from tests.support.coverage import Coverage
from tests.support.rounds import Rounds
from tests.support.shop import Shop

pytestmark = pytest.mark.in_process
CHUNKS = 20
# Told in batches, so that a long run can stop where its time is up: over both databases 200 a day,
# 5,000 in the long run.
BATCH = 5
BATCHES, LONG_BATCHES = 1, 25
STEPS, LONG_STEPS = 30, 50


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_whatever_happens_the_ledger_is_the_database(
    new_shop: Callable[[], AbstractContextManager[Shop]],
    rounds: Rounds,
    coverage: Coverage,
    request: pytest.FixtureRequest,
    chunk: int,
) -> None:
    stories = settings(
        max_examples=BATCH,
        stateful_step_count=rounds.figure(STEPS, LONG_STEPS),
        deadline=None,
        database=None,
        # Looking for a shorter story takes longer than a test may; the long run may take its time.
        phases=(Phase.generate, Phase.shrink) if rounds.is_long else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )

    dice = f"{request.config.getoption('--seed')} {chunk}"
    for batch in rounds(ci=BATCHES, long=LONG_BATCHES):
        # A fresh shop for each: the longer its books, the longer it takes to check them.
        with new_shop() as shop:
            story: Callable[[], Any] = partial(Story, shop, coverage)
            chosen = seed(f"{dice} {batch}" if batch else dice)(story)
            run_state_machine_as_test(chosen, settings=stories)
