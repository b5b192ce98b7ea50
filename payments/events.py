"""Purchases on the wire."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints, model_validator

from accounts import people
from accounts.sessions import Identity
from catalog.pricing import MAXIMUM_LINES, MAXIMUM_QUANTITY
from money import MAXIMUM
from payments import history, purchases, standing, views
from payments.orders import Means, Wanted
from sockets import on
from wire import CaptchaToken, PaymentMethodClaim, Request, TokenClaim
from wire_types import PurchaseReply, TransactionReply, TransactionsReply

RequestId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
ItemId = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Lines = Annotated[list["LineClaim"], Field(min_length=1, max_length=MAXIMUM_LINES)]


def _moment(value: Any) -> datetime:
    """A moment as a checkout's context tells it. Source: RFC 3339, section 5.6."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("give a moment such as 2026-11-25T10:00:00+00:00")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except OverflowError:
        raise ValueError("this moment is out of range") from None


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]


class LineClaim(Request):
    """A line as the page shows it; a price that is no longer true is answered with the new one."""

    item_id: ItemId
    price_cents: int = Field(ge=0, le=MAXIMUM)
    quantity: int = Field(1, ge=1, le=MAXIMUM_QUANTITY)
    # As the checkout's context has it, so that its items can be sent as they are; not read.
    name: str | None = Field(None, max_length=120)


class PurchaseRequest(Request):
    """A new purchase (`items`) or another card for one (`transaction_id`).

    Paid with a wallet card (`card_id`) or a typed one (`stripePayment` and `tokenObj`).
    """

    user_id: str | None = Field(None, alias="userId")
    cog_id: str | None = Field(None, alias="cogId")
    items: Lines | None = None
    transaction_id: str | None = None
    card_id: str | None = None
    stripe_payment: PaymentMethodClaim | None = Field(None, alias="stripePayment")
    token_obj: TokenClaim | None = Field(None, alias="tokenObj")
    save: bool = False
    email: str | None = Field(None, max_length=254)
    request_id: RequestId | None = Field(None, alias="requestId")
    # When the checkout was opened, as its context says: what was paid since is not paid again.
    opened_at: Moment | None = Field(None, alias="openedAt")
    captcha_token: CaptchaToken = Field(None, alias="captchaToken")

    @model_validator(mode="after")
    def one_of_each(self) -> Self:
        if (self.items is None) == (self.transaction_id is None):
            raise ValueError("give either items or transaction_id")
        if self.items is not None and (self.user_id is None or self.cog_id is None):
            raise ValueError("userId and cogId are missing")
        typed = (self.stripe_payment is not None, self.token_obj is not None)
        if typed[0] != typed[1] or typed[0] == (self.card_id is not None):
            raise ValueError("give either card_id, or stripePayment and tokenObj")
        if self.save and not typed[0]:
            raise ValueError("only a typed card can be saved")
        return self

    @property
    def means(self) -> Means:
        return Means(
            card_id=self.card_id,
            method_id=self.stripe_payment.id if self.stripe_payment else None,
            token_id=self.token_obj.id if self.token_obj else None,
            save=self.save,
            request_id=self.request_id,
        )


class TransactionRef(Request):
    transaction_id: str


class TransactionPage(Request):
    cursor: str | None = None


@on("purchase-request", limit="120/minute", tries_cards=True)
def purchase_request(identity: Identity, request: PurchaseRequest) -> PurchaseReply:
    if request.transaction_id:
        means, opened_at = request.means, request.opened_at
        return purchases.again(identity, request.transaction_id, means, opened_at)
    email = _contact(identity, request.email)
    wanted = Wanted(request.cog_id or "", request.items or [], email, request.opened_at)
    return purchases.start(identity, wanted, request.means)


@on("confirm-purchase")
def confirm_purchase(identity: Identity, request: TransactionRef) -> PurchaseReply:
    return standing.confirm(identity, request.transaction_id)


@on("get-transaction")
def get_transaction(identity: Identity, request: TransactionRef) -> TransactionReply:
    return standing.show(identity, request.transaction_id)


@on("get-transactions")
def get_transactions(identity: Identity, request: TransactionPage) -> TransactionsReply:
    page = history.page(identity.user_id, request.cursor)
    transactions = [views.to_wire(transaction) for transaction in page.transactions]
    return {"transactions": transactions, "next_cursor": page.next_cursor}


def _contact(identity: Identity, email: str | None) -> str | None:
    """The address for the receipt, as `people` spells it. Raises: IdentityMismatch."""
    return people.checked_email(identity, email) if email else None
