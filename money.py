"""Money: integers in Stripe's minor units with an ISO currency, until the last template.

Source of every table here: Stripe docs, "Supported currencies" (zero-decimal currencies, special
cases, minimum and maximum charge amounts). Babel does all formatting.
"""

import re
from copy import copy
from decimal import ROUND_HALF_EVEN, Decimal

from babel import Locale
from babel.numbers import get_currency_symbol

import languages

CURRENCIES = frozenset(
    "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp "
    "byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip "
    "gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt "
    "lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr "
    "nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd "
    "std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar "
    "zmw".split()
)

ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
# Sent to Stripe with two decimals that must be 00, although nobody ever writes them.
TWO_DECIMAL_BUT_WHOLE = frozenset({"isk", "ugx"})
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})

MAXIMUM = 99_999_999
# Far more digits than a price has, far fewer than would cost time or lose precision.
_PRICE = re.compile(r"-?[0-9]{1,15}(?:\.([0-9]{1,15}))?")
_FIFTY = "usd eur aud brl cad chf inr nzd sgd ars cop idr ils php rub zar"
MINIMUM = dict.fromkeys(_FIFTY.split(), 50) | {
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
    "huf": 17500,
    "jpy": 50,
    "krw": 50,
}


def exponent(currency: str) -> int:
    """How many decimals Stripe's amount has in this currency: 0, 2 or 3."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def is_currency(currency: str) -> bool:
    """Whether this is the lower-case ISO code of a currency in which Stripe charges cards."""
    return currency in CURRENCIES


def minimum(currency: str) -> int:
    """Stripe's smallest charge, minor units. 1 where Stripe publishes none: then Stripe decides."""
    return MINIMUM.get(currency, 1)


def is_chargeable(amount: int, currency: str) -> bool:
    """Whether a card can be charged this amount (minor units), by Stripe's limits and steps."""
    if not minimum(currency) <= amount <= MAXIMUM:
        return False
    return has_whole_steps(amount, currency)


def has_whole_steps(amount: int, currency: str) -> bool:
    """Whether Stripe moves this amount (minor units): some currencies go in steps of 10 or 100."""
    return amount % _step(currency) == 0


def parse(text: str, currency: str) -> int:
    """Minor units of a price as a person writes it ("12.50").

    Raises: ValueError with a sentence: no number, or more decimals than the currency has.
    """
    if not (found := _PRICE.fullmatch(text.strip())):
        raise ValueError(f"{text!r} is not a price")
    if len(found[1] or "") > exponent(currency):
        raise ValueError(f"{text!r} has more decimals than {currency.upper()} allows")
    return int(Decimal(found[0]).scaleb(exponent(currency)))


def display(amount: int, currency: str, locale: str | None = None) -> str:
    """The amount (minor units) as people read it: "$12.00", "¥1,200", "ISK 5", "12,00 €".

    locale: of whoever reads it; without, the language that is spoken now.
    With the decimals that Stripe charges: Babel's own would hide those of a few currencies (LAK,
    RSD, ...) whose small coins are out of use.
    """
    locale = locale or languages.current()
    code, where = currency.upper(), Locale.parse(locale)
    decimals = 0 if currency in TWO_DECIMAL_BUT_WHOLE else exponent(currency)
    pattern = copy(where.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    if get_currency_symbol(code, locale)[-1].isalpha():
        pattern.prefix = tuple(part.replace("¤", "¤\u00a0") for part in pattern.prefix)
    value = Decimal(amount).scaleb(-exponent(currency))
    return str(pattern.apply(value, where, currency=code, currency_digits=False))


def share(amount: int, part: int, whole: int, currency: str) -> int:
    """part/whole of an amount (minor units), half to even, in what the currency is written with.

    Of an amount that a card can be charged it is never more than that amount.
    """
    step = 100 if currency in TWO_DECIMAL_BUT_WHOLE else 1
    return int((Decimal(amount) * part / whole / step).quantize(Decimal(1), ROUND_HALF_EVEN)) * step


def percent(value: Decimal) -> str:
    """A percentage as people read it: "19%", "19 %", "8.875%"."""
    pattern = copy(Locale.parse(languages.current()).percent_formats[None])
    pattern.frac_prec = (0, 3)
    return str(pattern.apply(value / 100, Locale.parse(languages.current())))


def plain(amount: int, currency: str) -> str:
    """The amount as `parse` reads it back ("12.50"); for files, not for people."""
    return str(Decimal(amount).scaleb(-exponent(currency)))


def _step(currency: str) -> int:
    if currency in TWO_DECIMAL_BUT_WHOLE:
        return 100
    return 10 if currency in THREE_DECIMAL else 1
