"""A Redis of a test's own, in a folder of its own, gone afterwards."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from .doors import eventually
from .server_front import free_port


@dataclass(frozen=True)
class Redis:
    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def running_redis(folder: Path) -> Iterator[Redis]:
    """Skips the test where Redis is not installed."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("Redis is not installed (Debian: apt install redis-server)")
    port = free_port()
    options = f"--port {port} --bind 127.0.0.1 --appendonly no --dir {folder}".split()
    process = subprocess.Popen(
        [program, *options, "--save", ""], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    redis = Redis(f"redis://127.0.0.1:{port}/0", process)
    try:
        eventually(lambda: _answers(port), within=15, what="the start of Redis")
        yield redis
    finally:
        redis.stop()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            line.sendall(b"PING\r\n")
            return line.recv(7) == b"+PONG\r\n"
    except OSError:
        return False
