"""One installation that can be put back to how a scene began, as often as one likes."""

import shutil
from pathlib import Path
from typing import Any

import psycopg

from extensions import db
from tests.support.client_front import ClientFront
from tests.support.instances import Instance, Instances, _settle_file
from tests.support.shop import Shop


class Stage:
    """A shop in this process, with every connection closed between the acts.

    Processes that are forked from this one open their own; nothing of SQLite's or PostgreSQL's is
    carried over.
    """

    def __init__(self, instances: Instances) -> None:
        self.instance: Instance = instances.fresh()
        self.front = ClientFront(self.instance)
        self.shop = Shop(self.front)
        self._kept: dict[str, bytes] = {}

    @property
    def on_postgres(self) -> bool:
        return self.instance.database_url.startswith("postgres")

    def keep(self) -> None:
        """Remember how everything is now."""
        self.let_go()
        for path in self._files():
            _settle_file(path)
        self._saved = self.instance.folder / "kept"
        self._saved.mkdir()
        for path in self._files():
            shutil.copy(path, self._saved)
        if self.on_postgres:
            self._kept = self._copy_out()

    def restore(self) -> None:
        """Put it back. Nobody may have anything open."""
        for path in self.instance.folder.glob("*.sqlite3*"):
            path.unlink()
        for path in self._saved.iterdir():
            shutil.copy(path, self.instance.folder)
        if self.on_postgres:
            self._copy_in()

    def let_go(self) -> None:
        """Close what this process has open, so that a fork inherits nothing."""
        with self.front.app.app_context():
            db.session.remove()
            db.engine.dispose()
        self.front._sandbox.close()
        self.front.app.extensions["sandbox"].close()

    def _files(self) -> list[Path]:
        return list(self.instance.folder.glob("*.sqlite3"))

    def _tables(self, connection: psycopg.Connection[Any]) -> list[str]:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return [f'"{name}"' for (name,) in connection.execute(query)]

    def _copy_out(self) -> dict[str, bytes]:
        with psycopg.connect(self.instance.database_url) as connection:
            kept = {}
            for table in self._tables(connection):
                with connection.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
                    kept[table] = b"".join(copy)
            return kept

    def _copy_in(self) -> None:
        # Making a database anew takes PostgreSQL half a second; its few rows, some milliseconds.
        with psycopg.connect(self.instance.database_url) as connection:
            connection.execute("SET session_replication_role = replica")
            for table, rows in self._kept.items():
                connection.execute(f"DELETE FROM {table}")
                with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                    copy.write(rows)
