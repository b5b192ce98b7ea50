"""What a bank answers: from a test card and the circumstances to a decline, or none."""

from dataclasses import dataclass
from typing import Any

from sandbox.cards import Card
from sandbox.errors import ApiError, Json, card_error
from sandbox.shapes import nulls

_MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": (
        "An error occurred while processing your card. Try again in a little bit."
    ),
    "card_velocity_exceeded": (
        "Your card was declined for making repeated attempts too frequently or exceeding its "
        "amount limit."
    ),
    "authentication_required": (
        "Your card was declined. This transaction requires authentication."
    ),
}
# ISO 8583 response codes, as banks send them.
_NETWORK_CODES = {
    "insufficient_funds": "51",
    "lost_card": "41",
    "stolen_card": "43",
    "expired_card": "54",
    "incorrect_cvc": "82",
    "processing_error": "96",
    "card_velocity_exceeded": "65",
    "authentication_required": "1A",
}
_RISK_SCORES = {"normal": 24, "elevated": 67, "highest": 92}
_HOPELESS = {"lost_card", "stolen_card"}
_WRONG_DATA = {"expired_card", "incorrect_cvc"}
_SELLER = "The bank did not return any further details with this decline."


@dataclass(frozen=True, slots=True)
class Decline:
    """A refusal of the bank, of the fraud rules or for want of authentication."""

    code: str
    decline_code: str | None
    blocked: bool = False

    @property
    def reason(self) -> str:
        return self.decline_code or self.code

    @property
    def message(self) -> str:
        return _MESSAGES.get(self.reason, "Your card was declined.")

    @property
    def advice_code(self) -> str | None:
        if self.blocked or self.reason == "authentication_required":
            return None
        if self.reason in _WRONG_DATA:
            return "confirm_card_data"
        return "do_not_try_again" if self.reason in _HOPELESS else "try_again_later"

    @property
    def network_decline_code(self) -> str | None:
        return None if self.blocked else _NETWORK_CODES.get(self.reason, "01")

    def error(self, **more: Any) -> ApiError:
        """The 402 that tells of it; `more` are further members of the error object."""
        return card_error(
            self.message,
            self.code,
            decline_code=self.decline_code,
            advice_code=self.advice_code,
            network_decline_code=self.network_decline_code,
            **more,
        )


GENERIC = Decline("card_declined", "generic_decline")
EXPIRED = Decline("expired_card", None)
AUTHENTICATION_REQUIRED = Decline("authentication_required", "authentication_required")


_BLOCKED: Json = {
    "network_status": "not_sent_to_network",
    "reason": "highest_risk_level",
    "seller_message": "Stripe blocked this payment as too risky.",
    "type": "blocked",
}


def on_charge(card: Card, *, cvc_given: bool, expired: bool) -> Decline | None:
    if expired:
        return EXPIRED
    if card.code is None or (card.needs_cvc and not cvc_given):
        return None
    return Decline(card.code, card.decline_code, card.blocked)


def on_saving(card: Card, *, cvc_given: bool, expired: bool) -> Decline | None:
    """Attaching and setting up ask the bank for nothing but whether the card is good."""
    if card.saves and not expired:
        return None
    return on_charge(card, cvc_given=cvc_given, expired=expired)


def charge_outcome(card: Card, decline: Decline | None) -> Json:
    """The `outcome` of a charge."""
    outcome: Json = {
        **nulls("advice_code network_advice_code network_decline_code reason"),
        "network_status": "approved_by_network",
        "risk_level": card.risk,
        "risk_score": _RISK_SCORES[card.risk],
        "seller_message": "Payment complete.",
        "type": "authorized",
    }
    if decline is None:
        return outcome
    return outcome | (_BLOCKED if decline.blocked else _declined(decline))


def _declined(decline: Decline) -> Json:
    return {
        "advice_code": decline.advice_code,
        "network_decline_code": decline.network_decline_code,
        "network_status": "declined_by_network",
        "reason": decline.reason,
        "seller_message": _SELLER,
        "type": "issuer_declined",
    }
