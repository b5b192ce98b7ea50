"""The table of states: every move that it allows, none that it doesn't, nothing un-happens."""

from contextlib import contextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from accounts.models import User
from catalog.models import Cog
from extensions import atomic
from payments import states
from payments.models import STATUSES, Transaction, TransactionEvent
from tests.support.owner import deliver, events, write

THREE_DS = "4000000000003220"
# Written down a second time, by the design and not by the code.
LEGAL = {
    "pending": {"requires_action", "processing", "succeeded", "declined", "canceled"},
    "requires_action": {"pending", "processing", "succeeded", "declined", "canceled"},
    "processing": {"succeeded", "declined", "canceled"},
    "declined": {"pending", "succeeded", "canceled"},
    "succeeded": set(),
    "canceled": {"succeeded"},
}


class _Undo(Exception):
    pass


@pytest.fixture
def trial(shop):
    """A transaction in a given status, in a database that forgets it afterwards."""
    app = shop.front.app

    @contextmanager
    def begin(status):
        with suppress(_Undo), app.app_context(), atomic() as session:
            yield session, _transaction(session, status)
            raise _Undo

    return begin


@pytest.mark.in_process
def test_exactly_the_moves_of_the_table_are_made(trial):
    made = {before: set() for before in STATUSES}
    for before in STATUSES:
        for target in STATUSES:
            with trial(before) as (session, transaction):
                if states.move(session, transaction, target, "test"):
                    made[before].add(target)
                assert transaction.status == (target if target in LEGAL[before] else before)
    assert made == LEGAL


@pytest.mark.in_process
def test_however_it_moves_its_story_is_whole_and_nothing_un_happens(trial):
    @given(st.lists(st.sampled_from(STATUSES), max_size=12))
    @settings(max_examples=60, deadline=None)
    def walk(targets):
        with trial("pending") as (session, transaction):
            states.opened(session, transaction, "test")
            path = ["pending"]
            for target in targets:
                legal = target in LEGAL[path[-1]]
                assert states.move(session, transaction, target, "test") is legal
                path += [target] if legal else []
            assert transaction.status == path[-1]
            assert transaction.version == len(path)
            assert _story(session, transaction) == list(zip([None, *path], path, strict=False))
            assert (transaction.paid_at is not None) == (path[-1] == "succeeded")
            assert transaction.needs_review == ("canceled" in path and path[-1] == "succeeded")

    walk()


@pytest.mark.in_process
def test_who_comes_second_changes_nothing(trial):
    with trial("pending") as (session, transaction):
        # Somebody else moved it in the database; this one still holds what he read before.
        session.execute(
            update(Transaction)
            .where(Transaction.id == transaction.id)
            .values(status="processing", version=2)
            .execution_options(synchronize_session=False)
        )
        assert states.move(session, transaction, "declined", "test") is False
        session.refresh(transaction)
        assert (transaction.status, transaction.version) == ("processing", 2)
        assert _story(session, transaction) == []


def test_money_that_arrives_after_a_cancellation_is_kept_and_flagged(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    cancel = "UPDATE \"transaction\" SET status = 'canceled', version = version + 1 WHERE id = :id"
    write(shop, cancel, id=ack["transaction"]["id"])
    shop.authenticate(ack["client_secret"])
    (event,) = events(shop, "payment_intent.succeeded")
    assert deliver(shop, event).status == 200
    shown = shopper.transaction(ack["transaction"]["id"])
    assert (shown["status"], shown["needs_review"]) == ("succeeded", True)
    assert len(shop.charges()) == 1


def test_a_charge_of_another_amount_than_the_orders_is_kept_and_flagged(shop):
    shopper = shop.shopper()
    ack = shopper.buy(number=THREE_DS)
    change = 'UPDATE "transaction" SET amount = amount + 1 WHERE id = :id'
    write(shop, change, id=ack["transaction"]["id"])
    shop.authenticate(ack["client_secret"])
    shown = shopper.confirm(ack["transaction"]["id"])["transaction"]
    assert (shown["status"], shown["needs_review"]) == ("succeeded", True)


def _transaction(session, status):
    user, cog = User(), session.scalars(select(Cog)).first()
    session.add(user)
    session.flush()
    hashes = dict.fromkeys(("request_id", "request_hash", "basket_hash"), "any")
    transaction = Transaction(
        user_id=user.id,
        cog_id=cog.id,
        mode="sandbox",
        amount=1800,
        currency="usd",
        status=status,
        version=1,
        payment_intent_id=f"pi_of_{user.id}",
        **hashes,
    )
    session.add(transaction)
    session.flush()
    return transaction


def _story(session, transaction):
    query = select(TransactionEvent).where(TransactionEvent.transaction_id == transaction.id)
    moves = session.scalars(query.order_by(TransactionEvent.version))
    return [(move.from_status, move.to_status) for move in moves]
