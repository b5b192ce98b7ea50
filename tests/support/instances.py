"""Fresh shops for tests: each a copy of one that was migrated and filled once per test run.

A run is one pytest command with all its workers. They share a folder (and, on PostgreSQL, a name
prefix) through the environment; the process that began the run removes both at its end.
"""

import fcntl
import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from config import NAMES, load_settings

ROOT = Path(__file__).resolve().parents[2]
ENOUGH_BYTES = 1_000_000_000
HOME_VARIABLE = "COG_TEST_HOME"
ORIGIN = "http://localhost"


@dataclass(frozen=True)
class Instance:
    """One installation: its folder, its database and the settings to start it with."""

    folder: Path
    database_url: str
    settings: Mapping[str, str]


class Instances:
    """The installations of one worker. `server_url`: a PostgreSQL server, or None for SQLite."""

    def __init__(self, home: Path, worker: str, server_url: str | None) -> None:
        self._home, self._worker, self._server_url = home, worker, server_url
        self._numbers = itertools.count(1)
        self._prefix = f"cog_{home.name[-8:].lower()}"
        # PostgreSQL takes ten times as long to make a database as to make a used one new again.
        self._used: list[str] = []

    def fresh(self, **settings: str) -> Instance:
        """A shop as it is after its first start: demo shop filled, nothing bought in this run."""
        template = self._template()
        number = next(self._numbers)
        folder = self._home / f"{self._worker}-{number}"
        shutil.copytree(template, folder)
        url = self._database(folder, f"{self._worker}_{number}")
        return Instance(folder, url, {**_settings(folder, url), **settings})

    def discard(self, instance: Instance) -> None:
        if self._server_url:
            self._used.append(instance.database_url)
        shutil.rmtree(instance.folder, ignore_errors=True)

    def discard_all(self) -> None:
        """End of the run: nothing of it stays, whatever a killed worker left behind."""
        if self._server_url:
            query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
            for (name,) in self._admin(query, f"{self._prefix}_"):
                self._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(self._home, ignore_errors=True)

    def _template(self) -> Path:
        """Built by the first worker that needs it, with the commands that everybody uses."""
        folder, done = self._home / "template", self._home / "template.done"
        with (self._home / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if done.exists():
                return folder
            folder.mkdir()
            url = self._url(folder, "template")
            if self._server_url:
                self._admin(f'CREATE DATABASE "{_name(url)}"')
            for words in ("db upgrade", "demo fill"):
                run_flask(words, _settings(folder, url))
            if self._server_url:
                _remember(url)
            for path in folder.glob("*.sqlite3"):
                _settle_file(path)
            done.touch()
        return folder

    def _database(self, folder: Path, name: str) -> str:
        if self._used:
            url = self._used.pop()
            _begin_anew(url)
            return url
        url = self._url(folder, name)
        if self._server_url:
            self._admin(f'CREATE DATABASE "{_name(url)}" TEMPLATE "{self._prefix}_template"')
        return url

    def _url(self, folder: Path, name: str) -> str:
        if not self._server_url:
            return f"sqlite:///{folder / 'cog-checkout.sqlite3'}"
        parts = urlsplit(self._server_url)
        return urlunsplit(parts._replace(path=f"/{self._prefix}_{name}"))

    def _admin(self, statement: str, *arguments: str) -> list[tuple[str, ...]]:
        assert self._server_url
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), arguments or None)
            return cursor.fetchall() if cursor.description else []


def begin_run() -> Path | None:
    """Make the run's folder and tell the workers; None when this process is such a worker."""
    if HOME_VARIABLE in os.environ:
        return None
    name = f"cog-checkout-{uuid.uuid4().hex[:8]}"
    home = Path(tempfile.mkdtemp(prefix=name, dir=_fast_folder()))
    os.environ[HOME_VARIABLE] = str(home)
    return home


def run_home() -> Path:
    return Path(os.environ[HOME_VARIABLE])


def end_run() -> None:
    del os.environ[HOME_VARIABLE]


def process_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """For a process of the shop: these settings and no others, whatever a developer's .env says."""
    return {**os.environ, **dict.fromkeys(NAMES, ""), **settings, "PYTHONUNBUFFERED": "1"}


def database_address(url: str) -> str:
    """The URL as the shop itself completes it, with the driver that it uses."""
    return load_settings({"DATABASE_URL": url, "SECRET_KEY": "not-used-for-anything"}).database_url


def run_flask(words: str, settings: Mapping[str, str]) -> str:
    """Run `flask --app app ...` as a person would; returns what it printed."""
    command = [sys.executable, "-m", "flask", "--app", "app", *words.split()]
    done = subprocess.run(
        command, cwd=ROOT, env=process_environment(settings), capture_output=True, text=True
    )
    assert done.returncode == 0, f"flask {words} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


def _remember(url: str) -> None:
    """Keep, in a PostgreSQL database itself, what is in each of its tables now."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA seed")
        for table in _tables(connection):
            connection.execute(f'CREATE TABLE seed."{table}" AS TABLE "{table}"'.encode())


def _begin_anew(url: str) -> None:
    """Bring a used database to what was remembered of it; whoever is still in there is put out."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        # Rows come back in any order: their foreign keys are all right together.
        connection.execute("SET session_replication_role = replica")
        for table in _tables(connection):
            connection.execute(f'DELETE FROM "{table}"'.encode())
            connection.execute(f'INSERT INTO "{table}" SELECT * FROM seed."{table}"'.encode())


def _tables(connection: psycopg.Connection[tuple[str, ...]]) -> list[str]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    return [name for (name,) in connection.execute(query)]


def _settings(folder: Path, url: str) -> dict[str, str]:
    return {
        "INSTANCE_DIR": str(folder),
        "DATABASE_URL": url,
        "SECRET_KEY": "only-for-tests-and-known-to-everybody",
        "ASYNC_MODE": "threading",
        "ALLOWED_ORIGINS": ORIGIN,
    }


def _fast_folder() -> Path | None:
    """Memory, where there is enough: the shop waits for the disk at each commit, tests needn't."""
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ENOUGH_BYTES:
        return memory
    return None


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def _settle_file(path: Path) -> None:
    """Bring everything from the write-ahead log into the file, so that a copy is whole."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
