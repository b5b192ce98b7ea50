"""Every legal move of a transaction, brought about from outside: the books stay right."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from extensions import atomic
from payments import states
from payments.models import Transaction
from tests.support import invariants
from tests.support.books import Books
from tests.support.coverage import Coverage
from tests.support.desk import Desk
from tests.support.owner import at_stripe
from tests.support.rounds import Rounds
from tests.support.shop import Shop
from tests.support.trouble import lose, mend, recover

pytestmark = pytest.mark.in_process
CREATE = "POST /v1/payment_intents"
VISA, DECLINED, THREE_DS = "4242424242424242", "4000000000000002", "4000000000003220"
BANK_SECONDS = 600


def at_once(shop: Shop, number: str = VISA) -> None:
    shop.shopper().buy(number=number)


def never_arrived(shop: Shop) -> None:
    lose(shop, CREATE, when="before")
    shop.shopper().buy()
    mend(shop)
    recover(shop)


def another_card(shop: Shop, first: str) -> None:
    shopper = shop.shopper()
    transaction_id = shopper.buy(number=first)["transaction"]["id"]
    shopper.pay(transaction_id=transaction_id)


def at_the_bank(shop: Shop, outcome: str) -> None:
    shop.authenticate(shop.shopper().buy(number=THREE_DS)["client_secret"], outcome)
    shop.pump()


def left_at_the_bank(shop: Shop) -> None:
    shop.shopper().buy(number=THREE_DS)
    recover(shop, timedelta(minutes=65))


def slow_bank(shop: Shop, number: str) -> None:
    _take(shop, BANK_SECONDS)
    shop.shopper().buy(number=number)
    _take(shop, 0)
    shop.advance_clock(BANK_SECONDS)
    shop.pump()


def slow_after_three_d_secure(shop: Shop) -> None:
    secret = shop.shopper().buy(number=THREE_DS)["client_secret"]
    _take(shop, BANK_SECONDS)
    shop.authenticate(secret)
    _take(shop, 0)
    shop.pump()


def called_off_at_a_slow_bank(shop: Shop) -> None:
    _take(shop, BANK_SECONDS)
    transaction_id = shop.shopper().buy()["transaction"]["id"]
    _take(shop, 0)
    _owner(shop, transaction_id, "cancel")


def called_off_after_a_decline(shop: Shop) -> None:
    transaction_id = shop.shopper().buy(number=DECLINED)["transaction"]["id"]
    _owner(shop, transaction_id, "cancel")


def paid_by_telephone_after_a_decline(shop: Shop) -> None:
    transaction_id = shop.shopper().buy(number=DECLINED)["transaction"]["id"]
    _owner(shop, transaction_id, "confirm", payment_method="pm_card_visa")


def paid_although_called_off_here(shop: Shop) -> None:
    ack = shop.shopper().buy(number=THREE_DS)
    with Desk(shop).app.app_context(), atomic() as session:
        transaction = session.get_one(Transaction, ack["transaction"]["id"])
        assert states.move(session, transaction, "canceled", "recovery")
    shop.authenticate(ack["client_secret"])
    shop.pump()


# From, to -> what brings it about
MOVES: dict[tuple[str | None, str], Callable[[Shop], None]] = {
    (None, "pending"): at_once,
    ("pending", "requires_action"): lambda shop: at_once(shop, THREE_DS),
    ("pending", "processing"): lambda shop: slow_bank(shop, VISA),
    ("pending", "succeeded"): at_once,
    ("pending", "declined"): lambda shop: at_once(shop, DECLINED),
    ("pending", "canceled"): never_arrived,
    ("requires_action", "pending"): lambda shop: another_card(shop, THREE_DS),
    ("requires_action", "processing"): slow_after_three_d_secure,
    ("requires_action", "succeeded"): lambda shop: at_the_bank(shop, "complete"),
    ("requires_action", "declined"): lambda shop: at_the_bank(shop, "fail"),
    ("requires_action", "canceled"): left_at_the_bank,
    ("processing", "succeeded"): lambda shop: slow_bank(shop, VISA),
    ("processing", "declined"): lambda shop: slow_bank(shop, DECLINED),
    ("processing", "canceled"): called_off_at_a_slow_bank,
    ("declined", "pending"): lambda shop: another_card(shop, DECLINED),
    ("declined", "succeeded"): paid_by_telephone_after_a_decline,
    ("declined", "canceled"): called_off_after_a_decline,
    ("canceled", "succeeded"): paid_although_called_off_here,
}


def test_every_legal_move_has_a_scene() -> None:
    legal = {(before, after) for before, to in invariants.LEGAL_MOVES.items() for after in to}
    assert MOVES.keys() == legal


@pytest.mark.parametrize("move", MOVES, ids=lambda move: f"{move[0]}-{move[1]}")
def test_every_legal_move_leaves_the_books_right(
    shop: Shop, rounds: Rounds, coverage: Coverage, move: tuple[str | None, str]
) -> None:
    times = 0
    for times in rounds(ci=1, long=50):  # noqa: B007 - counted below
        MOVES[move](shop)
        coverage.add("rounds", "status moves")
    books = invariants.check_shop(shop, settled=False)
    assert _made(books, move) == times + 1
    recover(shop, timedelta(minutes=65))
    coverage.add_moves(invariants.check_shop(shop, before=books))


def _made(books: Books, move: tuple[str | None, str]) -> int:
    """In how many transactions it was made."""
    made = {(e["transaction_id"], e["from_status"], e["to_status"]) for e in books.events}
    return sum((before, after) == move for _, before, after in made)


def _take(shop: Shop, seconds: int) -> None:
    assert shop.control("POST", "banks", {"seconds": seconds}).status == 200


def _owner(shop: Shop, transaction_id: str, action: str, **params: str) -> None:
    """The shop's owner does something in Stripe's dashboard, and Stripe tells us."""
    query = 'SELECT payment_intent_id FROM "transaction" WHERE id = :id'
    (row,) = shop.rows(query, id=transaction_id)
    at_stripe(shop, f"payment_intents/{row['payment_intent_id']}/{action}", **params)
    shop.pump()
