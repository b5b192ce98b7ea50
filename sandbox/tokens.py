"""Tokens: card details that Stripe.js turned into an id, good for one use."""

from datetime import UTC, datetime

from sandbox import typed_cards
from sandbox.cards import BY_NAME, BY_TOKEN, Card
from sandbox.context import Context
from sandbox.errors import ApiError, Json, not_found
from sandbox.ids import new_id
from sandbox.records import Record, Tx
from sandbox.typed_cards import TypedCard

# The spelling of brands in the older card object.
_BRANDS = {
    "visa": "Visa",
    "mastercard": "MasterCard",
    "amex": "American Express",
    "discover": "Discover",
    "diners": "Diners Club",
    "jcb": "JCB",
    "unionpay": "UnionPay",
}
_ADDRESS = ("city", "country", "line1", "line2", "state", "zip")


def create(ctx: Context) -> Record:
    if "cvc_update" in ctx.params:
        return _add(ctx, "cvc_update")
    details = ctx.params.get("card")
    if details is None:
        raise ApiError(
            400,
            "You must supply either a card, customer, PII data, bank account, account, or "
            "CVC update to create a token.",
        )
    typed = read_typed(ctx, details)
    body = _card_body(typed, details)
    return _add(ctx, "card", card=body, secret={"card": typed.card.name, "cvc": typed.cvc_given})


def retrieve(ctx: Context) -> Record:
    return ctx.tx.get("token", ctx.ids[0], "token", 404)


def read_typed(ctx: Context, details: Json) -> TypedCard:
    """Typed card details, allowed from the browser only. Raises: ApiError (402)."""
    if not ctx.browser:
        raise typed_cards.refuse_raw_data()
    today = datetime.fromtimestamp(ctx.tx.now, UTC)
    return typed_cards.read(details, today.year, today.month)


def spend(tx: Tx, token_id: str) -> tuple[TypedCard, Json]:
    """The card behind a token, and the address and name typed with it.

    Magic tokens (`tok_visa`) can be used again and again. Raises: ApiError for the second use of
    any other.
    """
    card = BY_TOKEN.get(token_id)
    if card is not None:
        return magic(tx, card), {}
    token = tx.find("token", token_id)
    if token is None or token["type"] != "card":
        raise not_found("token", token_id, "card[token]")
    if token["used"]:
        raise ApiError(
            400,
            f"You cannot use a Stripe token more than once: {token_id}.",
            code="token_already_used",
        )
    token["used"] = True
    body = token["card"]
    name, cvc = token.hidden["card"], token.hidden["cvc"]
    return TypedCard(BY_NAME[name], body["exp_month"], body["exp_year"], cvc), body


def magic(tx: Tx, card: Card) -> TypedCard:
    """A test card used by name: a date next year, a CVC given."""
    return TypedCard(card, 11, datetime.fromtimestamp(tx.now, UTC).year + 1, True)


def _add(
    ctx: Context, kind: str, *, card: Json | None = None, secret: Json | None = None
) -> Record:
    body: Json = {"id": new_id("cvctok" if kind == "cvc_update" else "tok"), "object": "token"}
    if card is not None:
        body["card"] = card
    body |= {
        "client_ip": ctx.address,
        "created": ctx.tx.now,
        "livemode": False,
        "type": kind,
        "used": False,
    }
    return ctx.tx.add(body, **(secret or {}))


def _card_body(typed: TypedCard, details: Json) -> Json:
    card = typed.card
    address = {f"address_{part}": details.get(f"address_{part}") or None for part in _ADDRESS}
    return {
        "id": new_id("card"),
        "object": "card",
        **address,
        "address_line1_check": "unchecked" if address["address_line1"] else None,
        "address_zip_check": "unchecked" if address["address_zip"] else None,
        "brand": _BRANDS[card.brand],
        "country": card.country,
        "cvc_check": "unchecked" if typed.cvc_given else None,
        "dynamic_last4": None,
        "exp_month": typed.exp_month,
        "exp_year": typed.exp_year,
        "fingerprint": card.fingerprint,
        "funding": card.funding,
        "last4": card.last4,
        "metadata": {},
        "name": details.get("name") or None,
        "networks": {"preferred": details.get("networks", {}).get("preferred")},
        "regulated_status": "unregulated",
        "tokenization_method": None,
    }
