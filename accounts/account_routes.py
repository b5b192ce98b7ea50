"""The pages of one's account: see it, change it, take its data along, delete it."""

import json
from collections.abc import Callable

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from accounts import changes, devices, identity, personal
from accounts.sessions import Identity
from accounts.tries import FormError
from errors import Unauthenticated
from languages import _l

blueprint = Blueprint("account", __name__, url_prefix="/account")
Answer = AnyResponse | tuple[str, int]
# What an address of ours says has just been done: /account?done=email
_DONE = {
    "email": _l("Your email is changed. Use the new one to sign in."),
    "password": _l("Your password is changed. All other browsers are signed out."),
    "session": _l("That browser is signed out."),
    "sessions": _l("All other browsers are signed out."),
}


@blueprint.get("")
def account() -> str:
    who = identity.required_visitor()
    found = [] if who.is_guest else devices.listing(who)
    done = _DONE.get(request.args.get("done", ""))
    return render_template("account.html", devices=found, done=done)


@blueprint.get("/email")
def email_page() -> str:
    return _form("account_email.html", _owner())


@blueprint.post("/email")
def change_email() -> Answer:
    def change(who: Identity) -> None:
        changes.change_email(who, _given("email"), _given("password"), request.remote_addr)

    return _submitted("account_email.html", change, "/account?done=email")


@blueprint.get("/password")
def password_page() -> str:
    return _form("account_password.html", _owner())


@blueprint.post("/password")
def change_password() -> Answer:
    def change(who: Identity) -> None:
        old, new = _given("password"), _given("new_password")
        identity.welcome(changes.change_password(who, old, new, request.remote_addr))

    return _submitted("account_password.html", change, "/account?done=password")


@blueprint.get("/delete")
def delete_page() -> str:
    return _form("account_delete.html", _owner())


@blueprint.post("/delete")
def delete() -> Answer:
    def close(who: Identity) -> None:
        personal.close(who, _given("password"), request.remote_addr)
        identity.farewell()

    return _submitted("account_delete.html", close, "/account/deleted")


@blueprint.get("/deleted")
def deleted() -> str:
    return render_template("account_deleted.html")


@blueprint.post("/sessions/end")
def end_session() -> AnyResponse:
    devices.end(_owner(), _given("session_id"))
    return redirect("/account?done=session", code=303)


@blueprint.post("/sessions/end-others")
def end_other_sessions() -> AnyResponse:
    devices.end_others(_owner())
    return redirect("/account?done=sessions", code=303)


@blueprint.get("/export")
def export() -> Response:
    text = json.dumps(personal.export(_owner()), indent=2, ensure_ascii=False)
    answer = Response(text, mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="cog-checkout-account.json"'
    return answer


def _owner() -> Identity:
    """Raises: Unauthenticated for guests too: they have nothing here."""
    who = identity.required_visitor()
    if who.is_guest:
        raise Unauthenticated()
    return who


def _given(name: str) -> str:
    return request.form.get(name, "")


def _submitted(template: str, change: Callable[[Identity], None], then: str) -> Answer:
    who = _owner()
    try:
        change(who)
    except FormError as error:
        return _form(template, who, error.fields), error.status
    return redirect(then, code=303)


def _form(template: str, who: Identity, errors: dict[str, str] | None = None) -> str:
    return render_template(template, errors=errors or {}, email=who.email, values=request.form)
