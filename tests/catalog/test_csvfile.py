"""Reading and writing catalog files: what is accepted, and how each mistake is named."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

import money
from catalog import csvfile
from catalog.csvfile import ImportRefused, Row
from catalog.models import Item

HEADER = "item_id,name,price,description,image,active\n"
MUG = Row(2, "mug", "Mug", 1800)


def problems(text: str | bytes, currency: str = "usd") -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(ImportRefused) as refused:
        csvfile.read(data, currency)
    return [str(problem) for problem in refused.value.problems]


def only_problem(text: str | bytes, currency: str = "usd") -> str:
    (problem,) = problems(text, currency)
    return problem


def read(text: str, currency: str = "usd") -> list[Row]:
    return csvfile.read(text.encode(), currency)


def price(cell: str, currency: str) -> int:
    (row,) = read(f'item_id,name,price\nmug,Mug,"{cell}"\n', currency)
    return row.price_cents


class TestWhatIsAccepted:
    @pytest.mark.parametrize(
        "data",
        [
            b"item_id,name,price\nmug,Mug,18.00\n",
            b"item_id,name,price\nmug,Mug,18.00",
            b"item_id;name;price\r\nmug;Mug;18,00\r\n",
            b"\xef\xbb\xbfitem_id,name,price\r\nmug,Mug,18\r\n",
            b"item_id,name,price\rmug,Mug,18.0\r",
            b"Item_ID , NAME,Price\n mug , Mug , 18.00 \n",
            b"item_id,name,price,,\nmug,Mug,18.00,,\n,,,,\n",
            b"item_id,name,price_cents\nmug,Mug,1800\n",
            b'"item_id","name","price"\n"mug","Mug","18.00"\n',
        ],
        ids="plain no-last-line-end semicolon bom old-mac loose spreadsheet cents quoted".split(),
    )
    def test_the_same_item_in_many_dresses(self, data: bytes) -> None:
        assert csvfile.read(data, "usd") == [MUG]

    def test_blank_lines_do_not_count_as_items_but_as_lines(self) -> None:
        rows = read("\n\nitem_id,name,price\n\nmug,Mug,18\n   \n\ncup,Cup,9\n")
        assert [(row.line, row.item_id) for row in rows] == [(5, "mug"), (8, "cup")]

    def test_a_quoted_cell_may_have_separators_quotes_and_line_breaks(self) -> None:
        (row,) = read(HEADER + 'beans,"Beans, ""house""",14.50,"One.\r\nTwo.",b.svg,yes\n')
        assert row.name == 'Beans, "house"'
        assert row.description == "One.\nTwo."

    def test_names_in_any_script_with_joined_emoji_and_wide_spaces(self) -> None:
        name = "和紙\u3000テープ 👩‍👧 café\u00a0crème"
        (row,) = read(f"item_id,name,price\nwashi,{name},1540\n", "jpy")
        assert row.name == name

    @pytest.mark.parametrize(
        ("cell", "active"),
        [
            *[(word, True) for word in ("yes", "TRUE", "1", "")],
            *[(word, False) for word in ("no", "False", "0")],
        ],
    )
    def test_active_as_people_and_spreadsheets_write_it(self, cell: str, active: bool) -> None:
        (row,) = read(f"item_id,name,price,active\nmug,Mug,18,{cell}\n")
        assert row.active is active

    def test_what_has_no_column_is_not_said(self) -> None:
        (row,) = read("item_id,name,price\nmug,Mug,18\n")
        assert (row.description, row.image, row.active) == (None, None, None)

    def test_a_short_line_leaves_the_last_cells_empty(self) -> None:
        (row,) = read(HEADER + "mug,Mug,18\n")
        assert (row.description, row.image, row.active) == ("", "", True)


