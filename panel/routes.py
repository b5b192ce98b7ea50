"""The pages about the sandbox: cards, faults, ledger, what just happened."""

from datetime import UTC, datetime
from time import time
from typing import cast

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

import recorder
from accounts import identity
from catalog import basket, shops
from extensions import release_reads, settings
from panel import books, stories, switches
from panel.mount import MOUNT
from payments import history
from sandbox import Sandbox
from sandbox.cards import GROUPS
from sandbox.control import is_local

blueprint = Blueprint("panel", __name__, url_prefix=MOUNT)
MOST_STORIES = 25


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.add_template_filter(_iso, "iso")


@blueprint.get("")
def cards() -> str:
    checkout = _checkout()
    release_reads()
    return render_template("sandbox/cards.html", groups=GROUPS, checkout_url=checkout)


@blueprint.get("/faults")
def faults() -> str:
    sandbox = _sandbox()
    ahead = sandbox.clock.now() - int(time())
    return render_template(
        "sandbox/faults.html",
        groups=[
            (title, [(one, one.is_on(sandbox), one.fired(sandbox)) for one in every])
            for title, every in switches.GROUPS
        ],
        clock=sandbox.clock.now(),
        is_ahead=ahead > 1,
        steps=switches.STEPS,
        may_switch=_is_operator(),
        local_url=settings().local_url,
    )


@blueprint.post("/faults")
def switch_faults() -> ResponseReturnValue:
    """A form of the page: `switch` and `on`, or `clock`, or `normal`."""
    if not _is_operator():
        abort(403)
    sandbox, form = _sandbox(), request.form
    if form.get("switch") in switches.BY_NAME:
        switches.BY_NAME[form["switch"]].turn(sandbox, form.get("on") == "1")
    elif form.get("clock") in switches.STEPS:
        sandbox.clock.advance(switches.STEPS[form["clock"]][1])
    elif "normal" in form:
        switches.all_normal(sandbox)
    else:
        abort(400)
    return redirect(url_for("panel.faults", _anchor=form.get("switch")), 303)


@blueprint.get("/ledger")
def ledger() -> str:
    """All of it on this machine; elsewhere what belongs to the viewer's own orders."""
    who = identity.visitor()
    user_id = who.user_id if who else None

    def own(ids: list[str]) -> set[str]:
        return history.own_among(user_id, ids) if user_id else set()

    tables = books.tables(_sandbox(), None if _is_operator() else own)
    mine = own([row.transaction_id for t in tables for row in t.rows if row.transaction_id])
    release_reads()
    return render_template("sandbox/ledger.html", tables=tables, mine=mine, is_whole=_is_operator())


@blueprint.get("/happened")
def happened() -> ResponseReturnValue:
    """The story that `of` names, or the latest. With `since` the number that was seen last: 204
    while nothing has happened after it."""
    newest = recorder.newest()
    if request.args.get("since") == str(newest):
        return "", 204
    who = identity.visitor()
    is_operator = _is_operator()
    told = stories.stories(recorder.kept(), who.session_id if who else None, is_operator)
    wanted = request.args.get("of")
    story = next((story for story in told if wanted in (None, story.key)), None)
    is_mine = bool(story and who and _is_own(who.user_id, story.transaction_id))
    release_reads()
    return render_template(
        "sandbox/happened.html",
        newest=newest,
        stories=told[:MOST_STORIES],
        story=story,
        is_mine=is_mine,
        lanes=stories.LANES,
        is_whole=is_operator,
    )


def _sandbox() -> Sandbox:
    return cast(Sandbox, current_app.extensions["sandbox"])


def _is_operator() -> bool:
    """Whoever sits at this machine: the sandbox's secrets and switches are for him alone."""
    return is_local(request.environ)


def _is_own(user_id: str, transaction_id: str | None) -> bool:
    return bool(transaction_id and history.own_among(user_id, [transaction_id]))


def _checkout() -> str | None:
    """Where a card can be tried: the shop visited last, with the first item if nothing is chosen.

    None while no shop has anything to sell.
    """
    every = shops.all_cogs()
    for cog in sorted(every, key=lambda cog: cog.slug != session.get("cog")):
        first = [item["item_id"] for item in shops.shelf(cog)[:1]]
        if first:
            items = None if basket.lines(cog.slug) else first
            return url_for("payments.checkout_page", cog=cog.slug, item=items)
    return None


def _iso(seconds: float) -> str:
    """Unix seconds as a moment for a page (ISO 8601, UTC)."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
