"""For every reason to decline: what the shopper reads and, apart, what the owner should know.

The one table of it. Codes are Stripe's decline codes and the error codes that mean the same.
Whatever might tell a thief something (lost, stolen, fraud, blocked) reads as any other decline.
Source: Stripe docs, "Decline codes".
"""

from dataclasses import dataclass
from typing import Any

from languages import _l

_PLAIN = _l("Your card was declined. Please try another card.")
_CALL = _l("Your card was declined. Please call your bank or try another card.")
_UNFIT = _l("Your card can’t be used for this purchase. Please try another card.")
_FUNDS = _l("Your card has insufficient funds. Please try another card.")
_LIMIT = _l("Your card has reached its limit. Please try another card.")
_CURRENCY = _l("Your card doesn’t take this currency. Please try another card.")
_EXPIRED = _l("This card has expired. Please use another card.")
_CODE = _l("The security code is not correct. Please enter your card details again.")
_NUMBER = _l("The card number is not correct. Please enter your card details again.")
_DATE = _l("The expiry date is not correct. Please enter your card details again.")
_PLACE = _l(
    "The postal code or address doesn’t match the card. Please enter your card details again."
)
_BANK = _l("Your bank had a problem with this payment. Please try again.")
_AWAY = _l("Your bank can’t be reached right now. Please wait a moment and try again.")
_PIN = _l("Your bank wants a PIN, which can’t be typed here. Please try another card.")
_TWICE = _l(
    "Your bank saw this same payment a moment ago. Please check your orders before you pay again."
)
_RENEWED = _l("Your bank has given this card new details. Please type the new ones.")
_ITS_YOU = _l("Your bank couldn’t confirm that it’s you. Please try again or use another card.")
# Ours: a PaymentMethod that Stripe doesn't take at all; a transaction that was canceled.
_UNUSABLE = _l("This card can’t be used again. Please type it again or use another card.")
_CANCELED = _l("This payment was canceled and you were not charged. Please start again.")

_SECRET = " The shopper only reads that the card was declined; don't tell more."
_TYPED = "The shopper typed something wrong. Nothing to do."
_BANKS = "The bank says no and gives no reason. Only the shopper can ask it."
_HOLDER = "Its holder has told the bank to stop such payments. Don't try this card again."
_PINS = "The bank wants a PIN, which only a terminal can ask for. The shopper needs another card."
_PROVES = "The shopper didn't pass the bank's question (3D Secure), or left it. He can try again."
_PASSING = "A passing trouble of the bank or the network. The same card may work in a while."


@dataclass(frozen=True)
class Decline:
    """`shopper`: what happened and what to do next, in his language; `owner`: for the terminal.

    `code` is the wire's.
    """

    shopper: Any
    owner: str
    code: str = "card_declined"


_UNKNOWN = Decline(_PLAIN, "The bank declined. Stripe's dashboard may know more.")
_EXPIRY = Decline(_EXPIRED, "The card has expired.", "card_expired")
_AUTHENTICATION = Decline(_ITS_YOU, _PROVES, "authentication_failed")

