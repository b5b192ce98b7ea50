"""The demo shops: two small catalogs, imported from the files that owners can start from."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from catalog import csvfile, importer, shops
from catalog.models import Cog
from extensions import atomic

_FILES = Path(__file__).parent / "demo_shops"


def fill_catalog() -> bool:
    """Open the demo shops where there is no shop at all; an owner's are never touched.

    Returns whether it did. Harmless again and again, and from two processes at once.
    """
    try:
        with atomic() as session:
            if session.scalar(select(Cog.id).limit(1)):
                return False
            for cog in _cogs():
                session.add(cog)
                session.flush()
                shops.set_logo(session, cog, (_FILES / f"{cog.slug}.svg").read_bytes())
                data = (_FILES / f"{cog.slug}.csv").read_bytes()
                rows = csvfile.read(data, cog.currency)
                importer.bring_in(session, cog, rows, whole_catalog=True)
    except IntegrityError:  # PostgreSQL: another process was filling it at the same moment
        return False
    return True


def _cogs() -> list[Cog]:
    coffee = Cog(
        slug="morning-press",
        name="Morning Press",
        tagline="Small-batch coffee, and what you need to make it.",
        currency="usd",
        accent="moss",
    )
    paper = Cog(
        slug="kumo-paper",
        name="Kumo Paper",
        tagline="Paper goods from a quiet street in Kyoto.",
        currency="jpy",
        accent="indigo",
        tax_name="consumption tax",
        tax_rate=10_000,
    )
    return [coffee, paper]
