"""docs/sandbox.md is true: its commands are run in their order, its programs as they stand."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cards import BY_NUMBER
from sandbox.fault_answers import REASONS
from sandbox.fault_rules import KINDS
from sandbox.webhook_faults import KINDS as WEBHOOK_KINDS
from tests.sandbox.faces import ROOT, face_of
from tests.support.server_front import free_port

TEXT = (ROOT / "docs" / "sandbox.md").read_text()
START = ".venv/bin/python -m sandbox --port 9000 --path try.sqlite3"
ADDRESS, NOBODY = "http://127.0.0.1:9000", "http://127.0.0.1:8000"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.S | re.M)


def steps() -> list[tuple[str, str]]:
    """(command, what it says), those that only start the sandbox left out."""
    found = []
    for block in blocks("console"):
        for step in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, said = step.partition("\n")
            found.append((command, said.strip()))
    assert found[0][0] == START
    return found[1:]


def as_pattern(said: str) -> str:
    return r"\s*".join(
        ".*?".join(re.escape(part) for part in line.split("…")) for line in said.splitlines()
    )


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """`python -m sandbox`, as the document starts it but for the port and the file."""
    with face_of("program", tmp_path / "try.sqlite3") as face:
        yield face.address


def test_every_command_says_what_the_document_says(address: str):
    commands = steps()
    script = "\n".join(f"echo '@@{n}@@'\n{command}" for n, (command, _) in enumerate(commands))
    # However slow this machine is: the first call has the key before the second one asks for it.
    fired = 'control faults | grep -q \'"id":4,.*"fired":1\''
    first_runs = f"until {fired}; do sleep 0.1; done; sleep 1;"
    assert "sleep 2;" in script
    script = script.replace("sleep 2;", first_runs)
    # Nobody listens there.
    script = script.replace(ADDRESS, address).replace(NOBODY, f"http://127.0.0.1:{free_port()}")
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{script}"], capture_output=True, text=True, timeout=90
    )
    said = re.split(r"@@\d+@@\n", done.stdout)[1:]
    assert len(said) == len(commands)
    differences = [
        f"$ {command}\n{real[:500]}"
        for (command, wanted), real in zip(commands, said, strict=True)
        if not re.fullmatch(rf"\s*{as_pattern(wanted)}\s*", real, re.S)
    ]
    assert not differences, "\n".join(differences)


def test_the_program_for_a_server(address: str):
    program = blocks("python")[0].replace(ADDRESS, address)
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_the_program_without_a_server(tmp_path: Path):
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{blocks('python')[1]}"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, cwd=tmp_path)


def test_the_table_of_cards():
    rows = re.findall(r"^\| `(\d+)` \| `(\w+)` \| (.*) \|$", TEXT, re.M)
    assert rows
    for number, payment_method, what in rows:
        card = BY_NUMBER[number]
        assert (card.payment_method, card.what) == (payment_method, what)


def test_every_kind_of_fault_has_an_example():
    shown = "".join(command for command, _ in steps())
    for kind in (*KINDS, *WEBHOOK_KINDS):
        assert f'"kind": "{kind}"' in shown
    for reason in REASONS:
        assert f"`{reason}`" in TEXT
