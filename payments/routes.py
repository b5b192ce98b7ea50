"""Pages of the purchase: checkout, orders, receipt; and Stripe's webhook."""

from flask import Blueprint, render_template, request

from accounts import identity
from extensions import csrf, release_reads
from pages import page_context
from payments import checkout, endpoint, history, views, webhooks

blueprint = Blueprint("payments", __name__)


@blueprint.get("/checkout")
def checkout_page() -> str:
    who = identity.visitor_or_guest()
    page = checkout.prepare(who, request.args.get("cog"), request.args.getlist("item"))
    context = {**page.context, **page_context(who, page.cog.id)}
    return render_template("checkout.html", **page.template, checkout_context=context)


@blueprint.get("/orders")
def orders() -> str:
    who = identity.required_visitor()
    page = history.page(who.user_id, request.args.get("cursor"))
    transactions = [views.to_wire(transaction) for transaction in page.transactions]
    release_reads()
    return render_template(
        "orders.html",
        transactions=transactions,
        next_cursor=page.next_cursor,
        page_context=page_context(who),
    )


@blueprint.get("/orders/<transaction_id>")
def order(transaction_id: str) -> str:
    who = identity.required_visitor()
    transaction = history.one(who.user_id, transaction_id)
    events = [views.event(entry) for entry in history.events(transaction.id)]
    shown = {**views.to_wire(transaction), "events": events}
    cog = transaction.cog
    release_reads()
    return render_template(
        "order.html", transaction=shown, cog=cog, page_context=page_context(who, cog.id)
    )


@blueprint.post(endpoint.PATH)
@csrf.exempt  # type: ignore[untyped-decorator]
def stripe_webhook() -> tuple[str, int]:
    webhooks.receive(request.get_data(), request.headers.get("Stripe-Signature", ""))
    return "", 200
