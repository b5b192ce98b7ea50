"""What the document of security says is shown by a test is shown by a test."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "security.md"


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", DOCUMENT.read_text())
    assert len(named) > 30
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).exists()
        or (name and not re.search(rf"^(?:def|class) {name}\b", (ROOT / file).read_text(), re.M))
    ]
    assert missing == []


def test_every_threat_has_a_defence_and_something_that_shows_it() -> None:
    table = DOCUMENT.read_text().partition("## Threats")[2].partition("###")[0]
    rows = [line.split("|")[1:-1] for line in table.splitlines() if line.startswith("|")][2:]
    assert len(rows) >= 15
    for row in rows:
        assert len(row) == 4, row
        assert all(cell.strip() for cell in row), row
