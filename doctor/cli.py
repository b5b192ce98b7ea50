"""`flask doctor`: every finding in a line, or as JSON. Exit code 1 when there is a problem."""

import json
import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from doctor import rows, storage, stripe_side, webhooks
from doctor.findings import Finding, State, problem
from extensions import release_reads, settings
from terminal import count, database_reason

_COLOURS: dict[State, str] = {"ok": "green", "warn": "yellow", "problem": "red"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--address", help="The shop's own: https://shop.example.com, to look for at Stripe.")
@with_appcontext
def command(as_json: bool, address: str | None) -> None:
    """Say whether this installation is well, and how to mend what isn't.

    The exit status is 1 when there is a problem. Nothing is changed.
    """
    # It tells of every connection that it looks at.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    findings = examine(address)
    if as_json:
        shown = [asdict(finding) for finding in findings]
        click.echo(json.dumps({"mode": settings().mode, "findings": shown}, indent=2))
    else:
        _print(findings)
    sys.exit(1 if any(finding.status == "problem" for finding in findings) else 0)


def examine(address: str | None = None) -> list[Finding]:
    """Everything there is to say. Asks Stripe, the database and Redis; changes nothing."""
    findings = list(stripe_side.examine())
    database = _looked("database", storage.examine)
    findings += database
    findings.append(storage.redis())
    if any(finding.status == "problem" and finding.name == "database" for finding in database):
        return findings
    findings += _looked("orders", rows.examine)
    findings += _looked("webhooks", lambda: [webhooks.arrivals()])
    if findings[0].status != "problem":  # Stripe can be asked
        findings += webhooks.examine(address)
        findings += _looked("account", rows.of_another_account)
    return findings


def _looked(name: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """What was found before the database failed, and that it did."""
    found: list[Finding] = []
    try:
        found.extend(look())
    except SQLAlchemyError as error:
        words = f"The database says: {database_reason(error)}."
        found.append(problem(name, words, "Check DATABASE_URL; set it up with: flask db upgrade"))
    finally:
        release_reads()
    return found


def _print(findings: list[Finding]) -> None:
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        state = click.style(finding.status.ljust(8), fg=_COLOURS[finding.status])
        click.echo(f"{state} {finding.name.ljust(width)}  {finding.message}")
        if finding.fix:
            click.echo(f"{' ' * (width + 9)}  -> {finding.fix}")
    states = Counter(finding.status for finding in findings)
    click.echo(
        f"{states['ok']} ok, {count(states['warn'], 'warning')}, "
        f"{count(states['problem'], 'problem')}."
    )