class TestPrices:
    @pytest.mark.parametrize(
        ("cell", "currency", "amount"),
        [
            ("12.50", "usd", 1250),
            ("12,50", "eur", 1250),
            ("12.5", "usd", 1250),
            ("12", "usd", 1200),
            ("0.01", "usd", 1),
            ("999999.99", "usd", 99_999_999),
            ("1200", "jpy", 1200),
            ("99999999", "jpy", 99_999_999),
            ("1.250", "kwd", 1250),
            ("5", "isk", 500),
        ],
    )
    def test_are_exact(self, cell: str, currency: str, amount: int) -> None:
        assert price(cell, currency) == amount

    @pytest.mark.parametrize(
        ("cell", "currency"),
        [
            *[(cell, "usd") for cell in ("", "free", "$12", "12 $", "1,200", "1.200,00", "1 200")],
            *[(cell, "usd") for cell in ("12.505", "1e3", "1_000", "NaN", "12.", ".5", "+5")],
            # In yen these could be a thousand and more, or nothing that exists.
            *[(cell, "jpy") for cell in ("1,200", "1.000", "1200.00")],
            ("1,250", "kwd"),
            ("\u0661\u0662", "usd"),
            ("\uff11\uff12\uff10\uff10", "jpy"),
        ],
    )
    def test_that_could_be_read_in_two_ways_are_refused(self, cell: str, currency: str) -> None:
        problem = only_problem(f'item_id,name,price\nmug,Mug,"{cell}"\n', currency)
        assert problem.startswith("line 2, price: ")
        assert "write the number alone" in problem

    @pytest.mark.parametrize("cell", ["0", "0.00", "-1", "-12.50"])
    def test_must_be_more_than_zero(self, cell: str) -> None:
        problem = only_problem(f"item_id,name,price\nmug,Mug,{cell}\n")
        assert problem.startswith("line 2, price: A price must be more than zero")

    def test_have_a_largest_by_stripe(self) -> None:
        problem = only_problem("item_id,name,price\nmug,Mug,1000000.00\n")
        assert problem.startswith("line 2, price: A card payment can't be more than $999,999.99")
        assert "¥99,999,999" in only_problem("item_id,name,price\nmug,Mug,100000000\n", "jpy")

    @pytest.mark.parametrize(("cents", "currency"), [(550, "isk"), (1255, "kwd"), (101, "ugx")])
    def test_follow_the_steps_in_which_cards_are_charged(self, cents: int, currency: str) -> None:
        problem = only_problem(f"item_id,name,price_cents\nmug,Mug,{cents}\n", currency)
        assert problem.startswith("line 2, price_cents: Cards can't be charged this exact amount")

    def test_may_be_below_the_smallest_charge_as_others_may_be_in_the_basket(self) -> None:
        assert price("0.20", "usd") == 20

    @pytest.mark.parametrize("cell", ["18.00", "18,0", "abc", "", "1e3", "1_8"])
    def test_in_smallest_units_are_whole_numbers(self, cell: str) -> None:
        problem = only_problem(f'item_id,name,price_cents\nmug,Mug,"{cell}"\n')
        assert "line 2, price_cents:" in problem
        assert "write 1250 for $12.50" in problem

    @pytest.mark.parametrize("column", ["price", "price_cents"])
    def test_of_absurd_length_are_refused_quickly(self, column: str) -> None:
        assert "longer than any price" in only_problem(
            f"item_id,name,{column}\nmug,Mug,{'9' * 50_000}\n"
        )


