"""What may be going on when the power goes: who stands at the till, with what, about to do what.

A scene is set once; each kill begins with it anew. `act` is the flow that is killed, `again` what
the page does when the shop is back: it sends the same messages. Both return every ack.
"""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from tests.support.books import Books
from tests.support.desk import Desk
from tests.support.doors import Json
from tests.support.shop import Shop
from tests.support.shopper import Shopper

ASKS_THE_BANK = "4000000000003220"
DECLINED = "4000000000000002"
Watched = Callable[[], AbstractContextManager[None]]


class Scene:
    """One shopper who is about to send one message."""

    action = "purchase-request"
    charges_after = 1
    hear: Callable[[Json], None]

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.shopper = self.enter()
        self.payload = self.prepare()

    def enter(self) -> Shopper:
        return self.shop.shopper()

    def prepare(self) -> Json:
        raise NotImplementedError

    def act(self, watched: Watched) -> list[Json]:
        """What the page does; the shop's part of it inside `watched`."""
        return self._send(self.shopper, watched)

    def again(self, watched: Watched) -> list[Json]:
        """What the page does after a reload: the same once more, over a new socket."""
        return self._send(self.shopper.another_tab(), watched)

    def went_well(self, acks: list[Json]) -> bool:
        return acks[-1]["status"] == "success" and (
            acks[-1]["transaction"]["status"] == "succeeded"
        )

    def result_of(self, ack: Json) -> Json:
        """What has to be the same however often it is asked for."""
        names = ("id", "status", "amount", "currency")
        return {name: ack["transaction"][name] for name in names}

    def taken(self, books: Books) -> bool:
        """Whether the shop has written down what was asked of it."""
        return any(attempt["request_id"] == "r:one" for attempt in books.attempts)

    def cards(self, *, went_well: bool, left: bool) -> set[int]:
        """How many cards the wallet may list in the end."""
        return {0}

    def refunds(self, *, done: bool) -> list[int]:
        """The amounts that were given back in the end, `done` or never taken up."""
        return []

    def _send(self, tab: Shopper, watched: Watched) -> list[Json]:
        return [self._heard(tab, watched, self.action, self.payload)]

    def _heard(self, tab: Shopper, watched: Watched, action: str, payload: Json) -> Json:
        with watched():
            ack = tab.send(action, payload)
        self.hear(ack)
        return ack


class Typed(Scene):
    """A guest with a typed card."""

    def prepare(self) -> Json:
        return self.shopper.purchase(requestId="one")


class Wallet(Scene):
    """An account with a card in the wallet."""

    def enter(self) -> Shopper:
        return self.shop.shopper(account=True)

    def prepare(self) -> Json:
        return self.shopper.purchase(card_id=self.shopper.add_card()["id"], requestId="one")

    def cards(self, *, went_well: bool, left: bool) -> set[int]:
        return {1}


class Saved(Wallet):
    """A typed card that goes into the wallet with the purchase."""

    def prepare(self) -> Json:
        return self.shopper.purchase(save=True, requestId="one")

    def cards(self, *, went_well: bool, left: bool) -> set[int]:
        return {1} if went_well else {0}


class Another(Scene):
    """Another card, after the first was declined."""

    def prepare(self) -> Json:
        declined = self.shopper.buy(number=DECLINED, requestId="zero")["transaction"]["id"]
        return self.shopper.purchase(transaction_id=declined, requestId="one")


class Bank(Scene):
    """A card whose bank asks: buy, answer the bank, confirm."""

    def prepare(self) -> Json:
        return self.shopper.purchase(number=ASKS_THE_BANK, requestId="one")

    def _send(self, tab: Shopper, watched: Watched) -> list[Json]:
        ack = self._heard(tab, watched, self.action, self.payload)
        if ack["status"] != "success" or ack["transaction"]["status"] != "requires_action":
            return [ack]
        self.shop.authenticate(ack["client_secret"])
        confirm = {"transaction_id": ack["transaction"]["id"]}
        return [ack, self._heard(tab, watched, "confirm-purchase", confirm)]


class Adding(Wallet):
    """No purchase: a card on its way into the wallet."""

    action = "create-payment-method"
    charges_after = 0

    def prepare(self) -> Json:
        method, token = self.shop.card()
        fields = {"cogId": self.shopper.cog_id, "userId": self.shopper.user_id}
        return {"paymentMethod": method, "token": token, "email": self.shopper.email, **fields}

    def went_well(self, acks: list[Json]) -> bool:
        return bool(acks[-1]["status"] == "success")

    def result_of(self, ack: Json) -> Json:
        return dict(ack["card"])

    def cards(self, *, went_well: bool, left: bool) -> set[int]:
        # Whoever leaves may find it there or not; whoever sends it again has it, once.
        return {0, 1} if left else {1}


class GivingBack(Wallet):
    """The owner gives a part of a paid order back, at his terminal."""

    AMOUNT = 500

    def prepare(self) -> Json:
        card = self.shopper.add_card()
        return {"order": self.shopper.pay(card_id=card["id"])["id"]}

    def act(self, watched: Watched) -> list[Json]:
        return self.again(watched)

    def again(self, watched: Watched) -> list[Json]:
        desk = Desk(self.shop)
        with watched():
            done = desk.run("refunds create", self.payload["order"], "--amount", "5.00")
        code = "success" if done.exit_code == 0 else f"exit {done.exit_code}"
        refund = re.search(r"\bref_\w+", done.stdout)
        ack = {"status": code, "refund": refund.group() if refund else done.output}
        self.hear(ack)
        return [ack]

    def went_well(self, acks: list[Json]) -> bool:
        return bool(acks[-1]["status"] == "success")

    def result_of(self, ack: Json) -> Json:
        return {"refund": ack["refund"]}

    def taken(self, books: Books) -> bool:
        return bool(books.refunds)

    def refunds(self, *, done: bool) -> list[int]:
        return [self.AMOUNT] if done else []


SCENES: dict[str, type[Scene]] = {
    "wallet card": Wallet,
    "typed card": Typed,
    "3D Secure": Bank,
    "typed card, saved": Saved,
    "another card": Another,
    "refund": GivingBack,
    "adding a card": Adding,
}
