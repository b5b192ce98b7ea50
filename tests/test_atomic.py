"""`atomic()`: one phase, one commit; whoever has to wait for the database is told the truth."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import NullPool, create_engine, func, select, text

from accounts.models import User
from extensions import assert_no_transaction, atomic, db, release_reads
from tests.support.client_front import ClientFront
from tests.support.doors import Json
from tests.support.instances import database_address
from tests.support.shop import Shop

pytestmark = pytest.mark.in_process


def users() -> int:
    count = db.session.scalar(select(func.count()).select_from(User))
    release_reads()
    return count or 0


def add_user_in_two_phases() -> None:
    with atomic() as session:
        session.add(User())
        with atomic():
            pass


def add_user_and_raise(error: type[BaseException]) -> None:
    with atomic() as session:
        session.add(User())
        session.flush()
        raise error


def test_a_phase_does_not_nest(front: ClientFront) -> None:
    with front.app.app_context():
        before = users()
        with pytest.raises(RuntimeError, match="does not nest"):
            add_user_in_two_phases()
        assert users() == before
        with atomic() as session:
            session.add(User())
        assert users() == before + 1


def test_whatever_is_raised_undoes_the_phase(front: ClientFront) -> None:
    with front.app.app_context():
        before = users()
        for error in (ValueError, KeyboardInterrupt, GeneratorExit):
            with pytest.raises(error):
                add_user_and_raise(error)
            assert_no_transaction()
            assert users() == before


def test_what_was_read_before_is_read_anew_and_stays_as_it_was_read(front: ClientFront) -> None:
    with front.app.app_context():
        with atomic() as session:
            first = User()
            session.add(first)
        with atomic() as session:
            again = session.get_one(User, first.id)
            assert again is not first
            again.contact_email = "ada@example.com"
        with pytest.raises(ValueError, match="undone"), atomic():
            raise ValueError("undone")
        assert (first.contact_email, again.contact_email) == (None, "ada@example.com")


# The database keeps us waiting, or goes away


LOCK = {"sqlite": "BEGIN IMMEDIATE", "postgresql": 'LOCK TABLE "transaction" IN EXCLUSIVE MODE'}
KILL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@contextmanager
def elsewhere(shop: Shop, statements: dict[str, str]) -> Iterator[None]:
    """Another process does this, and has not ended its transaction during the block."""
    engine = create_engine(database_address(shop.front.database_url), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statements[engine.dialect.name]))
        yield
        connection.rollback()


def test_who_waits_for_another_process_gets_his_turn(shop: Shop) -> None:
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    acks: list[Json] = []
    buyer = threading.Thread(target=lambda: acks.append(shopper.send("purchase-request", message)))
    with elsewhere(shop, LOCK):
        buyer.start()
        buyer.join(0.2)
        assert acks == []
    buyer.join()
    assert acks[0]["transaction"]["status"] == "succeeded"


def test_a_database_that_does_not_answer_is_said_to_have_charged_nothing(shop: Shop) -> None:
    """SQLite stays locked for too long; PostgreSQL has ended every connection."""
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    with elsewhere(shop, {**LOCK, "postgresql": KILL}):
        ack = shopper.send("purchase-request", message)
    assert (ack["error"]["code"], ack["error"]["retryable"]) == ("unavailable", True)
    assert "Nothing was changed" in ack["error"]["message"]
    assert shop.charges() == []
    assert shopper.send("purchase-request", message)["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1
