"""PaymentMethods: made, changed, attached to a customer, detached, listed."""

from sandbox import events, lists, tokens
from sandbox.cards import BY_PAYMENT_METHOD
from sandbox.context import Context
from sandbox.errors import ApiError, Json, invalid_param, missing_param
from sandbox.ids import new_id
from sandbox.method_rules import check_saving, join, leave, not_of_customer
from sandbox.records import Record, Tx
from sandbox.shapes import address, merged_metadata, nulls
from sandbox.typed_cards import TypedCard, check_expiry

_UNSAVED = "You must save this PaymentMethod to a customer before you can update it."
_TAKEN = "The payment method you provided has already been attached to a customer."
_LOOSE = (
    "The payment method you provided is not attached to a customer so detachment is impossible."
)


def create(ctx: Context) -> Record:
    return from_data(ctx, ctx.params)


def retrieve(ctx: Context) -> Record:
    return find(ctx.tx, ctx.ids[0], status=404)


def update(ctx: Context) -> Record:
    method = find(ctx.tx, ctx.ids[0], status=404)
    if method["customer"] is None:
        raise ApiError(400, _UNSAVED, code="payment_method_unexpected_state")
    before = dict(method.body)
    _change(method, ctx.params)
    events.emit(ctx.tx, "payment_method.updated", method, before)
    return method


def attach(ctx: Context) -> Record:
    method = find(ctx.tx, ctx.ids[0], status=404)
    customer_id = ctx.get("customer")
    if customer_id is None:
        raise missing_param("customer")
    customer = ctx.tx.get("customer", customer_id)
    if method["customer"] not in (None, customer.id):
        raise ApiError(400, _TAKEN)
    if method["customer"] is None:
        check_saving(ctx.tx, method)
        join(ctx.tx, method, customer.id)
    return method


def detach(ctx: Context) -> Record:
    method = find(ctx.tx, ctx.ids[0], status=404)
    if method["customer"] is None:
        raise ApiError(400, _LOOSE)
    leave(ctx.tx, method)
    return method


def list_all(ctx: Context) -> Json:
    return _listed(ctx, ctx.get("customer"), "/v1/payment_methods")


def list_of_customer(ctx: Context) -> Json:
    customer = ctx.tx.get("customer", ctx.ids[0], status=404)
    return _listed(ctx, customer.id, f"/v1/customers/{customer.id}/payment_methods")


def retrieve_of_customer(ctx: Context) -> Record:
    customer = ctx.tx.get("customer", ctx.ids[0], status=404)
    method = ctx.tx.get("payment_method", ctx.ids[1], status=404)
    if method["customer"] != customer.id:
        raise not_of_customer(method.id)
    return method


def find(tx: Tx, method_id: str, status: int = 400) -> Record:
    """By id; a test id such as `pm_card_visa` makes a new PaymentMethod at every use."""
    card = BY_PAYMENT_METHOD.get(method_id)
    if card is not None:
        return _add(tx, tokens.magic(tx, card), _billing({}, {}))
    return tx.get("payment_method", method_id, "payment_method", status)


def from_data(ctx: Context, data: Json) -> Record:
    """A new PaymentMethod from typed card details or a token. Raises: ApiError."""
    if "type" not in data:
        raise missing_param("type")
    if data["type"] != "card":
        message = f"The sandbox imitates cards only, not payment methods of type {data['type']}."
        raise invalid_param(message, "type")
    typed, of_token = _read_card(ctx, data.get("card") or {})
    method = _add(ctx.tx, typed, _billing(data.get("billing_details", {}), of_token))
    chosen = data["card"].get("networks", {})
    method["card"]["networks"] |= chosen
    method["allow_redisplay"] = data.get("allow_redisplay", "unspecified")
    method["metadata"] = merged_metadata({}, data.get("metadata"))
    return method


def renew(tx: Tx, method_id: str, changes: Json) -> Record:
    """The bank has new facts about a saved card, such as a new expiry date. Raises: ApiError."""
    method = tx.get("payment_method", method_id)
    if method["customer"] is None:
        raise ApiError(400, _UNSAVED, code="payment_method_unexpected_state")
    before = dict(method.body)
    method["card"] = {**method["card"], **changes}
    events.emit(tx, "payment_method.automatically_updated", method, before)
    return method


def _listed(ctx: Context, customer_id: str | None, url: str) -> Json:
    query = lists.Query("payment_method", url)
    if customer_id is not None:
        query.where("customer = ?", customer_id)
    if ctx.get("type", "card") != "card":
        query.where("0")
    if "allow_redisplay" in ctx.params:
        query.where("json_extract(body, '$.allow_redisplay') = ?", ctx.params["allow_redisplay"])
    return query.page(ctx)


def _read_card(ctx: Context, card: Json) -> tuple[TypedCard, Json]:
    """The card, and what a token brings along: its own card object with address and name."""
    if not card:
        raise missing_param("card")
    if "token" in card:
        return tokens.spend(ctx.tx, card["token"])
    for part in ("number", "exp_month", "exp_year"):
        if part not in card:
            raise missing_param(f"card[{part}]")
    return tokens.read_typed(ctx, card), {}


def _change(method: Record, params: Json) -> None:
    dates = {key: value for key, value in params.get("card", {}).items() if key != "networks"}
    if dates:
        method["card"] = {**method["card"], **dates}
        check_expiry(method["card"]["exp_month"], method["card"]["exp_year"])
    if "billing_details" in params:
        method["billing_details"] = {
            **method["billing_details"],
            **_given(params["billing_details"]),
        }
    if "allow_redisplay" in params:
        method["allow_redisplay"] = params["allow_redisplay"]
    if "metadata" in params:
        method["metadata"] = merged_metadata(method["metadata"], params["metadata"])


def _add(tx: Tx, typed: TypedCard, billing: Json) -> Record:
    body: Json = {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing,
        "card": _card_body(typed, billing["address"]),
        "created": tx.now,
        **nulls("customer customer_account"),
        "livemode": False,
        "metadata": {},
        "type": "card",
    }
    return tx.add(body, card=typed.card.name, cvc=typed.cvc_given)


def _card_body(typed: TypedCard, where: Json) -> Json:
    card = typed.card
    return {
        "brand": card.brand,
        "checks": _checks(typed, where),
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": typed.exp_month,
        "exp_year": typed.exp_year,
        "fingerprint": card.fingerprint,
        "funding": card.funding,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": card.brand != "amex"},
        **nulls("generated_from wallet"),
    }


def _checks(typed: TypedCard, where: Json) -> Json:
    given = {
        "address_line1_check": where["line1"],
        "address_postal_code_check": where["postal_code"],
        "cvc_check": typed.cvc_given,
    }
    return {name: "unchecked" if value else None for name, value in given.items()}


def _billing(given: Json, of_token: Json) -> Json:
    """Billing details, from the parameters and before them from the token."""
    typed = {
        name.removeprefix("address_"): value
        for name, value in of_token.items()
        if name.startswith("address_")
    }
    typed["postal_code"] = typed.pop("zip", None)
    known = nulls("email phone tax_id")
    return {"address": address(typed), "name": of_token.get("name"), **known, **_given(given)}


def _given(billing: Json) -> Json:
    shown = {name: value or None for name, value in billing.items()}
    if "address" in billing:
        shown["address"] = address(billing["address"] or {})
    return shown
