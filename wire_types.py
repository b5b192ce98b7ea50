"""The shapes of what the wire answers; the protocol's description is generated from them.

All amounts are integers in minor units of `currency`; `*_display` are the same for people.
Times are ISO 8601 in UTC.
"""

from typing import Any, Literal, NotRequired

# Before Python 3.12 the validation library can't describe the standard library's TypedDict.
from typing_extensions import TypedDict

Status = Literal["pending", "requires_action", "processing", "succeeded", "declined", "canceled"]
RefundStatus = Literal["pending", "requires_action", "succeeded", "failed", "canceled"]
DisputeState = Literal["open", "inquiry", "lost", "won", "closed"]
# `status`, and for a paid one what became of it since: what a list shows of an order.
DisplayStatus = Literal[
    "pending",
    "requires_action",
    "processing",
    "succeeded",
    "declined",
    "canceled",
    "refund_pending",
    "refund_failed",
    "part_refunded",
    "refunded",
    "inquiry",
    "disputed",
    "dispute_lost",
]
TokenType = Literal["permanent", "single"]


class RenewalWire(TypedDict):
    """A bank renewed a card: what it was before, null where that hasn't changed."""

    at: str
    former_last_four: str | None
    former_expomon: int | None
    former_expoyear: int | None


class CardWire(TypedDict):
    """A card of the wallet."""

    id: str
    last_four: str | None
    expomon: int | None
    expoyear: int | None
    name_on_card: str | None
    nickname: str | None
    brand: str | None
    token_type: TokenType
    is_default: bool
    expires_soon: bool
    verified: bool
    renewed: RenewalWire | None
    last_used_at: str | None
    created_at: str


class LineWire(TypedDict):
    """A line of a transaction, as it was sold."""

    item_id: str
    name: str
    price_cents: int
    price_display: str
    quantity: int
    amount_cents: int
    amount_display: str


class FreshLineWire(LineWire):
    """A line at today's price; `available` says whether it can be bought."""

    image: str
    available: bool


class PaidCardWire(TypedDict):
    """The card of the last attempt."""

    brand: str | None
    last_four: str | None
    expomon: int | None
    expoyear: int | None


class DeclineWire(TypedDict):
    code: str
    message: str


class RefundWire(TypedDict):
    id: str
    amount_cents: int
    amount_display: str
    status: RefundStatus
    created_at: str


class DisputeWire(TypedDict):
    """The shopper's bank asks for the money back, or about the payment; what it has come to."""

    state: DisputeState
    message: str


class EventWire(TypedDict):
    """One move of a transaction; `source` says who learned of it."""

    status: Status
    at: str
    source: str


class TaxWire(TypedDict):
    """The tax that is contained in a total; `percent` is a decimal number."""

    name: str
    percent: str
    percent_display: str
    amount_cents: int
    amount_display: str


class TransactionWire(TypedDict):
    """A purchase. `events` only in the answer of `get-transaction`."""

    id: str
    status: Status
    display_status: DisplayStatus
    amount: int
    currency: str
    amount_display: str
    total_cents: int
    tax: TaxWire | None
    cogId: str
    cog_name: str
    items: list[LineWire]
    card: PaidCardWire | None
    attempts: int
    decline: DeclineWire | None
    refunded_cents: int
    refunded_display: str
    refunds: list[RefundWire]
    dispute: DisputeWire | None
    receipt_email: str | None
    needs_review: bool
    created_at: str
    updated_at: str
    paid_at: str | None
    events: NotRequired[list[EventWire]]


class StoredCardWire(TypedDict):
    brand: str | None
    last4: str | None
    exp_month: int | None
    exp_year: int | None


class PaymentMethodWire(TypedDict):
    """The PaymentMethod of an attempt as stored, in Stripe's spelling."""

    id: str
    type: Literal["card"]
    card: StoredCardWire


class CardsReply(TypedDict):
    cards: list[CardWire]


class CardReply(TypedDict):
    """`client_secret` and `next_action` while the bank wants to be asked (3D Secure)."""

    card: CardWire
    client_secret: NotRequired[str]
    next_action: NotRequired[Literal["confirm-card"]]


class PurchaseReply(TypedDict):
    """`client_secret` is missing while Stripe can't be reached."""

    transaction: TransactionWire
    client_secret: NotRequired[str]
    paymentMethod: PaymentMethodWire


class TransactionReply(TypedDict):
    transaction: TransactionWire
    client_secret: str | None


class TransactionsReply(TypedDict):
    transactions: list[TransactionWire]
    next_cursor: str | None


class TransactionPush(TypedDict):
    transaction: TransactionWire


class SessionEndedPush(TypedDict):
    reason: str


class ShopRestartingPush(TypedDict):
    """Nothing to tell beyond the event itself."""


class ErrorWire(TypedDict):
    code: str
    message: str
    retryable: bool
    request_id: str


class ErrorReply(TypedDict):
    """A failure; what the page needs to go on stands beside `error`."""

    status: Literal["error"]
    error: ErrorWire
    transaction: NotRequired[TransactionWire]
    items: NotRequired[list[FreshLineWire]]
    total_cents: NotRequired[int]
    total_display: NotRequired[str]
    captcha: NotRequired[bool]


PUSHES: dict[str, type[Any]] = {
    "wallet-changed": CardsReply,
    "transaction-changed": TransactionPush,
    "session-ended": SessionEndedPush,
    "shop-restarting": ShopRestartingPush,
}
