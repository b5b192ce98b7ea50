"""The tax that is in a shop's prices: they are what shoppers pay, a tax is only told apart.

One tax and one rate per shop. An order's tax is reckoned once, from its total, and rounded half to
even to the smallest amount that the currency is written with.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import money
from catalog.models import Cog

LONGEST_NAME = 30
# A rate is in thousandths of a percent: 8.875 % is 8875.
_PERCENT = 1000
HIGHEST = 100 * _PERCENT


@dataclass(frozen=True)
class Tax:
    """`amount`: minor units, contained in a total."""

    name: str
    rate: int
    amount: int

    def to_wire(self, currency: str) -> dict[str, Any]:
        percent = Decimal(self.rate) / _PERCENT
        return {
            "name": self.name,
            "percent": f"{percent.normalize():f}",
            "percent_display": money.percent(percent),
            "amount_cents": self.amount,
            "amount_display": money.display(self.amount, currency),
        }


def included(cog: Cog, total: int) -> Tax | None:
    """What of a total (minor units) is this shop's tax; None where it has none."""
    if cog.tax_name is None or cog.tax_rate is None:
        return None
    amount = money.share(total, cog.tax_rate, HIGHEST + cog.tax_rate, cog.currency)
    return Tax(cog.tax_name, cog.tax_rate, amount)


def parse_percent(text: str) -> int:
    """A rate, of "19" or "8.875". Raises: ValueError with a sentence."""
    try:
        rate = Decimal(text.strip()) * _PERCENT
    except InvalidOperation:
        raise ValueError(f"{text!r} is no percentage: write it like 19 or 8.875.") from None
    if not (rate.is_finite() and 0 <= rate <= HIGHEST and rate == int(rate)):
        raise ValueError(f"{text!r}: a tax is 0 to 100 percent, with up to three decimals.")
    return int(rate)
