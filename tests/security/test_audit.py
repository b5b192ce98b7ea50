"""script/audit finds what is planted, and never takes "nothing looked at" for "nothing found"."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Enough of the house to be looked at in a moment.
KEPT = (
    *("script", "catalog", "config.py", "pyproject.toml", "package.json", "package-lock.json"),
    *("requirements.txt", "requirements-dev.txt", "requirements-node.txt"),
)
NOWHERE = "http://127.0.0.1:9"
# Put together here, or the audit of this very file would find them.
SECRET = "sk_" + "live_" + "a1B2c3D4e5F6g7H8i9J0k1L2"
KEY = "-----BEGIN " + "RSA PRIVATE KEY-----"
DANGEROUS = "import subprocess\n\n\ndef run(words):\n    subprocess.call(words, shell=True)\n"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clone = tmp_path_factory.mktemp("audit") / "original"
    clone.mkdir()
    for name in KEPT:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, clone / name)
    _git(clone, "init", "-q")
    _git(clone, "add", "--all")
    return clone


@pytest.fixture
def clone(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "clone"))


def _git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True)


def audit(clone: Path, *words: str) -> tuple[int, str]:
    """Its exit code and what it said, with all advisory services out of reach."""
    proxies = {f"{kind}_proxy": NOWHERE for kind in ("http", "https")}
    proxies |= {name.upper(): value for name, value in proxies.items()} | {"no_proxy": ""}
    npm = {"npm_config_registry": NOWHERE, "npm_config_fetch_retries": "0", "NO_PROXY": ""}
    done = subprocess.run(
        [sys.executable, "script/audit_report.py", *words],
        cwd=clone,
        env={**os.environ, **proxies, **npm},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout


def test_without_the_advisories_it_says_so_and_does_not_end_well(clone: Path) -> None:
    code, said = audit(clone)
    assert code == 3, said
    assert said.count("Python: not audited: no connection to the advisories") == 3
    assert said.count("Node: not audited: no connection to the advisories") == 1
    assert said.count("nothing found") == 2


def test_what_is_planted_is_found_and_named(clone: Path) -> None:
    (clone / "catalog" / "planted.py").write_text(DANGEROUS)
    (clone / "catalog" / "keys.py").write_text(f"KEYS = {SECRET!r}\n")
    (clone / "server.pem").write_text(f"{KEY}\n")
    _git(clone, "add", "--all")
    code, said = audit(clone, "--local")
    assert code == 1, said
    assert "Code: ./catalog/planted.py:5 B602" in said
    assert "Secrets: catalog/keys.py:1 Stripe Access Key" in said
    assert "Secrets: server.pem:1 Private Key" in said
    # It doesn't repeat what it has found.
    assert SECRET not in said


def test_a_finding_counts_more_than_a_service_out_of_reach(clone: Path) -> None:
    (clone / "server.pem").write_text(f"{KEY}\n")
    _git(clone, "add", "--all")
    assert audit(clone)[0] == 1
