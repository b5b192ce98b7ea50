"""The tax in a shop's prices: set by the owner, told apart from totals, never added to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import money
from catalog import shops, taxes
from catalog.models import Cog
from extensions import db

from .conftest import Owner

TAX = ["--tax-name", "VAT", "--tax-percent"]
totals = st.integers(1, money.MAXIMUM)
rates = st.integers(1, taxes.HIGHEST)
currencies = st.sampled_from(["usd", "jpy", "kwd", "isk", "ugx", "eur"])


def shop(rate: int, currency: str = "eur") -> Cog:
    return Cog(currency=currency, tax_name="VAT", tax_rate=rate)


def tax_of(rate: int, total: int, currency: str = "eur") -> int:
    tax = taxes.included(shop(rate, currency), total)
    assert tax is not None
    return tax.amount


@pytest.mark.parametrize(
    ("rate", "total", "currency", "amount"),
    [
        (19_000, 1999, "eur", 319),
        (19_000, 119, "eur", 19),
        (10_000, 500, "jpy", 45),
        (8_875, 1, "usd", 0),
        (100_000, 100, "usd", 50),
        (25_000, 10_000, "isk", 2_000),
        # Half of the smallest amount: to the even one.
        (100_000, 1, "usd", 0),
        (100_000, 3, "usd", 2),
        (100_000, 5, "usd", 2),
        # Nobody writes ISK 0.50.
        (100_000, 300, "isk", 200),
        (100_000, 500, "isk", 200),
    ],
)
def test_what_of_a_total_is_tax(rate: int, total: int, currency: str, amount: int) -> None:
    assert tax_of(rate, total, currency) == amount


@given(rates, totals, currencies)
def test_tax_and_the_rest_are_the_total_and_as_near_to_the_rate_as_can_be(
    rate: int, total: int, currency: str
) -> None:
    step = 100 if currency in money.TWO_DECIMAL_BUT_WHOLE else 1
    total *= step if total * step <= money.MAXIMUM else 1
    tax = tax_of(rate, total, currency)
    rest = total - tax
    assert 0 <= tax <= total
    assert tax % step == 0
    # Exactly: tax / rest would be rate / 100 %, if there were no smallest amount.
    assert abs(tax * taxes.HIGHEST - rest * rate) * 2 <= step * (taxes.HIGHEST + rate)


@given(rates, totals)
def test_more_is_never_taxed_less(rate: int, total: int) -> None:
    assert tax_of(rate, total) <= tax_of(rate, total + 1)


def test_a_shop_without_a_tax_has_none() -> None:
    assert taxes.included(Cog(currency="eur", tax_name=None, tax_rate=None), 1999) is None


def test_a_tax_is_told_in_numbers_and_in_words() -> None:
    tax = taxes.included(shop(8_875), 10_000)
    assert tax is not None
    assert (tax.name, tax.rate, tax.amount) == ("VAT", 8_875, 815)


@pytest.mark.parametrize(
    ("text", "rate"),
    [("19", 19_000), (" 8.875 ", 8_875), ("0", 0), ("100", 100_000), ("2e1", 20_000)],
)
def test_a_percentage_is_read_as_it_is_written(text: str, rate: int) -> None:
    assert taxes.parse_percent(text) == rate


@pytest.mark.parametrize("text", ["", "19%", "nineteen", "-1", "100.001", "8.8755", "nan", "inf"])
def test_what_is_no_percentage_is_refused(owner: Owner, cog: Cog, text: str) -> None:
    with pytest.raises(ValueError, match="percent"):
        taxes.parse_percent(text)
    result = owner.run("cogs edit corner", *TAX, text)
    assert result.exit_code == 1
    assert "percent" in result.stderr
    assert shops.by_slug("corner").tax_rate is None


class TestCommands:
    def test_a_shop_is_opened_with_a_tax(self, owner: Owner) -> None:
        result = owner.run("cogs add corner --name Corner --currency eur", *TAX, "19")
        assert result.exit_code == 0, result.stderr
        cog = shops.by_slug("corner")
        assert (cog.tax_name, cog.tax_rate) == ("VAT", 19_000)

    def test_it_is_changed_in_part_and_taken_off(self, owner: Owner, cog: Cog) -> None:
        def kept() -> tuple[str | None, int | None]:
            db.session.expire_all()
            return shops.by_slug("corner").tax_name, shops.by_slug("corner").tax_rate

        said = owner.run("cogs edit corner", *TAX, "8.875").stdout
        assert said == "Corner at /shop/corner: accent moss, VAT 8.875 % in the prices\n"
        owner.run("cogs edit corner --tax-name IVA")
        assert kept() == ("IVA", 8_875)
        owner.run("cogs edit corner --tax-percent 21 --name Other")
        assert kept() == ("IVA", 21_000)
        assert "accent moss\n" in owner.run("cogs edit corner --tax-percent 0").stdout
        assert kept() == (None, None)

    @pytest.mark.parametrize(
        "words",
        [
            ["--tax-name", "VAT"],
            ["--tax-percent", "19"],
            ["--tax-name", " ", "--tax-percent", "19"],
            ["--tax-name", "x" * 31, "--tax-percent", "19"],
            ["--tax-name", "two\nlines", "--tax-percent", "19"],
        ],
    )
    def test_half_a_tax_is_refused(self, owner: Owner, cog: Cog, words: list[str]) -> None:
        for command in ("cogs edit corner", "cogs add other --name Other --currency eur"):
            result = owner.run(command, *words)
            assert result.exit_code == 1
            assert "tax" in result.stderr
        assert [shop.tax_rate for shop in shops.all_cogs()] == [None]
