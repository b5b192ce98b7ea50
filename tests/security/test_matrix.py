"""Who may do what with whose: every action, eight actors, every kind of object.

The table is made of the registry of actions: a new action without a line here fails. Foreign is
answered exactly like unknown, in code, words and cost, and nothing changes by it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

import app  # noqa: F401 - importing it registers the actions
from sockets import ACTIONS
from tests.support.doors import Json
from tests.support.owner import write
from tests.support.shop import PASSWORD, Shop
from tests.support.shopper import Shopper
from tests.wire.messages import NOBODYS_CARD, NOBODYS_ORDER, code_of, well_formed

pytestmark = pytest.mark.in_process
DECLINED, THREE_DS = "4000000000000002", "4000000000003220"
TABLES = ("user", "session", "customer", "card", "transaction", "attempt", "transaction_event")
# Action -> the fields by which its message names an object. What each kind may be is below.
NAMES: dict[str, tuple[str, ...]] = {
    "get-user-cards": ("userId",),
    # Whose a PaymentMethod is: tests/payments/test_other_people_s_cards.py.
    "create-payment-method": ("userId",),
    "confirm-card": ("card_id",),
    "set-default-card": ("card_id",),
    "remove-card": ("card_id",),
    "rename-card": ("card_id",),
    "dismiss-renewal": ("card_id",),
    "purchase-request": ("userId", "card_id", "transaction_id"),
    "confirm-purchase": ("transaction_id",),
    "get-transaction": ("transaction_id",),
    "get-transactions": ("cursor",),
}
UNKNOWN = {
    "userId": "user_bcdfghjkmnpqrstvwxz2",
    "card_id": NOBODYS_CARD,
    "transaction_id": NOBODYS_ORDER,
    "cursor": NOBODYS_ORDER,
}


@dataclass
class Owner:
    """Somebody with one of everything. objects: field -> kind -> what a message would say."""

    shopper: Shopper
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, shop: Shop) -> "Owner":
        shopper = shop.shopper(account=True)
        saved = shopper.add_card()
        at_the_bank = shopper.create_payment_method(THREE_DS)["card"]
        single = shopper.create_payment_method("5555555555554444", tokenType="single")["card"]
        transactions = {
            "paid": shopper.pay(card_id=saved["id"])["id"],
            "declined": shopper.buy(number=DECLINED)["transaction"]["id"],
            "at the bank": shopper.buy(number=THREE_DS)["transaction"]["id"],
        }
        cards = {"saved": saved["id"], "at the bank": at_the_bank["id"], "single": single["id"]}
        return cls(
            shopper,
            {
                "userId": {"user": shopper.user_id},
                "card_id": cards,
                "transaction_id": transactions,
                "cursor": transactions,
            },
        )


def guest(shop: Shop, _owner: Owner) -> Shopper:
    return shop.shopper()


def other_guest(shop: Shop, _owner: Owner) -> Shopper:
    """One who has bought something himself."""
    shopper = shop.shopper()
    shopper.pay()
    return shopper


def other_user(shop: Shop, _owner: Owner) -> Shopper:
    shopper = shop.shopper(account=True)
    shopper.pay(card_id=shopper.add_card()["id"])
    return shopper


def user_of_another_cog(shop: Shop, _owner: Owner) -> Shopper:
    return shop.shopper(account=True, cog="kumo-paper")


def signed_out(shop: Shop, owner: Owner) -> Shopper:
    """The owner himself, in a session that is over."""
    visitor = shop.visitor()
    shop.sign_in(visitor, str(owner.shopper.email), PASSWORD)
    shopper = shop.keep(Shopper(shop, visitor, shop.checkout_path()))
    newest = "SELECT id FROM session WHERE user_id = :id ORDER BY created_at DESC LIMIT 1"
    (row,) = shop.rows(newest, id=owner.shopper.user_id)
    write(shop, "UPDATE session SET revoked_at = created_at WHERE id = :id", id=row["id"])
    return shopper


def user_of_another_mode(shop: Shop, owner: Owner) -> Shopper:
    """The owner himself, of the time when other keys were in use."""
    for table in ("card", "transaction"):
        write(shop, f"UPDATE \"{table}\" SET mode = 'test'")
    return owner.shopper


Actor = Callable[[Shop, Owner], Shopper]
ACTORS: tuple[Actor, ...] = (
    guest,
    other_guest,
    other_user,
    user_of_another_cog,
    signed_out,
    user_of_another_mode,
)
# Besides these there are the owner, whom tests/wallet and tests/payments show, and nobody, below.
HIS_OWN = {user_of_another_mode: {"userId", "cursor"}}


def test_every_action_has_a_line() -> None:
    assert NAMES.keys() == ACTIONS.keys()
    fields = {
        info.alias or name
        for action in ACTIONS.values()
        for name, info in action.schema.model_fields.items()
    }
    assert set(UNKNOWN) <= fields
    named = {name for name in fields if name.lower().endswith("id")}
    harmless = {"cogId", "requestId"}  # the first is compared with the page, the second is his own
    assert named - harmless <= set(UNKNOWN)


@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.__name__)
def test_foreign_is_unknown_in_words_and_cost_and_changes_nothing(shop: Shop, actor: Actor) -> None:
    owner = Owner.of(shop)
    who = actor(shop, owner)
    for action, names in NAMES.items():
        for name in set(names) - HIS_OWN.get(actor, set()):
            unknown = _tried(shop, who, action, {name: UNKNOWN[name]})
            for kind, value in owner.objects[name].items():
                foreign = _tried(shop, who, action, {name: value})
                where = f"{action} with {name} of a {kind}, by {actor.__name__}"
                assert foreign == unknown, where


def test_nobody_gets_as_far_as_an_action(shop: Shop) -> None:
    owner = Owner.of(shop)
    page = owner.shopper.visitor.get(owner.shopper.page)
    token = page.script("checkout-context")["token"]
    stranger = shop.visitor()
    for auth in (None, {}, {"token": token}, {"token": owner.shopper.user_id}):
        wire = stranger.http.wire(auth, origin=shop.origin)
        assert not wire.connected
        assert wire.refusal is not None
        assert wire.refusal["code"] in ("unauthenticated", "session_expired")


@pytest.mark.parametrize("kind", ["paid", "declined", "at the bank"])
def test_a_page_of_another_s_order_is_like_one_that_is_not_there(shop: Shop, kind: str) -> None:
    owner = Owner.of(shop)
    path = f"/orders/{owner.objects['transaction_id'][kind]}"
    assert owner.shopper.visitor.get(path).status == 200
    for stranger in (shop.visitor(), shop.shopper().visitor, shop.shopper(account=True).visitor):
        foreign, unknown = stranger.get(path), stranger.get(f"/orders/{NOBODYS_ORDER}")
        assert foreign.status == unknown.status
        assert foreign.status in (303, 401, 404)
        assert owner.shopper.email not in foreign.text


def _tried(shop: Shop, who: Shopper, action: str, named: Json) -> tuple[Any, ...]:
    """How a message that names this ends: code, words and cost. Nothing may have changed."""
    message = {**well_formed(who)[action], **named}
    if action == "purchase-request" and "transaction_id" in named:
        del message["items"]
    if action == "purchase-request" and "card_id" not in named:
        del message["card_id"]
        message["stripePayment"], message["tokenObj"] = shop.card()
    message.pop("requestId", None)
    before = _rows(shop)
    with shop.count() as counted:
        ack = who.send(action, message)
    assert _rows(shop) == before, f"{action} with {named} changed something"
    cost = (counted.queries, counted.commits, [call["path"] for call in counted.stripe_calls])
    if ack["status"] == "success":
        # Only a page of one's own orders, whatever it is asked to begin with.
        assert (action, ack["transactions"]) == ("get-transactions", [])
        return ("success", *cost)
    return (code_of(ack), ack["error"]["message"], *cost)


def _rows(shop: Shop) -> dict[str, list[Json]]:
    return {table: shop.rows(f'SELECT * FROM "{table}" ORDER BY 1') for table in TABLES}
