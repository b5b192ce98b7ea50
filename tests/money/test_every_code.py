"""Whatever a shopper is told, however often: the books stay right."""

import pytest

from tests.support import invariants
from tests.support.coverage import Coverage
from tests.support.rounds import Rounds
from tests.support.shop import Shop
from tests.wire.messages import code_of
from tests.wire.test_error_codes import REACHED

pytestmark = pytest.mark.in_process


@pytest.mark.parametrize("code", sorted(REACHED))
def test_every_error_code_leaves_the_books_right(
    shop: Shop, rounds: Rounds, coverage: Coverage, code: str
) -> None:
    acks = [REACHED[code](shop) for _ in rounds(ci=1, long=100)]
    assert {code_of(ack) for ack in acks} == {code}
    coverage.add_acks(acks)
    coverage.add("rounds", "error codes", len(acks))
    coverage.add_moves(invariants.check_shop(shop))
