"""The sandbox on our own address: its Stripe face under /sandbox/, and the page of test cards."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint, render_template, session, url_for

from accounts import identity
from catalog import basket, shops
from extensions import release_reads
from pages import page_context
from sandbox.auth import key_kind
from sandbox.cards import GROUPS
from sandbox.control import is_local
from sandbox.errors import ApiError

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
MOUNT = "/sandbox"

blueprint = Blueprint("panel", __name__)


@blueprint.get(MOUNT)
def sandbox() -> str:
    who = identity.visitor()
    context = page_context(who) if who else None
    checkout = _checkout()
    release_reads()
    return render_template(
        "sandbox.html", groups=GROUPS, page_context=context, checkout_url=checkout
    )


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


def _is_browser(environ: dict[str, Any]) -> bool:
    """Whether the call has a publishable key, or none (then the sandbox itself says so)."""
    try:
        return key_kind(environ.get("HTTP_AUTHORIZATION")) != "secret"
    except ApiError:
        return True


def mounted(app: WsgiApp, sandbox_app: WsgiApp) -> WsgiApp:
    """Send /sandbox/... to the sandbox and all else, the panel page too, to the app.

    Any test key is a secret key of the sandbox, and with one everything can be seen and done: on
    a shop that others can reach, that is for this machine alone.
    """

    def route(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(f"{MOUNT}/"):
            return app(environ, start_response)
        if path.startswith(f"{MOUNT}/v1") and not (_is_browser(environ) or is_local(environ)):
            start_response("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"The sandbox takes secret keys from this machine alone."]
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + MOUNT
        environ["PATH_INFO"] = path[len(MOUNT) :]
        return sandbox_app(environ, start_response)

    return route
