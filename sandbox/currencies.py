"""Amounts: which currencies exist, their decimals, and the smallest and largest charge.

Source: docs.stripe.com/currencies.
"""

from sandbox.errors import ApiError

CURRENCIES = tuple(
    "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp "
    "byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip "
    "gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd "
    "kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok "
    "npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos "
    "srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer "
    "zar zmw".split()
)
_NO_DECIMALS = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
_THREE_DECIMALS = frozenset("bhd jod kwd omr tnd".split())
# Sent with two decimals, which must be 00.
_WHOLE_UNITS = frozenset(("isk", "ugx"))

_SMALLEST = {
    **dict.fromkeys("usd eur aud brl cad chf inr nzd sgd ars cop idr ils php rub zar".split(), 50),
    "gbp": 30,
    "aed": 200,
    "myr": 200,
    "pln": 200,
    "ron": 200,
    "dkk": 250,
    "nok": 300,
    "sek": 300,
    "hkd": 400,
    "mxn": 1000,
    "thb": 1000,
    "czk": 1500,
    "jpy": 50,
    "krw": 50,
    "huf": 17500,
    "bgn": 100,
    "try": 50,
}
LARGEST = 99_999_999


def decimals(currency: str) -> int:
    if currency in _NO_DECIMALS:
        return 0
    return 3 if currency in _THREE_DECIMALS else 2


def as_text(amount: int, currency: str) -> str:
    """`50, usd` -> `$0.50 usd`; for error messages only."""
    places = decimals(currency)
    number = f"{amount / 10**places:,.{places}f}"
    symbol = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}.get(currency, "")
    return f"{symbol}{number} {currency}"


def check_amount(amount: int, currency: str, param: str = "amount") -> None:
    """Raises: ApiError unless a card may be charged this amount of minor units."""
    if amount < 1:
        raise ApiError(
            400,
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param=param,
        )
    least = _SMALLEST.get(currency, 1)
    if amount < least:
        raise ApiError(
            400,
            f"Amount must be at least {as_text(least, currency)}",
            code="amount_too_small",
            param=param,
        )
    if amount > LARGEST:
        raise ApiError(
            400,
            f"Amount must be no more than {as_text(LARGEST, currency)}",
            code="amount_too_large",
            param=param,
        )
    _check_last_digits(amount, currency, param)


def _check_last_digits(amount: int, currency: str, param: str) -> None:
    step = 100 if currency in _WHOLE_UNITS else 10 if currency in _THREE_DECIMALS else 1
    if amount % step:
        raise ApiError(
            400,
            f"Invalid amount: amounts in {currency} must be a multiple of {step}.",
            code="invalid_charge_amount",
            param=param,
        )
