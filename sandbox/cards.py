"""The test cards: the one place that says what each of them does.

Source: docs.stripe.com/testing. A number is known here and compared, never stored: objects keep
the card's `name`.
"""

from dataclasses import dataclass, fields
from typing import Any

from sandbox.ids import fingerprint


@dataclass(frozen=True, slots=True)
class Card:
    """A test card and its behaviour; the defaults are those of a card that just works."""

    name: str
    what: str
    number: str | None
    payment_method: str | None
    token: str | None
    last4: str
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    code: str | None = None  # of the error when it is charged; None: the charge succeeds
    decline_code: str | None = None
    saves: bool = True  # may be attached to a customer or set up
    needs_cvc: bool = False  # declines only when a CVC was typed
    blocked: bool = False  # refused by fraud rules before the bank is asked
    risk: str = "normal"
    challenge: str = "never"  # never, always, requested (only when asked for), captcha
    off_session: str = "ok"  # ok, required (3DS), setup (3DS unless set up before)
    lookup_fails: bool = False  # asking for 3DS fails, and the charge with it
    cvc_check: str = "pass"
    line1_check: str = "pass"
    postal_check: str = "pass"
    disputes: str = ""  # stories of disputes.py, joined by +
    refund: str = "ok"  # ok, pending (then succeeded), fails (succeeded, then failed)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.name)


# A line that starts with `#` opens a group: title | blurb. Every other line is a card:
# number, what Stripe writes behind `pm_card_` and `tok_` (or -), behaviour; then a sentence.
# Behaviour: a field of Card and its value. `declines=x/y` is code and decline_code; `token=no`
# means that there is no `tok_` spelling; `last4` stands for a card that has no number.
_TABLE = """
# Pays | Any future date, CVC and postal code. Month 13, a past year or a CVC of two digits fails.
4242424242424242 visa | Pays at once; saves and pays again without questions.
4000056655665556 visa_debit funding=debit | Pays at once.
5555555555554444 mastercard brand=mastercard | Pays at once.
2223003122003222 - brand=mastercard | Pays at once (2-series number).
5200828282828210 mastercard_debit brand=mastercard funding=debit | Pays at once.
5105105105105100 mastercard_prepaid brand=mastercard funding=prepaid | Pays at once.
378282246310005 amex brand=amex | Pays at once; its CVC has four digits.
371449635398431 - brand=amex | Pays at once; its CVC has four digits.
6011111111111117 discover brand=discover | Pays at once.
6011000990139424 - brand=discover | Pays at once.
6011981111111113 - brand=discover funding=debit | Pays at once.
3056930009020004 diners brand=diners | Pays at once.
36227206271667 - brand=diners | Pays at once (14 digits).
3566002020360505 jcb brand=jcb | Pays at once.
6200000000000005 unionpay brand=unionpay | Pays at once.
6200000000000047 - brand=unionpay funding=debit | Pays at once.
6205500000000000004 - brand=unionpay | Pays at once (19 digits).

# Declined | The bank says no, to paying and to saving.
4000000000000002 visa_chargeDeclined declines=card_declined/generic_decline saves=no
    | The bank declines and gives no reason.
4000000000009995 visa_chargeDeclinedInsufficientFunds
    declines=card_declined/insufficient_funds saves=no | Declined: not enough money.
4000000000009987 visa_chargeDeclinedLostCard declines=card_declined/lost_card saves=no
    | Declined: reported lost (the customer is told only that it was declined).
4000000000009979 visa_chargeDeclinedStolenCard declines=card_declined/stolen_card saves=no
    | Declined: reported stolen (the customer is told only that it was declined).
4000000000000069 chargeDeclinedExpiredCard declines=expired_card saves=no
    | Declined: the bank says that the card has expired.
4000000000000127 chargeDeclinedIncorrectCvc declines=incorrect_cvc saves=no needs_cvc=yes
    | Declined: the CVC is wrong (only if one was typed).
4000000000000119 chargeDeclinedProcessingError declines=processing_error saves=no
    | Declined: an error at the bank; trying again may help.
4242424242424241 - declines=incorrect_number saves=no
    | Mistyped: refused in the form, for its check digit is wrong.
4000000000006975 visa_chargeDeclinedVelocityLimitExceeded
    declines=card_declined/card_velocity_exceeded saves=no
    | Declined: used too often or over its limit.

# Saves, then declines | Saved without trouble, refused when charged.
4000000000000341 chargeCustomerFail declines=card_declined/generic_decline
    | Saves fine; every payment is declined.
- visa_chargeCustomerFailLostCard declines=card_declined/lost_card last4=0341
    | Saves fine; every payment is declined as lost.
- visa_chargeCustomerFailStolenCard declines=card_declined/stolen_card last4=0341
    | Saves fine; every payment is declined as stolen.

# Fraud rules | Judged before the bank is asked.
4100000000000019 radarBlock declines=card_declined/fraudulent blocked=yes risk=highest
    | Always blocked as fraud (highest risk).
4000000000004954 riskLevelHighest declines=card_declined/fraudulent blocked=yes risk=highest
    | Highest risk: blocked, as Stripe's default rules do.
4000000000009235 riskLevelElevated risk=elevated | Pays, with elevated risk.

# Address and CVC checks | The payment succeeds; the checks tell.
4000000000000101 cvcCheckFail cvc_check=fail | Pays; the CVC check fails if one was typed.
4000000000000036 avsZipFail postal_check=fail
    | Pays; the postal code check fails if one was given.
4000058400307872 cvcCheckFailElevatedRisk cvc_check=fail risk=elevated
    | Pays, with elevated risk; the CVC check fails.
4000058400306072 avsZipFailElevatedRisk postal_check=fail risk=elevated
    | Pays, with elevated risk; the postal code check fails.
4000000000000028 avsLine1Fail line1_check=fail | Pays; the street check fails.
4000000000000010 avsFail line1_check=fail postal_check=fail
    | Pays; the street and postal code checks fail.
4000000000000044 avsUnchecked line1_check=unavailable postal_check=unavailable
    | Pays; the address cannot be checked.

# 3D Secure | The bank wants the customer to confirm.
4000002500003155 authenticationRequiredOnSetup token=no challenge=always off_session=setup
    | Asks for 3D Secure; once saved, payments without you need none.
4000002760003184 authenticationRequired token=no challenge=always off_session=required
    | Asks for 3D Secure every time.
4000003800000446 authenticationRequiredSetupForOffSession token=no challenge=always
    | Asks for 3D Secure; counts as set up, so payments without you succeed.
4000008260003178 authenticationRequiredChargeDeclinedInsufficientFunds token=no challenge=always
    declines=card_declined/insufficient_funds
    | Asks for 3D Secure, then is declined: not enough money.
4000000000003220 threeDSecure2Required challenge=always off_session=required
    | Asks for 3D Secure, then pays.
4000008400001629 threeDSecureRequiredChargeDeclined challenge=always off_session=required
    declines=card_declined/generic_decline saves=no | Asks for 3D Secure, then is declined.
4000008400001280 threeDSecureRequiredProcessingError challenge=always lookup_fails=yes
    declines=card_declined/generic_decline saves=no
    | Declined: it needs 3D Secure, which fails with a processing error.
4000000000003055 threeDSecureOptional challenge=requested
    | Pays at once; asks for 3D Secure only when the shop requests it.
4000000000003097 threeDSecureOptionalProcessingError challenge=requested lookup_fails=yes
    | Pays at once; when the shop requests 3D Secure, that fails and it is declined.

# Captcha | A challenge of Stripe's own against card testing.
4000000000001208 - challenge=captcha | Asks you to solve a captcha, then pays.
4000000000003725 - challenge=captcha | Asks you to solve a captcha, then pays.

# Disputes | The payment succeeds and is disputed right after.
4000000000000259 createDispute disputes=fraudulent | Pays, then is disputed as fraud.
4000000000002685 createDisputeProductNotReceived disputes=product_not_received
    | Pays, then is disputed: product not received.
4000000000001976 createDisputeInquiry disputes=inquiry | Pays, then the bank asks about it.
4000000000005423 createIssuerFraudRecord disputes=warning
    | Pays, then the bank warns of fraud without disputing.
4000000404000079 createMultipleDisputes disputes=fraudulent+fraudulent
    | Pays, then is disputed twice.
4000000404000038 createCe3EligibleDispute disputes=compelling_evidence
    | Pays, then is disputed; eligible for Visa's compelling evidence 3.0.
4000008400000779 createComplianceDispute disputes=compliance
    | Pays, then is disputed as a Visa compliance case.

# Refunds | The payment succeeds; its refund takes a turn some seconds later.
4000000000007726 pendingRefund refund=pending
    | Pays; a refund is pending first, then succeeds.
4000000000005126 refundFail refund=fails | Pays; a refund succeeds first, then fails.

# Balance | The money counts as available at once.
4000000000000077 bypassPending | Pays.
4000003720000278 bypassPendingInternational country=IE | Pays, from abroad.
"""


