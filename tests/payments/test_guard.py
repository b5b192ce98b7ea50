"""The guard of rule one: no call to Stripe while a database transaction is open."""

import pytest
from sqlalchemy import text

import gateway
from extensions import atomic, db

pytestmark = pytest.mark.in_process
CALLS = {
    "a read": lambda stripe: stripe.payment("pi_any"),
    "a payment": lambda stripe: stripe.create_payment({"amount": 100, "currency": "usd"}, "key"),
    "a customer": lambda stripe: stripe.create_customer("user_any", None, "key"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_call_after_an_unfinished_read_is_refused(shop, call):
    with shop.front.app.app_context():
        db.session.execute(text("SELECT 1"))
        with pytest.raises(RuntimeError, match="transaction is open"):
            call(gateway.current())
    assert shop.calls() == []


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_call_inside_a_write_is_refused_and_the_write_undone(shop, call):
    def write_and_call():
        with shop.front.app.app_context(), atomic() as session:
            session.execute(text("UPDATE item SET price_cents = 1"))
            call(gateway.current())

    with pytest.raises(RuntimeError, match="transaction is open"):
        write_and_call()
    assert shop.calls() == []
    assert shop.rows("SELECT id FROM item WHERE price_cents = 1") == []


def test_after_the_commit_the_way_is_free(shop):
    with shop.front.app.app_context():
        with atomic() as session:
            session.execute(text("SELECT 1"))
        assert gateway.current().create_customer("user_any", None, "key").startswith("cus_")
