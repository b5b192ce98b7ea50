"""Storms of webhooks: every event one to five times, in any order, some never; one transition each.

A storm is the events of 120 orders, delivered from four threads. A round is one order. Orders
end in every way there is, most of them with their own answer lost, so that the events are the
first to bring the truth; what was dropped is left to the recovery, and refunds to the discovery.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support import invariants
from tests.support.books import Books
from tests.support.coverage import Coverage
from tests.support.doors import Json
from tests.support.owner import deliver, refund
from tests.support.rounds import Rounds
from tests.support.shop import Shop
from tests.support.shopper import Shopper
from tests.support.trouble import at_once, discover, lose, mend, recover

pytestmark = pytest.mark.in_process
ORDERS = 120
CI, LONG = 1, 3
THREADS = 4
MOST_COPIES = 5
DROPPED = 0.15
DECLINED = "4000000000000002"
THREE_DS = "4000000000003220"
THEN_DECLINED = "4000008400001629"
CREATE, CONFIRM = "POST /v1/payment_intents", "POST /v1/payment_intents/*/confirm"


def paid(shop: Shop) -> None:
    shop.shopper().pay()


def paid_and_the_answer_lost(shop: Shop) -> None:
    _lost(shop, CREATE, lambda shopper: shopper.buy())


def declined_and_the_answer_lost(shop: Shop) -> None:
    _lost(shop, CREATE, lambda shopper: shopper.buy(number=DECLINED))


def paid_with_another_card(shop: Shop) -> None:
    shopper = shop.shopper()
    first = shopper.buy(number=DECLINED)["transaction"]["id"]
    lose(shop, CONFIRM, when="after")
    shopper.buy(transaction_id=first)
    mend(shop)


def back_at_the_bank_and_gone(shop: Shop) -> None:
    asked = shop.shopper().buy(number=THREE_DS)
    shop.authenticate(asked["client_secret"])


def refused_by_the_bank_and_gone(shop: Shop) -> None:
    asked = shop.shopper().buy(number=THREE_DS)
    shop.authenticate(asked["client_secret"], "fail")


def asked_by_the_bank_then_declined(shop: Shop) -> None:
    asked = shop.shopper().buy(number=THEN_DECLINED)
    shop.authenticate(asked["client_secret"])


def left_at_the_bank(shop: Shop) -> None:
    shop.shopper().buy(number=THREE_DS)


def refunded(shop: Shop) -> None:
    bought = shop.shopper().pay()
    intent = _intent(shop, bought["id"])
    refund(shop, intent, amount=bought["amount"] // 3)
    refund(shop, intent)


ENDS: tuple[Callable[[Shop], None], ...] = (
    paid,
    paid_and_the_answer_lost,
    paid_and_the_answer_lost,
    declined_and_the_answer_lost,
    paid_with_another_card,
    back_at_the_bank_and_gone,
    back_at_the_bank_and_gone,
    refused_by_the_bank_and_gone,
    asked_by_the_bank_then_declined,
    left_at_the_bank,
    refunded,
    refunded,
)


def test_a_storm_of_events_moves_each_order_once(
    shop: Shop, rounds: Rounds, dice: random.Random, coverage: Coverage
) -> None:
    seen: set[str] = set()
    before = Books.read(shop.rows)
    for _ in rounds(CI, LONG):
        for _ in range(ORDERS):
            dice.choice(ENDS)(shop)
            coverage.add("rounds", "orders in a storm")
        events = [e for e in shop.ledger()["events"] if e["id"] not in seen]
        seen |= {e["id"] for e in events}
        _deliver(shop, _storm(events, dice, coverage))
        # What is told again tells nothing new, and of what was never told the recovery hears.
        before = invariants.check_shop(shop, settled=False, before=before)
        recover(shop, timedelta(minutes=65))
        discover(shop)
        before = invariants.check_shop(shop, closed=True, before=before)
    _check_transitions(before)
    assert {e["source"] for e in before.events} >= {"webhook", "recovery"}
    coverage.add_moves(before)


def _storm(events: list[Json], dice: random.Random, coverage: Coverage) -> list[Json]:
    """The deliveries: copies of these events in any order, without some."""
    storm: list[Json] = []
    for event in events:
        copies = dice.randint(1, MOST_COPIES)
        if dice.random() < DROPPED:
            copies = 0
            coverage.add("fault", "webhook: dropped")
        if copies > 1:
            coverage.add("fault", "webhook: duplicated", copies - 1)
        storm += [event] * copies
    dice.shuffle(storm)
    coverage.add("fault", "webhook: reordered", len(storm))
    return storm


def _deliver(shop: Shop, storm: list[Json]) -> None:
    def work(share: list[Json]) -> list[int]:
        return [deliver(shop, event).status for event in share]

    shares = [storm[n::THREADS] for n in range(THREADS)]
    statuses = at_once([lambda share=share: work(share) for share in shares])
    # Under SQLite a delivery may find the database busy: Stripe would come again.
    assert {status for of_one in statuses for status in of_one} == {200}


def _check_transitions(books: Books) -> None:
    """No status was entered twice, but `pending`, which each attempt enters once."""
    entered = Counter((e["transaction_id"], e["to_status"]) for e in books.events)
    attempts = Counter(a["transaction_id"] for a in books.attempts)
    for (transaction_id, status), times in entered.items():
        allowed = attempts[transaction_id] if status == "pending" else 1
        assert times <= allowed, f"{transaction_id} became {status} {times} times"


def _lost(shop: Shop, call: str, act: Callable[[Shopper], Json]) -> None:
    shopper = shop.shopper()
    lose(shop, call, when="after")
    ack = act(shopper)
    mend(shop)
    assert ack["error"]["code"] == "payment_pending"


def _intent(shop: Shop, transaction_id: str) -> str:
    found = shop.rows(
        'SELECT payment_intent_id FROM "transaction" WHERE id = :id', id=transaction_id
    )
    return str(found[0]["payment_intent_id"])
