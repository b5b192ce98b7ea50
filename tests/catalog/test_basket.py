"""The basket of a visit, and links that fill a checkout."""

import random
from collections.abc import Iterator

import pytest
from flask import session
from hypothesis import given
from hypothesis import strategies as st

from catalog import basket, importer
from catalog.basket import BasketLine
from catalog.models import Cog
from errors import InvalidMessage, ItemUnavailable, NotFound

from .conftest import Owner

FILE = "item_id,name,price,active\nmug,Mug,18,yes\ncup,Cup,9,yes\ngone,Gone,1,no\n"


@pytest.fixture
def visit(owner: Owner, cog: Cog) -> Iterator[None]:
    """Somebody is visiting the shop."""
    importer.import_file(cog, FILE.encode())
    owner.app.secret_key = "signs the cookie of a visit"
    with owner.app.test_request_context():
        yield


def quantities(slug: str = "corner") -> dict[str, int]:
    return {line.item_id: line.quantity for line in basket.lines(slug)}


def add(slug: str, item_id: str, quantity: int = 1) -> None:
    basket.put(slug, item_id, quantities(slug).get(item_id, 0) + quantity)


@pytest.mark.usefixtures("visit")
class TestVisit:
    def test_begins_with_an_empty_basket(self) -> None:
        assert basket.lines("corner") == ()

    def test_putting_sets(self) -> None:
        basket.put("corner", "mug", 3)
        basket.put("corner", "mug", 7)
        assert quantities() == {"mug": 7}

    def test_lines_keep_their_place_when_the_cookie_comes_back(self, owner: Owner) -> None:
        for item_id in ("mug", "apron", "cup"):
            add("corner", item_id)
        add("corner", "mug")
        serializer = owner.app.session_interface.get_signing_serializer(owner.app)
        assert serializer
        returned = serializer.loads(serializer.dumps(dict(session)))
        session.clear()
        session.update(returned)
        assert list(quantities().items()) == [("mug", 2), ("apron", 1), ("cup", 1)]

    def test_zero_takes_out(self) -> None:
        add("corner", "mug")
        add("corner", "cup")
        basket.put("corner", "mug", 0)
        assert quantities() == {"cup": 1}
        basket.put("corner", "cup", 0)
        assert basket.lines("corner") == ()

    def test_shops_have_baskets_of_their_own(self) -> None:
        add("corner", "mug")
        add("kyoto", "pen")
        basket.put("corner", "mug", 0)
        assert quantities("kyoto") == {"pen": 1}

    @pytest.mark.parametrize("quantity", [-1, 1000])
    def test_a_quantity_has_limits(self, quantity: int) -> None:
        with pytest.raises(InvalidMessage):
            basket.put("corner", "mug", quantity)
        assert basket.lines("corner") == ()

    def test_adding_stops_at_the_limit_too(self, cog: Cog) -> None:
        basket.put("corner", "mug", 999)
        with pytest.raises(InvalidMessage):
            basket.change(cog, {"item_id": "mug", "add": "1"})
        assert quantities() == {"mug": 999}

    def test_fifty_lines_fit_and_no_more(self) -> None:
        for number in range(50):
            add("corner", f"item-{number}")
        with pytest.raises(InvalidMessage, match="full"):
            add("corner", "one-more")
        add("corner", "item-7")
        assert len(basket.lines("corner")) == 50

    def test_what_no_browser_would_keep_is_refused_and_the_rest_stays(self) -> None:
        """Ids that don't compress fill a cookie before there are fifty lines in each shop."""
        letters = random.Random(7)
        alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
        ids = ["".join(letters.choices(alphabet, k=60)) for _ in range(100)]
        added = 0
        with pytest.raises(InvalidMessage, match="full"):  # noqa: PT012
            for number, item_id in enumerate(ids):
                add(f"shop-{number // 40}", item_id)
                added += 1
        assert 40 < added < 100
        kept = [line.item_id for n in range(3) for line in basket.lines(f"shop-{n}")]
        assert kept == ids[:added]
        basket.put("shop-0", ids[0], 0)
        assert len(basket.lines("shop-0")) == 39


