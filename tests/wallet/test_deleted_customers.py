"""A customer whom the shop's owner has deleted at Stripe buys and saves cards as before."""

import pytest

from tests.support.owner import delete_customer, deliver, drop_events, event_about
from tests.support.shop import Shop
from tests.support.shopper import Shopper
from tests.support.trouble import lose, mend, recover

MASTERCARD = "5555555555554444"


@pytest.fixture
def shopper(shop: Shop) -> Shopper:
    """With a card in the wallet, and so a customer at Stripe."""
    shopper = shop.shopper(account=True)
    shopper.add_card()
    return shopper


def customer_of(shop: Shop, shopper: Shopper) -> str:
    query = "SELECT stripe_id FROM customer WHERE user_id = :id AND deleted_at IS NULL"
    (row,) = shop.rows(query, id=shopper.user_id)
    return str(row["stripe_id"])


def test_his_wallet_is_empty_and_he_buys_with_another_card(shop: Shop, shopper: Shopper) -> None:
    delete_customer(shop, shopper.user_id)
    shop.pump()
    shopper.pushed("wallet-changed", lambda push: push["cards"] == [])
    assert shopper.cards() == []
    assert shopper.buy(number=MASTERCARD)["transaction"]["status"] == "succeeded"


def test_he_saves_a_card_again_and_pays_with_it(shop: Shop, shopper: Shopper) -> None:
    former = delete_customer(shop, shopper.user_id)
    shop.pump()
    shopper.pushed("wallet-changed", lambda push: push["cards"] == [])
    card = shopper.add_card(MASTERCARD)
    assert customer_of(shop, shopper) != former
    assert shopper.pay(card_id=card["id"])["status"] == "succeeded"
    assert [known["id"] for known in shopper.cards()] == [card["id"]]


def test_he_may_be_deleted_twice(shop: Shop, shopper: Shopper) -> None:
    for _ in range(2):
        delete_customer(shop, shopper.user_id)
        shop.pump()
        shopper.pushed("wallet-changed", lambda push: push["cards"] == [])
        shopper.add_card()
    assert len(shopper.cards()) == 1


def test_an_event_that_claims_it_changes_nothing(shop: Shop, shopper: Shopper) -> None:
    lie = {"id": customer_of(shop, shopper), "object": "customer"}
    assert deliver(shop, event_about(lie, "customer.deleted")).status == 200
    assert len(shopper.cards()) == 1


@pytest.mark.in_process
class TestWithoutAnyEvent:
    """The first message is refused, which tells of it; the next one goes through."""

    @pytest.fixture(autouse=True)
    def deleted(self, shop: Shop, shopper: Shopper) -> str:
        shop.pump()
        drop_events(shop)
        return delete_customer(shop, shopper.user_id)

    def test_he_buys_with_the_second_message(self, shop: Shop, shopper: Shopper) -> None:
        refused = shopper.buy(number=MASTERCARD)
        assert refused["error"]["code"] == "not_found"
        assert shopper.cards() == []
        again = shopper.buy(number=MASTERCARD, transaction_id=refused["transaction"]["id"])
        assert again["transaction"]["status"] == "succeeded"
        assert len(shop.charges()) == 1

    def test_what_he_paid_without_an_answer_is_found(self, shop: Shop, shopper: Shopper) -> None:
        """His payment isn't the deleted customer's; the list of that one doesn't have it."""
        refused = shopper.buy(number=MASTERCARD)["transaction"]
        create = "POST /v1/payment_intents"
        lose(shop, create, "status", status=500, when="after", stored=True)
        ack = shopper.buy(transaction_id=refused["id"], requestId="second")
        assert ack["error"]["code"] == "payment_pending"
        mend(shop)
        recover(shop)
        assert len(shop.charges()) == 1
        assert shopper.transaction(refused["id"])["status"] == "succeeded"

    def test_a_customer_deleted_since_hides_no_payment(self, shop: Shop, shopper: Shopper) -> None:
        """Paid as a customer, the answer lost, and then his owner deletes him."""
        shopper.buy(number=MASTERCARD)
        shopper.add_card(MASTERCARD)
        create = "POST /v1/payment_intents"
        lose(shop, create, "status", status=500, when="after", stored=True)
        ack = shopper.buy(number=MASTERCARD, requestId="second")
        assert ack["error"]["code"] == "payment_pending"
        mend(shop)
        delete_customer(shop, shopper.user_id)
        recover(shop)
        assert len(shop.charges()) == 1
        assert shopper.transaction(ack["transaction"]["id"])["status"] == "succeeded"

    def test_he_saves_a_card_with_the_second_message(
        self, shop: Shop, shopper: Shopper, deleted: str
    ) -> None:
        ack = shopper.create_payment_method(card=shop.card(MASTERCARD))
        assert ack["error"]["code"] == "not_found"
        shopper.add_card(MASTERCARD)
        assert customer_of(shop, shopper) != deleted
