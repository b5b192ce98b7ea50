"""What a purchase message asks for, how it is recognised when it comes again, and its row."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from accounts import customers
from accounts.models import User
from accounts.sessions import Identity
from catalog.pricing import Basket, Claim
from extensions import new_id, settings
from payments import states
from payments.models import Attempt, Line, Transaction
from wallet import records
from wallet.models import Card


@dataclass(frozen=True)
class Means:
    """How to pay: a card of ours by its id, or a typed one by what Stripe.js made of it."""

    card_id: str | None = None
    method_id: str | None = None
    token_id: str | None = None
    save: bool = False
    request_id: str | None = None

    @property
    def request_key(self) -> str | None:
        """What makes two messages the same one; None for a bare wallet purchase."""
        if self.request_id:
            return f"r:{self.request_id}"
        return f"t:{self.token_id}" if self.token_id else None

    @property
    def contents(self) -> list[Any]:
        return [self.card_id, self.method_id, self.token_id, self.save]


@dataclass(frozen=True)
class Wanted:
    """What to buy, where. `email`: a guest's, checked, for the receipt.

    `opened_at`: when the page that asks for it was opened; None where there is no such page.
    """

    cog_id: str
    claims: Sequence[Claim]
    email: str | None = None
    opened_at: datetime | None = None

    @property
    def contents(self) -> list[Any]:
        # In one order: the same basket is the same, however its lines are listed.
        lines = sorted([c.item_id, c.price_cents, c.quantity] for c in self.claims)
        return [self.cog_id, lines]


def fingerprint(*contents: Any) -> str:
    """One hash for the contents of a message, to tell a repetition from another purchase."""
    return hashlib.sha256(json.dumps(contents).encode()).hexdigest()


def record(
    session: Session, who: Identity, wanted: Wanted, means: Means, basket: Basket
) -> Transaction:
    """The row of a new purchase, with its lines, first attempt and first event."""
    email = _receipt_email(session, who, wanted.email)
    transaction = Transaction(
        id=new_id("txn"),
        user_id=who.user_id,
        cog_id=basket.cog.id,
        mode=settings().mode,
        **_recognised_by(wanted, means),
        amount=basket.total,
        currency=basket.cog.currency,
        **_tax(basket),
        status="pending",
        version=1,
        receipt_email=email,
        cog=basket.cog,
        lines=[_line(position, line) for position, line in enumerate(basket.lines)],
        attempts=[],
        refunds=[],
    )
    session.add(transaction)
    _add_attempt(session, transaction, means)
    session.flush()
    states.opened(session, transaction, "purchase")
    return transaction


def record_retry(session: Session, transaction: Transaction, means: Means) -> bool:
    """Another attempt on the same transaction; False when it has moved on meanwhile."""
    if not states.move(session, transaction, "pending", "retry"):
        return False
    _add_attempt(session, transaction, means)
    session.flush()
    return True


def _recognised_by(wanted: Wanted, means: Means) -> dict[str, str]:
    """What tells the same message, and the same basket, when they come again."""
    return {
        "request_id": means.request_key or new_id("auto"),
        "request_hash": fingerprint(wanted.contents, means.contents),
        "basket_hash": fingerprint(wanted.contents),
    }


def _tax(basket: Basket) -> dict[str, Any]:
    """As it is today: the order keeps it, whatever the shop's tax becomes."""
    tax = basket.tax
    return {
        "tax_name": tax.name if tax else None,
        "tax_rate": tax.rate if tax else None,
        "tax_amount": tax.amount if tax else None,
    }


def _add_attempt(session: Session, transaction: Transaction, means: Means) -> None:
    card = _card(session, transaction, means)
    number = len(transaction.attempts) + 1
    transaction.attempts.append(
        Attempt(
            number=number,
            request_id=means.request_key or new_id("auto"),
            request_hash=fingerprint(means.contents),
            card_id=card.id,
            payment_method_id=card.payment_method_id,
            brand=card.brand,
            last_four=card.last_four,
            expomon=card.expomon,
            expoyear=card.expoyear,
            params=_params(transaction, card, means),
        )
    )


def _params(transaction: Transaction, card: Card, means: Means) -> dict[str, Any]:
    """What Stripe is sent, frozen: a repetition must be the same to the letter.

    Source: Stripe docs, "Idempotent requests": other parameters under a used key are an error.
    """
    if transaction.payment_intent_id:
        return _retry_params(transaction, card, means)
    # As he is now: after a refusal that made no intent, he may have become one, or be one no more.
    transaction.customer_id = customers.stripe_id(transaction.user_id)
    optional = {
        "customer": transaction.customer_id,
        "receipt_email": transaction.receipt_email,
        "setup_future_usage": "on_session" if means.save else None,
    }
    return {
        "amount": transaction.amount,
        "currency": transaction.currency,
        "payment_method": card.payment_method_id,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "description": f"{transaction.cog.name}, order {transaction.id}",
        "metadata": {"transaction_id": transaction.id, "user_id": transaction.user_id},
        **{name: value for name, value in optional.items() if value},
    }


def _retry_params(transaction: Transaction, card: Card, means: Means) -> dict[str, Any]:
    """For confirming the PaymentIntent again.

    `customer` is there when the intent was made without one and this card needs it; it goes into
    an update before, because Stripe takes it only there. An earlier wish to save is taken back.
    """
    params: dict[str, Any] = {"payment_method": card.payment_method_id}
    if means.save:
        params["setup_future_usage"] = "on_session"
    elif any(a.params.get("setup_future_usage") for a in transaction.attempts):
        params["setup_future_usage"] = ""
    if card.customer_id and transaction.customer_id is None:
        transaction.customer_id = params["customer"] = card.customer_id
    return params


def _card(session: Session, transaction: Transaction, means: Means) -> Card:
    """The wallet's card, or a row for the typed one. Raises: NotFound, CardExpired."""
    if means.card_id:
        return _spent(records.payable(transaction.user_id, means.card_id))
    records.check_not_another_s(transaction.user_id, str(means.method_id))
    customer_id = customers.stripe_id(transaction.user_id) if means.save else None
    card = Card(
        id=new_id("card"),
        user_id=transaction.user_id,
        cog_id=transaction.cog_id,
        mode=transaction.mode,
        customer_id=customer_id,
        claimed_id=means.method_id,
        payment_method_id=means.method_id,
        token_id=means.token_id,
        token_type="permanent" if means.save else "single",
    )
    session.add(card)
    session.flush()
    return _spent(card)


def _spent(card: Card) -> Card:
    """A single card is for one transaction, from the moment that it is sent for one."""
    if card.token_type == "single":
        card.action = "consumed"
    return card


def _line(position: int, line: Any) -> Line:
    return Line(
        position=position,
        item_id=line.item.item_id,
        name=line.item.name,
        price_cents=line.item.price_cents,
        quantity=line.quantity,
        amount=line.amount,
    )


def _receipt_email(session: Session, who: Identity, email: str | None) -> str | None:
    if not who.is_guest:
        return who.email
    guest = session.get_one(User, who.user_id)
    if email:
        guest.contact_email = email
    return guest.contact_email
