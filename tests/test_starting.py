"""Where settings come from, and what a start says of wrong ones: words, and no traceback."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config import NAMES
from tests.support.instances import ROOT, process_environment

LONG = "a-secret-key-of-twenty-four"
TEST = {"STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_PUBLISHABLE_KEY": "pk_test_x"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "instance"


def run(home: Path, *command: str, **given: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=process_environment({"INSTANCE_DIR": str(home), **given}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def check_address(home: Path, **given: str) -> tuple[int, str, str]:
    return run(home, "script/check_address.py", **given)


def free_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def test_a_server_that_is_set_wrongly_says_so_in_one_sentence(home: Path) -> None:
    assert run(home, "app.py", PORT="none") == (
        1,
        "",
        "Cog Checkout can't start: PORT: 'none' won't do, set a whole number from 1 to 65535.\n",
    )


@pytest.mark.parametrize("verifier", ["nowhere:verify", "captcha", "json:nothing", "json:__name__"])
def test_a_captcha_s_verifier_has_to_be_there(home: Path, verifier: str) -> None:
    sentence = (
        f"CAPTCHA_VERIFIER: there is no function {verifier!r}; write it like shop_captcha:verify, "
        "for one that Python finds where the shop is started.\n"
    )
    code, _, said = run(home, "app.py", CAPTCHA_VERIFIER=verifier, PORT=free_port())
    assert (code, said) == (1, f"Cog Checkout can't start: {sentence}")
    flask = ("-m", "flask", "--app", "app", "cogs", "list")
    assert run(home, *flask, CAPTCHA_VERIFIER=verifier)[2] == f"Error: {sentence}"


def test_the_check_tells_mode_and_address(home: Path) -> None:
    port = free_port()
    assert check_address(home, PORT=port) == (0, f"sandbox http://127.0.0.1:{port}\n", "")
    code, told, _ = check_address(home, PORT=port, HOST="0.0.0.0", **TEST)
    assert (code, told) == (0, f"test http://127.0.0.1:{port}\n")


def test_the_check_tells_of_wrong_settings(home: Path) -> None:
    code, told, problem = check_address(home, PORT="0")
    assert (code, told) == (1, "")
    assert problem == "\nPORT: '0' won't do, set a whole number from 1 to 65535.\n"


def test_the_check_tells_of_a_port_in_use(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, told, problem = check_address(home, PORT=str(port))
    assert (code, told) == (1, "")
    assert problem.startswith(f"\nPort {port} on 127.0.0.1 cannot be used (")
    assert f"choose another port: PORT={port + 1} script/server" in problem
    assert "Traceback" not in problem


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1"])
def test_the_check_tells_of_an_address_that_is_not_here(home: Path, host: str) -> None:
    code, told, problem = check_address(home, HOST=host, PORT=free_port())
    assert (code, told) == (1, "")
    assert problem == f"\nHOST: there is no address called {host} on this machine.\n"


# .env and the environment


def settings_with(folder: Path, env: str | None, **environment: str) -> list[str]:
    """SECRET_KEY, HOST, PORT and REDIS_URL as a shop installed in this folder reads them."""
    for name in ("config.py", "config_rules.py"):
        shutil.copy(ROOT / name, folder)
    if env is not None:
        (folder / ".env").write_text(env)
    show = (
        "from config import load_settings; s = load_settings(); "
        "print(s.secret_key, s.host, s.port, s.redis_url)"
    )
    inherited = {k: v for k, v in os.environ.items() if k not in NAMES}
    command, given = [sys.executable, "-c", show], {**inherited, **environment}
    return subprocess.check_output(command, cwd=folder, env=given, text=True).split()


def test_env_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    env = f"SECRET_KEY={LONG}\nPORT=9001\nHOST='::1' # here\nexport REDIS_URL\n"
    assert settings_with(tmp_path, env) == [LONG, "::1", "9001", "None"]
    assert settings_with(tmp_path, env, PORT="9002") == [LONG, "::1", "9002", "None"]


def test_set_to_nothing_in_the_environment_hides_what_env_says(tmp_path: Path) -> None:
    env = f"SECRET_KEY={LONG}\nPORT=9001\n"
    assert settings_with(tmp_path, env, PORT="") == [LONG, "127.0.0.1", "8000", "None"]


def test_without_env_the_environment_is_enough(tmp_path: Path) -> None:
    given = settings_with(tmp_path, None, SECRET_KEY=LONG, HOST="::1")
    assert given == [LONG, "::1", "8000", "None"]
