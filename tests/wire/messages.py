"""Well-formed messages of every action, and what a refusal has to look like."""

from typing import Any

from errors import all_codes
from tests.support.doors import Json
from tests.support.shop import Shop
from tests.support.shopper import Shopper

NOBODYS_CARD = "card_bcdfghjkmnpqrstvwxz2"
NOBODYS_ORDER = "txn_bcdfghjkmnpqrstvwxz2"
NOBODYS_SHOP = "cog_bcdfghjkmnpqrstvwxz2"
# Rows that a message might touch, each by whose they are.
_OWNED = {
    "user": "id = :id",
    "session": "user_id = :id",
    "customer": "user_id = :id",
    "card": "user_id = :id",
    "transaction": "user_id = :id",
    "attempt": 'transaction_id IN (SELECT id FROM "transaction" WHERE user_id = :id)',
    "transaction_event": 'transaction_id IN (SELECT id FROM "transaction" WHERE user_id = :id)',
}


def well_formed(shopper: Shopper) -> dict[str, Json]:
    """For each action a message that only names what doesn't exist: nothing comes of it."""
    claims = {"userId": shopper.user_id, "cogId": shopper.cog_id}
    typed = {"id": "pm_nobodys"}, {"id": "tok_nobodys"}
    order = {"transaction_id": NOBODYS_ORDER}
    card = {"card_id": NOBODYS_CARD}
    return {
        "get-user-cards": claims,
        "create-payment-method": {
            **claims,
            "paymentMethod": typed[0],
            "token": typed[1],
            "email": shopper.email or "someone@example.com",
            "tokenType": "permanent",
        },
        "confirm-card": card,
        "remove-card": card,
        "set-default-card": card,
        "rename-card": {**card, "nickname": "Travel"},
        "dismiss-renewal": card,
        "purchase-request": {**claims, **card, "items": shopper.items, "requestId": "r1"},
        "confirm-purchase": order,
        "get-transaction": order,
        "get-transactions": {"cursor": NOBODYS_ORDER},
    }


def code_of(ack: Any) -> str:
    """The code of a refusal, once its envelope is as the protocol says."""
    assert isinstance(ack, dict), f"no ack, or not an object: {ack!r}"
    assert ack["status"] == "error", ack
    error = ack["error"]
    assert error.keys() == {"code", "message", "retryable", "request_id"}
    assert error["code"] in all_codes()
    assert error["retryable"] is all_codes()[error["code"]].retryable
    assert error["message"]
    assert error["message"].isprintable()
    assert error["request_id"].startswith("req_")
    return str(error["code"])


def words_of(ack: Json) -> Json:
    """The whole answer, without what differs from one request to the next."""
    return {**ack, "error": {**ack["error"], "request_id": "any"}}


class Watch:
    """Sees whether anything came of messages: rows of these shoppers, and calls to Stripe."""

    def __init__(self, shop: Shop, *shoppers: Shopper) -> None:
        shop.pump()
        self._shop, self._users = shop, [shopper.user_id for shopper in shoppers]
        self._rows, self._calls = self._state(), len(shop.calls())

    def assert_untouched(self) -> None:
        assert self._state() == self._rows
        assert self._shop.calls()[self._calls :] == []

    def _state(self) -> Json:
        state: Json = {"users": self._shop.rows('SELECT count(*) AS number FROM "user"')}
        for table, whose in _OWNED.items():
            for user in self._users:
                rows = self._shop.rows(f'SELECT * FROM "{table}" WHERE {whose}', id=user)
                state[f"{table} of {user}"] = sorted(rows, key=repr)
        return state
