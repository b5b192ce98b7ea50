"""A bot that tries stolen cards gets nowhere, and the honest shopper beside it still pays."""

from collections.abc import Callable

import pytest

from tests.support.doors import Json
from tests.support.shop import Shop
from tests.support.shopper import Shopper
from tests.support.trouble import at_once, codes, lose, mend, recover

pytestmark = pytest.mark.in_process
DECLINED, INCORRECT_CVC = "4000000000000002", "4000000000000127"
ASKS, DECLINED_AFTER_ASKING = "4000000000003220", "4000008400001629"
CREATE = "POST /v1/payment_intents"
Open = Callable[..., Shop]


@pytest.fixture
def shop(shop_with: Open) -> Shop:
    return shop_with()


def from_one_address(shop: Shop) -> Shopper:
    """A new guest each time, always from the same address."""
    return shop.keep(Shopper(shop, shop.visitor("203.0.113.9"), shop.checkout_path()))


def declines(shop: Shop) -> int:
    """The declines that reached Stripe."""
    payments = [c for c in shop.ledger()["charges"] if c["status"] == "failed"]
    setups = [s for s in shop.ledger()["setup_intents"] if s["last_setup_error"]]
    return len(payments) + len(setups)


def verify(token: str, address: str | None) -> bool:
    """The shop's CAPTCHA in these tests."""
    if token == "broken":
        raise ConnectionError
    return token == "a person" and address is not None


def test_five_hundred_cards_of_one_user_are_three_declines(shop: Shop) -> None:
    bot, honest = shop.shopper(), shop.shopper()
    acks = [bot.buy(number=DECLINED) for _ in range(500)]
    assert [ack["error"]["code"] for ack in acks[:4]] == [*["card_declined"] * 3, "rate_limited"]
    assert codes(acks[3:]) == {"rate_limited"}
    assert declines(shop) == 3
    assert len(shop.rows('SELECT id FROM "transaction"')) == 3
    assert honest.pay()["status"] == "succeeded"


def test_a_new_guest_for_each_card_is_met_by_the_address(shop: Shop) -> None:
    acks = [from_one_address(shop).buy(number=DECLINED) for _ in range(60)]
    assert declines(shop) == 10
    assert codes(acks[10:]) == {"rate_limited"}
    assert shop.shopper().pay()["status"] == "succeeded"


def test_cards_tried_at_the_same_moment_are_counted_too(shop: Shop) -> None:
    bot = shop.shopper(account=True)
    tabs = [bot.another_tab() for _ in range(8)]
    cards = [shop.card(DECLINED) for _ in tabs]
    acks = at_once(
        [
            lambda tab=tab, card=card: tab.create_payment_method(card=card)
            for tab, card in zip(tabs, cards, strict=True)
        ]
    )
    assert codes(acks) == {"card_declined", "rate_limited"}
    assert declines(shop) == 3


def test_adding_and_paying_count_together(shop: Shop) -> None:
    bot = shop.shopper(account=True)
    assert codes([bot.create_payment_method(DECLINED)]) == {"card_declined"}
    assert codes([bot.buy(number=INCORRECT_CVC)]) == {"card_declined"}
    assert codes([bot.create_payment_method(INCORRECT_CVC)]) == {"card_declined"}
    assert codes([bot.create_payment_method(), bot.buy()]) == {"rate_limited"}
    assert declines(shop) == 3


def test_what_goes_well_or_fails_on_our_side_takes_no_place(shop: Shop) -> None:
    shopper = shop.shopper()
    nonsense = [{"item_id": "none", "price_cents": 1}]
    for _ in range(4):
        shopper.pay()
        assert codes([shopper.buy(items=nonsense)]) == {"not_found"}
        lose(shop, CREATE, "status", status=429)
        assert codes([shopper.buy()]) == {"unavailable"}
        mend(shop)
        recover(shop)
    assert codes([shopper.buy(number=DECLINED) for _ in range(3)]) == {"card_declined"}


