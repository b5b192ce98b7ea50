"""Put what a long run has done into words: reads tmp/torture, prints docs/torture.md."""

import argparse
import fnmatch
import json
import os
import platform
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from errors import all_codes
from tests.support.invariants import LEGAL_MOVES

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


class Run:
    """What one database's run left behind."""

    def __init__(self, folder: Path, database: str) -> None:
        self.name = NAMES[database]
        counts, results = folder / f"{database}.json", folder / f"{database}.xml"
        self.counts: dict[str, dict[str, int]] = (
            json.loads(counts.read_text()) if counts.exists() else {}
        )
        self.seconds = int((folder / f"{database}.seconds").read_text())
        cases = ElementTree.parse(results).iter("testcase") if results.exists() else iter(())
        self.tests, self.failed = 0, []
        for case in cases:
            self.tests += 1
            if case.find("failure") is not None or case.find("error") is not None:
                self.failed.append(f"{case.get('classname')}::{case.get('name')}")
        self.complete = results.exists()


def report(runs: list[Run], arguments: argparse.Namespace) -> Iterator[str]:
    yield "# The last long run\n"
    yield "Written by `script/torture`; what it does is told in [tests/money](../tests/money).\n"
    yield from _circumstances(runs, arguments)
    yield "\n## What was tried\n"
    yield from _tried(runs)
    yield "\n## What went wrong\n"
    yield from _wrong(runs)
    yield "\n## What was covered"
    yield from _covered(runs)


def _circumstances(runs: list[Run], arguments: argparse.Namespace) -> Iterator[str]:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    limit = f"{arguments.minutes} minutes" if arguments.minutes else "none"
    yield "| | |\n|---|---|"
    yield f"| date | {datetime.now(UTC):%Y-%m-%d %H:%M} UTC |"
    yield f"| revision | {_revision()} |"
    yield f"| versions | Python {platform.python_version()}, {versions} |"
    yield f"| machine | {os.cpu_count()} processors |"
    yield f"| seed | {arguments.seed} |"
    yield f"| part | {arguments.part or 'everything'} |"
    yield f"| time limit | {limit} |"
    for run in runs:
        yield f"| {run.name} | {run.tests} tests in {run.seconds} s |"


def _tried(runs: list[Run]) -> Iterator[str]:
    names = " | ".join(run.name for run in runs)
    yield f"| | {names} | together | a whole long run |\n|---|{'---:|' * (len(runs) + 2)}"
    known: list[str] = []
    for title, figure, kind, patterns in ROWS:
        yield _row(title, [_matching(run.counts.get(kind, {}), patterns) for run in runs], figure)
        known += patterns
    for name in sorted({name for run in runs for name in run.counts.get("rounds", {})}):
        if not _fits(name, known):
            yield _row(name, [run.counts.get("rounds", {}).get(name, 0) for run in runs], "")


def _matching(counts: dict[str, int], patterns: list[str]) -> int:
    return sum(times for name, times in counts.items() if _fits(name, patterns))


def _fits(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def _row(title: str, done: list[int], figure: str) -> str:
    cells = [f"{number:,}" if number else "not run" for number in [*done, sum(done)]]
    return f"| {title} | {' | '.join(cells)} | {figure} |"


def _wrong(runs: list[Run]) -> Iterator[str]:
    failed = [f"- {run.name}: `{test}`" for run in runs for test in run.failed]
    broken = [f"- {run.name}: the run did not come to its end" for run in runs if not run.complete]
    if failed or broken:
        yield from broken + failed
        return
    yield "Nothing: no invariant was found violated, and no test failed.\n"
    yield "Looked for after every round, or after every thirty where a round is small: double"
    yield "charges, lost charges, purchases that stay open after recovery, charges after somebody"
    yield "left, answers that were not true."


def _covered(runs: list[Run]) -> Iterator[str]:
    together: dict[str, Counter[str]] = defaultdict(Counter)
    for run in runs:
        for kind, names in run.counts.items():
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
    parser.add_argument("results", type=Path)
    for name in ("seed", "part", "minutes"):
        parser.add_argument(f"--{name}", default="")
    arguments = parser.parse_args()
    found = sorted(path.stem for path in arguments.results.glob("*.seconds"))
    runs = [Run(arguments.results, name) for name in NAMES if name in found]
    print("\n".join(report(runs, arguments)))


if __name__ == "__main__":
    main()
