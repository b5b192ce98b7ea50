"""Bringing a file into a shop: all of it or nothing, and the same again changes nothing."""

from collections.abc import Callable

import pytest

from catalog import importer
from catalog.csvfile import ImportRefused
from catalog.importer import Changes
from catalog.models import Cog, Item

from .conftest import Owner

FILE = """item_id,name,price,description,image
mug,Mug,18.00,Heavy.,mug.svg
cup,Cup,9.00,Light.,cup.svg
pot,Pot,5.00,,
"""


def bring(cog: Cog, text: str, **options: bool) -> Changes:
    return importer.import_file(cog, text.encode(), **options)


def ids(items: list[Item]) -> list[str]:
    return [item.item_id for item in items]


def test_new_items_are_added_in_the_order_of_the_file(owner: Owner, cog: Cog) -> None:
    changes = bring(cog, FILE)
    assert changes.added == ("mug", "cup", "pot")
    mug, cup, pot = owner.items(cog)
    assert ids([mug, cup, pot]) == ["mug", "cup", "pot"]
    assert (mug.name, mug.price_cents, mug.description, mug.image, mug.active) == (
        "Mug",
        1800,
        "Heavy.",
        "mug.svg",
        True,
    )
    assert (pot.description, pot.image, pot.active) == ("", "", True)


def test_the_same_file_again_changes_nothing(owner: Owner, cog: Cog) -> None:
    bring(cog, FILE)
    before = {item.item_id: item.id for item in owner.items(cog)}
    changes = bring(cog, FILE)
    assert changes == Changes((), (), ("mug", "cup", "pot"), (), False)
    assert {item.item_id: item.id for item in owner.items(cog)} == before


def test_a_known_id_is_changed_and_stays_the_same_item(owner: Owner, cog: Cog) -> None:
    bring(cog, FILE)
    before = owner.items(cog)[1].id
    changes = bring(cog, FILE.replace("Cup,9.00", "Tea cup,9.50"))
    assert (changes.changed, changes.unchanged) == (("cup",), ("mug", "pot"))
    cup = owner.items(cog)[1]
    assert (cup.id, cup.name, cup.price_cents) == (before, "Tea cup", 950)


def test_what_the_file_has_no_column_for_stays(owner: Owner, cog: Cog) -> None:
    bring(cog, FILE)
    bring(cog, "item_id,name,price,active\nmug,Mug,18,no\n")
    changes = bring(cog, "item_id,name,price\nmug,Mug,19\n")
    assert changes.changed == ("mug",)
    mug = owner.items(cog)[0]
    assert (mug.description, mug.image, mug.active) == ("Heavy.", "mug.svg", False)


def test_an_empty_cell_empties_the_field(owner: Owner, cog: Cog) -> None:
    bring(cog, FILE)
    bring(cog, "item_id,name,price,description,image\nmug,Mug,18,,\n")
    mug = owner.items(cog)[0]
    assert (mug.description, mug.image) == ("", "")


def test_items_of_the_file_come_first_then_the_others(owner: Owner, cog: Cog) -> None:
    bring(cog, FILE)
    changes = bring(cog, "item_id,name,price\npot,Pot,5\nnew,New,1\n")
    assert changes.reordered
    assert ids(owner.items(cog)) == ["pot", "new", "mug", "cup"]


def test_another_order_alone_is_a_change(owner: Owner, cog: Cog) -> None:
    bring(cog, FILE)
    lines = FILE.splitlines()
    changes = bring(cog, "\n".join([lines[0], *reversed(lines[1:])]))
    assert (changes.changed, changes.reordered) == ((), True)
    assert ids(owner.items(cog)) == ["pot", "cup", "mug"]


def test_without_replace_missing_items_stay_for_sale(owner: Owner, cog: Cog) -> None:
    bring(cog, FILE)
    assert bring(cog, "item_id,name,price\nmug,Mug,18\n").made_inactive == ()
    assert all(item.active for item in owner.items(cog))


def test_replace_makes_missing_items_inactive_and_deletes_none(owner: Owner, cog: Cog) -> None:
    bring(cog, FILE)
    only_cup = "item_id,name,price\ncup,Cup,9\n"
    changes = bring(cog, only_cup, whole_catalog=True)
    assert set(changes.made_inactive) == {"mug", "pot"}
    assert {i.item_id: i.active for i in owner.items(cog)} == {
        "mug": False,
        "cup": True,
        "pot": False,
    }
    assert bring(cog, only_cup, whole_catalog=True).made_inactive == ()


def test_replace_brings_an_item_back_that_returns_to_the_file(owner: Owner, cog: Cog) -> None:
    bring(cog, FILE)
    bring(cog, "item_id,name,price\ncup,Cup,9\n", whole_catalog=True)
    changes = bring(cog, FILE, whole_catalog=True)
    assert changes.changed == ("mug", "pot")
    assert all(item.active for item in owner.items(cog))


def test_one_mistake_and_nothing_at_all_is_imported(owner: Owner, cog: Cog) -> None:
    bring(cog, FILE)
    with pytest.raises(ImportRefused):
        bring(cog, FILE.replace("Mug,18.00", "New name,20.00") + "tin,Tin,free,,\n")
    assert [(i.name, i.price_cents) for i in owner.items(cog)] == [
        ("Mug", 1800),
        ("Cup", 900),
        ("Pot", 500),
    ]


def test_a_dry_run_says_the_same_and_saves_nothing(owner: Owner, cog: Cog) -> None:
    bring(cog, FILE)
    other = "item_id,name,price\ncup,Cup,10\nnew,New,1\nmug,Mug,18\n"
    told = bring(cog, other, whole_catalog=True, dry_run=True)
    assert ids(owner.items(cog)) == ["mug", "cup", "pot"]
    assert all(item.active for item in owner.items(cog))
    assert told == bring(cog, other, whole_catalog=True)
    assert told.added == ("new",)
    assert told.changed == ("cup",)
    assert told.unchanged == ("mug",)
    assert told.made_inactive == ("pot",)


def test_shops_share_ids_and_nothing_else(
    owner: Owner, cog: Cog, open_shop: Callable[..., Cog]
) -> None:
    kyoto = open_shop("jpy", "kyoto")
    bring(cog, FILE)
    bring(kyoto, "item_id,name,price\nmug,Yunomi,1200\n", whole_catalog=True)
    assert [(i.name, i.price_cents) for i in owner.items(kyoto)] == [("Yunomi", 1200)]
    assert all(item.active for item in owner.items(cog))
    assert owner.items(cog)[0].name == "Mug"


def test_an_exported_catalog_imports_as_it_was(owner: Owner, cog: Cog) -> None:
    bring(cog, FILE + 'off,"=SUM(1,2)",7,"\'-quoted\nlines",\n')
    bring(cog, "item_id,name,price,active\npot,Pot,5,no\n")
    text = importer.export(cog)
    before = owner.items(cog)
    changes = bring(cog, text, whole_catalog=True)
    assert changes == Changes((), (), ("pot", "mug", "cup", "off"), (), False)
    after = owner.items(cog)
    assert [(i.id, i.position, i.active, i.name) for i in after] == [
        (i.id, i.position, i.active, i.name) for i in before
    ]
