"""Pages of sign-in, register and sign-out."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from accounts import identity, people
from accounts.sessions import Identity
from accounts.tries import FormError

blueprint = Blueprint("sign_in", __name__)
Enter = Callable[[str, str, Identity | None, str | None], str]


@blueprint.get("/sign-in")
def sign_in_page() -> str:
    return _form("sign_in.html")


@blueprint.post("/sign-in")
def sign_in() -> Response | tuple[str, int]:
    return _enter(people.sign_in, "sign_in.html")


@blueprint.get("/register")
def register_page() -> str:
    return _form("register.html")


@blueprint.post("/register")
def register() -> Response | tuple[str, int]:
    return _enter(people.register, "register.html")


@blueprint.post("/sign-out")
def sign_out() -> Response:
    who = identity.visitor()
    if who:
        people.end_session(who.session_id)
    identity.farewell()
    return redirect("/", code=303)


def _enter(enter: Enter, template: str) -> Response | tuple[str, int]:
    email, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        identity.welcome(enter(email, password, identity.visitor(), request.remote_addr))
    except FormError as error:
        return _form(template, error.fields, {"email": email}), error.status
    return redirect(_next(), code=303)


def _form(
    template: str, errors: dict[str, str] | None = None, values: dict[str, str] | None = None
) -> str:
    return render_template(template, errors=errors or {}, values=values or {}, next=_next())


def _next() -> str:
    """Where to go afterwards: a path of ours, never another site."""
    path = request.values.get("next", "")
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain else url_for("catalog.index")
