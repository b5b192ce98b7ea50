"""The limits on declines stand at our door; whoever has a client secret stands at Stripe's own."""

from collections.abc import Callable

import pytest

from tests.support.doors import Json
from tests.support.owner import try_at_stripe
from tests.support.shop import Shop
from tests.support.shopper import Shopper
from tests.support.trouble import codes

pytestmark = pytest.mark.in_process
GOOD, DECLINED, ASKS = "4242424242424242", "4000000000000002", "4000000000003220"
DECLINED_AFTER_ASKING = "4000008400001629"


@pytest.fixture
def shop(shop_with: Callable[..., Shop]) -> Shop:
    return shop_with()


def from_one_address(shop: Shop) -> Shopper:
    return shop.keep(Shopper(shop, shop.visitor("203.0.113.9"), shop.checkout_path()))


def failed_tries(shop: Shop) -> int:
    return len([c for c in shop.ledger()["charges"] if c["status"] == "failed"])


def status_of(shop: Shop, client_secret: str) -> str:
    """Of the intent at Stripe."""
    intent_id = client_secret.partition("_secret_")[0]
    kind = "setup_intents" if intent_id.startswith("seti_") else "payment_intents"
    found: Json = next(one for one in shop.ledger()[kind] if one["id"] == intent_id)
    return str(found["status"])


class TestWhoGetsOne:
    def test_not_who_was_declined(self, shop: Shop) -> None:
        shopper = shop.shopper()
        message = shopper.purchase(number=DECLINED, requestId="r1")
        first, again = (shopper.send("purchase-request", message) for _ in range(2))
        told = shopper.confirm(first["transaction"]["id"])
        assert codes([first, again, told]) == {"card_declined"}
        assert not [ack for ack in (first, again, told) if "client_secret" in ack]

    def test_nor_whose_bank_has_said_no(self, shop: Shop) -> None:
        shopper = shop.shopper()
        asked = shopper.buy(number=DECLINED_AFTER_ASKING)
        shop.authenticate(asked["client_secret"])
        shown = shopper.send("get-transaction", transaction_id=asked["transaction"]["id"])
        assert (shown["transaction"]["status"], shown["client_secret"]) == ("declined", None)
        assert "client_secret" not in shopper.confirm(asked["transaction"]["id"])


class TestCardsTriedPastUs:
    def test_each_counts_when_stripe_tells_of_it(self, shop: Shop) -> None:
        bot = shop.shopper()
        secret = bot.buy(number=ASKS)["client_secret"]
        for _ in range(3):
            assert try_at_stripe(shop, secret, DECLINED) == 402
        shop.pump()
        assert codes([bot.buy(number=DECLINED)]) == {"rate_limited"}
        assert failed_tries(shop) == 3

    def test_and_against_their_address(self, shop: Shop) -> None:
        secret = from_one_address(shop).buy(number=ASKS)["client_secret"]
        for _ in range(10):
            try_at_stripe(shop, secret, DECLINED)
        shop.pump()
        assert codes([from_one_address(shop).buy()]) == {"rate_limited"}
        assert shop.shopper().pay()["status"] == "succeeded"

    def test_told_twice_it_counts_once(self, shop: Shop) -> None:
        bot = shop.shopper()
        secret = bot.buy(number=ASKS)["client_secret"]
        duplicated = {"event": "*", "kind": "duplicate", "times": 3}
        shop.control("POST", "webhooks", {"fault": duplicated})
        for _ in range(2):
            try_at_stripe(shop, secret, DECLINED)
        shop.pump()
        assert codes([bot.buy(number=DECLINED)]) == {"card_declined"}

    def test_the_payment_is_called_off(self, shop: Shop) -> None:
        bot = shop.shopper()
        asked = bot.buy(number=ASKS)
        tries = []
        for _ in range(20):
            tries.append(try_at_stripe(shop, asked["client_secret"], DECLINED))
            shop.pump()
        assert (tries.count(402), tries[2:]) == (2, [400] * 18)
        assert bot.confirm(asked["transaction"]["id"])["transaction"]["status"] == "canceled"
        assert status_of(shop, asked["client_secret"]) == "canceled"

    def test_also_while_a_bank_is_asked_in_between(self, shop: Shop) -> None:
        bot = shop.shopper()
        asked = bot.buy(number=ASKS)
        for number in (DECLINED, ASKS, DECLINED, ASKS):
            try_at_stripe(shop, asked["client_secret"], number)
        shop.pump()
        assert status_of(shop, asked["client_secret"]) == "canceled"
        assert bot.confirm(asked["transaction"]["id"])["transaction"]["status"] == "canceled"

    def test_but_not_once_it_is_paid(self, shop: Shop) -> None:
        shopper = shop.shopper()
        asked = shopper.buy(number=ASKS)
        for number in (DECLINED, DECLINED, GOOD):
            try_at_stripe(shop, asked["client_secret"], number)
        shop.pump()
        assert shopper.confirm(asked["transaction"]["id"])["transaction"]["status"] == "succeeded"

    def test_not_for_the_card_that_was_sent(self, shop: Shop) -> None:
        shopper = shop.shopper()
        asked = shopper.buy(number=ASKS)
        shop.authenticate(asked["client_secret"], "fail")
        shop.pump()
        declined = shopper.buy(number=DECLINED, transaction_id=asked["transaction"]["id"])
        shop.pump()
        assert declined["transaction"]["status"] == "declined"
        paid = shopper.buy(transaction_id=asked["transaction"]["id"])
        assert paid["transaction"]["status"] == "succeeded"


class TestCardsForTheWallet:
    def test_each_tried_past_us_counts(self, shop: Shop) -> None:
        bot = shop.shopper(account=True)
        secret = bot.create_payment_method(ASKS)["client_secret"]
        for _ in range(3):
            assert try_at_stripe(shop, secret, DECLINED) == 402
        shop.pump()
        assert codes([bot.create_payment_method(DECLINED)]) == {"rate_limited"}

    def test_the_first_ends_the_question_of_the_bank(self, shop: Shop) -> None:
        bot = shop.shopper(account=True)
        asked = bot.create_payment_method(ASKS)
        for status in (402, 400):
            assert try_at_stripe(shop, asked["client_secret"], DECLINED) == status
            shop.pump()
        assert status_of(shop, asked["client_secret"]) == "canceled"
        told = bot.send("confirm-card", card_id=asked["card"]["id"])
        assert codes([told]) == {"card_declined"}
        more = [bot.create_payment_method(DECLINED) for _ in range(3)]
        assert [ack["error"]["code"] for ack in more] == [*["card_declined"] * 2, "rate_limited"]

    def test_a_question_that_is_answered_with_no_calls_nothing_off(self, shop: Shop) -> None:
        shopper = shop.shopper(account=True)
        asked = shopper.create_payment_method(ASKS)
        shop.authenticate(asked["client_secret"], "fail")
        shop.pump()
        assert status_of(shop, asked["client_secret"]) == "requires_payment_method"
        assert shopper.add_card()["verified"]
