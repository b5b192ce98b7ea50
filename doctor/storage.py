"""Where the shop keeps things: the database, its durability, file and schema; Redis."""

from collections.abc import Iterator
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from config import ROOT
from doctor.findings import Finding, ok, problem, warn
from extensions import db, limiter, release_reads, settings

# What `extensions.init_database` asks of SQLite; a file system may not give it.
SQLITE = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
POSTGRES = ("fsync", "full_page_writes", "synchronous_commit")
OTHERS_READ, OTHERS_WRITE, OTHERS_ENTER = 0o004, 0o002, 0o001


def examine() -> Iterator[Finding]:
    """Raises: SQLAlchemyError when the database can't be reached."""
    db.session.execute(text("SELECT 1"))
    yield ok("database", f"{_kind()} answers.")
    yield _durability()
    if db.engine.dialect.name == "sqlite":
        yield _file(db.engine.url.database)
    yield _migrations()
    release_reads()


def redis() -> Finding:
    if not settings().redis_url:
        return ok("redis", "Not set: right for one process.")
    if limiter.storage.check():
        return ok("redis", "Redis answers.")
    return problem(
        "redis",
        "Redis doesn't answer: tabs of other processes hear nothing, limits are counted apart.",
        "Start it, or correct REDIS_URL; with a single process, remove the setting.",
    )


def _durability() -> Finding:
    sqlite = db.engine.dialect.name == "sqlite"
    if sqlite:
        wrong = [name for name, wanted in SQLITE.items() if _asked(f"PRAGMA {name}") != wanted]
    else:
        wrong = [name for name in POSTGRES if _asked(f"SHOW {name}") == "off"]
    if not wrong:
        return ok("durability", "What was committed survives a crash and a power cut.")
    fix = (
        "Keep the database on a local disk: network file systems don't do what SQLite needs."
        if sqlite
        else f"Set {', '.join(wrong)} to on in postgresql.conf, and reload."
    )
    return problem("durability", f"A crash may lose paid orders: {', '.join(wrong)} is off.", fix)


def _file(name: str | None) -> Finding:
    """SQLite's own file; its folder counts too: nobody reads a file in a room he can't enter."""
    if not name or name == ":memory:":
        return problem(
            "database_file",
            "The database is in memory: everything is gone at the end of the process.",
            "Set DATABASE_URL to a file, or leave it out.",
        )
    path = Path(name)
    rights = path.stat().st_mode
    reachable = path.parent.stat().st_mode & OTHERS_ENTER
    if reachable and rights & OTHERS_WRITE:
        return problem("database_file", f"Everybody may write {path}.", f"chmod 600 {path}")
    if reachable and rights & OTHERS_READ and settings().mode != "sandbox":
        return warn(
            "database_file",
            f"Everybody on this machine may read {path}.",
            f"chmod 700 {path.parent}",
        )
    return ok("database_file", f"{path} is in good hands.")


def _migrations() -> Finding:
    script = ScriptDirectory(str(ROOT / "migrations"))
    known = {revision.revision for revision in script.walk_revisions()}
    wanted = set(script.get_heads())
    found = set(MigrationContext.configure(db.session.connection()).get_current_heads())
    if found == wanted:
        return ok("migrations", f"The schema is at {', '.join(sorted(found))}, the newest.")
    if found - known:
        return problem(
            "migrations",
            f"The schema is at {', '.join(sorted(found))}, which this version doesn't know.",
            "Run the version of the shop that made it, or restore the backup from before.",
        )
    here, newest = ", ".join(sorted(found)) or "nothing", ", ".join(sorted(wanted))
    return problem(
        "migrations",
        f"The schema is at {here}, not at {newest}.",
        "Make a backup, then run: flask db upgrade",
    )


def _asked(statement: str) -> str:
    return str(db.session.scalar(text(statement)))


def _kind() -> str:
    return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(
        db.engine.dialect.name, db.engine.dialect.name
    )
