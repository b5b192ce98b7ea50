"""The CSV form of a catalog: read it with every mistake named, and write it.

Columns: `item_id`, `name`, one of `price` (as people write it: 12.50, or 12,50) and `price_cents`
(a whole number of the currency's smallest unit), and if wanted `description`, `image`, `active`.
UTF-8 with or without a byte-order mark; comma or semicolon; any line ends; blank lines don't count.

Text that a spreadsheet would run as a formula (`=`, `+`, `-`, `@` in front) is written with an
apostrophe before it, and reading takes that one apostrophe off again, so that an exported file is
safe to open and imports as the same catalog. Source: OWASP, "CSV Injection".
"""

import csv
import difflib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import money
from catalog import cells
from catalog.cells import Mistake
from catalog.models import Item

COLUMNS = ("item_id", "name", "price", "price_cents", "description", "image", "active")
WRITTEN = ("item_id", "name", "price", "description", "image", "active")
_NEEDED = ("item_id", "name")
_PRICES = ("price", "price_cents")
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Problem:
    """One thing to mend: physical line of the file, column (None: the whole line), a sentence."""

    line: int
    column: str | None
    sentence: str

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", {self.column}" if self.column else "")
        return f"{where}: {self.sentence}"


class ImportRefused(Exception):
    """The file can't be imported; `problems` has everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: p.line)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class Row:
    """One item as the file says it; None where the file has no such column.

    `price_cents`: minor units of the cog's currency. `line`: where the row starts.
    """

    line: int
    item_id: str
    name: str
    price_cents: int
    description: str | None = None
    image: str | None = None
    active: bool | None = None


@dataclass(frozen=True)
class _Record:
    """One line of cells with the physical line on which each begins."""

    cells: list[str]
    lines: list[int]


def read(data: bytes, currency: str) -> list[Row]:
    """The items of a file, in its order.

    currency: the cog's, which says what a price means.
    Raises: ImportRefused with every mistake.
    """
    problems: list[Problem] = []
    records = _records(_decoded(data), problems)
    if not records:
        raise ImportRefused(problems or [Problem(1, None, f"The file is empty. {_expected()}")])
    header = records.pop(0)
    columns = _columns(header)
    rows = [_row(record, columns, currency, problems) for record in records]
    problems += _duplicates(records, columns.index("item_id"))
    if not records and not problems:
        problems.append(Problem(header.lines[0], None, "There are no items below this line."))
    if problems:
        raise ImportRefused(problems)
    return [row for row in rows if row]


def write(items: Iterable[Item], currency: str) -> str:
    """The items as a file that `read` takes back unchanged."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(WRITTEN)
    for item in items:
        texts = (item.name, item.description, item.image)
        name, description, image = (cells.disarmed(text) for text in texts)
        price = money.plain(item.price_cents, currency)
        active = "yes" if item.active else "no"
        writer.writerow([item.item_id, name, price, description, image, active])
    return out.getvalue()


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(_LINE_END.findall(data[: error.start].decode("utf-8-sig", "ignore"))) + 1
        sentence = "The file isn't UTF-8. Save it as “CSV UTF-8” in your spreadsheet."
        raise ImportRefused([Problem(line, None, sentence)]) from None


def _records(text: str, problems: list[Problem]) -> list[_Record]:
    """The lines that aren't blank, up to a broken quote, which is added to the problems."""
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=_delimiter(text), strict=True)
    records, start = [], 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                records.append(_Record(row, _starts(row, start)))
            start = reader.line_num + 1
    except csv.Error:
        sentence = (
            "The quotes of this line don't pair up: put a cell that has a quote, a line break or "
            'the separator in it between " and ", and double each " inside it.'
        )
        problems.append(Problem(start, None, sentence))
    return records


def _delimiter(text: str) -> str:
    header = next((line for line in _LINE_END.split(text) if line.strip(" ,;")), "")
    return ";" if header.count(";") > header.count(",") else ","


def _starts(row: list[str], line: int) -> list[int]:
    starts = []
    for cell in row:
        starts.append(line)
        line += len(_LINE_END.findall(cell))
    return starts


def _columns(header: _Record) -> list[str]:
    """The names of the columns.

    Raises: ImportRefused at once: below a wrong header no cell has a meaning.
    """
    names = [cell.strip().lower() for cell in header.cells]
    line = header.lines[0]
    problems = [Problem(line, n, _unknown(n)) for n in names if n and n not in COLUMNS]
    for name in sorted({n for n in names if n and names.count(n) > 1}):
        problems.append(Problem(line, name, "This column stands here twice: remove one."))
    for name in _NEEDED:
        if name not in names:
            problems.append(Problem(line, name, f"This column is missing. {_expected()}"))
    if len([name for name in _PRICES if name in names]) != 1:
        sentence = "Exactly one of the columns price (12.50) and price_cents (1250) must be here."
        problems.append(Problem(line, "price", sentence))
    if problems:
        raise ImportRefused(problems)
    return names


def _expected() -> str:
    return "The first line names the columns, at least: item_id,name,price"


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, COLUMNS, n=1, cutoff=0)
    return f"There is no such column. Did you mean {near[0]}? Known are {', '.join(COLUMNS)}."


def _row(record: _Record, columns: list[str], currency: str, problems: list[Problem]) -> Row | None:
    """The row, or None when it adds to the problems."""
    before = len(problems)
    problems += _stray(record, columns)
    values = dict(zip(columns, record.cells, strict=False))
    lines = dict(zip(columns, record.lines, strict=False))
    read_as: dict[str, Any] = {}
    for column in filter(None, columns):
        try:
            read_as[column] = cells.read(column, values.get(column, ""), currency)
        except Mistake as mistake:
            line = lines.get(column, record.lines[-1])
            problems.append(Problem(line, column, str(mistake)))
    if len(problems) > before:
        return None
    read_as["price_cents"] = read_as.pop("price", read_as.get("price_cents"))
    return Row(line=record.lines[0], **read_as)


def _stray(record: _Record, columns: list[str]) -> Iterator[Problem]:
    """Cells with text where the header names no column, mostly a separator that wasn't quoted."""
    for number, (cell, line) in enumerate(zip(record.cells, record.lines, strict=True)):
        if cell.strip() and not (number < len(columns) and columns[number]):
            sentence = (
                f"{cells.shown(cell)} stands under no column: put text that has the separator in "
                'it between " and ".'
            )
            yield Problem(line, f"cell {number + 1}", sentence)


def _duplicates(records: list[_Record], index: int) -> Iterator[Problem]:
    """Ids that stand there twice, among faulty lines too."""
    first: dict[str, int] = {}
    for record in records:
        item_id = record.cells[index].strip() if index < len(record.cells) else ""
        line = record.lines[min(index, len(record.lines) - 1)]
        if item_id in first:
            sentence = f"stands on lines {first[item_id]} and {line}: give one of them another id."
            yield Problem(line, "item_id", f"{cells.shown(item_id)} {sentence}")
        elif item_id:
            first[item_id] = line
