"""Bring a catalog file into a cog, all of it or nothing.

An item is known by its id: those of the file are added or changed, none is ever deleted (orders
name them). What the file has no column for stays as it is. The items of the file come first in the
shop, in the file's order, then the others in theirs. With `replace` the file is the whole catalog:
what is in it is for sale unless it says otherwise, what is not is made inactive.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import csvfile
from catalog.csvfile import Row
from catalog.models import Cog, Item
from extensions import atomic, db


@dataclass(frozen=True)
class Changes:
    """What an import does: item ids, in the order of the file."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    made_inactive: tuple[str, ...]
    reordered: bool


def import_file(
    cog: Cog, data: bytes, *, whole_catalog: bool = False, dry_run: bool = False
) -> Changes:
    """Import a CSV file (see csvfile.py); with `dry_run` only say what it would do.

    whole_catalog: make the items that are not in the file inactive.
    Raises: csvfile.ImportRefused, and then nothing is changed.
    """
    rows = csvfile.read(data, cog.currency)
    if dry_run:
        return _compare(_known(db.session(), cog), rows, whole_catalog)
    with atomic() as session:
        # On PostgreSQL this makes a second import of the same cog wait; SQLite has one writer.
        session.execute(select(Cog.id).where(Cog.id == cog.id).with_for_update())
        return bring_in(session, cog, rows, whole_catalog)


def bring_in(session: Session, cog: Cog, rows: Sequence[Row], whole_catalog: bool) -> Changes:
    """Write the rows into the cog. Called inside `atomic()`."""
    items = _known(session, cog)
    changes = _compare(items, rows, whole_catalog)
    by_id = {item.item_id: item for item in items}
    for row in rows:
        if row.item_id not in by_id:
            by_id[row.item_id] = Item(cog_id=cog.id, item_id=row.item_id)
            session.add(by_id[row.item_id])
        for field, value in _said(row, whole_catalog).items():
            setattr(by_id[row.item_id], field, value)
    for item_id in changes.made_inactive:
        by_id[item_id].active = False
    for position, item_id in enumerate(_order(items, rows)):
        by_id[item_id].position = position
    return changes


def export(cog: Cog) -> str:
    """The whole catalog as a CSV file that imports as it was, inactive items included."""
    return csvfile.write(_known(db.session(), cog), cog.currency)


def _known(session: Session, cog: Cog) -> list[Item]:
    query = select(Item).where(Item.cog_id == cog.id)
    return list(session.scalars(query.order_by(Item.position, Item.item_id)))


def _said(row: Row, whole_catalog: bool) -> dict[str, Any]:
    """The fields that the row sets."""
    if whole_catalog and row.active is None:
        row = replace(row, active=True)
    said = {"name": row.name, "price_cents": row.price_cents, "description": row.description}
    said |= {"image": row.image, "active": row.active}
    return {field: value for field, value in said.items() if value is not None}


def _compare(items: Sequence[Item], rows: Sequence[Row], whole_catalog: bool) -> Changes:
    by_id = {item.item_id: item for item in items}
    listed = {row.item_id for row in rows}
    known = [row for row in rows if row.item_id in by_id]
    changed = {
        row.item_id
        for row in known
        for field, value in _said(row, whole_catalog).items()
        if getattr(by_id[row.item_id], field) != value
    }
    gone = [i.item_id for i in items if whole_catalog and i.active and i.item_id not in listed]
    order = [item_id for item_id in _order(items, rows) if item_id in by_id]
    return Changes(
        added=tuple(row.item_id for row in rows if row.item_id not in by_id),
        changed=tuple(row.item_id for row in known if row.item_id in changed),
        unchanged=tuple(row.item_id for row in known if row.item_id not in changed),
        made_inactive=tuple(gone),
        reordered=order != [item.item_id for item in items],
    )


def _order(items: Sequence[Item], rows: Sequence[Row]) -> list[str]:
    listed = [row.item_id for row in rows]
    return listed + [i.item_id for i in items if i.item_id not in set(listed)]