def test_what_is_known_is_told_to_whoever_may_try_no_more(shop: Shop) -> None:
    shopper = shop.shopper()
    paid = shopper.purchase(requestId="paid")
    first = shopper.send("purchase-request", paid)
    declined = [shopper.purchase(number=DECLINED, requestId=f"d{n}") for n in range(3)]
    told = [shopper.send("purchase-request", message) for message in declined]
    assert codes([shopper.buy()]) == {"rate_limited"}
    assert shopper.send("purchase-request", paid)["transaction"] == first["transaction"]
    again = [shopper.send("purchase-request", message) for message in declined]
    assert [ack["transaction"] for ack in again] == [ack["transaction"] for ack in told]
    assert declines(shop) == 3


def test_another_card_for_a_declined_purchase_is_an_attempt_too(shop: Shop) -> None:
    shopper = shop.shopper()
    transaction = shopper.buy(number=DECLINED)["transaction"]["id"]
    more = [shopper.buy(number=DECLINED, transaction_id=transaction) for _ in range(3)]
    assert [ack["error"]["code"] for ack in more] == [*["card_declined"] * 2, "rate_limited"]
    assert len(shop.rows("SELECT number FROM attempt")) == 3


class TestAfterTheBankHasAsked:
    """Where 3D Secure comes first, the decline isn't the answer to the message that tried."""

    def pay(self, shopper: Shopper, told_by: str, number: str = DECLINED_AFTER_ASKING) -> Json:
        ack = shopper.buy(number=number)
        if ack["status"] == "error":
            return ack
        shopper.shop.authenticate(ack["client_secret"])
        return self.tell(shopper, ack["transaction"]["id"], told_by)

    def tell(self, shopper: Shopper, transaction_id: str, told_by: str) -> Json:
        if told_by == "webhook":
            shopper.shop.pump()
        if told_by == "recovery":
            recover(shopper.shop)
        return shopper.confirm(transaction_id)

    def add(self, shopper: Shopper, told_by: str) -> Json:
        ack = shopper.create_payment_method(DECLINED_AFTER_ASKING)
        if ack["status"] == "error":
            return ack
        shopper.shop.authenticate(ack["client_secret"])
        if told_by == "webhook":
            shopper.shop.pump()
        return shopper.send("confirm-card", card_id=ack["card"]["id"])

    @pytest.mark.parametrize("told_by", ["page", "webhook", "recovery"])
    def test_declined_purchases_count(self, shop: Shop, told_by: str) -> None:
        bot = shop.shopper()
        acks = [self.pay(bot, told_by) for _ in range(5)]
        assert [ack["error"]["code"] for ack in acks] == [
            *["card_declined"] * 3,
            *["rate_limited"] * 2,
        ]
        assert shop.shopper().pay()["status"] == "succeeded"

    @pytest.mark.parametrize("told_by", ["page", "webhook"])
    def test_declined_cards_for_the_wallet_count(self, shop: Shop, told_by: str) -> None:
        bot = shop.shopper(account=True)
        acks = [self.add(bot, told_by) for _ in range(5)]
        assert [ack["error"]["code"] for ack in acks] == [
            *["card_declined"] * 3,
            *["rate_limited"] * 2,
        ]
        assert codes([bot.buy()]) == {"rate_limited"}

    @pytest.mark.parametrize("told_by", ["page", "webhook"])
    def test_a_new_guest_for_each_is_met_by_the_address(self, shop: Shop, told_by: str) -> None:
        acks = [self.pay(from_one_address(shop), told_by) for _ in range(12)]
        assert codes(acks[:10]) == {"card_declined"}
        assert codes(acks[10:]) == {"rate_limited"}

    def test_told_twice_it_counts_once(self, shop: Shop) -> None:
        shopper = shop.shopper()
        for _ in range(2):
            ack = self.pay(shopper, "page")
            shop.pump()
            self.tell(shopper, ack["transaction"]["id"], "webhook")
        assert codes([self.pay(shopper, "page")]) == {"card_declined"}

    @pytest.mark.parametrize("outcome", ["fail", "cancel"])
    def test_whoever_does_not_answer_his_bank_has_tried_no_card(
        self, shop: Shop, outcome: str
    ) -> None:
        shopper = shop.shopper(account=True)
        for _ in range(4):
            ack = shopper.buy(number=ASKS)
            shop.authenticate(ack["client_secret"], outcome)
            assert codes([shopper.confirm(ack["transaction"]["id"])]) == {"authentication_failed"}
            ack = shopper.create_payment_method(ASKS)
            shop.authenticate(ack["client_secret"], outcome)
            told = shopper.send("confirm-card", card_id=ack["card"]["id"])
            assert codes([told]) == {"authentication_failed"}
        assert shopper.pay()["status"] == "succeeded"

    def test_they_make_a_surge(self, shop_with: Open) -> None:
        shop = shop_with(DECLINES_SURGE="4")
        for _ in range(4):
            assert codes([self.pay(shop.shopper(), "page")]) == {"card_declined"}
        assert codes([shop.shopper().buy()]) == {"rate_limited"}


