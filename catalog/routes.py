"""Pages of the shops: the list of them, a storefront, and its basket."""

from urllib.parse import urlsplit

from flask import Blueprint, jsonify, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from catalog import accents, basket, logos, pricing, shops
from catalog.models import Cog

blueprint = Blueprint("catalog", __name__)


@blueprint.get("/")
def index() -> str | Response:
    cogs = shops.overview()
    if len(cogs) == 1:
        return redirect(url_for("catalog.storefront", slug=cogs[0]["slug"]))
    return render_template("shops.html", cogs=cogs)


@blueprint.get("/shop/<slug>")
def storefront(slug: str) -> str:
    cog = shops.by_slug(slug)
    session["cog"] = cog.slug  # pages of no shop, like the wallet, look like the last one
    items = shops.shelf(cog)
    return render_template("storefront.html", cog=cog, items=items, basket=_basket(cog).to_wire())


@blueprint.get("/accents.css")
def own_accents() -> Response:
    """The colours that owners picked; a page links to it with its version, when there are any."""
    sheet = accents.stylesheet(cog.accent for cog in shops.all_cogs())
    answer = Response(sheet, mimetype="text/css")
    answer.cache_control.public, answer.cache_control.max_age = True, 86_400
    return answer


@blueprint.get("/shop/<slug>/logo")
def logo(slug: str) -> Response:
    """The shop's logo; pages ask for it with its version."""
    found = shops.logo(slug)
    answer = Response(found.data, mimetype=found.kind, headers=logos.HEADERS)
    answer.cache_control.public, answer.cache_control.max_age = True, 86_400
    return answer


@blueprint.post("/shop/<slug>/basket")
def change_basket(slug: str) -> Response:
    cog = shops.by_slug(slug)
    basket.change(cog, request.form)
    return jsonify(_basket(cog).to_wire()) if _prefers_json() else redirect(_back(slug), code=303)


def _basket(cog: Cog) -> pricing.Basket:
    return pricing.look_up(cog, basket.lines(cog.slug))


def _prefers_json() -> bool:
    kinds = request.accept_mimetypes
    return kinds.best_match(["text/html", "application/json"]) == "application/json"


def _back(slug: str) -> str:
    """The page of ours that the form was on (the checkout has one too), else the storefront."""
    origin = request.referrer or ""
    ours = urlsplit(origin)[:2] == urlsplit(request.host_url)[:2]
    return origin if ours else url_for("catalog.storefront", slug=slug)
