"""Customers."""

from sandbox import events, lists, payment_methods
from sandbox.context import Context
from sandbox.errors import Json
from sandbox.ids import new_id, random_text
from sandbox.method_rules import check_saving, join, leave, not_of_customer
from sandbox.records import Record
from sandbox.shapes import address, merged_metadata, nulls, shipping

_PLAIN = (
    "balance business_name description email individual_name invoice_prefix name "
    "next_invoice_sequence phone preferred_locales tax_exempt"
).split()
_NEW: Json = {
    **nulls(
        "address currency customer_account default_source description email name phone shipping "
        "test_clock"
    ),
    "balance": 0,
    "delinquent": False,
    "invoice_settings": nulls("custom_fields default_payment_method footer rendering_options"),
    "livemode": False,
    "metadata": {},
    "next_invoice_sequence": 1,
    "preferred_locales": [],
    "tax_exempt": "none",
}


def create(ctx: Context) -> Record:
    customer = ctx.tx.add(
        {
            "id": new_id("cus"),
            "object": "customer",
            **_NEW,
            "created": ctx.tx.now,
            "invoice_prefix": random_text(8).upper(),
        }
    )
    _change(ctx, customer)
    if "payment_method" in ctx.params:
        method = payment_methods.find(ctx.tx, ctx.params["payment_method"])
        check_saving(ctx.tx, method)
        join(ctx.tx, method, customer.id)
    _set_invoice_settings(ctx, customer)
    events.emit(ctx.tx, "customer.created", customer)
    return customer


def retrieve(ctx: Context) -> Record:
    gone = ctx.tx.find("deleted_customer", ctx.ids[0])
    return gone or ctx.tx.get("customer", ctx.ids[0], "id", 404)


def update(ctx: Context) -> Record:
    customer = ctx.tx.get("customer", ctx.ids[0], "id", 404)
    before = dict(customer.body)
    _change(ctx, customer)
    _set_invoice_settings(ctx, customer)
    events.emit(ctx.tx, "customer.updated", customer, before)
    return customer


def delete(ctx: Context) -> Record:
    customer = ctx.tx.get("customer", ctx.ids[0], "id", 404)
    events.emit(ctx.tx, "customer.deleted", customer)
    for method in ctx.tx.select("customer = ? AND kind = 'payment_method'", (customer.id,)):
        leave(ctx.tx, method)
    customer.kind = "deleted_customer"
    customer.body = {"id": customer.id, "object": "customer", "deleted": True}
    customer.changed = True
    return customer


def list_all(ctx: Context) -> Json:
    query = lists.Query("customer", "/v1/customers")
    if "email" in ctx.params:
        query.where("link = ?", ctx.params["email"])
    return query.page(ctx)


def _change(ctx: Context, customer: Record) -> None:
    params = ctx.params
    for name in _PLAIN:
        if name in params:
            customer[name] = None if params[name] == "" else params[name]
    for name in ("business_name", "individual_name"):
        if customer.body.get(name, "") is None:
            del customer.body[name]  # these two are absent, not null
    if "address" in params:
        customer["address"] = address(params["address"]) if params["address"] else None
    if "shipping" in params:
        customer["shipping"] = shipping(params["shipping"])
    if "metadata" in params:
        customer["metadata"] = merged_metadata(customer["metadata"], params["metadata"])


def _set_invoice_settings(ctx: Context, customer: Record) -> None:
    """The default PaymentMethod of invoices must belong to the customer."""
    given = ctx.params.get("invoice_settings", {})
    default = given.get("default_payment_method")
    if default:
        method = ctx.tx.get("payment_method", default, "invoice_settings[default_payment_method]")
        if method["customer"] != customer.id:
            raise not_of_customer(default)
    shown = {name: value or None for name, value in given.items()}
    customer["invoice_settings"] = {**customer["invoice_settings"], **shown}