class TestSurge:
    """Many declines in the whole shop, from many users at many addresses."""

    @pytest.fixture
    def shop(self, shop_with: Open) -> Shop:
        return shop_with(DECLINES_SURGE="6", CAPTCHA_VERIFIER=f"{__name__}:verify")

    @pytest.fixture
    def regular(self, shop: Shop) -> tuple[Shopper, Json]:
        """Somebody with a card that has paid before."""
        shopper = shop.shopper(account=True)
        card = shopper.add_card()
        shopper.pay(card_id=card["id"])
        return shopper, card

    def surge(self, shop: Shop, number: int = 6) -> None:
        acks = [shop.shopper().buy(number=DECLINED) for _ in range(number)]
        assert codes(acks) == {"card_declined"}

    def test_new_cards_wait_and_cards_that_have_paid_still_pay(
        self, shop: Shop, regular: tuple[Shopper, Json]
    ) -> None:
        fresh = regular[0].add_card("5555555555554444")
        self.surge(shop)
        ack = shop.shopper().buy()
        assert (ack["error"]["code"], ack["captcha"]) == ("rate_limited", True)
        assert codes([regular[0].buy(card_id=fresh["id"])]) == {"rate_limited"}
        assert codes([regular[0].create_payment_method("378282246310005")]) == {"rate_limited"}
        assert regular[0].pay(card_id=regular[1]["id"])["status"] == "succeeded"

    def test_a_person_still_pays(self, shop: Shop) -> None:
        self.surge(shop)
        assert shop.shopper().buy(captchaToken="a person")["status"] == "success"
        refused = [shop.shopper().buy(captchaToken=token) for token in ("a bot", "broken")]
        assert codes(refused) == {"rate_limited"}

    def test_without_a_captcha_new_cards_only_wait(self, shop_with: Open) -> None:
        shop = shop_with(DECLINES_SURGE="6")
        self.surge(shop)
        ack = shop.shopper().buy(captchaToken="a person")
        assert (ack["error"]["code"], ack["captcha"]) == ("rate_limited", False)

    def test_as_many_declines_among_more_payments_are_no_surge(self, shop: Shop) -> None:
        for _ in range(7):
            shop.shopper().pay()
        self.surge(shop, 7)
        assert shop.shopper().pay()["status"] == "succeeded"

    def test_made_up_cards_do_not_make_it_look_smaller(self, shop: Shop) -> None:
        bot = shop.shopper()
        for n in range(8):
            typed = ({"id": f"pm_nobody{n}"}, {"id": f"tok_nobody{n}"})
            assert codes([bot.buy(typed=typed)]) == {"not_found"}
        self.surge(shop)
        assert codes([shop.shopper().buy()]) == {"rate_limited"}
