"""Put what long runs have done into words: reads tmp/torture and docs/torture.json, which it
brings up to date, and prints docs/torture.md.
"""

import argparse
import fnmatch
import json
import os
import platform
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from errors import all_codes
from tests.support.invariants import LEGAL_MOVES

Json = dict[str, Any]
# A row of the report: what it is called, a whole long run's figure over both databases, and under
# which kind and names the tests count it.
ROWS = [
    ("SIGKILL at a line of each flow", "20,000", "rounds", ["kills"]),
    ("Every fault x every call to Stripe", "all", "rounds", ["fault*"]),
    ("Purchases by 2, 5 or 20 copies at once", "1,000 each", "rounds", ["* copies*"]),
    ("Orders in webhook storms", "600", "rounds", ["*storm*"]),
    ("Stories of the state machine", "5,000", "rounds", ["*state machine*"]),
    ("Trouble with the database or its disk", "1,000", "fault", ["database:*"]),
    ("The clock moved", "each", "rounds", ["clock*"]),
    ("What leads to each status move", "100 each", "rounds", ["status moves"]),
    ("What leads to each error code", "100 each", "rounds", ["error codes"]),
]
NOT_LISTED = {"rounds"}
# What there is to cover, where that is known: the rest was never reached, and is said to be.
EVERYTHING = {
    "error code": set(all_codes()),
    "status move": {
        f"{before or '(new)'} -> {after}" for before in LEGAL_MOVES for after in LEGAL_MOVES[before]
    },
}
ENOUGH = 100
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
PACKAGES = ("flask", "flask-socketio", "sqlalchemy", "psycopg", "stripe")


@dataclass
class Record:
    """All runs since the record was begun, as kept in docs/torture.json.

    runs: when, of which revision, what was asked for, and per database {"tests", "seconds",
    "failed", "complete"} and, written there by hand, "mended": {failed test: what it was, and which
    test holds it now}. counts: database -> kind -> name -> times, over all of them.
    """

    runs: list[Json] = field(default_factory=list)
    counts: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        return cls(**json.loads(path.read_text())) if path.exists() else cls()

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n")

    def add(self, folder: Path, arguments: argparse.Namespace) -> None:
        """Add what the run of a moment ago has left in its folder."""
        databases = {path.stem: _results(path) for path in sorted(folder.glob("*.seconds"))}
        for database in databases:
            counts = folder / f"{database}.json"
            for kind, names in json.loads(counts.read_text() if counts.exists() else "{}").items():
                known = self.counts.setdefault(database, {}).setdefault(kind, {})
                known.update(Counter(known) + Counter(names))
        asked = {name: getattr(arguments, name) for name in ("seed", "part", "minutes")}
        self.runs.append({**_circumstances(), **asked, "databases": databases})

    @property
    def databases(self) -> list[str]:
        return [name for name in NAMES if any(name in run["databases"] for run in self.runs)]


def _results(seconds: Path) -> Json:
    junit = seconds.with_suffix(".xml")
    cases = list(ElementTree.parse(junit).iter("testcase")) if junit.exists() else []
    bad = [c for c in cases if c.find("failure") is not None or c.find("error") is not None]
    return {
        "tests": len(cases),
        "seconds": int(seconds.read_text()),
        "failed": [f"{case.get('classname')}::{case.get('name')}" for case in bad],
        "complete": junit.exists(),
    }


def _circumstances() -> Json:
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "revision": _revision(),
        "processors": os.cpu_count(),
        "versions": {"python": platform.python_version(), **{p: version(p) for p in PACKAGES}},
    }


def report(record: Record) -> Iterator[str]:
    yield "# The long run\n"
    yield "Written by `script/torture`; what it does is told in [tests/money](../tests/money)."
    yield "With `--add` a run is added to those before it: what is below is all of them together.\n"
    yield from _runs(record)
    yield "\n## What was tried\n"
    yield from _tried(record)
    yield "\n## What went wrong\n"
    yield from _wrong(record)
    yield "\n## What was covered"
    yield from _covered(record)


