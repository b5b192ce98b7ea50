"""Charges: every attempt to move money leaves one, the failed ones too."""

from sandbox import disputes, events, lists
from sandbox.context import Context
from sandbox.errors import Json
from sandbox.ids import new_id, random_text
from sandbox.method_rules import card_of
from sandbox.outcomes import Decline, charge_outcome
from sandbox.records import Record, Tx
from sandbox.shapes import nulls

AUTHORIZATION_DAYS = 7
# Of `payment_method_details.card.three_d_secure`: the customer answered a challenge.
AUTHENTICATED: Json = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "result": "authenticated",
    "version": "2.2.0",
    **nulls("exemption_indicator result_reason transaction_id"),
}
# The shop asked for 3DS and the card is not enrolled.
ATTEMPTED: Json = {
    **AUTHENTICATED,
    "authentication_flow": "frictionless",
    "electronic_commerce_indicator": "06",
    "result": "attempt_acknowledged",
    "result_reason": "card_not_enrolled",
}
_NULLS = nulls(
    "application application_fee application_fee_amount balance_transaction failure_code "
    "failure_message failure_balance_transaction on_behalf_of receipt_number receipt_url review "
    "source source_transfer transfer_data transfer_group"
)
_FROM_INTENT = (
    "amount currency customer description metadata receipt_email shipping statement_descriptor "
    "statement_descriptor_suffix"
).split()
_FROM_CARD = (
    "brand checks country exp_month exp_year fingerprint funding last4 regulated_status wallet"
).split()


def retrieve(ctx: Context) -> Record:
    return ctx.tx.get("charge", ctx.ids[0], "charge", 404)


def refund_list(tx: Tx, charge_id: str) -> Json:
    """The list that `expand[]=refunds` shows."""
    query = lists.Query("refund", f"/v1/charges/{charge_id}/refunds")
    query.where("json_extract(body, '$.charge') = ?", charge_id)
    return query.page(Context(tx, {}))


def add(
    tx: Tx,
    intent: Record,
    method: Record,
    decline: Decline | None,
    three_ds: Json | None,
    captured: bool,
) -> Record:
    """The charge of one attempt, with its events; a good one may be disputed soon."""
    charge = tx.add(_body(tx, intent, method, captured))
    charge["outcome"] = charge_outcome(card_of(method), decline)
    if decline is None:
        charge["receipt_url"] = f"https://pay.stripe.com/receipts/payment/{charge.id}"
    else:
        charge.change(
            status="failed",
            paid=False,
            failure_code=decline.code,
            failure_message=decline.message,
        )
    charge["payment_method_details"] = _details(tx, charge, method, three_ds)
    events.emit(tx, "charge.failed" if decline else "charge.succeeded", charge)
    if decline is None:
        protected = three_ds is not None and three_ds["result"] == "authenticated"
        disputes.foresee(tx, charge, card_of(method), protected)
    return charge


def capture(tx: Tx, charge: Record, amount: int) -> None:
    """Takes `amount` of what was authorized; the rest is released."""
    before = dict(charge.body)
    charge.change(captured=True, amount_captured=amount, amount_refunded=charge["amount"] - amount)
    events.emit(tx, "charge.captured", charge, before)


def _body(tx: Tx, intent: Record, method: Record, captured: bool) -> Json:
    suffix = intent["statement_descriptor_suffix"]
    return {
        "id": new_id("ch"),
        "object": "charge",
        **_NULLS,
        **{name: intent[name] for name in _FROM_INTENT},
        "amount_captured": intent["amount"] if captured else 0,
        "amount_refunded": 0,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": f"SANDBOX* {suffix}"[:22] if suffix else "SANDBOX",
        "captured": captured,
        "created": tx.now,
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "paid": True,
        "payment_intent": intent.id,
        "payment_method": method.id,
        "refunded": False,
        "status": "succeeded",
    }


def _details(tx: Tx, charge: Record, method: Record, three_ds: Json | None) -> Json:
    details: Json = {
        **{name: method["card"][name] for name in _FROM_CARD},
        **nulls("installments mandate amount_authorized authorization_code transaction_link_id"),
        "electronic_commerce_indicator": (three_ds or {}).get("electronic_commerce_indicator"),
        "network": method["card"]["brand"],
        "network_token": {"used": False},
        "network_transaction_id": None,
        "three_d_secure": three_ds,
    }
    if charge["paid"]:
        details |= {
            "amount_authorized": charge["amount"],
            "authorization_code": random_text(6).upper(),
            "network_transaction_id": random_text(15),
        }
        if not charge["captured"]:
            details["capture_before"] = tx.now + AUTHORIZATION_DAYS * 86400
    return {"card": details, "type": "card"}