def _read_card(line: str) -> Card:
    head, _, what = line.partition("|")
    number, alias, *pairs = head.split()
    behaviour: dict[str, Any] = dict(pair.split("=") for pair in pairs)
    flags = {field.name for field in fields(Card) if field.type is bool}
    for name in flags & behaviour.keys():
        behaviour[name] = behaviour[name] == "yes"
    code, _, decline_code = behaviour.pop("declines", "").partition("/")
    has_token = behaviour.pop("token", "") != "no"
    last4 = behaviour.pop("last4", number[-4:])
    return Card(
        name=alias if alias != "-" else f"{behaviour.get('brand', 'visa')}_{last4}",
        what=what.strip(),
        number=number if number != "-" else None,
        payment_method=f"pm_card_{alias}" if "-" not in (number, alias) else None,
        token=f"tok_{alias}" if alias != "-" and has_token else None,
        last4=last4,
        code=code or None,
        decline_code=decline_code or None,
        **behaviour,
    )


def _read_groups() -> list[tuple[str, str, list[Card]]]:
    groups: list[tuple[str, str, list[Card]]] = []
    for line in _TABLE.replace("\n    ", " ").splitlines():
        if line.startswith("#"):
            title, _, blurb = line.removeprefix("#").partition("|")
            groups.append((title.strip(), blurb.strip(), []))
        elif line:
            groups[-1][2].append(_read_card(line))
    return groups


_GROUPS = _read_groups()
_SHOWN = ("number", "payment_method", "token", "brand", "what", "code", "decline_code")

CARDS = tuple(card for _, _, cards in _GROUPS for card in cards)
BY_NAME = {card.name: card for card in CARDS}
BY_NUMBER = {card.number: card for card in CARDS if card.number}
BY_PAYMENT_METHOD = {card.payment_method: card for card in CARDS if card.payment_method}
BY_TOKEN = {card.token: card for card in CARDS if card.token}
# For a page: [{title, blurb, cards: [{number, payment_method, token, brand, what, ...}]}].
GROUPS: list[dict[str, Any]] = [
    {
        "title": title,
        "blurb": blurb,
        "cards": [{name: getattr(card, name) for name in _SHOWN} for card in cards],
    }
    for title, blurb, cards in _GROUPS
]
