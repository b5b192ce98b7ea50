"""Pages of the purchase: checkout, orders, receipt; and Stripe's webhook."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from accounts import identity
from extensions import csrf, release_reads
from languages import _
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
    search = _search()
    page = history.page(who.user_id, request.args.get("cursor"), search)
    transactions = [views.to_wire(transaction) for transaction in page.transactions]
    release_reads()
    return render_template(
        "orders.html",
        transactions=transactions,
        next_cursor=page.next_cursor,
        search=search,
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


@blueprint.post("/orders/<transaction_id>/again")
def order_again(transaction_id: str) -> Response:
    """Put the same things into the basket; whoever changed his mind meanwhile takes them out."""
    who = identity.required_visitor()
    transaction = history.one(who.user_id, transaction_id)
    slug, (kept, gone) = transaction.cog.slug, checkout.fill_again(transaction)
    release_reads()
    if kept and gone:
        flash(_("No longer for sale: %(items)s. The rest is here.", items=", ".join(gone)))
    if kept:
        return redirect(url_for("payments.checkout_page", cog=slug), code=303)
    flash(_("Nothing from that order is for sale any more."))
    return redirect(url_for("catalog.storefront", slug=slug), code=303)


def _search() -> str:
    """What is looked for, as far as a database can: PostgreSQL refuses a null byte."""
    return request.args.get("q", "").replace("\x00", "").strip()[: history.LONGEST_SEARCH]


@blueprint.post(endpoint.PATH)
@csrf.exempt  # type: ignore[untyped-decorator]
def stripe_webhook() -> tuple[str, int]:
    webhooks.receive(request.get_data(), request.headers.get("Stripe-Signature", ""))
    return "", 200
