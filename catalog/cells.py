"""What may stand in one cell of a catalog file, by column."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import money

ITEM_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_LENGTHS = {"name": 120, "description": 500, "image": 120}
_WHOLE = re.compile(r"-?[0-9]+")
# A dot or a comma before the decimals. "1,200" could be either a thousand or 1.2, so after a comma
# stand two decimals at most; after a dot as many as the currency has.
_PRICE = re.compile(r"(-?[0-9]+)(?:\.([0-9]+)|,([0-9]{1,2}))?")
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")
# What a spreadsheet takes for the start of a formula, perhaps with apostrophes before it already.
_ARMED = re.compile(r"'*[=+\-@＝＋－＠]")  # noqa: RUF001
_CONTROLS = ("Cc", "Zl", "Zp")
_LINE_END = re.compile(r"\r\n|\r")


class Mistake(Exception):
    """What is wrong with a cell and how to mend it, as a sentence."""


def read(column: str, cell: str, currency: str) -> Any:
    """What the cell means in this column. Raises: Mistake."""
    return _READERS[column](cell.strip(), currency)


def disarmed(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would run; `read` takes it off."""
    return f"'{text}" if _ARMED.match(text) else text


def shown(cell: str) -> str:
    """The cell for a message, in quotes and not too long."""
    return repr(cell if len(cell) <= 40 else f"{cell[:39]}…")


def control_character(text: str) -> str | None:
    """The first character that controls a terminal or breaks a line, if there is one."""
    return next((c for c in text if unicodedata.category(c) in _CONTROLS and c != "\t"), None)


def _item_id(cell: str, _currency: str) -> str:
    if not cell:
        raise Mistake("Every item needs an id, like mug-stoneware.")
    if ITEM_ID.fullmatch(cell):
        return cell
    if ITEM_ID.fullmatch(cell.lower()):
        raise Mistake(f"{shown(cell)} has capital letters: write {cell.lower()}.")
    raise Mistake(
        f"{shown(cell)} is no id: use up to 60 of a-z, 0-9, dot, dash and underscore, with a "
        "letter or digit first."
    )


def _name(cell: str, _currency: str) -> str:
    text = _text(cell, "name")
    if not text:
        raise Mistake("Every item needs a name.")
    return text


def _description(cell: str, _currency: str) -> str:
    return _text(cell, "description", line_breaks=True)


def _image(cell: str, _currency: str) -> str:
    name = _text(cell, "image")
    if name.startswith(".") or "/" in name or "\\" in name:
        raise Mistake(
            f"{shown(cell)} is not the name of a file in static/img/items, like mug.svg: put the "
            "file there and write its name alone."
        )
    return name


def _text(cell: str, column: str, line_breaks: bool = False) -> str:
    text = _LINE_END.sub("\n", cell)
    if text.startswith("'") and _ARMED.match(text):
        text = text[1:]
    if "\n" in text and not line_breaks:
        raise Mistake(f"The {column} has a line break in it: write it on one line.")
    if stranger := control_character(text.replace("\n", "")):
        raise Mistake(f"There is an invisible character in it ({shown(stranger)}): remove it.")
    if len(text) > _LENGTHS[column]:
        raise Mistake(f"It has {len(text)} characters: use {_LENGTHS[column]} at most.")
    return text


def _price(cell: str, currency: str) -> int:
    found = _PRICE.fullmatch(cell)
    decimals = (found[2] or found[3] or "") if found else ""
    if not found or len(decimals) > money.exponent(currency):
        example = money.plain(1250, currency)
        raise Mistake(
            f"{shown(cell)} is no price in {currency.upper()}: write the number alone, without "
            f"symbols and thousands separators, like {example}."
        )
    _check_digits(cell)
    return _checked(money.parse(cell.replace(",", "."), currency), currency)


def _price_cents(cell: str, currency: str) -> int:
    if not _WHOLE.fullmatch(cell):
        example = f"1250 for {money.display(1250, currency)}"
        raise Mistake(f"{shown(cell)} is no whole number of smallest units: write {example}.")
    _check_digits(cell)
    return _checked(int(cell), currency)


def _check_digits(cell: str) -> None:
    if len(cell) > 20:
        raise Mistake(f"{shown(cell)} is longer than any price: correct it.")


def _checked(amount: int, currency: str) -> int:
    if amount < 1:
        raise Mistake("A price must be more than zero: correct it, or set active to no.")
    if amount > money.MAXIMUM:
        most = money.display(money.MAXIMUM, currency)
        raise Mistake(f"A card payment can't be more than {most}: correct the price.")
    # Below the smallest charge an item may still be bought with others; above it only the steps
    # of the currency (whole krónur, ten fils) can be in the way.
    if amount >= money.minimum(currency) and not money.is_chargeable(amount, currency):
        raise Mistake(f"Cards can't be charged this exact amount in {currency.upper()}: round it.")
    return amount


def _active(cell: str, _currency: str) -> bool:
    word = cell.lower()
    if word and word not in _YES + _NO:
        raise Mistake(f"{shown(cell)} is neither yes nor no (true, false, 1 and 0 do as well).")
    return word not in _NO


_READERS: dict[str, Callable[[str, str], Any]] = {
    "item_id": _item_id,
    "name": _name,
    "price": _price,
    "price_cents": _price_cents,
    "description": _description,
    "image": _image,
    "active": _active,
}
