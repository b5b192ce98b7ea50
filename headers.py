"""Security headers of every page, with a fresh nonce for its scripts; Flask's own cookie.

Source: Stripe docs, "Security guide", Content Security Policy; OWASP Secure Headers Project.
"""

import secrets

from flask import Flask, Response, g, request
from flask.sessions import SecureCookieSessionInterface

from config import Settings

_STRIPE = {
    "script-src": "https://js.stripe.com https://*.js.stripe.com",
    "frame-src": "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
    "connect-src": "https://api.stripe.com",
    "img-src": "https://*.stripe.com",
}
_NO_SENSORS = "camera=(), microphone=(), geolocation=()"


class _Sessions(SecureCookieSessionInterface):
    """The cookie of basket and form token; behind TLS as safe as the one that says who is here.

    Source: RFC 6265bis, section 4.1.3 (`__Host-`: no sister domain can set it).
    """

    def get_cookie_name(self, app: Flask) -> str:
        name = super().get_cookie_name(app)
        return f"__Host-{name}" if request.is_secure else name

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def init_app(app: Flask, settings: Settings) -> None:
    app.session_interface = _Sessions()
    sources = _sources(settings)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _policy(sources))
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        if response.mimetype in ("text/html", "application/json"):
            # Pages carry whose they are, and the token of their socket.
            response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", _NO_SENSORS)
        if request.is_secure:
            # Whoever came by TLS once never comes without. Source: RFC 6797.
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response

    app.jinja_env.globals["csp_nonce"] = csp_nonce


def csp_nonce() -> str:
    """The nonce of this response's scripts."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _sources(settings: Settings) -> dict[str, str]:
    """Where scripts, frames and calls of the payment form may go besides our own origin."""
    elsewhere = settings.stripe_api_base or ""
    sources = dict.fromkeys(("script-src", "frame-src", "connect-src"), elsewhere)
    sources = sources if settings.mode == "sandbox" else dict(_STRIPE)
    # The owner's CAPTCHA comes from somewhere, too.
    for directive in ("script-src", "frame-src", "connect-src", "style-src"):
        allowed = [sources.get(directive, ""), *settings.captcha_sources]
        sources[directive] = " ".join(allowed).strip()
    return sources


def _policy(sources: dict[str, str]) -> str:
    def allowed(directive: str, own: str) -> str:
        return f"{directive} {own} {sources.get(directive, '')}".rstrip()

    return "; ".join(
        [
            "default-src 'self'",
            allowed("script-src", f"'self' 'nonce-{csp_nonce()}'"),
            allowed("style-src", "'self'"),
            allowed("img-src", "'self' data:"),
            allowed("connect-src", "'self'"),
            allowed("frame-src", "'self'"),
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )
