"""Who is here: the visitor of a page by his cookie, the user of a socket by cookie and token.

The cookie alone doesn't open a socket: any site can make a browser connect here with it. The page
embeds a signed token bound to session, user and cog, which only our own pages can read.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, g, request
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from accounts import people, sessions
from accounts.sessions import Along, Identity
from errors import IdentityMismatch, NotFound, SessionExpired, Unauthenticated
from extensions import settings
from languages import _

TOKEN_SECONDS = 30 * 60
_COOKIE = "cog_session"


def visitor() -> Identity | None:
    """Who asks for this page, or None."""
    if "visitor" not in g:
        g.visitor = sessions.by_token(request.cookies.get(cookie_name()))
        if g.visitor:
            sessions.note_visit(g.visitor)
    found: Identity | None = g.visitor
    return found


def required_visitor() -> Identity:
    """Raises: Unauthenticated when nobody is signed in, not even as a guest."""
    who = visitor()
    if who is None:
        raise Unauthenticated()
    return who


def visitor_or_guest() -> Identity:
    """The visitor; a new guest if there is none. The cookie goes out with the response.

    Raises: RateLimited when too many new guests came from this IP.
    """
    who = visitor()
    if who is None:
        welcome(people.start_guest(request.remote_addr))
        who = required_visitor()
    return who


def welcome(token: str) -> None:
    """Make a fresh session the visitor's, from now on in this request and by cookie later."""
    g.visitor, g.new_cookie = sessions.by_token(token), token


def farewell() -> None:
    g.visitor, g.new_cookie = None, ""


def set_cookie(response: Response) -> Response:
    """After each request: send the cookie that `welcome` or `farewell` asked for."""
    token = g.pop("new_cookie", None)
    if token is not None:
        response.set_cookie(
            cookie_name(),
            token,
            max_age=int(sessions.LIFETIME.total_seconds()) if token else 0,
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )
    return response


def cookie_name() -> str:
    """`__Host-` behind TLS: no sister domain can set it. Source: RFC 6265bis, section 4.1.3."""
    return f"__Host-{_COOKIE}" if request.is_secure else _COOKIE


def page_token(who: Identity, cog_id: str | None) -> str:
    """The token with which this page's socket may connect, for half an hour."""
    return _signer().dumps([who.session_id, who.user_id, cog_id])


def admit(auth: Any) -> tuple[str, Identity]:
    """Let a socket in: right Origin, live session, token of that very session and user.

    Raises: Unauthenticated, SessionExpired (also for an old token: fetch a new one),
    IdentityMismatch.
    """
    if not origin_allowed(request.headers.get("Origin"), request.environ):
        raise Unauthenticated(_("This page may not connect to the shop."))
    token = auth.get("token") if isinstance(auth, dict) else None
    if not isinstance(token, str):
        raise Unauthenticated()
    session_id, user_id, cog_id = _read_token(token)
    who = sessions.by_token(request.cookies.get(cookie_name()))
    if who is None:
        raise SessionExpired()
    if (who.session_id, who.user_id) != (session_id, user_id):
        raise IdentityMismatch()
    sessions.note_visit(who)
    return f"{session_id} {cog_id or ''}", who


def identify(claim: str, along: Along | None = None) -> Identity:
    """Who is behind a socket now, in one query. Raises: SessionExpired, Unauthenticated."""
    session_id, _, cog_id = claim.partition(" ")
    return sessions.by_id(session_id, cog_id or None, along)


def origin_allowed(origin: str | None, environ: dict[str, Any]) -> bool:
    """Whether a page of this origin may connect: our own, or one that a setting names.

    Only the Host header counts as our own name; a client's X-Forwarded-Host doesn't. A browser
    sends no Origin with a GET to its own site, which is how polling begins; it says so instead in
    a header that no script can set. Source: W3C, "Fetch Metadata Request Headers".
    """
    if not origin:
        return environ.get("HTTP_SEC_FETCH_SITE") == "same-origin"
    if origin in settings().allowed_origins:
        return True
    own = f"{environ.get('wsgi.url_scheme', 'http')}://{environ.get('HTTP_HOST', '')}"
    return urlsplit(origin).netloc != "" and origin == own


def check_claims(who: Identity, request: Any) -> None:
    """Compare whom and where a message says it is with whom and where its socket is.

    Raises: IdentityMismatch (another user), NotFound (another shop than the page's).
    """
    user_id, cog_id = getattr(request, "user_id", None), getattr(request, "cog_id", None)
    if user_id is not None and user_id != who.user_id:
        raise IdentityMismatch()
    if cog_id is not None and cog_id != who.cog_id:
        raise NotFound(_("We couldn’t find this shop."))


def _read_token(token: str) -> tuple[str, str, str | None]:
    try:
        session_id, user_id, cog_id = _signer().loads(token, max_age=TOKEN_SECONDS)
    except SignatureExpired:
        raise SessionExpired() from None
    except (BadSignature, ValueError, TypeError):
        raise Unauthenticated() from None
    return session_id, user_id, cog_id


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().secret_key, salt="socket")
