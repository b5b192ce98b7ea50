"""What a user does with cards: list, add, confirm, remove, make default.

Order of things: our own row first, Stripe second, never both at once. A row without an answer
stays PENDING, and the same message again goes on with it.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

import card_testing
import gateway
import recorder
from accounts import customers, sessions
from accounts.sessions import Identity
from errors import (
    AppError,
    AuthenticationFailed,
    CardDeclined,
    CardExpired,
    NotFound,
    Unauthenticated,
    Unavailable,
    declined,
)
from extensions import atomic, db, release_reads, settings
from gateway import OutcomeUnknown, Refused
from gateway_types import Setup
from languages import _
from sockets import push
from wallet import leaving, records
from wallet.models import GONE, Card
from wire_types import CardReply, CardWire


@dataclass(frozen=True)
class Added:
    """A card on its way into the wallet; `client_secret` while the bank wants to be asked."""

    card: Card
    client_secret: str | None = None

    def to_wire(self) -> CardReply:
        reply: CardReply = {"card": records.to_wire(self.card)}
        if self.client_secret:
            reply["client_secret"], reply["next_action"] = self.client_secret, "confirm-card"
        return reply


def listing(user_id: str) -> list[CardWire]:
    return [records.to_wire(card) for card in records.listing(user_id)]


def add_permanent(who: Identity, method_id: str, token_id: str, cog_id: str | None) -> Added:
    """Save a card: Stripe checks it (3D Secure where the bank asks) and keeps it.

    Raises: Unauthenticated (guests save nothing), NotFound (no such PaymentMethod), CardDeclined,
    CardExpired, AuthenticationFailed, Unavailable (ask again: nothing is done twice).
    """
    if who.is_guest:
        raise Unauthenticated(_("Create an account or sign in to save a card."))
    card = _recorded(who, method_id, token_id, "permanent", cog_id)
    if card.status == "ACTIVE":
        return Added(card)
    customer_id = customers.ensure(who)
    if card.setup_intent_id:
        return _settled(card.id, _setup_again(card.setup_intent_id), customer_id)
    try:
        params = _setup_params(card, customer_id)
        setup = gateway.current().create_setup(params, f"card:{card.id}")
    except Refused as error:
        _fail(card.id)
        if error.misses_the_customer:
            check_customer(customer_id)
        raise refusal(error) from None
    except OutcomeUnknown:
        raise Unavailable(_("We couldn’t check this card yet. Please try again.")) from None
    return _settled(card.id, setup, customer_id)


def add_single(who: Identity, method_id: str, token_id: str, cog_id: str | None) -> Added:
    """Keep a card for one purchase. Raises: NotFound, CardExpired, Unavailable."""
    card = _recorded(who, method_id, token_id, "single", cog_id)
    if card.status == "ACTIVE":
        return Added(card)
    try:
        facts = gateway.current().card_facts(method_id)
    except Refused as error:
        card_testing.refused(error.shown_code)
        _fail(card.id)
        raise refusal(error) from None
    if facts.customer_id:
        _fail(card.id)
        raise NotFound(_("We couldn’t find this card. Please type it again."))
    with atomic() as session:
        card = session.get_one(Card, card.id)
        records.take_facts(card, facts)
        card.status = "FAILED" if records.is_expired(card) else "ACTIVE"
    if card.status == "FAILED":
        raise CardExpired()
    return Added(card)


def confirm(who: Identity, card_id: str) -> Added:
    """After 3D Secure in the browser: ask Stripe what came of it.

    Raises: NotFound, AuthenticationFailed, CardDeclined, Unavailable.
    """
    card = records.added_card(who.user_id, card_id)
    release_reads()
    if card.status == "ACTIVE":
        return Added(card)
    if not card.setup_intent_id:
        raise NotFound(_("We couldn’t find this card. Please type it again."))
    return _settled(card.id, _setup_again(card.setup_intent_id), card.customer_id)


def remove(who: Identity, card_id: str) -> list[CardWire]:
    """Take a card out of the wallet, here first and then at Stripe. Raises: NotFound."""
    with atomic() as session:
        records.lock_wallet(session, who.user_id)
        card = records.owned_card(who.user_id, card_id)
        records.leave(session, card, "deleted")
    # First what is certain: Stripe may take its time.
    cards = announce(who.user_id)
    if card.customer_id and card.status == "ACTIVE":
        leaving.let_go(card.payment_method_id)
    return cards


def make_default(who: Identity, card_id: str) -> list[CardWire]:
    """Offer this card first from now on. Raises: NotFound, CardExpired."""
    with atomic() as session:
        records.lock_wallet(session, who.user_id)
        card = records.payable(who.user_id, card_id)
        if not (card.verified and card.token_type == "permanent"):
            raise NotFound(_("We couldn’t find this card."))
        records.make_default(session, card)
    return announce(who.user_id)


def announce(user_id: str) -> list[CardWire]:
    """Tell every tab of the user how the wallet is now; returns it."""
    cards = listing(user_id)
    release_reads()
    push(user_id, "wallet-changed", {"cards": cards})
    return cards


def check_customer(customer_id: str) -> None:
    """Perhaps Stripe has deleted him: then his cards are gone too. Raises: Unavailable."""
    user_id = leaving.customer_gone(customer_id)
    if user_id:
        announce(user_id)


def settle_setup(setup_intent_id: str) -> None:
    """A webhook says that a SetupIntent moved: bring its card to what Stripe says.

    Raises: Unavailable.
    """
    known = records.of_setup(setup_intent_id)
    release_reads()
    if known and known.status != "PENDING":
        return
    try:
        setup = _setup_again(setup_intent_id)
    except NotFound:
        return
    # Where Stripe's answer was lost, only the SetupIntent itself knows which card it is about.
    card = known or _unanswered(setup.card_id)
    if card:
        with suppress(CardDeclined, CardExpired, AuthenticationFailed):
            _settled(card.id, setup, setup.customer_id)


def _unanswered(card_id: str | None) -> Card | None:
    if card_id is None:
        return None
    lost = (Card.status == "PENDING", Card.setup_intent_id.is_(None), records.here())
    card = db.session.scalar(select(Card).where(Card.id == card_id, *lost))
    release_reads()
    return card


def refusal(error: Refused) -> AppError:
    """What the shopper reads when Stripe doesn't take a PaymentMethod at all."""
    return declined(error.shown_code, None)


