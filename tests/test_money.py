"""Amounts: exact from what a person writes to what Stripe charges and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import money
from languages import LANGUAGES

CURRENCIES = sorted(money.CURRENCIES)
amounts = st.integers(1, money.MAXIMUM)
currencies = st.sampled_from(CURRENCIES)


@pytest.mark.parametrize(
    ("currency", "digits"), [("usd", 2), ("jpy", 0), ("kwd", 3), ("isk", 2), ("ugx", 2), ("huf", 2)]
)
def test_decimals_are_those_of_stripe(currency: str, digits: int) -> None:
    assert money.exponent(currency) == digits


@pytest.mark.parametrize("currency", CURRENCIES)
def test_every_currency_of_stripe_can_be_used(currency: str) -> None:
    assert money.is_currency(currency)
    assert currency not in money.display(money.MAXIMUM, currency)


@pytest.mark.parametrize(
    "word", ["", "us", "usdd", "USD", "zzz", "$", "us1", "üsd", "usd\n", "xxx", "uss", "dem"]
)
def test_other_words_are_no_currency(word: str) -> None:
    assert not money.is_currency(word)


@pytest.mark.parametrize(
    ("amount", "currency", "chargeable"),
    [
        (49, "usd", False),
        (50, "usd", True),
        (99_999_999, "usd", True),
        (100_000_000, "usd", False),
        (30, "gbp", True),
        (29, "gbp", False),
        (49, "jpy", False),
        (50, "jpy", True),
        (17_500, "huf", True),
        (17_499, "huf", False),
        (0, "usd", False),
        (-50, "usd", False),
        (500, "ugx", True),
        (550, "ugx", False),
        (500, "isk", True),
        (501, "isk", False),
        (5120, "kwd", True),
        (5125, "kwd", False),
        (1, "uzs", True),
    ],
)
def test_what_a_card_can_be_charged(amount: int, currency: str, chargeable: bool) -> None:
    assert money.is_chargeable(amount, currency) is chargeable


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (1800, "usd", "$18.00"),
        (5, "usd", "$0.05"),
        (123_456_789, "usd", "$1,234,567.89"),
        (1200, "jpy", "¥1,200"),
        (1200, "eur", "€12.00"),
        (5120, "kwd", "KWD\u00a05.120"),
        (500, "isk", "ISK\u00a05"),
        (123_450, "lak", "LAK\u00a01,234.50"),
        (-1050, "rsd", "-RSD\u00a010.50"),
        (0, "usd", "$0.00"),
        (-250, "usd", "-$2.50"),
    ],
)
def test_people_read_amounts_as_they_are_written_there(
    amount: int, currency: str, words: str
) -> None:
    assert money.display(amount, currency) == words


def test_people_elsewhere_read_them_in_their_own_way() -> None:
    assert money.display(123_450, "eur", "de_DE") == "1.234,50\u00a0€"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("currency", ["usd", "eur", "jpy", "kwd", "isk", "chf"])
def test_no_language_changes_how_much_it_is(language: str, currency: str) -> None:
    digits = [c for c in money.display(1_234_500, currency, language) if c.isdigit()]
    assert digits == [c for c in money.display(1_234_500, currency, "en_US") if c.isdigit()]


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("12.50", "usd", 1250),
        (" 12.5 ", "usd", 1250),
        ("12", "usd", 1200),
        ("0.07", "usd", 7),
        ("1200", "jpy", 1200),
        ("1.205", "kwd", 1205),
        ("5.00", "isk", 500),
        ("-2.50", "usd", -250),
    ],
)
def test_a_written_price_is_read_exactly(text: str, currency: str, amount: int) -> None:
    assert money.parse(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("12.505", "usd"),
        ("12.5", "jpy"),
        ("1.2345", "kwd"),
        *[(text, "usd") for text in ("", "free", "12,50", "$12", "1 200", "NaN", "inf", "0x1")],
        *[(text, "usd") for text in ("1e5", "1_000", "\uff11\uff12", "1e999999999", "9" * 5000)],
        ("1." + "0" * 40 + "1", "usd"),
        ("1.000", "jpy"),
    ],
)
def test_what_is_no_price_is_refused_in_a_sentence(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"is not a price|more decimals"):
        money.parse(text, currency)


def test_the_tables_speak_of_stripes_currencies_only() -> None:
    tables = {*money.MINIMUM, *money.ZERO_DECIMAL, *money.THREE_DECIMAL}
    assert tables | money.TWO_DECIMAL_BUT_WHOLE <= money.CURRENCIES


@given(amounts, currencies)
def test_every_amount_survives_being_written_and_read(amount: int, currency: str) -> None:
    assert money.parse(money.plain(amount, currency), currency) == amount


@given(amounts, currencies)
def test_a_written_amount_is_plain_ascii(amount: int, currency: str) -> None:
    text = money.plain(amount, currency)
    assert text.isascii()
    assert set(text) <= set("0123456789.")


@given(st.integers(-(10**12), 10**12), currencies)
def test_whatever_is_chargeable_is_within_stripes_limits(amount: int, currency: str) -> None:
    if money.is_chargeable(amount, currency):
        assert money.minimum(currency) <= amount <= money.MAXIMUM


@given(amounts, currencies)
def test_what_people_read_has_every_digit_that_is_charged(amount: int, currency: str) -> None:
    if not money.is_chargeable(amount, currency):
        return
    digits = "".join(c for c in money.display(amount, currency) if c.isdigit())
    whole = money.TWO_DECIMAL_BUT_WHOLE
    assert int(digits) == (amount // 100 if currency in whole else amount)
