"""What every page shares: the visitor, the shops, the socket's token; and the error pages."""

from typing import Any

import structlog
from flask import (
    Flask,
    Response,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, SecurityError

import money
from accounts import identity
from accounts.people import DEMO_EMAIL, DEMO_PASSWORD
from accounts.sessions import Identity
from catalog import accents, shops
from errors import (
    AppError,
    Internal,
    InvalidMessage,
    NotFound,
    RateLimited,
    Unauthenticated,
)
from extensions import new_id, release_reads, settings
from languages import _, _l

log = structlog.get_logger()
_DEMO_SIGN_IN = {"email": DEMO_EMAIL, "password": DEMO_PASSWORD}


def init_app(app: Flask) -> None:
    app.context_processor(_shared)
    app.add_template_filter(money.display, "money")
    app.after_request(identity.set_cookie)
    app.add_url_rule("/socket-token", view_func=socket_token)
    app.register_error_handler(AppError, _app_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(SecurityError, _foreign_host)
    app.register_error_handler(Exception, _unexpected)


def page_context(who: Identity, cog_id: str | None = None) -> dict[str, Any]:
    """What a page's scripts need to connect. Without `cog_id`: the shop visited last."""
    return {
        "userId": who.user_id,
        "email": who.email,
        "isGuest": who.is_guest,
        "cogId": cog_id or _last_cog_id(),
        "token": identity.page_token(who, cog_id or _last_cog_id()),
        "mode": settings().mode,
        "publishableKey": settings().stripe_publishable_key,
    }


def socket_token() -> Response:
    """A fresh token for a page that connects again after its own has grown old.

    Raises: Unauthenticated, NotFound (a token for a shop that isn't would reach the rows).
    """
    who, cog_id = identity.required_visitor(), request.args.get("cog")
    if cog_id is not None and all(shop["id"] != cog_id for shop in _shops()):
        raise NotFound(_("We couldn’t find this shop."))
    return jsonify(token=identity.page_token(who, cog_id), userId=who.user_id)


def _last_cog_id() -> str | None:
    every = _shops()
    last = [shop["id"] for shop in every if shop["slug"] == session.get("cog")]
    return next(iter(last or [shop["id"] for shop in every]), None)


def _shared() -> dict[str, Any]:
    who = identity.visitor()
    cogs = _shops()
    return {
        "shop_mode": settings().mode,
        "viewer": _viewer(who) if who else None,
        "cogs": cogs,
        "accents_version": accents.version(cog["accent"] for cog in cogs),
        "current_cog": session.get("cog"),
        "stripe_js_url": settings().stripe_js_url,
        "captcha_script": settings().captcha_script,
        "socket_client_url": "/static/vendor/socket.io.min.js",
        "demo": _DEMO_SIGN_IN if settings().mode == "sandbox" else None,
    }


def _viewer(who: Identity) -> dict[str, Any]:
    return {"email": who.email, "is_guest": who.is_guest}


def _shops() -> list[dict[str, Any]]:
    found = shops.overview()
    release_reads()
    return found


def _app_error(error: AppError) -> ResponseReturnValue:
    if isinstance(error, Unauthenticated) and not _asks_a_program():
        return redirect(url_for("sign_in.sign_in_page", next=request.full_path.rstrip("?")), 303)
    return _error_page(error.status, _("That didn’t work"), error.message, error)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    title, sentence = _HTTP_WORDS.get(status, _HTTP_WORDS[400 if status < 500 else 500])
    kind = _HTTP_ERRORS.get(status, InvalidMessage if status < 500 else Internal)
    return _error_page(status, title, sentence, kind(sentence))


def _unexpected(_error: Exception) -> ResponseReturnValue:
    log.exception("page", path=request.path)
    return _error_page(500, *_HTTP_WORDS[500], Internal())


def _error_page(status: int, title: str, sentence: str, error: AppError) -> ResponseReturnValue:
    # An ack's 202 is for sockets; whatever fails on a page is an error there.
    status = status if status >= 400 else 409
    if _asks_a_program():
        return jsonify(error.to_wire(new_id("req"))), status
    words = {"code": status, "title": title, "sentence": sentence}
    try:
        return render_template("error.html", **words), status
    except Exception:
        # The frame around every page shows rows. This one needs nothing that may be broken.
        log.exception("error page", path=request.path)
        return _page_without_frame(words), 500


def _foreign_host(_error: SecurityError) -> ResponseReturnValue:
    """Asked for by a name that isn't the shop's: no address can be made for it, so no frame."""
    title, sentence = _HTTP_WORDS[400]
    return _page_without_frame({"code": 400, "title": title, "sentence": sentence}), 400


def _page_without_frame(words: dict[str, Any]) -> str:
    return current_app.jinja_env.get_template("broken.html").render(words)


def _asks_a_program() -> bool:
    machine = request.path.startswith("/webhooks") or request.path == "/socket-token"
    return machine or request.accept_mimetypes.best == "application/json"


_HTTP_ERRORS: dict[int, type[AppError]] = {404: NotFound, 429: RateLimited}
_HTTP_WORDS = {
    400: (_l("That request wasn’t complete"), _l("Please go back, reload the page and try again.")),
    403: (_l("Not for this browser"), _l("Please go back to the shop and try from there.")),
    404: (_l("Nothing here"), _l("This page doesn’t exist, or it belongs to someone else.")),
    405: (_l("That can’t be done this way"), _l("Please go back and use the button on the page.")),
    413: (_l("Too large"), _l("What you sent is larger than this shop takes.")),
    429: (_l("A little too fast"), _l("Please wait a moment and try again.")),
    500: (_l("Something went wrong"), _l("It’s our fault. Please try again in a moment.")),
}