class TestForm:
    def test_adds_and_sets(self, visit: None, cog: Cog) -> None:
        basket.change(cog, {"item_id": "mug", "add": "1"})
        basket.change(cog, {"item_id": "mug", "add": "1"})
        assert quantities() == {"mug": 2}
        basket.change(cog, {"item_id": "mug", "quantity": "5"})
        assert quantities() == {"mug": 5}

    @pytest.mark.parametrize(
        "form",
        [
            {"item_id": "mug"},
            {"item_id": "mug", "add": "1", "quantity": "1"},
            {"item_id": "mug", "quantity": ""},
            {"item_id": "mug", "quantity": "1.5"},
            {"item_id": "mug", "quantity": "-1"},
            {"item_id": "mug", "quantity": "+1"},
            {"item_id": "mug", "quantity": "\u0661"},
            {"item_id": "mug", "quantity": "NaN"},
            {"item_id": "mug", "quantity": "1000"},
            {"item_id": "mug", "add": "9" * 5000},
        ],
    )
    def test_of_nonsense_changes_nothing(self, visit: None, cog: Cog, form: dict[str, str]) -> None:
        with pytest.raises(InvalidMessage):
            basket.change(cog, form)
        assert basket.lines("corner") == ()

    @pytest.mark.parametrize("field", ["add", "quantity"])
    def test_only_what_is_for_sale_goes_in(self, visit: None, cog: Cog, field: str) -> None:
        with pytest.raises(ItemUnavailable):
            basket.change(cog, {"item_id": "gone", field: "1"})
        for unknown in ("spoon", "", "Mug", "x" * 5000):
            with pytest.raises(NotFound):
                basket.change(cog, {"item_id": unknown, field: "1"})
        assert basket.lines("corner") == ()

    def test_what_is_no_longer_for_sale_can_only_become_less(self, visit: None, cog: Cog) -> None:
        basket.put("corner", "gone", 3)
        basket.change(cog, {"item_id": "gone", "quantity": "2"})
        with pytest.raises(ItemUnavailable):
            basket.change(cog, {"item_id": "gone", "quantity": "3"})
        assert quantities() == {"gone": 2}
        basket.change(cog, {"item_id": "gone", "quantity": "0"})
        assert basket.lines("corner") == ()


class TestLink:
    def test_names_items_with_and_without_a_quantity(self) -> None:
        assert basket.from_query(["mug", "cup:3"]) == (BasketLine("mug", 1), BasketLine("cup", 3))

    def test_the_same_item_twice_is_one_line(self) -> None:
        assert basket.from_query(["mug:2", "cup", "mug"]) == (
            BasketLine("mug", 3),
            BasketLine("cup", 1),
        )

    @pytest.mark.parametrize(
        "values",
        [
            [""],
            [":"],
            [":2"],
            ["mug:"],
            ["mug:0"],
            ["mug:-1"],
            ["mug:1000"],
            ["mug:500", "mug:500"],
            ["mug:1.0"],
            ["mug:1:2"],
            ["mug:\uff12"],
            ["mug:" + "9" * 5000],
            ["MUG"],
            ["mug "],
            ["mug\x00"],
            ["mug'--"],
            ["a" * 61],
            ["mug"] * 51,
        ],
        ids=lambda values: f"{values[0][:12]!r} x{len(values)}",
    )
    def test_of_nonsense_is_refused(self, values: list[str]) -> None:
        with pytest.raises(InvalidMessage):
            basket.from_query(values)

    @given(st.lists(st.text(max_size=12) | st.from_regex(r"[a-z]{1,3}(:\d{1,4})?"), max_size=60))
    def test_of_anything_is_a_basket_within_limits_or_refused(self, values: list[str]) -> None:
        try:
            lines = basket.from_query(values)
        except InvalidMessage:
            return
        assert len(lines) <= 50
        assert all(1 <= line.quantity <= 999 for line in lines)
        assert len({line.item_id for line in lines}) == len(lines)
