"""How much the tests of money have really tried, added up over workers and runs."""

import fcntl
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from .books import Books


class Coverage:
    """Counts by kind and name, such as ("status move", "pending -> succeeded").

    Kinds in use: `rounds` (of which test), `status move`, `error code` (with `success`), `fault`,
    `killed flow`, `killed line's file`.
    """

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    def add(self, kind: str, name: str, times: int = 1) -> None:
        self.counts[kind, name] += times

    def add_moves(self, books: Books) -> None:
        """Every status move in these books; call it once, at the end of a round."""
        for event in books.events:
            self.add("status move", f"{event['from_status'] or '(new)'} -> {event['to_status']}")

    def add_acks(self, acks: Iterable[dict[str, object]]) -> None:
        """The error codes of these answers; success counts as a code too."""
        for ack in acks:
            error = ack.get("error")
            code = error["code"] if isinstance(error, dict) else ack.get("status")
            self.add("error code", str(code))

    def merge_into(self, path: Path) -> None:
        """Add these counts to those in the file: {kind: {name: times}}; then forget them."""
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            merged = json.loads(path.read_text()) if path.exists() else {}
            for (kind, name), times in self.counts.items():
                names = merged.setdefault(kind, {})
                names[name] = names.get(name, 0) + times
            draft = path.with_suffix(".new")
            draft.write_text(json.dumps(merged, indent=1, sort_keys=True))
            draft.replace(path)
        self.counts.clear()
