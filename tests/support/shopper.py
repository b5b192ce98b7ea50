"""Somebody who buys: one page of the shop, open in one tab, with its socket."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .doors import Json, Push, Visitor, eventually

if TYPE_CHECKING:
    from .shop import Shop

VISA = "4242424242424242"
CONTACT = "someone@example.com"


class Shopper:
    """`context` is what the page gave the browser; everything else follows from it.

    `page`: the path of the page that this tab shows. `origin` and `auth` are for tests of the
    door itself; left alone they are what our own page sends.
    """

    def __init__(
        self,
        shop: "Shop",
        visitor: Visitor,
        page: str,
        *,
        origin: str | None = "own",
        auth: Any = "own",
    ) -> None:
        self.shop, self.visitor, self.page = shop, visitor, page
        self.context = _context(visitor, page)
        own = {"token": self.context["token"]}
        self.wire = visitor.http.wire(
            own if auth == "own" else auth, origin=shop.origin if origin == "own" else origin
        )

    @property
    def user_id(self) -> str:
        return str(self.context["userId"])

    @property
    def cog_id(self) -> str:
        return str(self.context["cogId"])

    @property
    def email(self) -> str | None:
        """The account's; None for a guest."""
        email: str | None = self.context["email"]
        return email

    @property
    def items(self) -> list[Json]:
        """The basket of this page, as lines of a purchase-request."""
        fields = ("item_id", "price_cents", "quantity")
        return [{name: line[name] for name in fields} for line in self.context["items"]]

    # The wire

    def send(self, action: str, payload: Mapping[str, Any] | None = None, **fields: Any) -> Json:
        """The event spelling; returns the ack."""
        return _object(self.wire.call(action, {**(payload or {}), **fields}))

    def send_frame(self, frame: Any) -> Json:
        """The `message` spelling, the frame exactly as given; returns the ack."""
        return _object(self.wire.call("message", frame))

    def raw(self, event: str, *arguments: Any) -> Any:
        """Any event with any arguments; returns whatever came back."""
        return self.wire.call(event, *arguments)

    @property
    def pushes(self) -> list[Push]:
        return self.wire.pushes

    def pushed(
        self, event: str, where: Callable[[Any], bool] = lambda _payload: True, within: float = 15
    ) -> Any:
        """Wait for a push of this kind, of any time since connecting; the newest's payload."""

        def newest() -> list[Push]:
            return [p for p in self.pushes if p.event == event and where(p.payload)][-1:]

        return eventually(newest, within=within, what=f"push {event}")[0].payload

    def another_tab(self, page: str | None = None) -> "Shopper":
        """The same visitor opens this page (or another) once more."""
        return self.shop.keep(Shopper(self.shop, self.visitor, page or self.page))

    def close(self) -> None:
        self.wire.close()

    # What a shopper does

    def cards(self) -> list[Json]:
        ack = self.send("get-user-cards", userId=self.user_id)
        return list(_succeeded(ack)["cards"])

    def create_payment_method(
        self, number: str = VISA, *, card: tuple[Json, Json] | None = None, **changes: Any
    ) -> Json:
        """Send what the card form sends; returns the ack. `changes` replace or add fields."""
        method, token = card or self.shop.card(number)
        payload = {
            "paymentMethod": method,
            "token": token,
            "cogId": self.cog_id,
            "userId": self.user_id,
            "email": self.email or CONTACT,
        }
        return self.send("create-payment-method", {**payload, **changes})

    def add_card(self, number: str = VISA, *, bank: str = "complete", **changes: Any) -> Json:
        """A card in the wallet, 3DS passed where the bank asks for it; returns the card."""
        ack = _succeeded(self.create_payment_method(number, **changes))
        if ack.get("next_action") != "confirm-card":
            return dict(ack["card"])
        self.shop.authenticate(ack["client_secret"], bank)
        return dict(_succeeded(self.send("confirm-card", card_id=ack["card"]["id"]))["card"])

    def purchase(
        self,
        *,
        card_id: str | None = None,
        number: str | None = None,
        typed: tuple[Json, Json] | None = None,
        items: list[Json] | None = None,
        transaction_id: str | None = None,
        **changes: Any,
    ) -> Json:
        """A purchase-request's payload: with a wallet card, else with a typed one.

        `transaction_id` asks again for that transaction, with this card instead of items.
        """
        payload: Json = {"userId": self.user_id, "cogId": self.cog_id}
        if transaction_id:
            payload["transaction_id"] = transaction_id
        else:
            payload["items"] = self.items if items is None else items
        if card_id:
            payload["card_id"] = card_id
        else:
            payload["stripePayment"], payload["tokenObj"] = typed or self.shop.card(number or VISA)
        return {**payload, **changes}

    def buy(self, **choices: Any) -> Json:
        """Send a purchase-request (see `purchase`); returns the ack, whatever it says."""
        return self.send("purchase-request", self.purchase(**choices))

    def pay(self, *, bank: str = "complete", **choices: Any) -> Json:
        """Buy as the page does: 3DS with this outcome where asked for; returns the transaction."""
        ack = _succeeded(self.buy(**choices))
        transaction = dict(ack["transaction"])
        if transaction["status"] != "requires_action":
            return transaction
        self.shop.authenticate(ack["client_secret"], bank)
        return dict(self.confirm(transaction["id"])["transaction"])

    def confirm(self, transaction_id: str) -> Json:
        return self.send("confirm-purchase", transaction_id=transaction_id)

    def transaction(self, transaction_id: str) -> Json:
        ack = self.send("get-transaction", transaction_id=transaction_id)
        return dict(_succeeded(ack)["transaction"])

    def transactions(self) -> list[Json]:
        """The newest page of them."""
        return list(_succeeded(self.send("get-transactions"))["transactions"])


def _context(visitor: Visitor, page: str) -> Json:
    element = "checkout-context" if page.startswith("/checkout") else "page-context"
    return visitor.get(page).script(element)


def _object(ack: Any) -> Json:
    assert isinstance(ack, dict), f"no ack, or not an object: {ack!r}"
    return ack


def _succeeded(ack: Json) -> Json:
    assert ack.get("status") == "success", ack
    return ack