def _recorded(
    who: Identity, method_id: str, token_id: str, token_type: str, cog_id: str | None
) -> Card:
    """The row of this message: the one of its first copy, or a new one."""
    recorder.about(None, method_id, token_id)
    with atomic() as session:
        sessions.hold(who)
        records.check_not_another_s(who.user_id, method_id)
        same = (
            records.owned(who.user_id),
            Card.claimed_id == method_id,
            Card.token_id == token_id,
            Card.token_type == token_type,
            Card.status != "FAILED",
        )
        query = select(Card).where(*same, Card.action.not_in(GONE))
        card = session.scalar(query.order_by(Card.created_at.desc()))
        if card is None:
            card_testing.check(lambda: False)
            gateway.current().check()
            card = Card(
                user_id=who.user_id,
                cog_id=cog_id,
                mode=settings().mode,
                claimed_id=method_id,
                payment_method_id=method_id,
                token_id=token_id,
                token_type=token_type,
            )
            session.add(card)
        return card


def _setup_params(card: Card, customer_id: str) -> dict[str, Any]:
    return {
        "customer": customer_id,
        "payment_method": card.claimed_id,
        "usage": "on_session",
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "metadata": {"card_id": card.id, "user_id": card.user_id},
    }


def _setup_again(setup_intent_id: str) -> Setup:
    try:
        return gateway.current().setup(setup_intent_id)
    except Refused:
        raise NotFound(_("We couldn’t find this card. Please type it again.")) from None


def _settled(card_id: str, setup: Setup, customer_id: str | None) -> Added:
    """Bring the row to what the SetupIntent says; the only judge of whether a card is saved."""
    recorder.about(None, setup.id)
    superseded, is_later = None, False
    with atomic() as session:
        card = records.locked_card(session, card_id)
        # The bank has asked first: this is no answer to the message that brought the card.
        was_asked = card.status == "PENDING" and card.setup_intent_id is not None
        card.setup_intent_id, card.customer_id = setup.id or card.setup_intent_id, customer_id
        if setup.status == "succeeded" and setup.card and card.status == "PENDING":
            card, superseded = records.activate(session, card, setup.card)
        elif setup.status in ("requires_payment_method", "canceled"):
            card.status, is_later = "FAILED", was_asked
        card = records.surviving(card)
    if card.status == "FAILED":
        raise _declined(card, setup, is_later)
    if card.status == "PENDING":
        card_testing.asked(card.id)
        return Added(card, setup.client_secret if setup.status == "requires_action" else None)
    announce(card.user_id)
    if superseded:
        leaving.let_go(superseded)
    return Added(card)


def _declined(card: Card, setup: Setup, is_later: bool) -> AppError:
    why = setup.decline
    if why is None:
        return CardDeclined()
    if is_later:
        card_testing.declined_later(card.user_id, card.id, why, setup.try_id)
    return declined(why.code, why.decline_code)


def _fail(card_id: str) -> None:
    with atomic() as session:
        session.get_one(Card, card_id).status = "FAILED"
