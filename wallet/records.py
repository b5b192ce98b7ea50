"""Rows of cards: look-ups that own, what the wire shows of one, and moves that need a lock."""

from datetime import date
from typing import cast

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.sessions import Along
from errors import CardExpired, NotFound
from extensions import db, now, settings
from gateway_types import CardFacts
from languages import _
from wallet import renewals
from wallet.models import GONE, Card
from wire_types import CardWire, TokenType

# Stripe's names for its test cards mean a new PaymentMethod each time.
_TEST_CARD = "pm_card_"
# "Soon" is within this many months, the current one included.
SOON_MONTHS = 2


def here() -> ColumnElement[bool]:
    """Cards of the running mode; of another mode nothing is ever shown or charged."""
    return Card.mode == settings().mode


def owned(user_id: str) -> ColumnElement[bool]:
    """This user's cards."""
    return and_(Card.user_id == user_id, here())


def in_wallet() -> ColumnElement[bool]:
    """Saved and still there, expired or not."""
    return and_(
        here(),
        Card.token_type == "permanent",
        Card.status == "ACTIVE",
        Card.verified,
        Card.action.not_in(GONE),
    )


def listed() -> ColumnElement[bool]:
    """What `get-user-cards` gives: in the wallet and good through the end of its month."""
    today = date.today()  # noqa: DTZ011 - a card's month is a calendar month, not an instant
    month = or_(
        Card.expoyear > today.year,
        and_(Card.expoyear == today.year, Card.expomon >= today.month),
    )
    return and_(in_wallet(), month)


ORDER = (Card.is_default.desc(), Card.last_used_at.desc().nulls_last(), Card.created_at.desc())
# The wallet, fetched by the query that checks the session: one query for the whole list.
LISTED = Along(Card, listed, ORDER)


def listing(user_id: str) -> list[Card]:
    query = select(Card).where(owned(user_id), listed()).order_by(*ORDER)
    return list(db.session.scalars(query))


def expired(user_id: str) -> list[Card]:
    query = select(Card).where(owned(user_id), in_wallet(), ~listed()).order_by(*ORDER)
    return list(db.session.scalars(query))


def every_known(user_id: str) -> list[Card]:
    """All cards of a user that Stripe has told of, of every mode, also those that have left."""
    query = select(Card).where(Card.user_id == user_id, Card.last_four.is_not(None))
    return list(db.session.scalars(query.order_by(Card.created_at, Card.id)))


def owned_card(user_id: str, card_id: str) -> Card:
    """A card that is still the user's. Raises: NotFound, the same for a foreign one."""
    query = select(Card).where(owned(user_id), Card.id == card_id, Card.action.not_in(GONE))
    card = db.session.scalar(query)
    if card is None:
        raise NotFound(_("We couldn’t find this card."))
    return card


def added_card(user_id: str, card_id: str) -> Card:
    """A card that was added, or the one that was there before and took its facts.

    Raises: NotFound.
    """
    query = select(Card).where(owned(user_id), Card.id == card_id)
    card = db.session.scalar(query)
    if card is None or card.action in GONE:
        stays = surviving(card) if card else None
        if stays is None or stays is card:
            raise NotFound(_("We couldn’t find this card."))
        return stays
    return card


def surviving(card: Card) -> Card:
    """The card itself, or the one of the wallet that a repetition was merged into."""
    return (_same_card(card) if card.action == "replaced" else None) or card


def payable(user_id: str, card_id: str) -> Card:
    """A card that can pay now: of the wallet, or a single one not used yet.

    Raises: NotFound, CardExpired.
    """
    card = owned_card(user_id, card_id)
    if card.status != "ACTIVE":
        raise NotFound(_("We couldn’t find this card."))
    if is_expired(card):
        raise CardExpired()
    return card


def has_paid(user_id: str, card_id: str | None) -> bool:
    """Whether this card of the user's has paid here before."""
    used = (owned(user_id), Card.id == card_id, Card.last_used_at.is_not(None))
    return card_id is not None and db.session.scalar(select(Card.id).where(*used)) is not None


def is_expired(card: Card) -> bool:
    today = date.today()  # noqa: DTZ011 - as above
    return bool(
        card.expoyear and card.expomon and (card.expoyear, card.expomon) < (today.year, today.month)
    )


def to_wire(card: Card) -> CardWire:
    """What anybody but Stripe may know of a card."""
    return {
        "id": card.id,
        "last_four": card.last_four,
        "expomon": card.expomon,
        "expoyear": card.expoyear,
        "name_on_card": card.name_on_card,
        "nickname": card.nickname,
        "brand": card.brand,
        "token_type": cast(TokenType, card.token_type),
        "is_default": card.is_default,
        "expires_soon": _expires_soon(card),
        "verified": card.verified,
        "renewed": renewals.to_wire(card),
        "last_used_at": card.last_used_at.isoformat() if card.last_used_at else None,
        "created_at": card.created_at.isoformat(),
    }


def lock_wallet(session: Session, user_id: str) -> None:
    """Let the changes of one wallet queue up: two at once must not make two defaults."""
    session.execute(select(User.id).where(User.id == user_id).with_for_update())


def locked_card(session: Session, card_id: str) -> Card:
    """A card with its wallet locked; in this order, as everybody locks."""
    owner = select(User.id).join(Card, Card.user_id == User.id).where(Card.id == card_id)
    while True:
        # Whoever waited for a guest that was signing in has the wrong wallet: then once more.
        owner_id = session.scalars(owner.with_for_update(of=User)).one()
        query = select(Card).where(Card.id == card_id, Card.user_id == owner_id).with_for_update()
        card = session.scalar(query.execution_options(populate_existing=True))
        if card:
            return card