TABLE: dict[str, Decline] = {
    "approve_with_id": Decline(_AWAY, _PASSING),
    "authentication_failure": _AUTHENTICATION,
    "authentication_not_handled": _AUTHENTICATION,
    "authentication_required": _AUTHENTICATION,
    "call_issuer": Decline(_CALL, _BANKS),
    "canceled": Decline(_CANCELED, "Canceled at Stripe, by us or in the dashboard. Not charged."),
    "card_decline_rate_limit_exceeded": Decline(
        _PLAIN, "Declined too often; Stripe doesn't try this card again for a day."
    ),
    "card_declined": _UNKNOWN,
    "card_not_supported": Decline(_UNFIT, "The card doesn't do this kind of purchase."),
    "card_unusable": Decline(_UNUSABLE, "Stripe doesn't take this card object a second time."),
    "card_velocity_exceeded": Decline(_LIMIT, "Over the card's limit of money or of payments."),
    "currency_not_supported": Decline(_CURRENCY, "The card doesn't take the shop's currency."),
    "do_not_honor": Decline(_CALL, _BANKS),
    "do_not_try_again": Decline(_CALL, _BANKS + " Don't try this card again."),
    "duplicate_transaction": Decline(
        _TWICE, "Same amount, same card, a moment ago. Look whether another order is paid."
    ),
    "expired_card": _EXPIRY,
    "expired_payment_method": _EXPIRY,
    "fraudulent": Decline(_PLAIN, "Stripe or the bank suspects fraud." + _SECRET),
    "generic_decline": Decline(_PLAIN, _BANKS + " It may also be a rule of Radar."),
    "incorrect_address": Decline(_PLACE, _TYPED),
    "incorrect_cvc": Decline(_CODE, _TYPED),
    "incorrect_number": Decline(_NUMBER, _TYPED),
    "incorrect_pin": Decline(_PIN, _PINS),
    "incorrect_postal_code": Decline(_PLACE, _TYPED),
    "incorrect_zip": Decline(_PLACE, _TYPED),
    "insufficient_funds": Decline(_FUNDS, "Not enough money on the card. Another card may work."),
    "invalid_account": Decline(_CALL, "The card or its account doesn't work. The bank knows why."),
    "invalid_amount": Decline(_CALL, "Over what the bank allows for one payment."),
    "invalid_charge_amount": Decline(_CALL, "Over what the bank allows for one payment."),
    "invalid_cvc": Decline(_CODE, _TYPED),
    "invalid_expiry_month": Decline(_DATE, _TYPED),
    "invalid_expiry_year": Decline(_DATE, _TYPED),
    "invalid_number": Decline(_NUMBER, _TYPED),
    "invalid_pin": Decline(_PIN, _PINS),
    "issuer_not_available": Decline(_AWAY, _PASSING),
    "lost_card": Decline(_PLAIN, "The card is reported lost." + _SECRET),
    "merchant_blacklist": Decline(_PLAIN, "A block list of your account's has it." + _SECRET),
    "mobile_device_authentication_required": _AUTHENTICATION,
    "new_account_information_available": Decline(_RENEWED, "The bank has issued new details."),
    "no_action_taken": Decline(_CALL, _BANKS),
    "not_permitted": Decline(_CALL, "The bank doesn't permit this payment."),
    "offline_pin_required": Decline(_PIN, _PINS),
    "online_or_offline_pin_required": Decline(_PIN, _PINS),
    "payment_intent_action_required": _AUTHENTICATION,
    "payment_intent_authentication_failure": _AUTHENTICATION,
    "payment_method_currency_mismatch": Decline(
        _CURRENCY, "The card doesn't take the shop's currency."
    ),
    "pickup_card": Decline(_PLAIN, "The bank wants the card back, perhaps stolen." + _SECRET),
    "pin_try_exceeded": Decline(_PIN, _PINS),
    "postal_code_invalid": Decline(_PLACE, _TYPED),
    "processing_error": Decline(_BANK, _PASSING),
    "reenter_transaction": Decline(_AWAY, _PASSING),
    "restricted_card": Decline(_PLAIN, "The bank has blocked it, perhaps lost." + _SECRET),
    "revocation_of_all_authorizations": Decline(_CALL, _HOLDER),
    "revocation_of_authorization": Decline(_CALL, _HOLDER),
    "security_violation": Decline(_PLAIN, "The bank sees a breach of its rules." + _SECRET),
    "service_not_allowed": Decline(_CALL, "The bank doesn't allow this service to the card."),
    "setup_intent_authentication_failure": _AUTHENTICATION,
    "stolen_card": Decline(_PLAIN, "The card is reported stolen." + _SECRET),
    "stop_payment_order": Decline(_CALL, _HOLDER),
    "testmode_decline": Decline(_UNFIT, "A test card in live mode. The shopper is trying you out."),
    "three_d_secure_authentication_not_supported": _AUTHENTICATION,
    "three_d_secure_authentication_upstream_error": _AUTHENTICATION,
    "token_already_used": Decline(_UNUSABLE, "The page sent the same typed card twice."),
    "token_in_use": Decline(_UNUSABLE, "The page sent the same typed card twice."),
    "transaction_not_allowed": Decline(_CALL, "The bank doesn't allow this payment."),
    "try_again_later": Decline(_AWAY, _PASSING),
    "withdrawal_count_limit_exceeded": Decline(_LIMIT, "Over what the card's account allows."),
}


def coach(code: str, decline_code: str | None) -> Decline:
    """The row for Stripe's code and decline code; a code that we don't know is a plain decline."""
    if code != "card_declined" and code in TABLE:
        return TABLE[code]
    return TABLE.get(decline_code or "", _UNKNOWN)
