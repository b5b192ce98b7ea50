"""What script/audit does. It counts what was audited: nothing looked at is not nothing found."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

FOUND, OUT_OF_REACH = 1, 3
BIN = Path(sys.executable).parent
PYTHON = ("requirements.txt", "requirements-dev.txt", "requirements-node.txt")
# Hashes of packages, and words for people, look like secrets to a scanner.
NO_SECRETS_IN = ("package-lock.json", *PYTHON)
# (file, kind): why it may stand there.
MADE_UP = {
    ("README.md", "Basic Auth Credentials"): "an example of an address of a database",
    ("config.py", "Secret Keyword"): "the sandbox's own keys, which every clone shares",
    ("docs/protocol.md", "Discord Bot Token"): "an example of our token, of a session that is over",
    ("accounts/people.py", "Secret Keyword"): "the demo shopper's password, printed on the page",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/audit")
    parser.add_argument("--local", action="store_true", help="only what needs no network")
    audits = [code, secrets] if parser.parse_args().local else [code, secrets, python, node]
    ends = [audit() for audit in audits]
    return FOUND if FOUND in ends else max(ends)


def code() -> int:
    """Bandit; what it may overlook stands in pyproject.toml or on the line, with a reason."""
    report = _json(BIN / "bandit", "-q", "-r", ".", "-c", "pyproject.toml", "-f", "json")
    lines = report["metrics"]["_totals"]["loc"]
    found = [
        f"{r['filename']}:{r['line_number']} {r['test_id']} {r['issue_text']}"
        for r in report["results"]
    ] + [str(error) for error in report["errors"]]
    return _tell("Code", f"{lines} lines", lines, found)


def secrets() -> int:
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True)
    files = [
        name
        for name in listed.stdout.splitlines()
        if name not in NO_SECRETS_IN and not name.endswith((".po", ".png"))
    ]
    found = [
        f"{name}:{secret['line_number']} {secret['type']}"
        for name, secrets in _json(BIN / "detect-secrets", "scan", *files)["results"].items()
        for secret in secrets
        if (name, secret["type"]) not in MADE_UP
        # Tests and examples are full of made-up passwords; real keys have a shape of their own.
        and not (secret["type"] == "Secret Keyword" and name.startswith(("tests/", "docs/")))
    ]
    return _tell("Secrets", f"{len(files)} files", len(files), found)


def python() -> int:
    ends = []
    for name in PYTHON:
        arguments = ("--require-hashes", "--disable-pip", "-f", "json", "-r", name)
        packages = _json(BIN / "pip-audit", *arguments).get("dependencies", [])
        # It ends well when the service knew nothing of any package.
        audited = [package for package in packages if "skip_reason" not in package]
        found = [
            f"{package['name']} {package['version']}: {hole['id']}"
            for package in audited
            for hole in package["vulns"]
        ]
        what = f"{len(audited)} of {len(packages)} packages of {name}"
        complete = len(packages) if len(audited) == len(packages) else 0
        ends.append(_tell("Python", what, complete, found))
    return FOUND if FOUND in ends else max(ends)


def node() -> int:
    report = _json("npm", "audit", "--json")
    found = [
        f"{name}: {hole['severity']}" for name, hole in report.get("vulnerabilities", {}).items()
    ]
    total = report.get("metadata", {}).get("dependencies", {}).get("total", 0)
    return _tell("Node", f"{total} packages of package-lock.json", total, found)


def _tell(subject: str, what: str, audited: int, found: list[str]) -> int:
    for line in found:
        print(f"{subject}: {line}")
    if found:
        return FOUND
    if not audited:
        print(f"{subject}: not audited: no connection to the advisories ({what})")
        return OUT_OF_REACH
    print(f"{subject}: {what}, nothing found")
    return 0


def _json(*command: str | Path) -> dict[str, Any]:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        print(done.stderr[-500:], file=sys.stderr)
        return {}
    return answer


if __name__ == "__main__":
    sys.exit(main())
