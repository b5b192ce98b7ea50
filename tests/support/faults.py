"""Faults of the sandbox, as a test asks for them."""

from typing import Any

from .shop import Shop


class Trouble:
    """`trouble(call, kind, ...)` adds a fault, see sandbox/faults.py; `over()` ends them all."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def __call__(self, call: str, kind: str, **options: Any) -> None:
        fault = {"call": call, "kind": kind, **options}
        answer = self._shop.control("POST", "faults", fault)
        assert answer.status == 200, answer.text

    def over(self) -> None:
        self._shop.control("POST", "faults", {"clear": True})
