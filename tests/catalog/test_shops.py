"""What a shop shows, and where a visitor of the front door goes."""

from collections.abc import Callable

import pytest

from catalog import importer, shops
from catalog.models import Cog
from catalog.routes import blueprint
from errors import NotFound

from .conftest import Owner

FILE = "item_id,name,price,active\nmug,Mug,18,yes\ngone,Gone,1,no\ncup,Cup,9,yes\n"


def test_the_shelf_has_what_is_for_sale_in_the_owners_order(owner: Owner, cog: Cog) -> None:
    importer.import_file(cog, FILE.encode())
    assert [item["item_id"] for item in shops.shelf(cog)] == ["mug", "cup"]
    importer.import_file(cog, b"item_id,name,price\ncup,Cup,9\nmug,Mug,18\n")
    assert [item["item_id"] for item in shops.shelf(cog)] == ["cup", "mug"]


def test_the_overview_counts_what_is_for_sale(cog: Cog, open_shop: Callable[..., Cog]) -> None:
    open_shop("jpy", "kyoto")
    importer.import_file(cog, FILE.encode())
    assert [(shop["slug"], shop["item_count"]) for shop in shops.overview()] == [
        ("corner", 2),
        ("kyoto", 0),
    ]


@pytest.mark.parametrize("slug", ["nowhere", "", "CORNER", "corner'--", "\x00"])
def test_an_unknown_shop_is_not_found(cog: Cog, slug: str) -> None:
    with pytest.raises(NotFound):
        shops.by_slug(slug)


def test_the_front_door_of_a_single_shop_leads_into_it(owner: Owner, cog: Cog) -> None:
    owner.app.register_blueprint(blueprint)
    answer = owner.app.test_client().get("/")
    assert (answer.status_code, answer.location) == (302, "/shop/corner")
