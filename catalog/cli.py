"""Commands for the shop owner: `flask cogs ...` and `flask catalog ...`.

Exit codes: 0 done, 1 refused (the reason is on stderr, nothing was changed), 2 wrong usage.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import click
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

from catalog import importer, logos, shops, taxes
from catalog.accents import NAMED
from catalog.csvfile import ImportRefused
from catalog.importer import Changes
from catalog.models import Cog
from catalog.shops import ShopRefused
from errors import NotFound
from terminal import count, database_refusal

_SHOWN_PROBLEMS = 50
_LOGO = "A square SVG or PNG of up to 32 KB, readable on light and on dark."
_PERCENT = "How much of it: 19, or 8.875. The prices stay as they are: shoppers pay them."
_ACCENT = f"A colour like #1f7a5c, or one of {', '.join(NAMED)}. Words on it stay readable."

cogs_group = AppGroup("cogs", help="The shops of this installation.")
catalog_group = AppGroup("catalog", help="What the shops sell.")


@cogs_group.command("add")
@click.argument("slug")
@click.option("--name", required=True, help="What shoppers read.")
@click.option("--currency", required=True, help="ISO code, like usd or jpy. Can't be changed.")
@click.option("--tagline", default="", help="One sentence below the name.")
@click.option("--accent", default=NAMED[0], show_default=True, help=_ACCENT)
@click.option("--tax-name", help="Of the tax that is in the prices, as on receipts: VAT.")
@click.option("--tax-percent", help=_PERCENT)
@click.option("--logo", type=click.File("rb"), help=_LOGO)
def add_cog(slug: str, name: str, currency: str, logo: BinaryIO | None, **looks: Any) -> None:
    """Open a shop. SLUG is its part of the address, like morning-press."""
    with _refusals():
        cog = shops.open_shop(slug, name, currency, logo=_read(logo), **looks)
    click.echo(f"Opened {cog.name} ({cog.currency.upper()}) at /shop/{cog.slug}")
    click.echo(f"Next: flask catalog import items.csv --cog {cog.slug}")


@cogs_group.command("edit")
@click.argument("slug")
@click.option("--name", help="What shoppers read.")
@click.option("--tagline", help="One sentence below the name.")
@click.option("--accent", help=_ACCENT)
@click.option("--tax-name", help="Of the tax that is in the prices, as on receipts: VAT.")
@click.option("--tax-percent", help=f"{_PERCENT} 0: no tax. Orders keep what they were made with.")
@click.option("--logo", type=click.File("rb"), help=_LOGO)
@click.option("--no-logo", is_flag=True, help="Take its logo off.")
def edit_cog(slug: str, logo: BinaryIO | None, no_logo: bool, **changes: str | None) -> None:
    """Change what the shop SLUG looks like; what isn't given stays."""
    with _refusals():
        picture = b"" if no_logo else _read(logo)
        cog = shops.edit(_chosen(slug).slug, logo=picture, **changes)
    click.echo(f"{cog.name} at /shop/{cog.slug}: {', '.join(_looks(cog))}")


@cogs_group.command("list")
def list_cogs() -> None:
    """List the shops."""
    with _refusals():
        cogs = shops.overview()
    for cog in cogs:
        items = count(cog["item_count"], "item")
        click.echo(f"{cog['slug']}  {cog['currency'].upper()}  {items}  {cog['name']}")
    if not cogs:
        click.echo("There is no shop yet. Open one with: flask cogs add SLUG --name --currency")


@catalog_group.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--cog", "slug", help="The shop's slug; needed when there are several.")
@click.option("--replace", is_flag=True, help="Make items that aren't in the file inactive.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
def import_items(file: BinaryIO, slug: str | None, replace: bool, dry_run: bool) -> None:
    """Add and change items from a CSV FILE (- for standard input).

    Columns: item_id, name, price (12.50) or price_cents (1250), and if wanted description, image,
    active. Either the whole file is imported or nothing of it.
    """
    with _refusals():
        cog = _chosen(slug)
        changes = importer.import_file(cog, file.read(), whole_catalog=replace, dry_run=dry_run)
    _report(cog, changes, dry_run)


@catalog_group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True), default="-")
@click.option("--cog", "slug", help="The shop's slug; needed when there are several.")
def export_items(file: str, slug: str | None) -> None:
    """Write all items to a CSV FILE (standard output without one) that imports as it was.

    A file begins with a byte-order mark, without which Excel misreads every accent.
    """
    with _refusals():
        text = importer.export(_chosen(slug))
        with click.open_file(file, "wb") as out:
            out.write(text.encode("utf-8" if file == "-" else "utf-8-sig"))


def _read(logo: BinaryIO | None) -> bytes | None:
    """As much of it as tells whether it is too large. Raises: ShopRefused: nothing in it."""
    if logo is None:
        return None
    data = logo.read(logos.MAXIMUM_BYTES + 1)
    if not data:
        raise ShopRefused("This logo is an empty file.")
    return data


def _looks(cog: Cog) -> Iterator[str]:
    yield f"accent {cog.accent}"
    if tax := taxes.included(cog, 0):
        yield f"{tax.name} {tax.to_wire(cog.currency)['percent']} % in the prices"
    if cog.logo:
        yield "with a logo"


def _chosen(slug: str | None) -> Cog:
    cogs = shops.all_cogs()
    if slug is None and len(cogs) == 1:
        return cogs[0]
    slugs = ", ".join(cog.slug for cog in cogs)
    if not cogs:
        raise ShopRefused("There is no shop yet. Open one with: flask cogs add")
    if slug is None:
        raise click.UsageError(f"There are several shops: choose one with --cog ({slugs}).")
    try:
        return shops.by_slug(slug)
    except NotFound:
        raise click.UsageError(f"There is no shop {slug!r}: --cog is one of {slugs}.") from None


@contextmanager
def _refusals() -> Iterator[None]:
    """What can't be done becomes a message and exit code 1."""
    try:
        yield
    except ShopRefused as refusal:
        raise click.ClickException(str(refusal)) from None
    except ImportRefused as refusal:
        shown = [str(problem) for problem in refusal.problems[:_SHOWN_PROBLEMS]]
        if len(refusal.problems) > len(shown):
            shown.append(f"... and {len(refusal.problems) - len(shown)} more")
        many = count(len(refusal.problems), "problem")
        raise click.ClickException("\n".join([f"{many}, nothing imported.", *shown])) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}.") from None
    except (OperationalError, ProgrammingError) as error:
        raise database_refusal(error) from None


def _report(cog: Cog, changes: Changes, dry_run: bool) -> None:
    lists = {
        "added": changes.added,
        "changed": changes.changed,
        "made inactive": changes.made_inactive,
    }
    for word, item_ids in lists.items():
        for item_id in item_ids:
            click.echo(f"{word}: {item_id}")
    counts = [f"{len(item_ids)} {word}" for word, item_ids in lists.items()]
    counts.append(f"{len(changes.unchanged)} unchanged")
    click.echo(f"{cog.name}: {', '.join(counts)}.")
    if changes.reordered:
        click.echo("The order of the items changed.")
    if dry_run:
        click.echo("This was a dry run: nothing was saved.")
