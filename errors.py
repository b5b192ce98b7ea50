"""Every error that a client can meet: one subclass per code, its words and its HTTP status.

`AppError` is the only exception that handlers and routes let through; `sockets.py` turns it into
the error ack and `pages.py` into an error page, so nothing else needs a `try`.
"""

from typing import Any, ClassVar

from declines import coach
from languages import _l


class AppError(Exception):
    """Something that a client did, or that happened to it, with words that a person can act on.

    `details` go beside `error` in the ack (`transaction`, `items`, ...), so that the page can go
    on from here.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    message: str = _l("Something went wrong on our side. Please try again.")

    def __init__(self, message: str | None = None, **details: Any) -> None:
        # Said now, in the language of whoever asked: an ack is sent as it is.
        self.message = str(message or type(self).message)
        self.details = details
        super().__init__(self.message)

    def to_wire(self, request_id: str) -> dict[str, Any]:
        """The failure envelope of the wire, the only place that writes it."""
        error = {
            "code": self.code,
            "message": self.message,
            "retryable": self.retryable,
            "request_id": request_id,
        }
        return {"status": "error", "error": error, **self.details}


class Internal(AppError):
    code = "internal"
    retryable = True


class InvalidMessage(AppError):
    code = "invalid_message"
    status = 400
    message = _l("That request isn’t complete. Please reload the page and try again.")


class UnknownAction(AppError):
    code = "unknown_action"
    status = 404
    message = _l("This shop doesn’t know that action. Please reload the page.")


class Unauthenticated(AppError):
    code = "unauthenticated"
    status = 401
    message = _l("Please sign in first.")


class SessionExpired(AppError):
    code = "session_expired"
    status = 401
    message = _l("Your session has ended. Please reload the page to go on.")


class IdentityMismatch(AppError):
    code = "identity_mismatch"
    status = 403
    message = _l("This page belongs to someone else’s session. Please reload it.")


class NotFound(AppError):
    code = "not_found"
    status = 404
    message = _l("We couldn’t find that. Please reload the page or go back to the shop.")


class ItemUnavailable(AppError):
    code = "item_unavailable"
    status = 409
    message = _l("Something in your basket is no longer available. Please look at it again.")


class PriceChanged(AppError):
    code = "price_changed"
    status = 409
    message = _l("A price has changed. Please check the new total before you pay.")


class AmountOutOfRange(AppError):
    code = "amount_out_of_range"
    status = 422
    message = _l("This total can’t be paid by card. Please change the basket.")


class RequestMismatch(AppError):
    code = "request_mismatch"
    status = 409
    message = _l("This purchase was already sent with other contents. Please reload the page.")


class PaymentInProgress(AppError):
    code = "payment_in_progress"
    status = 409
    message = _l(
        "A payment is already running, perhaps in another tab. Please finish that one first."
    )


class PaymentPending(AppError):
    code = "payment_pending"
    status = 202
    retryable = True
    message = _l("We’re still confirming your payment. Please don’t pay again.")


class CardDeclined(AppError):
    code = "card_declined"
    status = 402
    retryable = True
    message = _l("Your card was declined. Please try another card.")


class CardExpired(AppError):
    code = "card_expired"
    status = 402
    retryable = True
    message = _l("This card has expired. Please use another card.")


class AuthenticationFailed(AppError):
    code = "authentication_failed"
    status = 402
    retryable = True
    message = _l("Your bank couldn’t confirm that it’s you. Please try again or use another card.")


class CardDataRejected(AppError):
    code = "card_data_rejected"
    status = 400
    message = _l("Please enter a card number only in the card field. None of it was kept.")


class RateLimited(AppError):
    code = "rate_limited"
    status = 429
    retryable = True
    message = _l("That was a lot at once. Please wait a moment and try again.")


class Unavailable(AppError):
    code = "unavailable"
    status = 503
    retryable = True
    message = _l(
        "We can’t reach the payment service right now. You were not charged; please try again."
    )


def declined(code: str, decline_code: str | None, **details: Any) -> AppError:
    """The error for a decline or a definite refusal, from Stripe's code and decline code."""
    if code == "resource_missing":
        return NotFound(_l("We couldn’t find this card. Please type it again."), **details)
    if code in ("amount_too_small", "amount_too_large"):
        return AmountOutOfRange(**details)
    row = coach(code, decline_code)
    return all_codes()[row.code](row.shopper, **details)


def all_codes() -> dict[str, type[AppError]]:
    """Every wire code with its class; documentation and tests walk it."""
    return {cls.code: cls for cls in AppError.__subclasses__()}
