"""`flask reconcile` and `flask doctor`, typed by the shop's owner."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .client_front import ClientFront
from .doors import Json
from .shop import Shop


@dataclass(frozen=True)
class Typed:
    """What the terminal said."""

    exit_code: int
    stdout: str
    stderr: str

    @cached_property
    def json(self) -> Json:
        found: Json = json.loads(self.stdout)
        return found


def typed(shop: Shop, *words: str) -> Typed:
    """Run `flask <words>` on the shop of this test (client front only)."""
    assert isinstance(shop.front, ClientFront)
    return typed_at(shop.front, *words)


def typed_at(front: ClientFront, *words: str) -> Typed:
    result = front.app.test_cli_runner().invoke(args=list(words))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Typed(result.exit_code, result.stdout, result.stderr)


def reconcile(
    shop: Shop, *words: str, grace: int | None = 0, since: str = "2020-01-01", as_json: bool = True
) -> Typed:
    """grace: 0, so that what a test has just done counts; None for what an owner gets."""
    more = [] if grace is None else ["--grace", str(grace)]
    return typed(
        shop, "reconcile", "--since", since, *more, *(["--json"] if as_json else []), *words
    )


def kinds(found: Typed) -> list[str]:
    """The kinds of the differences that remain, in the order of the alphabet."""
    return sorted(one["kind"] for one in found.json["differences"])


def finding(found: Typed, name: str) -> Any:
    """One finding of `flask doctor --json`."""
    (one,) = (one for one in found.json["findings"] if one["name"] == name)
    return one
