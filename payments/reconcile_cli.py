"""`flask reconcile`: the comparison with Stripe as a table, or as JSON, and its exit status.

Exit codes: 0 nothing differs (any more), 1 something does, 2 wrong usage, 3 Stripe or the database
could not be asked, so that nothing is known.
"""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError, ProgrammingError

import money
from errors import Unavailable
from gateway import Refused
from gateway_types import Payment
from payments import mending, reconcile
from payments.differences import KINDS, Difference
from payments.reconcile import Report
from payments.reconcile_reads import GRACE, Window
from terminal import count, database_reason

SHOWN_FOREIGN = 10
NOT_KNOWN = 3
_HEAD = ("difference", "order", "payment", "here", "at Stripe", "")


class Moment(click.ParamType[datetime]):
    """A day or a time in ISO 8601; without a zone it is UTC."""

    name = "when"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day or time: write 2026-11-01 or 2026-11-01T09:30Z.")
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


@click.command("reconcile")
@click.option("--since", type=Moment(), required=True, help="Start of the window: 2026-11-01.")
@click.option("--until", type=Moment(), help="Its end; now, if left out.")
@click.option("--apply", is_flag=True, help="Bring Stripe's word into the orders that differ.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option(
    "--grace",
    type=click.IntRange(min=0),
    default=int(GRACE.total_seconds()),
    show_default=True,
    help="Seconds in which a change may still be under way and is no difference.",
)
@with_appcontext
def command(
    since: datetime, until: datetime | None, apply: bool, as_json: bool, grace: int
) -> None:
    """Compare orders and refunds with Stripe, both ways, and name every difference.

    The exit status says whether any remain: 0 none, 1 some, 3 that nobody could be asked.
    """
    if until and until <= since:
        raise click.UsageError("--until has to be later than --since.")
    try:
        report = reconcile.compare(Window(since, until, timedelta(seconds=grace)))
        remaining = mending.mend(report.found) if apply else report.found
    except (Unavailable, Refused):
        click.echo("Error: Stripe could not be asked; `flask doctor` says why.", err=True)
        sys.exit(NOT_KNOWN)
    except (OperationalError, ProgrammingError) as error:
        reason = database_reason(error)
        click.echo(f"Error: the database says: {reason}; `flask doctor` says more.", err=True)
        sys.exit(NOT_KNOWN)
    left = {one.key for one in remaining}
    mended = [one for one in report.found if one.key not in left]
    if as_json:
        click.echo(json.dumps(_json(report, mended, remaining), indent=2))
    else:
        _print(report, mended, remaining)
    sys.exit(1 if remaining else 0)


def _json(
    report: Report, mended: Sequence[Difference], remaining: Sequence[Difference]
) -> dict[str, Any]:
    window = report.window
    return {
        "mode": report.mode,
        "since": window.since.isoformat(),
        "until": (window.until or window.began).isoformat(),
        "payments": report.payments,
        "orders": report.orders,
        "in_flight": report.in_flight,
        "foreign": [_foreign(payment) for payment in report.foreign],
        "mended": [one.to_json() for one in mended],
        "differences": [one.to_json() for one in remaining],
    }


def _foreign(payment: Payment) -> dict[str, Any]:
    return {
        "payment_intent": payment.id,
        "status": payment.status,
        "amount": payment.amount,
        "currency": payment.currency,
    }


def _print(report: Report, mended: Sequence[Difference], remaining: Sequence[Difference]) -> None:
    rows = [_row(one, "mended") for one in mended] + [_row(one, "") for one in remaining]
    if rows:
        _table([_HEAD, *rows])
        click.echo()
    for payment in report.foreign[:SHOWN_FOREIGN]:
        amount = money.display(payment.amount, payment.currency)
        click.echo(f"not of this shop: {payment.id}, {amount}, {payment.status}")
    if len(report.foreign) > SHOWN_FOREIGN:
        click.echo(f"not of this shop: {len(report.foreign) - SHOWN_FOREIGN} more")
    click.echo(
        f"{count(report.orders, 'order')} here, {count(report.payments, 'payment')} at Stripe "
        f"({report.mode} mode): {count(len(mended), 'difference')} mended, {len(remaining)} "
        f"remaining, {report.in_flight} under way, {len(report.foreign)} not of this shop."
    )


def _row(one: Difference, state: str) -> tuple[str, ...]:
    about = f"{KINDS[one.kind]} ({one.refund})" if one.refund else KINDS[one.kind]
    here, there = _side(one, one.here), _side(one, one.there)
    return about, one.transaction or "-", one.payment_intent or "-", here, there, state


def _side(one: Difference, value: str | int | None) -> str:
    if isinstance(value, int) and one.currency:
        return money.display(value, one.currency)
    return "-" if value is None else str(value)


def _table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
