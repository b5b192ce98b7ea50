"""The languages of the shop: which one is spoken now, and where its words come from.

Words are written in English, where they are used, inside `_()` (`_l()` where a module is only being
loaded, or a value outlives its request); `translations/` has them in the other languages. How to
write a word and how to add a language: docs/languages.md.

The catalogues are read as they are written, `.po`: nothing is built that could be out of date.
"""

from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Any, cast
from urllib.parse import quote, urlencode

from babel.dates import format_skeleton
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, redirect, request
from flask_babel import (
    Babel,
    Domain,
    force_locale,
    format_date,
    format_time,
    get_locale,
    gettext,
    lazy_gettext,
)
from werkzeug.wrappers import Response

from config import ROOT

# Each by its own name, as the switch shows them.
LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "ja": "日本語",
}
DEFAULT = "en"
COOKIE = "cog_language"
_COOKIE_SECONDS = 365 * 24 * 60 * 60
# `with speaking("de"):` words for somebody else than the one whose request this is.
speaking = force_locale


def _(text: str, **values: Any) -> str:
    """The text in the language that is spoken now; `values` for its %(name)s."""
    return str(gettext(text, **values))


def _l(text: str, **values: Any) -> str:
    """A word that is looked up when it is shown, in the language of whoever reads it then."""
    return cast(str, lazy_gettext(text, **values))


def current() -> str:
    """The language that is spoken now; English where nobody listens (commands, background)."""
    locale = get_locale()
    return str(locale.language) if locale else DEFAULT


def init_app(app: Flask) -> None:
    _Babel().init_app(app, default_locale=DEFAULT, locale_selector=_chosen)
    app.before_request(_switch)
    app.add_template_filter(_moment, "moment")
    app.add_template_filter(_day, "day")
    # Functions, not values: a page for when everything else fails is made without any context.
    app.jinja_env.globals.update(
        _l=_l,
        language=current,
        direction=lambda: get_locale().text_direction,
        languages=LANGUAGES,
        language_url=_url_in,
        script_words=lambda: script_words(current()),
    )


def _moment(iso: str) -> str:
    """A moment (ISO 8601, UTC) in words. static/js/times.js makes it the reader's own time."""
    at = datetime.fromisoformat(iso)
    return f"{format_date(at, rebase=False)}, {format_time(at, 'short', rebase=False)} UTC"


def _day(iso: str) -> str:
    """The same without the time of day, and without the year where it is this one."""
    at = datetime.fromisoformat(iso)
    skeleton = "MMMd" if at.year == datetime.now(UTC).year else "yMMMd"
    return str(format_skeleton(skeleton, at, locale=get_locale()))


def catalogue_path(language: str) -> str:
    return str(ROOT / "translations" / language / "LC_MESSAGES" / "messages.po")


@cache
def catalogue(language: str) -> Catalog:
    """All words of a language, as they were translated."""
    with open(catalogue_path(language), "rb") as file:
        return read_po(file, locale=language)


@cache
def script_words(language: str) -> dict[str, Any]:
    """What the pages' scripts say in this language, by the English (`static/js/translate.js`)."""
    if language == DEFAULT:
        return {}
    return {
        message.id if isinstance(message.id, str) else message.id[0]: message.string
        for message in catalogue(language)
        if message.id
        and message.string
        and any(file.startswith("static/js/") for file, _line in message.locations)
    }


class _Domain(Domain):  # type: ignore[misc]  # the library has no types
    """Flask-Babel's, with the catalogues read from their sources."""

    def get_translations(self) -> NullTranslations:
        return _translations(current())


class _Babel(Babel):  # type: ignore[misc]  # the library has no types
    domain_instance = _Domain()


@cache
def _translations(language: str) -> NullTranslations:
    if language == DEFAULT:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return Translations(compiled)


def _chosen() -> str:
    """What the reader chose, or else what his browser asks for.

    A page's socket says in its address which language the page is in: the cookie may have changed
    in another tab since.
    """
    if not has_request_context():
        return DEFAULT
    for choice in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if choice in LANGUAGES:
            return str(choice)
    # By his liking. (Asked for "de-AT, en;q=0.5", `best_match` would rather take the exact "en".)
    wanted = (name.lower().partition("-")[0] for name, weight in request.accept_languages if weight)
    return next((name for name in wanted if name in LANGUAGES), DEFAULT)


def _switch() -> Response | None:
    """Every page can be asked for with `?lang=de`: it is remembered, and leaves the address."""
    choice = request.args.get("lang")
    # Only where a page is: an address that matches none may look like another site's.
    if request.method != "GET" or choice not in LANGUAGES or request.url_rule is None:
        return None
    response = redirect(_address(), code=303)
    response.set_cookie(
        COOKIE,
        choice,
        max_age=_COOKIE_SECONDS,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def _url_in(language: str) -> str:
    """This page in another language."""
    return _address(lang=language)


def _address(**more: str) -> str:
    rest = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    query = urlencode([*rest, *more.items()])
    return quote(request.path) + (f"?{query}" if query else "")
