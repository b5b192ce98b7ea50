"""What counts as a card that was tried, as a decline, and until when."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest

import card_testing
from errors import RateLimited
from extensions import limiter
from tests.support.client_front import ClientFront
from tests.support.doors import Json
from tests.support.shop import Shop
from tests.support.shopper import Shopper
from tests.support.trouble import codes

pytestmark = pytest.mark.in_process
DECLINED = "4000000000000002"
Open = Callable[..., Shop]
Message = Callable[[bool], AbstractContextManager[None]]


@pytest.fixture
def shop(shop_with: Open) -> Shop:
    return shop_with()


def from_one_address(shop: Shop) -> Shopper:
    """A new guest each time, always from the same address."""
    return shop.keep(Shopper(shop, shop.visitor("203.0.113.9"), shop.checkout_path()))


class TestMadeUpCards:
    """Ids that Stripe knows no card by: no decline, but each costs a row and a call."""

    def send(self, shopper: Shopper, n: int) -> Json:
        typed = ({"id": f"pm_nobody{n}"}, {"id": f"tok_nobody{n}"})
        if n % 2:
            return shopper.create_payment_method(card=typed, tokenType="single")
        return shopper.buy(typed=typed)

    def test_one_address_sends_only_so_many(self, shop_with: Open) -> None:
        shop = shop_with(DECLINES_PER_ADDRESS="3")
        acks = [self.send(from_one_address(shop), n) for n in range(12)]
        assert codes(acks[:9]) == {"not_found"}
        assert codes(acks[9:]) == {"rate_limited"}
        assert codes([from_one_address(shop).buy()]) == {"rate_limited"}
        assert shop.shopper().pay()["status"] == "succeeded"

    def test_they_take_no_place_of_a_decline(self, shop: Shop) -> None:
        shopper = shop.shopper()
        for n in range(4):
            self.send(shopper, n)
        assert codes([shopper.buy(number=DECLINED) for _ in range(3)]) == {"card_declined"}


class TestHours:
    """A message may begin in one hour and end in the next."""

    @pytest.fixture
    def message(self, shop: Shop) -> Iterator[Message]:
        """A message of one user's, as it is counted; whether its card is declined in the end."""

        @contextmanager
        def deal(is_declined: bool) -> Iterator[None]:
            with card_testing.attempt("user_bot", "203.0.113.50", None):
                yield
                if is_declined:
                    card_testing.check(lambda: False)
                    card_testing.declined()

        assert isinstance(shop.front, ClientFront)
        with shop.front.app.app_context():
            yield deal

    def declines_of_an_hour(self, message: Message) -> int:
        for n in range(60):
            try:
                with message(True):
                    pass
            except RateLimited:
                return n
        return 60

    def test_what_was_taken_in_an_hour_is_not_given_back_in_the_next(
        self, message: Message, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with ExitStack() as running:
            for _ in range(2):
                running.enter_context(message(False))
            later = time.time() + 3601
            monkeypatch.setattr(time, "time", lambda: later)
            for _ in range(2):
                with message(True):
                    pass
        assert self.declines_of_an_hour(message) == 1

    def test_nor_where_all_counters_were_lost(self, message: Message) -> None:
        with ExitStack() as running:
            for _ in range(50):
                running.enter_context(message(False))
            limiter.storage.reset()
        assert self.declines_of_an_hour(message) == 3