def saved_as(session: Session, method_id: str) -> Card | None:
    """The wallet's card of this PaymentMethod, locked; whosever it is."""
    query = select(Card.id).where(Card.payment_method_id == method_id, in_wallet())
    card_id = session.scalar(query)
    card = locked_card(session, card_id) if card_id else None
    # While it waited for the lock the row may have taken another PaymentMethod, or left.
    if card is None or card.payment_method_id != method_id or card.action in GONE:
        return None
    return card


def shown_as(method_id: str) -> renewals.Shown | None:
    """`renewals.shown` of the wallet's card of this PaymentMethod, if there is one."""
    query = select(Card.last_four, Card.expomon, Card.expoyear)
    row = db.session.execute(query.where(Card.payment_method_id == method_id, in_wallet())).first()
    return (row[0], row[1], row[2]) if row else None


def of_setup(setup_intent_id: str) -> Card | None:
    """The card that a SetupIntent is about, whosever it is and whatever became of it."""
    return db.session.scalar(
        select(Card).where(Card.setup_intent_id == setup_intent_id, here()).limit(1)
    )


def is_sent(card: Card, method_id: str | None) -> bool:
    """Whether this PaymentMethod is the one that was brought for the card."""
    return card.claimed_id.startswith(_TEST_CARD) or method_id == card.claimed_id


def check_not_another_s(user_id: str, method_id: str) -> None:
    """What one person has typed is nobody else's, even if its id got out. Raises: NotFound."""
    if method_id.startswith(_TEST_CARD):
        return
    same = or_(Card.claimed_id == method_id, Card.payment_method_id == method_id)
    # A claim that Stripe refused altogether says nothing of whose it is.
    meant = or_(Card.status != "FAILED", Card.last_four.is_not(None))
    others = (here(), Card.user_id != user_id, meant)
    query = select(Card.id).where(same, *others)
    if db.session.scalar(query.limit(1)) is not None:
        raise NotFound(_("We couldn’t find this card. Please type it again."))


def take_facts(card: Card, facts: CardFacts) -> None:
    """Put down what Stripe says of a card."""
    card.payment_method_id = facts.payment_method_id
    card.last_four, card.brand = facts.last_four, facts.brand
    card.expomon, card.expoyear = facts.expomon, facts.expoyear
    # Removed while its bank was asked: then perhaps with its owner's account.
    card.name_on_card = None if card.action == "deleted" else facts.name_on_card
    card.fingerprint = facts.fingerprint


def activate(session: Session, card: Card, facts: CardFacts) -> tuple[Card, str | None]:
    """Put a verified card into the wallet, unless it was removed while its bank was asked.

    The same card (fingerprint) again: the row that was there takes the newer facts. Returns the
    listed row and the PaymentMethod that Stripe should let go of after the commit, if any.
    """
    lock_wallet(session, card.user_id)
    take_facts(card, facts)
    card.status = "ACTIVE"
    if card.action in GONE:
        return card, facts.payment_method_id
    older = _same_card(card)
    if older is None:
        card.verified = True
        claim_default(session, card)
        return card, None
    superseded = older.payment_method_id
    take_facts(older, facts)
    older.action, older.customer_id = "updated", card.customer_id
    # Its owner has just typed it: there is no news for him.
    older.renewed_at = None
    claim_default(session, older)
    # The row of the repetition remembers the copy at Stripe until that is detached.
    card.action, card.payment_method_id = "replaced", superseded
    return older, None if superseded == facts.payment_method_id else superseded


def leave(session: Session, card: Card, action: str) -> None:
    """Take a card out of the wallet; if it was the default, the one used last follows."""
    lock_wallet(session, card.user_id)
    was_default = card.is_default
    card.action, card.is_default = action, False
    session.flush()
    following = listing(card.user_id)
    if was_default and following:
        following[0].is_default = True


def make_default(session: Session, card: Card) -> None:
    lock_wallet(session, card.user_id)
    for other in session.scalars(select(Card).where(owned(card.user_id), Card.is_default)):
        other.is_default = False
    session.flush()  # the old default goes first: the database allows only one
    card.is_default = True


def claim_default(session: Session, card: Card) -> None:
    """Become the default where there is none, or one that has expired. The wallet is locked."""
    query = select(Card).where(owned(card.user_id), Card.is_default, Card.id != card.id)
    current = session.scalar(query)
    if current is not None and not is_expired(current):
        return
    make_default(session, card)


def mark_detached(session: Session, card: Card) -> None:
    """Stripe has let go of this card: it can't pay any more, whoever asked for it."""
    card.detached_at = now()
    if card.action not in GONE:
        leave(session, card, "detached")


def mark_used(card: Card) -> None:
    """After a payment: of those that aren't the default, the wallet offers it first."""
    card.last_used_at = now()


def _same_card(card: Card) -> Card | None:
    if card.fingerprint is None:
        return None
    same = and_(Card.fingerprint == card.fingerprint, Card.id != card.id)
    return db.session.scalar(select(Card).where(owned(card.user_id), in_wallet(), same))


def _expires_soon(card: Card) -> bool:
    if not card.expoyear or not card.expomon:
        return False
    today = date.today()  # noqa: DTZ011 - as above
    return (card.expoyear - today.year) * 12 + card.expomon - today.month < SOON_MONTHS
