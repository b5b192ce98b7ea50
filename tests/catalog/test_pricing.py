"""What a basket costs, and why it may not be payable as it is."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

import money
from catalog import importer, pricing
from catalog.models import Cog
from errors import AmountOutOfRange, InvalidMessage, ItemUnavailable, NotFound, PriceChanged

from .conftest import Owner

FILE = """item_id,name,price_cents,active
mug,Mug,1800,yes
cup,Cup,900,yes
gone,Gone,100,no
clip,Clip,20,yes
organ,Organ,60000000,yes
"""
# What Stripe charges at least and at most, in smallest units.
LIMITS = {"usd": (50, "$0.50", "$999,999.99"), "jpy": (50, "¥50", "¥99,999,999")}


@dataclass(frozen=True)
class Claim:
    item_id: str
    quantity: int = 1
    price_cents: int | None = None


@pytest.fixture(params=["usd", "jpy"])
def filled(request: pytest.FixtureRequest, open_shop: Callable[..., Cog]) -> Cog:
    """A shop in dollars, and one in a currency without decimals."""
    cog = open_shop(request.param)
    importer.import_file(cog, FILE.encode())
    return cog


def test_a_basket_costs_what_the_catalog_says(filled: Cog) -> None:
    basket = pricing.price(filled, [Claim("mug", 2), Claim("cup", price_cents=900)])
    assert basket.total == 4500
    wire = basket.to_wire()
    assert wire["total_display"] == money.display(4500, filled.currency)
    assert [line["amount_cents"] for line in wire["lines"]] == [3600, 900]
    assert wire["count"] == 3


def test_a_claimed_price_that_is_not_todays_comes_back_with_todays(filled: Cog) -> None:
    with pytest.raises(PriceChanged) as error:
        pricing.price(filled, [Claim("mug", price_cents=1), Claim("cup", price_cents=900)])
    assert [line["price_cents"] for line in error.value.details["items"]] == [1800, 900]
    assert error.value.details["total_cents"] == 2700


def test_an_inactive_item_is_named_and_left_out_of_the_total(filled: Cog) -> None:
    with pytest.raises(ItemUnavailable) as error:
        pricing.price(filled, [Claim("mug"), Claim("gone")])
    assert [line["available"] for line in error.value.details["items"]] == [True, False]
    assert error.value.details["total_cents"] == 1800


def test_an_unknown_item_is_not_found(filled: Cog) -> None:
    with pytest.raises(NotFound):
        pricing.price(filled, [Claim("mug"), Claim("spoon")])


def test_another_shops_item_is_not_found_either(filled: Cog, open_shop: Callable[..., Cog]) -> None:
    other = open_shop("eur", "other")
    importer.import_file(other, b"item_id,name,price\nspoon,Spoon,4\n")
    with pytest.raises(NotFound):
        pricing.price(filled, [Claim("spoon")])


def test_a_total_below_the_smallest_charge_is_told_in_money(filled: Cog) -> None:
    least, least_words, most_words = LIMITS[filled.currency]
    with pytest.raises(AmountOutOfRange) as error:
        pricing.price(filled, [Claim("clip", 2)])
    assert least_words in error.value.message
    assert most_words in error.value.message
    assert pricing.price(filled, [Claim("clip", 3)]).total >= least


def test_a_total_above_the_largest_charge_is_refused(filled: Cog) -> None:
    assert pricing.price(filled, [Claim("organ")]).total == 60_000_000
    with pytest.raises(AmountOutOfRange):
        pricing.price(filled, [Claim("organ", 2)])


@pytest.mark.parametrize("count", [0, 51])
def test_a_basket_has_one_to_fifty_lines(filled: Cog, count: int) -> None:
    with pytest.raises(InvalidMessage):
        pricing.price(filled, [Claim("mug")] * count)


def test_looking_up_shows_what_is_known_whether_payable_or_not(filled: Cog) -> None:
    basket = pricing.look_up(filled, [Claim("gone"), Claim("spoon"), Claim("clip")])
    assert [line.item.item_id for line in basket.lines] == ["gone", "clip"]
    assert basket.total == 20


def test_what_costs_money_is_decided_by_the_import_of_the_owner(owner: Owner, cog: Cog) -> None:
    importer.import_file(cog, FILE.encode())
    importer.import_file(cog, b"item_id,name,price\nmug,Mug,20\n")
    with pytest.raises(PriceChanged):
        pricing.price(cog, [Claim("mug", price_cents=1800)])