class TestMistakes:
    def test_are_all_named_at_once_each_with_its_own_line_and_column(self) -> None:
        text = (
            HEADER
            + "Mug,,12.505,ok,,maybe\n"
            + '"cup","Cup",9,"first\r\nsecond",../cup.svg,yes\n'
            + "\n"
            + f"pot,{'x' * 121},5,,,\n"
        )
        assert [problem.partition(": ")[0] for problem in problems(text)] == [
            "line 2, item_id",
            "line 2, name",
            "line 2, price",
            "line 2, active",
            "line 4, image",
            "line 6, name",
        ]

    @pytest.mark.parametrize(
        "item_id", ["", "mug cup", "-mug", "tasse-é", "a" * 61, "mug/1", "m:1"]
    )
    def test_an_id_has_few_characters(self, item_id: str) -> None:
        assert only_problem(f"{HEADER}{item_id},Mug,18,,,\n").startswith("line 2, item_id: ")

    def test_capital_letters_in_an_id_are_told_how_to_be_written(self) -> None:
        assert only_problem(f"{HEADER}Mug-Blue,Mug,18,,,\n") == (
            "line 2, item_id: 'Mug-Blue' has capital letters: write mug-blue."
        )

    def test_an_id_that_stands_twice_is_named_with_both_lines(self) -> None:
        text = f"{HEADER}mug,Mug,18,,,\n\ncup,Cup,9,,,\nmug,Another,free,,,\n"
        assert problems(text) == [
            "line 5, price: 'free' is no price in USD: write the number alone, without symbols and "
            "thousands separators, like 12.50.",
            "line 5, item_id: 'mug' stands on lines 2 and 5: give one of them another id.",
        ]

    @pytest.mark.parametrize(
        ("wrong", "meant"),
        [("prise", "price"), ("pricecents", "price_cents"), ("id", "item_id"), ("title", "active")],
    )
    def test_an_unknown_column_names_the_nearest(self, wrong: str, meant: str) -> None:
        problem = problems(f"item_id,name,price,{wrong}\nmug,Mug,18,x\n")[0]
        assert problem.startswith(
            f"line 1, {wrong}: There is no such column. Did you mean {meant}?"
        )

    def test_a_wrong_header_is_told_once_and_not_for_every_item(self) -> None:
        assert problems("\nname,name\n" + "Mug,x\n" * 9) == [
            "line 2, name: This column stands here twice: remove one.",
            "line 2, item_id: This column is missing. The first line names the columns, at least: "
            "item_id,name,price",
            "line 2, price: Exactly one of the columns price (12.50) and price_cents (1250) must "
            "be here.",
        ]

    def test_both_price_columns_are_one_too_many(self) -> None:
        problem = only_problem("item_id,name,price,price_cents\nmug,Mug,18,1800\n")
        assert problem.startswith("line 1, price: Exactly one of the columns")

    def test_text_that_was_not_quoted_is_found_by_its_extra_cell(self) -> None:
        problem = only_problem("item_id,name,price\nmug,Mug,18,big\n")
        assert problem.startswith("line 2, cell 4: 'big' stands under no column")

    @pytest.mark.parametrize("tail", ['cup,"Cup,9,,,\n', 'cup,"Cup"s,9,,,\n'])
    def test_broken_quotes_are_found_where_their_line_begins(self, tail: str) -> None:
        problem = only_problem(f"{HEADER}mug,Mug,18,,,\n{tail}pot,Pot,5,,,\n")
        assert problem.startswith("line 3: The quotes of this line don't pair up")

    @pytest.mark.parametrize(
        ("data", "line"),
        [
            (b"item_id,name,price\nmug,Mug,18\ncup,Caf\xe9,9\n", 3),
            ("item_id,name,price\nmug,Mug,18\n".encode("utf-16"), 1),
            (b"PK\x03\x04\x14\x00\x06\x00\xff\xfe", 1),
        ],
        ids="latin-1 utf-16 spreadsheet".split(),
    )
    def test_another_encoding_is_named_with_its_first_line(self, data: bytes, line: int) -> None:
        problem = only_problem(data)
        assert problem.startswith(f"line {line}: The file isn't UTF-8.")

    @pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b" , ,\n"])
    def test_an_empty_file_says_what_belongs_into_it(self, data: bytes) -> None:
        assert only_problem(data).startswith("line 1: The file is empty.")

    def test_a_file_of_only_a_header_imports_nothing(self) -> None:
        assert only_problem(HEADER) == "line 1: There are no items below this line."

    @pytest.mark.parametrize("image", ["img/mug.svg", "..", "C:\\mug.svg", "https://x.test/m.svg"])
    def test_an_image_is_the_name_of_a_file(self, image: str) -> None:
        assert only_problem(f"{HEADER}mug,Mug,18,,{image},\n").startswith("line 2, image: ")

    @pytest.mark.parametrize("name", ["Mu\x00g", "M\x1b[31mug", '"Mu\ng"', '"Mu\u2028g"'])
    def test_a_name_has_no_control_characters(self, name: str) -> None:
        assert only_problem(f"{HEADER}mug,{name},18,,,\n").startswith("line 2, name: ")


class TestRoundTrip:
    letters = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))
    line = st.text(letters, max_size=60).map(str.strip)
    formulas = st.sampled_from(["=", "+", "-", "@", "'=", "''=", "'", "＝", "'tis ", "="])  # noqa: RUF001
    text = st.one_of(line, st.builds("{}{}".format, formulas, line)).map(str.strip)
    items = st.builds(
        Item,
        item_id=st.from_regex(r"[a-z0-9][a-z0-9._-]{0,59}", fullmatch=True),
        name=text.filter(bool),
        description=st.lists(text, max_size=3).map("\n".join).map(str.strip),
        image=st.sampled_from(["", "mug.svg", "-mug.svg", "my mug, blue.png"]),
        active=st.booleans(),
    )
    currency = st.sampled_from(["usd", "jpy", "kwd", "isk", "eur"])

    @given(
        st.lists(items, min_size=1, max_size=5, unique_by=lambda i: i.item_id), currency, st.data()
    )
    def test_what_was_written_reads_back_the_same(
        self, items: list[Item], currency: str, data: st.DataObject
    ) -> None:
        step = {"isk": 100, "kwd": 10}.get(currency, 1)
        for item in items:
            steps = data.draw(st.integers(1, money.MAXIMUM // step))
            item.price_cents = steps * step
        fields = ("item_id", "name", "price_cents", "description", "image", "active")
        text = csvfile.write(items, currency)
        for encoding in ("utf-8", "utf-8-sig"):
            rows = csvfile.read(text.encode(encoding), currency)
            assert [[getattr(r, f) for f in fields] for r in rows] == [
                [getattr(i, f) for f in fields] for i in items
            ]

    @given(st.lists(items, min_size=1, max_size=5))
    def test_no_written_cell_is_a_formula(self, items: list[Item]) -> None:
        for item in items:
            item.price_cents = 100
        for row in csv.reader(io.StringIO(csvfile.write(items, "usd"), newline="")):
            assert not any(cell.startswith(tuple("=+-@＝＋－＠\t\r")) for cell in row)  # noqa: RUF001
