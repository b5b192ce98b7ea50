"""Card details as somebody typed them: checked, recognised as a test card, and forgotten."""

from typing import NamedTuple

from sandbox.cards import BY_NUMBER, Card
from sandbox.errors import ApiError, Json, card_error

_RAW_DATA = (
    "Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you "
    "use test tokens that map to the test card you are using, see https://stripe.com/docs/testing."
    " To enable raw card data APIs in test mode, see "
    "https://support.stripe.com/questions/enabling-access-to-raw-card-data-apis."
)
_FOREIGN = (
    "Your card was declined. Your request was in test mode, but used a non test card. For a list "
    "of valid test cards, visit: https://stripe.com/docs/testing."
)
_YEARS_AHEAD = 50


class TypedCard(NamedTuple):
    card: Card
    exp_month: int
    exp_year: int
    cvc_given: bool


def refuse_raw_data() -> ApiError:
    """Stripe's answer to a server that sends card numbers: they belong into Stripe.js."""
    return ApiError(402, _RAW_DATA)


def read(details: Json, year_now: int, month_now: int) -> TypedCard:
    """Raises: ApiError (402) with the code that Stripe gives for each kind of mistake."""
    number = str(details.get("number", "")).replace(" ", "").replace("-", "")
    _check_number(number)
    month = _number(details.get("exp_month"), "invalid_expiry_month")
    year = _number(details.get("exp_year"), "invalid_expiry_year")
    year += 2000 if year < 100 else 0
    check_expiry(month, year)
    if not year_now <= year <= year_now + _YEARS_AHEAD:
        raise _refused("invalid_expiry_year")
    if year == year_now and month < month_now:
        raise _refused("invalid_expiry_month")
    card = BY_NUMBER.get(number)
    cvc = str(details.get("cvc") or "")
    _check_cvc(cvc, "amex" if number[:2] in ("34", "37") else "")
    if card is None:
        raise card_error(
            _FOREIGN, "card_declined", param="number", decline_code="test_mode_live_card"
        )
    return TypedCard(card, month, year, bool(cvc))


def check_expiry(month: int, year: int) -> None:
    """Whether such a month exists. Raises: ApiError (402)."""
    if not 1 <= month <= 12:
        raise _refused("invalid_expiry_month")
    if not 1970 <= year <= 2100:
        raise _refused("invalid_expiry_year")


def passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _check_number(number: str) -> None:
    if not number.isascii() or not number.isdigit():
        raise _refused("invalid_number")
    if not 12 <= len(number) <= 19 or not passes_luhn(number):
        raise _refused("incorrect_number")


def _check_cvc(cvc: str, brand: str) -> None:
    allowed = (3, 4) if brand == "amex" else (3,)
    if cvc and not (cvc.isascii() and cvc.isdigit() and len(cvc) in allowed):
        raise _refused("invalid_cvc")


def _number(value: object, code: str) -> int:
    text = str(value or "")
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise _refused(code)
    return int(text)


def _refused(code: str) -> ApiError:
    message, param = {
        "invalid_number": ("The card number is not a valid credit card number.", "number"),
        "incorrect_number": ("Your card number is incorrect.", "number"),
        "invalid_expiry_month": ("Your card's expiration month is invalid.", "exp_month"),
        "invalid_expiry_year": ("Your card's expiration year is invalid.", "exp_year"),
        "invalid_cvc": ("Your card's security code is invalid.", "cvc"),
    }[code]
    return card_error(message, code, param=param)