def _runs(record: Record) -> Iterator[str]:
    yield "| run | revision | part | seed | limit | processors | took |"
    yield "|---|---|---|---|---|---:|---|"
    for run in record.runs:
        took = (f"{NAMES[d]} {found['seconds']:,} s" for d, found in run["databases"].items())
        limit = f"{run['minutes']} minutes" if run["minutes"] else "none"
        part = run["part"] or "everything"
        cells = [run["date"], run["revision"], part, run["seed"], limit, str(run["processors"])]
        yield f"| {' | '.join([*cells, ', '.join(took)])} |"
    versions = record.runs[-1]["versions"]
    yield f"\nThe last one with {', '.join(f'{name} {of}' for name, of in versions.items())}."


def _tried(record: Record) -> Iterator[str]:
    found = [record.counts.get(database, {}) for database in record.databases]
    names = " | ".join(NAMES[database] for database in record.databases)
    yield f"| | {names} | together | a whole long run |\n|---|{'---:|' * (len(found) + 2)}"
    known: list[str] = []
    for title, figure, kind, patterns in ROWS:
        yield _row(title, [_matching(counts.get(kind, {}), patterns) for counts in found], figure)
        known += patterns
    for name in sorted({name for counts in found for name in counts.get("rounds", {})}):
        if not _fits(name, known):
            yield _row(name, [counts.get("rounds", {}).get(name, 0) for counts in found], "")


def _matching(counts: dict[str, int], patterns: list[str]) -> int:
    return sum(times for name, times in counts.items() if _fits(name, patterns))


def _fits(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def _row(title: str, done: list[int], figure: str) -> str:
    cells = [f"{number:,}" if number else "not run" for number in [*done, sum(done)]]
    return f"| {title} | {' | '.join(cells)} | {figure} |"


def _wrong(record: Record) -> Iterator[str]:
    wrong = []
    for run in record.runs:
        for database, found in run["databases"].items():
            where = f"{run['date']}, {NAMES[database]}"
            wrong += [] if found["complete"] else [f"- {where}: the run did not come to its end"]
            told = found.get("mended", {})
            wrong += [f"- {where}: `{test}`{_mended(told.get(test))}" for test in found["failed"]]
    if wrong:
        yield from wrong
        return
    yield "Nothing: no invariant was found violated, and no test failed.\n"
    yield "Looked for after every round, or after every thirty where a round is small: double"
    yield "charges, lost charges, purchases that stay open after recovery, charges after somebody"
    yield "left, answers that were not true."


def _mended(what: str | None) -> str:
    return f"\n  Mended since: {what}" if what else ""


def _covered(record: Record) -> Iterator[str]:
    together: dict[str, Counter[str]] = defaultdict(Counter)
    for counts in record.counts.values():
        for kind, names in counts.items():
            together[kind].update(names)
    for kind in sorted((together.keys() | EVERYTHING.keys()) - NOT_LISTED):
        few = [name for name, times in together[kind].items() if times < ENOUGH]
        words = f"{len(together[kind])} of them, {len(few)} less than {ENOUGH} times"
        yield f"\n### By {kind}: {words}\n"
        yield "| | times |\n|---|---:|"
        for name, times in sorted(together[kind].items()):
            yield f"| {name} | {times:,} |"
        never = sorted(EVERYTHING.get(kind, set()) - together[kind].keys())
        if never:
            yield f"\nNever: {', '.join(never)}."


def _revision() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="the folder of the run that has ended")
    parser.add_argument("record", type=Path, help="where all runs are kept, as JSON")
    parser.add_argument("--add", action="store_true", help="to those that are there already")
    for name in ("seed", "part", "minutes"):
        parser.add_argument(f"--{name}", default="")
    arguments = parser.parse_args()
    record = Record.read(arguments.record) if arguments.add else Record()
    record.add(arguments.results, arguments)
    record.write(arguments.record)
    print("\n".join(report(record)))


if __name__ == "__main__":
    main()
