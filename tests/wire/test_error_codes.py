"""Every code of the protocol, each met by doing what leads to it."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from errors import all_codes
from tests.support.client_front import ClientFront
from tests.support.doors import Json, Visitor
from tests.support.owner import write
from tests.support.shop import Shop
from tests.support.shopper import Shopper
from tests.wire.messages import NOBODYS_CARD, code_of

DECLINED, EXPIRED = "4000000000000002", "4000000000000069"
ASKS_THE_BANK = "4000002760003184"
MUG = "mug-stoneware"


def invalid_message(shop: Shop) -> Json:
    return shop.shopper().send_frame("not an object")


def unknown_action(shop: Shop) -> Json:
    return shop.shopper().send("buy-everything")


def unauthenticated(shop: Shop) -> Json:
    return shop.shopper().create_payment_method()


def session_expired(shop: Shop) -> Json:
    shopper = shop.shopper()
    write(
        shop, "UPDATE session SET revoked_at = created_at WHERE user_id = :id", id=shopper.user_id
    )
    return shopper.send("get-transactions")


def identity_mismatch(shop: Shop) -> Json:
    return shop.shopper().send("get-user-cards", userId=shop.shopper().user_id)


def not_found(shop: Shop) -> Json:
    return shop.shopper().send("remove-card", card_id=NOBODYS_CARD)


def item_unavailable(shop: Shop) -> Json:
    shopper = shop.shopper(items=[MUG])
    set_active = "UPDATE item SET active = :active WHERE item_id = :item"
    write(shop, set_active, active=False, item=MUG)
    try:
        return shopper.buy()
    finally:
        write(shop, set_active, active=True, item=MUG)


def price_changed(shop: Shop) -> Json:
    shopper = shop.shopper(items=[MUG])
    return shopper.buy(items=[{"item_id": MUG, "price_cents": 1}])


def amount_out_of_range(shop: Shop) -> Json:
    dear = max(shop.shelf(), key=lambda item: item["price_cents"])["item_id"]
    shopper = shop.shopper(items=[dear])
    return shopper.buy(items=[{**shopper.items[0], "quantity": 999}] * 50)


def request_mismatch(shop: Shop) -> Json:
    shopper = shop.shopper(items=[MUG])
    shopper.buy(requestId="one")
    return shopper.buy(requestId="one", items=[{**shopper.items[0], "quantity": 2}])


def payment_in_progress(shop: Shop) -> Json:
    shopper = shop.shopper()
    shopper.buy(number=ASKS_THE_BANK)
    return shopper.buy()


def card_declined(shop: Shop) -> Json:
    return shop.shopper().buy(number=DECLINED)


def card_expired(shop: Shop) -> Json:
    return shop.shopper().buy(number=EXPIRED)


def authentication_failed(shop: Shop) -> Json:
    shopper = shop.shopper()
    asked = shopper.buy(number=ASKS_THE_BANK)
    shop.authenticate(asked["client_secret"], "fail")
    return shopper.confirm(asked["transaction"]["id"])


def card_data_rejected(shop: Shop) -> Json:
    return shop.shopper().send("get-user-cards", userId="4242 4242 4242 4242")


def rate_limited(shop: Shop) -> Json:
    shopper = shop.shopper()
    for _ in range(60):
        assert code_of(shopper.send("confirm-card")) == "invalid_message"
    return shopper.send("confirm-card")


def internal(shop: Shop) -> Json:
    """A row that no code of ours can have written."""
    shopper = shop.shopper()
    never = "infinity" if shop.front.database_url.startswith("postgres") else "soon"
    ruin = f"UPDATE session SET expires_at = '{never}' WHERE user_id = :id"
    write(shop, ruin, id=shopper.user_id)
    try:
        return shopper.send("get-transactions")
    finally:
        mend = "UPDATE session SET expires_at = created_at WHERE user_id = :id"
        write(shop, mend, id=shopper.user_id)


REACHED: dict[str, Callable[[Shop], Json]] = {
    name: thing
    for name, thing in list(globals().items())
    if callable(thing) and getattr(thing, "__module__", "") == __name__
}
REACHED_WITHOUT_STRIPE = {"unavailable", "payment_pending"}


def test_every_code_is_reached_by_a_test_here():
    assert REACHED.keys() | REACHED_WITHOUT_STRIPE == all_codes().keys()


@pytest.mark.parametrize("code", sorted(REACHED))
def test_each_code_can_be_met(shop, code):
    assert code_of(REACHED[code](shop)) == code


@pytest.fixture
def lonely(instances):
    """A guest of a shop whose Stripe does not answer."""
    instance = instances.fresh(STRIPE_API_BASE="http://127.0.0.1:9")
    front = ClientFront(instance)
    visitor = Visitor(front.browser(), front.origin)
    shop = SimpleNamespace(origin=front.origin)
    shopper = Shopper(shop, visitor, f"/checkout?cog=morning-press&item={MUG}")
    yield shopper
    shopper.close()
    front.close()
    instances.discard(instance)


def test_without_an_answer_of_stripe_s_nothing_is_known_or_done(lonely):
    typed = {"id": "pm_x"}, {"id": "tok_x"}
    asked = lonely.create_payment_method(card=typed, tokenType="single")
    assert code_of(asked) == "unavailable"
    bought = lonely.buy(typed=typed)
    assert code_of(bought) == "payment_pending"
    assert bought["transaction"]["status"] == "pending"


def test_too_much_of_one_is_no_hindrance_for_another_user_or_action(shop):
    sender, other = shop.shopper(), shop.shopper()
    for _ in range(61):
        ack = sender.send("confirm-card", card_id=NOBODYS_CARD)
    assert code_of(ack) == "rate_limited"
    assert ack["error"]["retryable"] is True
    assert code_of(other.send("confirm-card", card_id=NOBODYS_CARD)) == "not_found"
    assert sender.cards() == []


def test_the_limit_holds_for_all_tabs_and_spellings_together(shop):
    tab = shop.shopper()
    second = tab.another_tab()
    for _ in range(30):
        tab.send("confirm-card", card_id=NOBODYS_CARD)
        second.send_frame({"action": "confirm-card", "card_id": NOBODYS_CARD})
    assert code_of(tab.send("confirm-card", card_id=NOBODYS_CARD)) == "rate_limited"


def test_unknown_actions_have_a_limit_too(shop):
    shopper = shop.shopper()
    codes = {code_of(shopper.send(f"action-{number}")) for number in range(301)}
    assert codes == {"unknown_action", "rate_limited"}
