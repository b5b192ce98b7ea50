"""What a shop owner types, and what the terminal says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from catalog import demo, shops
from catalog.models import Cog
from extensions import db

from .conftest import Owner

FILE = "item_id,name,price\nmug,Mug,18.00\ncup,Cup,9.00\n"


class TestShops:
    def test_a_shop_is_opened_and_listed(self, owner: Owner) -> None:
        words = ["--name", "Corner Shop", "--currency", "EUR", "--tagline", "Small.", "--accent"]
        result = owner.run("cogs add corner", *words, "plum")
        assert result.exit_code == 0, result.stderr
        assert "/shop/corner" in result.stdout
        cog = shops.by_slug("corner")
        assert (cog.name, cog.currency, cog.tagline, cog.accent) == (
            "Corner Shop",
            "eur",
            "Small.",
            "plum",
        )
        assert owner.run("cogs list").stdout == "corner  EUR  0 items  Corner Shop\n"

    def test_without_any_shop_the_list_says_how_to_open_one(self, owner: Owner) -> None:
        assert "flask cogs add" in owner.run("cogs list").stdout

    @pytest.mark.parametrize(
        ("slug", "name", "currency", "words"),
        [
            ("Corner", "Corner", "usd", "can't stand in an address"),
            ("corner/shop", "Corner", "usd", "can't stand in an address"),
            ("c" * 61, "Corner", "usd", "can't stand in an address"),
            ("corner", "  ", "usd", "The name needs"),
            ("corner", "x" * 121, "usd", "The name needs"),
            ("corner", "Two\nlines", "usd", "The name needs"),
            ("corner", "Corner", "dollars", "'dollars' is no currency"),
            ("corner", "Corner", "", "'' is no currency"),
        ],
    )
    def test_a_wrong_word_opens_nothing(
        self, owner: Owner, slug: str, name: str, currency: str, words: str
    ) -> None:
        result = owner.run("cogs add", slug, "--name", name, "--currency", currency)
        assert result.exit_code == 1
        assert words in result.stderr
        assert shops.all_cogs() == []

    def test_any_colour_is_an_accent_and_a_word_is_not(self, owner: Owner, cog: Cog) -> None:
        result = owner.run("cogs edit", "corner", "--accent", " #1F7A5C ", "--name", "The Corner")
        assert result.exit_code == 0, result.stderr
        assert result.stdout == "The Corner at /shop/corner: accent #1f7a5c\n"
        for wrong in ("green", "#12345", "#12345g", "url(x)"):
            result = owner.run("cogs edit", "corner", "--accent", wrong, "--name", "Other")
            assert result.exit_code == 1
            assert "is no accent: use a colour like #1f7a5c" in result.stderr
        changed = shops.by_slug("corner")
        assert (changed.name, changed.tagline, changed.accent) == ("The Corner", "", "#1f7a5c")

    def test_a_shop_that_is_not_there_is_not_edited(self, owner: Owner, cog: Cog) -> None:
        assert owner.run("cogs edit nowhere --accent plum").exit_code == 2

    def test_a_slug_is_given_once(self, owner: Owner, cog: Cog) -> None:
        result = owner.run("cogs add corner --name Other --currency jpy")
        assert result.exit_code == 1
        assert "There is a shop 'corner' already" in result.stderr
        assert [shop.currency for shop in shops.all_cogs()] == ["usd"]


class TestImport:
    def test_says_what_it_did(self, owner: Owner, cog: Cog) -> None:
        result = owner.run("catalog import", owner.file(FILE))
        assert result.exit_code == 0, result.stderr
        assert result.stdout == (
            "added: mug\nadded: cup\nCorner: 2 added, 0 changed, 0 made inactive, 0 unchanged.\n"
        )

    def test_again_is_harmless(self, owner: Owner, cog: Cog) -> None:
        path = owner.file(FILE)
        owner.run("catalog import", path)
        result = owner.run("catalog import", path)
        assert result.stdout == "Corner: 0 added, 0 changed, 0 made inactive, 2 unchanged.\n"

    def test_replace_names_what_it_withdrew(self, owner: Owner, cog: Cog) -> None:
        owner.run("catalog import", owner.file(FILE))
        path = owner.file("item_id,name,price\ncup,Cup,9.50\n")
        result = owner.run("catalog import --replace", path)
        assert "changed: cup\nmade inactive: mug\n" in result.stdout
        assert "The order of the items changed." in result.stdout

    def test_a_dry_run_says_that_it_was_one(self, owner: Owner, cog: Cog) -> None:
        result = owner.run("catalog import --dry-run", owner.file(FILE))
        assert "2 added" in result.stdout
        assert "nothing was saved" in result.stdout
        assert owner.items(cog) == []

    def test_mistakes_are_listed_and_end_with_a_failure(self, owner: Owner, cog: Cog) -> None:
        path = owner.file("item_id,name,price\nmug,,18\nCup,Cup,9\n")
        result = owner.run("catalog import", path)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert result.stderr.splitlines() == [
            "Error: 2 problems, nothing imported.",
            "line 2, name: Every item needs a name.",
            "line 3, item_id: 'Cup' has capital letters: write cup.",
        ]
        assert owner.items(cog) == []

    def test_many_mistakes_do_not_fill_the_terminal(self, owner: Owner, cog: Cog) -> None:
        lines = "".join(f"item-{n},Item,free\n" for n in range(200))
        result = owner.run("catalog import", owner.file(f"item_id,name,price\n{lines}"))
        assert len(result.stderr.splitlines()) == 52
        assert result.stderr.splitlines()[-1] == "... and 150 more"

    def test_reads_standard_input(self, owner: Owner, cog: Cog) -> None:
        result = owner.run("catalog import -", typed=FILE.encode())
        assert "2 added" in result.stdout

    def test_a_missing_file_is_wrong_usage(self, owner: Owner, cog: Cog) -> None:
        result = owner.run("catalog import nowhere.csv")
        assert result.exit_code == 2
        assert "nowhere.csv" in result.stderr


class TestSeveralShops:
    @pytest.fixture(autouse=True)
    def _two_shops(self, cog: Cog, open_shop: Callable[..., Cog]) -> None:
        open_shop("jpy", "kyoto")

    @pytest.mark.parametrize("command", ["import", "export"])
    def test_one_has_to_be_chosen_and_all_are_named(self, owner: Owner, command: str) -> None:
        result = owner.run(f"catalog {command}", owner.file(FILE))
        assert result.exit_code == 2
        assert "choose one with --cog (corner, kyoto)" in result.stderr

    def test_an_unknown_one_names_them_too(self, owner: Owner) -> None:
        result = owner.run("catalog import --cog korner", owner.file(FILE))
        assert result.exit_code == 2
        assert "There is no shop 'korner': --cog is one of corner, kyoto." in result.stderr

    def test_prices_are_read_in_the_currency_of_the_chosen_one(self, owner: Owner) -> None:
        path = owner.file("item_id,name,price\nmug,Mug,1200\n")
        owner.run("catalog import --cog corner", path)
        owner.run("catalog import --cog kyoto", path)
        prices = [owner.items(shops.by_slug(slug))[0].price_cents for slug in ("corner", "kyoto")]
        assert prices == [120_000, 1_200]


def test_without_any_shop_the_import_says_what_to_do_first(owner: Owner) -> None:
    result = owner.run("catalog import", owner.file(FILE))
    assert result.exit_code == 1
    assert "flask cogs add" in result.stderr


def test_without_tables_the_owner_is_told_how_to_make_them(owner: Owner) -> None:
    db.drop_all()
    for command in ("cogs list", "catalog export"):
        result = owner.run(command)
        assert result.exit_code == 1
        assert "flask db upgrade" in result.stderr
        assert "Traceback" not in result.output


class TestExport:
    def test_goes_to_standard_output_without_a_mark(self, owner: Owner, cog: Cog) -> None:
        owner.run("catalog import", owner.file(FILE))
        result = owner.run("catalog export")
        assert result.stdout_bytes.startswith(b"item_id,name,price,description,image,active\n")
        assert "mug,Mug,18.00,,,yes" in result.stdout.splitlines()

    def test_to_a_file_that_a_spreadsheet_reads_and_that_imports_again(
        self, owner: Owner, cog: Cog, tmp_path: Path
    ) -> None:
        owner.run("catalog import", owner.file(FILE + "cafe,Café,3.00\n"))
        path = tmp_path / "out.csv"
        assert owner.run("catalog export", str(path)).exit_code == 0
        assert path.read_bytes().startswith(b"\xef\xbb\xbfitem_id")
        result = owner.run("catalog import --replace", str(path))
        assert result.stdout == "Corner: 0 added, 0 changed, 0 made inactive, 3 unchanged.\n"

    def test_to_a_folder_that_does_not_exist_says_so(self, owner: Owner, cog: Cog) -> None:
        result = owner.run("catalog export", "/nowhere/at/all.csv")
        assert result.exit_code == 1
        assert result.stderr == "Error: /nowhere/at/all.csv: No such file or directory.\n"


class TestDemo:
    def test_fills_two_shops_in_two_currencies(self, owner: Owner) -> None:
        assert demo.fill_catalog()
        assert [(s["slug"], s["currency"], s["item_count"]) for s in shops.overview()] == [
            ("morning-press", "usd", 6),
            ("kumo-paper", "jpy", 5),
        ]
        coffee = shops.shelf(shops.by_slug("morning-press"))
        assert (coffee[0]["item_id"], coffee[0]["price_display"]) == ("mug-stoneware", "$18.00")
        paper = shops.shelf(shops.by_slug("kumo-paper"))
        assert (paper[0]["item_id"], paper[0]["price_display"]) == ("notebook-grid", "¥1,200")
        for item in coffee + paper:
            assert item["description"]
            assert item["image"] == f"{item['item_id']}.svg"

    def test_again_is_harmless(self, owner: Owner) -> None:
        demo.fill_catalog()
        assert not demo.fill_catalog()
        assert [shop["item_count"] for shop in shops.overview()] == [6, 5]

    def test_never_touches_the_shop_of_an_owner(self, owner: Owner, cog: Cog) -> None:
        assert not demo.fill_catalog()
        assert [shop["slug"] for shop in shops.overview()] == ["corner"]
