"""The judges judged: each invariant holds for honest books and finds the lie in cooked ones."""

import copy
from collections.abc import Callable

import pytest

from tests.support import invariants
from tests.support.books import Books, Ledger, ledger_of_users, paid
from tests.support.doors import Json
from tests.support.owner import refund
from tests.support.shop import Shop

DECLINED = "4000000000000002"
Cook = Callable[[Ledger, Books], object]


@pytest.fixture
def kept(shop: Shop) -> tuple[Ledger, Books]:
    """A wallet purchase that was half refunded, a typed one, and a decline."""
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    shopper.pay(card_id=card["id"])
    refund(shop, shop.ledger()["payment_intents"][-1]["id"], amount=100)
    shop.pump()
    shopper.pay()
    shopper.buy(number=DECLINED)
    theirs = {shopper.user_id}
    ledger = ledger_of_users(shop.ledger(since_start=False), theirs)
    return ledger, Books.read(shop.rows).of_users(theirs)


def test_honest_books_pass(kept: tuple[Ledger, Books]) -> None:
    ledger, books = kept
    assert [t["status"] for t in books.transactions] == ["succeeded", "succeeded", "declined"]
    invariants.check_all(ledger, books, closed=True, before=books)


def by_status(books: Books, status: str) -> Json:
    return next(t for t in books.transactions if t["status"] == status)


def charge_twice(ledger: Ledger, _: Books) -> None:
    ledger["charges"].append({**paid(ledger)[0], "id": "ch_again"})


def lose_the_row(_: Ledger, books: Books) -> None:
    books.transactions.remove(by_status(books, "succeeded"))


def another_amount(_: Ledger, books: Books) -> None:
    by_status(books, "succeeded")["amount"] += 1


def another_customer(_: Ledger, books: Books) -> None:
    by_status(books, "succeeded")["customer_id"] = "cus_of_somebody"


def paid_for_nothing(ledger: Ledger, books: Books) -> None:
    intent = by_status(books, "succeeded")["payment_intent_id"]
    ledger["charges"] = [c for c in ledger["charges"] if c["payment_intent"] != intent]


def call_it_failed(_: Ledger, books: Books) -> None:
    by_status(books, "succeeded")["status"] = "declined"


def cancel_only_here(_: Ledger, books: Books) -> None:
    by_status(books, "declined")["status"] = "canceled"


def fail_unasked(ledger: Ledger, books: Books) -> None:
    row = by_status(books, "declined")
    for attempt in books.attempts:
        attempt["code"] = None
    intent, row["payment_intent_id"] = row["payment_intent_id"], None
    ledger["payment_intents"] = [i for i in ledger["payment_intents"] if i["id"] != intent]


def forget_a_move(_: Ledger, books: Books) -> None:
    books.events.pop()


def never_settle(_: Ledger, books: Books) -> None:
    by_status(books, "succeeded")["status"] = "pending"


def forget_a_refund(_: Ledger, books: Books) -> None:
    books.refunds.clear()


def refund_only_here(_: Ledger, books: Books) -> None:
    by_status(books, "succeeded")["amount_refunded"] += 1


def use_a_card_again(_: Ledger, books: Books) -> None:
    single = next(c["id"] for c in books.cards if c["token_type"] == "single")
    another = next(a for a in books.attempts if a["card_id"] != single)
    another["card_id"] = single


def take_the_card_away(ledger: Ledger, _: Books) -> None:
    for method in ledger["payment_methods"]:
        method["customer"] = None


@pytest.mark.parametrize(
    ("cook", "finds"),
    [
        (charge_twice, "at_most_one_charge_per_request"),
        (lose_the_row, "each_charge_has_one_row"),
        (another_amount, "each_charge_has_one_row"),
        (another_customer, "each_charge_has_one_row"),
        (paid_for_nothing, "no_success_without_a_charge"),
        (call_it_failed, "unknown_is_never_failed"),
        (cancel_only_here, "unknown_is_never_failed"),
        (fail_unasked, "unknown_is_never_failed"),
        (forget_a_move, "history_only_grows"),
        (never_settle, "nothing_is_open"),
        (never_settle, "ledger_equals_database"),
        (forget_a_refund, "ledger_equals_database"),
        (refund_only_here, "ledger_equals_database"),
        (use_a_card_again, "wallet_is_consistent"),
        (take_the_card_away, "wallet_is_consistent"),
    ],
)
def test_a_lie_is_found(kept: tuple[Ledger, Books], cook: Cook, finds: str) -> None:
    ledger, books = copy.deepcopy(kept)
    cook(ledger, books)
    found = invariants.violations(ledger, books, closed=True, before=kept[1])
    assert finds in {text.partition(":")[0] for text in found}


def test_an_untrue_answer_is_found(kept: tuple[Ledger, Books]) -> None:
    ledger, books = kept
    bought, declined = by_status(books, "succeeded"), by_status(books, "declined")
    lies = [
        {"status": "error", "error": {"code": "card_declined"}, "transaction": bought},
        {"status": "success", "transaction": {**declined, "status": "succeeded"}},
        {"status": "success", "transaction": {"id": "txn_nowhere", "status": "succeeded"}},
    ]
    for lie in lies:
        assert invariants.acks_told_the_truth([lie], ledger, books)
