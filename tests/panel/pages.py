"""What the pages about the sandbox show, read as a person reads them."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from tests.support.doors import LOOPBACK, Visitor
from tests.support.shop import Shop

FAULTS, HAPPENED, LEDGER = "/sandbox/faults", "/sandbox/happened", "/sandbox/ledger"


@dataclass
class Element:
    """Something with a data-testid, and all the text in it."""

    kind: str | None
    text: str = ""
    is_on: bool | None = None


class _Reader(HTMLParser):
    def __init__(self, test_id: str) -> None:
        super().__init__()
        self.found: list[Element] = []
        self._test_id = test_id
        self._depth: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in ("input", "link", "meta", "br", "img"):
            begins = given.get("data-testid") == self._test_id
            self._depth.append(begins)
            if begins:
                self.found.append(Element(given.get("data-kind") or given.get("id")))
        if any(self._depth) and given.get("role") == "switch":
            self.found[-1].is_on = given["aria-checked"] == "true"

    def handle_data(self, data: str) -> None:
        if any(self._depth):
            self.found[-1].text = " ".join(f"{self.found[-1].text} {data}".split())

    def handle_endtag(self, tag: str) -> None:
        if self._depth:
            self._depth.pop()


def read(visitor: Visitor, path: str, test_id: str) -> list[Element]:
    answer = visitor.get(path)
    assert answer.status == 200, answer.text
    reader = _Reader(test_id)
    reader.feed(answer.text)
    return reader.found


def steps(visitor: Visitor, story: str) -> list[Element]:
    return read(visitor, f"{HAPPENED}?of={story}", "step")


def switch(operator: Visitor, name: str) -> Element:
    (found,) = [one for one in read(operator, FAULTS, "switch") if one.kind == name]
    return found


def operator_of(shop: Shop) -> Visitor:
    """Whoever sits at the machine."""
    return shop.visitor(LOOPBACK)


def is_read_only(visitor: Visitor, path: str) -> bool:
    return bool(re.search(r'data-testid="read-only"', visitor.get(path).text))
