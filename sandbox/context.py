"""What a handler gets: the transaction, the checked parameters, and who is calling."""

from dataclasses import dataclass
from typing import Any

from sandbox.errors import Json
from sandbox.records import Tx


@dataclass(slots=True)
class Context:
    tx: Tx
    params: Json
    ids: tuple[str, ...] = ()  # the ids in the URL, in order
    browser: bool = False  # called with a publishable key
    address: str | None = None  # of the caller, where it came over HTTP

    def get(self, name: str, default: Any = None) -> Any:
        """A parameter; one that was emptied counts as absent."""
        value = self.params.get(name)
        return default if value is None or value == "" else value
