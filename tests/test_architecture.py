"""The house rules that a machine can check: which way the arrows point, and what has one place.

A new module at the top needs a line in tests/arrows.py: that is the moment to think where
it belongs.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.arrows import ARROWS

ROOT = Path(__file__).resolve().parents[1]

# Longer than 300 lines, each with the reason. Empty is how it should be.
LONG_FILES: dict[str, str] = {
    "sandbox/static/stripe.js": "one classic script has to define window.Stripe at once",
    "tests/payments/test_lost_answers.py": "one subject: a real line to Stripe, cut at each place",
}
LONGEST_FILE, LONGEST_FUNCTION = 300, 40
NOT_OURS = {"node_modules", "vendor", "migrations", "instance", "tmp", "tests", "benchmarks"}
CARD_NUMBER = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")


def ours(pattern: str, *folders: str) -> list[Path]:
    """Files of the product itself, without tests, tools and what others wrote."""
    found = (p for folder in folders or (".",) for p in (ROOT / folder).rglob(pattern))
    inside = ((p, p.relative_to(ROOT).parts) for p in found)
    return sorted(
        path
        for path, parts in inside
        if not NOT_OURS & set(parts) and not any(part.startswith(".") for part in parts)
    )


def python_files() -> list[Path]:
    return [path for path in ours("*.py") if path.relative_to(ROOT).parts[0] != "script"]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def unit_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and top-level name of everything a file imports, wherever in it."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            module = node.module.partition(".")[0] if node.module and not node.level else None
            yield node.lineno, module or unit_of(path)


def places(path: Path, wanted: type[ast.AST]) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, wanted))


def source(node: ast.AST) -> str:
    return ast.unparse(node)


def test_every_import_follows_an_arrow() -> None:
    units = {unit_of(path) for path in python_files()}
    assert units <= ARROWS.keys(), f"no arrows for {sorted(units - ARROWS.keys())}"
    wrong = [
        f"{name_of(path)}:{line} imports {imported}"
        for path in python_files()
        for line, imported in imports_of(path)
        if imported in units and imported not in ARROWS[unit_of(path)] | {unit_of(path)}
    ]
    assert wrong == []


def test_the_arrows_make_no_circle() -> None:
    left = {unit: set(targets) for unit, targets in ARROWS.items()}
    while free := [unit for unit, targets in left.items() if not targets & left.keys() - {unit}]:
        for unit in free:
            del left[unit]
    assert left == {}


def test_stripe_is_spoken_in_one_place() -> None:
    speakers = {
        name_of(path)
        for path in python_files()
        for _, imported in imports_of(path)
        if imported == "stripe" and unit_of(path) != "sandbox"
    }
    assert speakers == {"gateway.py", "gateway_line.py"}


def test_signatures_of_webhooks_are_checked_in_one_place() -> None:
    assert attribute_users("construct_event") == {"gateway.py"}


def test_the_environment_is_read_in_one_place() -> None:
    readers = {
        name_of(path)
        for path in python_files()
        for node in places(path, ast.Attribute)
        if source(node) in ("os.environ", "os.getenv", "os.putenv")
    }
    assert readers <= {"config.py"}


def test_commits_happen_in_one_place() -> None:
    assert attribute_users("commit", outside="sandbox") == {"extensions.py"}


def test_pushes_leave_from_one_place() -> None:
    assert attribute_users("emit", outside="sandbox") == {"sockets.py"}


def attribute_users(name: str, outside: str = "") -> set[str]:
    """The files that call `something.<name>(...)`."""
    return {
        name_of(path)
        for path in python_files()
        for node in places(path, ast.Call)
        if unit_of(path) != outside
        and isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
    }


def test_the_status_of_a_transaction_has_one_writer() -> None:
    wrong = []
    for path in python_files():
        if unit_of(path) == "sandbox" or name_of(path) == "payments/states.py":
            continue
        for node in ast.walk(tree_of(path)):
            assigned = node.targets if isinstance(node, ast.Assign) else []
            by_hand = any(re.search(r"transaction\.status$", source(t)) for t in assigned)
            in_sql = isinstance(node, ast.Call) and bool(
                re.search(r"update\(Transaction\).*\.values\(.*\bstatus=", source(node), re.S)
            )
            if by_hand or in_sql:
                wrong.append(f"{name_of(path)}:{node.lineno}")
    assert wrong == []


def test_error_codes_have_one_place() -> None:
    homes = {
        name_of(path)
        for path in python_files()
        for node in places(path, ast.ClassDef)
        if isinstance(node, ast.ClassDef) and "AppError" in map(source, node.bases)
    }
    assert homes == {"errors.py"}


def test_the_ack_envelope_has_one_place() -> None:
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files()
        for node in places(path, ast.Dict)
        if isinstance(node, ast.Dict)
        and unit_of(path) not in ("sandbox", "sockets", "errors", "protocol")
        and re.match(r"\{'status': '(success|error)'", source(node))
    ]
    assert wrong == []


def test_money_is_formatted_in_one_place() -> None:
    users = {
        name_of(path)
        for path in python_files()
        for _, imported in imports_of(path)
        if imported == "babel"
    }
    assert users == {"languages.py", "money.py"}
    formatters = re.compile(r"NumberFormat|toFixed")
    assert matches(formatters, ours("*.js", "static/js")) == []


def test_card_numbers_stand_only_in_the_sandbox() -> None:
    files = [p for p in python_files() + ours("*.js") + ours("*.html") if unit_of(p) != "sandbox"]
    wrong = [
        f"{name_of(path)}: {match}"
        for path in files
        for match in CARD_NUMBER.findall(path.read_text())
        if passes_luhn(match)
    ]
    assert wrong == []


def passes_luhn(text: str) -> bool:
    digits = [int(d) for d in text if d.isdigit()][::-1]
    doubled = [d * 2 - 9 * (d > 4) if i % 2 else d for i, d in enumerate(digits)]
    return sum(doubled) % 10 == 0


def test_no_script_writes_markup() -> None:
    markup = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(")
    assert matches(markup, ours("*.js")) == []


@pytest.mark.parametrize(
    "inline",
    [
        r"<style\b",
        r"\sstyle=",
        r"<[a-z]+\b[^>]*\son[a-z]+=",
        r"[\"']javascript:",
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)",
    ],
)
def test_no_template_has_inline_script_or_style(inline: str) -> None:
    assert matches(re.compile(inline, re.I), ours("*.html")) == []


def matches(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    return [
        f"{name_of(path)}:{number}: {line.strip()[:80]}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_stylesheet_knows_left_from_right() -> None:
    """`inline-start` and `inline-end` turn with the writing; an origin has no such words."""
    side = re.compile(
        r"^\s*([a-z]+-)?(left|right)(-[a-z]+)?\s*:|(?<!origin):\s*(left|right)\s*;", re.M
    )
    assert [name_of(p) for p in ours("*.css", "static/css") if side.search(p.read_text())] == []


def test_files_have_one_subject() -> None:
    tests = sorted((ROOT / "tests").rglob("*.py"))
    code = ours("*.py") + ours("*.js") + ours("*.css") + ours("*.html") + tests
    long = {name_of(path): len(path.read_text().splitlines()) for path in code}
    long = {name: lines for name, lines in long.items() if lines > LONGEST_FILE}
    assert long.keys() == LONG_FILES.keys(), long


def test_functions_have_one_subject() -> None:
    long = [
        f"{name_of(path)}:{node.lineno} {node.name} has {lines} lines"
        for path in ours("*.py")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []
