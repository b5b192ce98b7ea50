"""A look at how a PaymentIntent stands that is told when the order has gone on since."""

import pytest

from tests.support.desk import Desk
from tests.support.owner import drop_events
from tests.support.trouble import at_once

pytestmark = pytest.mark.in_process
MASTERCARD, THREE_DS = "5555555555554444", "4000000000003220"


@pytest.fixture
def second(shop):
    """The bank said no, the same card is tried again, and only now the look at the no is told.

    Returns (shopper, the ack of the second try, what the late look was answered).
    """
    shopper = shop.shopper(account=True)
    card = shopper.add_card(THREE_DS)
    asked = shopper.buy(card_id=card["id"])
    order_id, tab = asked["transaction"]["id"], shopper.another_tab()
    drop_events(shop)
    shop.authenticate(asked["client_secret"], "fail")
    line = Desk(shop).line()
    line.only = ("get", "/" + asked["client_secret"].partition("_secret_")[0])
    acks = []

    def try_again():
        assert tab.confirm(order_id)["error"]["code"] == "authentication_failed"
        acks.append(tab.buy(transaction_id=order_id, card_id=card["id"], requestId="second"))

    line.meanwhile = lambda: at_once([try_again])
    late = shopper.confirm(order_id)
    return tab, acks[0], late


def test_it_does_not_decline_the_second_try_of_the_same_card(shop, second):
    tab, ack, late = second
    assert ack["transaction"]["status"] == "requires_action"
    assert late["transaction"]["status"] == "requires_action"
    assert tab.transaction(ack["transaction"]["id"])["status"] == "requires_action"
    fresh = tab.another_tab().buy(number=MASTERCARD, requestId="fresh")
    assert fresh["error"]["code"] == "payment_in_progress"
    shop.authenticate(ack["client_secret"])
    assert tab.confirm(ack["transaction"]["id"])["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_the_no_of_the_second_try_is_told(shop, second):
    tab, ack, _late = second
    shop.authenticate(ack["client_secret"], "fail")
    answer = tab.confirm(ack["transaction"]["id"])
    assert answer["error"]["code"] == "authentication_failed"
    assert answer["transaction"]["status"] == "declined"
    assert shop.charges() == []
