"""Refunds: whole or in parts; those of some test cards take a turn later."""

from sandbox import events, lists
from sandbox.context import Context
from sandbox.currencies import as_text
from sandbox.errors import ApiError, Json, exclusive_params, invalid_param
from sandbox.ids import new_id
from sandbox.method_rules import card_of
from sandbox.records import Record, Tx
from sandbox.shapes import merged_metadata, nulls

_FROM_CHARGE = ("currency", "customer", "payment_intent", "payment_method")
_NEW: Json = {
    **nulls(
        "balance_transaction customer_account receipt_number source_transfer_reversal "
        "transfer_reversal"
    ),
    "destination_details": {
        "card": {
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
            "type": "refund",
        },
        "type": "card",
    },
    "metadata": {},
    "status": "succeeded",
}
TURN_AFTER = 10  # seconds of the sandbox's clock until a pending or failing refund turns


def create(ctx: Context) -> Record:
    charge = _charge(ctx)
    _check_refundable(ctx.tx, charge)
    remaining = charge["amount"] - charge["amount_refunded"]
    amount = ctx.get("amount", remaining)
    if amount < 1:
        raise invalid_param(
            "This value must be greater than or equal to 1.",
            "amount",
            "parameter_invalid_integer",
        )
    if amount > remaining:
        currency = charge["currency"]
        rest = "charge amount" if not charge["amount_refunded"] else "unrefunded amount on charge"
        raise invalid_param(
            f"Refund amount ({as_text(amount, currency)}) is greater than {rest} "
            f"({as_text(remaining, currency)})",
            "amount",
        )
    refund = add(ctx.tx, charge, amount, ctx.get("reason"))
    refund["metadata"] = merged_metadata({}, ctx.params.get("metadata"))
    return refund


def retrieve(ctx: Context) -> Record:
    return ctx.tx.get("refund", ctx.ids[0], "id", 404)


def update(ctx: Context) -> Record:
    refund = retrieve(ctx)
    before = dict(refund.body)
    if "metadata" in ctx.params:
        refund["metadata"] = merged_metadata(refund["metadata"], ctx.params["metadata"])
    _tell(ctx.tx, "refund.updated", refund, before)
    return refund


def list_all(ctx: Context) -> Json:
    query = lists.Query("refund", "/v1/refunds")
    if "payment_intent" in ctx.params:
        query.where("link = ?", ctx.params["payment_intent"])
    if "charge" in ctx.params:
        query.where("json_extract(body, '$.charge') = ?", ctx.params["charge"])
    return query.page(ctx)


def add(tx: Tx, charge: Record, amount: int, reason: str | None) -> Record:
    """Gives `amount` back, as the charge's card lets it happen."""
    method = tx.get("payment_method", charge["payment_method"])
    behaviour = card_of(method).refund
    refund = tx.add(_body(tx, charge, amount, reason))
    if behaviour == "pending":
        refund.change(status="pending", pending_reason="processing")
    if behaviour != "ok":
        tx.schedule(TURN_AFTER, "turn_refund", refund.id)
    before = dict(charge.body)
    refunded = charge["amount_refunded"] + amount
    charge.change(amount_refunded=refunded, refunded=refunded == charge["amount"])
    events.emit(tx, "refund.created", refund)
    events.emit(tx, "charge.refunded", charge, before)
    return refund


def release(tx: Tx, charge: Record) -> None:
    """Gives an uncaptured authorization back."""
    refund = add(tx, charge, charge["amount"], None)
    refund["reason"] = "requested_by_customer"


def turn(tx: Tx, refund_id: str) -> None:
    """The later half of a refund's life, for the cards that have one."""
    refund = tx.get("refund", refund_id)
    before = dict(refund.body)
    if refund["status"] == "pending":
        refund["status"] = "succeeded"
        del refund.body["pending_reason"]
    else:
        refund.change(status="failed", failure_reason="expired_or_canceled_card")
        charge = tx.get("charge", refund["charge"])
        rest = charge["amount_refunded"] - refund["amount"]
        charge.change(amount_refunded=rest, refunded=False)
        events.emit(tx, "refund.failed", refund, before)
    _tell(tx, "refund.updated", refund, before)


def _tell(tx: Tx, event_type: str, refund: Record, before: Json) -> None:
    events.emit(tx, event_type, refund, before)
    events.emit(tx, "charge.refund.updated", refund, before)


def _charge(ctx: Context) -> Record:
    charge_id, intent_id = ctx.get("charge"), ctx.get("payment_intent")
    if charge_id and intent_id:
        raise exclusive_params("charge", "payment_intent")
    if charge_id:
        return ctx.tx.get("charge", charge_id)
    if intent_id is None:
        raise ApiError(
            400,
            "One of the following params should be provided for this request: "
            "payment_intent or charge.",
            code="parameter_missing",
        )
    intent = ctx.tx.get("payment_intent", intent_id)
    charge = ctx.tx.find("charge", intent["latest_charge"])
    if charge is None or charge["status"] != "succeeded":
        raise ApiError(
            400,
            f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.",
            code="payment_intent_unexpected_state",
            param="payment_intent",
        )
    return charge


def _check_refundable(tx: Tx, charge: Record) -> None:
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise ApiError(
            400,
            f"Charge {charge.id} cannot be refunded: it has not been captured.",
            code="charge_not_refundable",
            param="charge",
        )
    if charge["amount_refunded"] >= charge["amount"]:
        raise ApiError(
            400,
            f"Charge {charge.id} has already been refunded.",
            code="charge_already_refunded",
        )
    disputes = tx.select("kind = 'dispute' AND link = ?", (charge["payment_intent"],))
    if any(not dispute["is_charge_refundable"] for dispute in disputes):
        raise ApiError(
            400,
            f"Charge {charge.id} has been charged back; cannot issue a refund.",
            code="refund_disputed_payment",
        )


def _body(tx: Tx, charge: Record, amount: int, reason: str | None) -> Json:
    return {
        "id": new_id("re"),
        "object": "refund",
        **_NEW,
        **{name: charge[name] for name in _FROM_CHARGE},
        "amount": amount,
        "charge": charge.id,
        "created": tx.now,
        "reason": reason,
    }
