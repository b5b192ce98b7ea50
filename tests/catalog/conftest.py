"""A database with nothing but shops in it, and the commands that fill them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

import languages
from catalog import shops
from catalog.cli import catalog_group, cogs_group
from catalog.models import Cog, Item
from extensions import db, init_database


@dataclass
class Owner:
    """A shop owner with a terminal and a folder of files."""

    app: Flask
    folder: Path
    _count: int = field(default=0)

    def run(self, words: str, *more: str, typed: bytes = b"") -> Result:
        """`flask <words> <more...>`; the result has stdout, stderr and exit_code."""
        command = [*words.split(), *more]
        return self.app.test_cli_runner().invoke(args=command, input=typed)

    def file(self, content: str | bytes) -> str:
        """Save a file; returns its path."""
        self._count += 1
        path = self.folder / f"items-{self._count}.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def items(self, cog: Cog) -> list[Item]:
        """Everything that the cog has, in order, as it is in the database now."""
        db.session.rollback()
        db.session.expire_all()
        query = db.select(Item).where(Item.cog_id == cog.id).order_by(Item.position, Item.item_id)
        return list(db.session.scalars(query))


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    app = Flask("shop")
    languages.init_app(app)
    app.config.update(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'shop.sqlite3'}")
    init_database(app)
    for group in (catalog_group, cogs_group):
        app.cli.add_command(group)
    with app.app_context():
        db.create_all()
        yield Owner(app, tmp_path)
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def open_shop(owner: Owner) -> Callable[..., Cog]:
    def open_one(currency: str = "usd", slug: str = "corner") -> Cog:
        return shops.open_shop(slug, slug.title(), currency)

    return open_one


@pytest.fixture
def cog(open_shop: Callable[..., Cog]) -> Cog:
    """The only shop, in dollars."""
    return open_shop()
