"""The wallet page."""

from flask import Blueprint, render_template

from accounts import identity
from errors import Unauthenticated
from extensions import release_reads
from languages import _
from pages import page_context
from wallet import cards, records

blueprint = Blueprint("wallet", __name__)


@blueprint.get("/wallet")
def wallet() -> str:
    who = identity.required_visitor()
    if who.is_guest:
        raise Unauthenticated(_("Create an account or sign in to keep cards."))
    expired = [records.to_wire(card) for card in records.expired(who.user_id)]
    listed = cards.listing(who.user_id)
    release_reads()
    return render_template(
        "wallet.html", cards=listed, expired_cards=expired, page_context=page_context(who)
    )
