"""Many answers lost at once: Stripe's list is read once for all of them."""

import pytest

from tests.support.shop import Shop
from tests.support.trouble import lose, mend, reconnect, recover

pytestmark = pytest.mark.in_process
CREATE = "POST /v1/payment_intents"
DECLINED, ASKS_THE_BANK = "4000000000000002", "4000000000003220"
MANY = 150


def test_many_lost_answers_cost_a_few_calls(shop: Shop) -> None:
    lose(shop, CREATE, first=MANY, when="after")
    for _ in range(MANY):
        # The circuit would open after a few: as if each had come in another minute.
        reconnect(shop)
        shop.shopper().buy()
    mend(shop)
    before = len(shop.calls())
    assert recover(shop) == MANY
    assert statuses(shop) == {"succeeded": MANY}
    assert [call["path"] for call in shop.calls()[before:]] == ["/v1/payment_intents"] * 2


def test_each_of_many_ends_as_it_went_at_stripe(shop: Shop) -> None:
    lose(shop, CREATE, when="after")
    for number in ("4242424242424242", DECLINED, ASKS_THE_BANK) * 2:
        reconnect(shop)
        shop.shopper().buy(number=number)
    mend(shop)
    lose(shop, CREATE, when="before")
    for _ in range(2):
        reconnect(shop)
        shop.shopper().buy()
    mend(shop)
    recover(shop)
    assert statuses(shop) == {"succeeded": 2, "declined": 2, "requires_action": 2, "canceled": 2}
    assert len(shop.charges()) == 2


def test_without_the_list_each_is_looked_up(shop: Shop) -> None:
    lose(shop, CREATE, when="after")
    for _ in range(5):
        reconnect(shop)
        shop.shopper().buy()
    mend(shop)
    lose(shop, "GET /v1/payment_intents", "status", status=401, first=1)
    recover(shop)
    assert statuses(shop) == {"succeeded": 5}


def statuses(shop: Shop) -> dict[str, int]:
    rows = shop.rows('SELECT status, count(*) AS number FROM "transaction" GROUP BY status')
    return {row["status"]: row["number"] for row in rows}
