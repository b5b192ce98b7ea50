"""The wire: every action in both spellings, with identity, schema, limit, ack and log.

A handler is `def name(identity, request) -> dict`, registered with `@on("action")`; its request
class is the schema. What it returns becomes the success ack; an `AppError` becomes the error ack.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import get_annotations
from typing import Any, Protocol

import structlog
from flask import Flask, current_app, request
from flask_socketio import ConnectionRefusedError as Refusal
from flask_socketio import close_room, join_room, rooms
from limits import RateLimitItem, parse
from pydantic import ValidationError
from socketio import PubSubManager
from sqlalchemy.exc import InternalError, OperationalError
from structlog.contextvars import bind_contextvars, clear_contextvars

import card_testing
import draining
import errors
import languages
import recorder
from doorway import FRAME_BYTES
from errors import AppError, Internal, InvalidMessage, RateLimited, Unavailable, UnknownAction
from extensions import limiter, new_id, release_reads, socketio
from languages import _
from wire import Packet, Request, inspect

# More tabs than anybody has open; each page has one.
SOCKETS_PER_SESSION = 30
log = structlog.get_logger()
Handler = Callable[[Any, Any], Mapping[str, object]]


class WhoActs(Protocol):
    """What the wire needs to know of an identity."""

    @property
    def session_id(self) -> str: ...
    @property
    def user_id(self) -> str: ...


class Doorman(Protocol):
    """Lets sockets in and says, for each event, who is behind one. Handed in by the app."""

    def admit(self, auth: Any) -> tuple[str, WhoActs]:
        """The claim to remember for this socket. Raises: AppError when it may not come in."""

    def identify(self, claim: str, along: Any) -> WhoActs:
        """Who acts now. Raises: SessionExpired, Unauthenticated."""

    def check_claims(self, who: Any, request: Any) -> None:
        """Hold what a message says of itself against who acts. Raises: AppError."""


@dataclass(frozen=True)
class Action:
    """One row of the table of the wire."""

    name: str
    handler: "Handler"
    schema: type[Request]
    reply: Any
    limit: RateLimitItem
    along: Any = None
    tries_cards: bool = False


ACTIONS: dict[str, Action] = {}
_claims: dict[str, str] = {}


def on(
    name: str, *, limit: str = "300/minute", along: Any = None, tries_cards: bool = False
) -> Callable[[Handler], Handler]:
    """Register a handler.

    `limit` is per user; `along`: rows to fetch with the identity; `tries_cards`: whether a card's
    issuer may be asked, see `card_testing`.
    """

    def register(handler: Handler) -> Handler:
        shapes = get_annotations(handler, eval_str=True)
        ACTIONS[name] = Action(
            name, handler, shapes["request"], shapes["return"], parse(limit), along, tries_cards
        )
        return handler

    return register


def push(user_id: str, event: str, payload: dict[str, Any]) -> None:
    """Tell every socket of a user, in every process. Only after the commit."""
    recorder.step("push", event)
    socketio.emit(event, payload, to=_room("user", user_id))


def push_words(user_id: str, event: str, payload: Callable[[], dict[str, Any]]) -> None:
    """The same where a payload has words: it is made once for each language that is listening."""
    recorder.step("push", event)
    manager = socketio.server.manager
    for language in languages.LANGUAGES:
        room = _room(language, user_id)
        # Who listens in other processes is not known here; they hear it over the queue.
        if isinstance(manager, PubSubManager) or any(manager.get_participants("/", room)):
            with languages.speaking(language):
                socketio.emit(event, payload(), to=room)


def end_session(session_id: str) -> None:
    """Tell the session's sockets, in every process, that it is over and close them."""
    room = _room("session", session_id)
    socketio.emit("session-ended", {"reason": "signed-out"}, to=room)
    server = socketio.server
    if isinstance(server.manager, PubSubManager):
        server.manager.disconnect(room, namespace="/")
    else:
        for sid, _eio in list(server.manager.get_participants("/", room)):
            server.disconnect(sid)
    close_room(room, namespace="/")


def tell_of_restart() -> None:
    """Tell the sockets of this process that it is about to end."""
    # One by one: to "everybody" would also reach the sockets of other processes.
    for sid, _eio in list(socketio.server.manager.get_participants("/", None)):
        socketio.emit("shop-restarting", {}, to=sid)


def attach(app: Flask, doorman: Doorman, **options: Any) -> None:
    """Put every registered action on this app's Socket.IO server."""
    socketio.init_app(
        app,
        serializer=Packet,
        max_http_buffer_size=FRAME_BYTES,
        ping_interval=20,
        ping_timeout=20,
        http_compression=False,
        always_connect=False,
        manage_session=False,
        logger=False,
        engineio_logger=False,
        **options,
    )
    app.extensions["doorman"] = doorman
    socketio.on_event("connect", _connect)
    socketio.on_event("disconnect", _disconnect)
    socketio.on_event("message", _message)
    socketio.on_event("*", _event)


def _connect(auth: Any = None) -> Any:
    if _is_forged():
        return UnknownAction().to_wire(new_id("req"))
    try:
        claim, who = _doorman().admit(auth)
        if _sockets_of(who.session_id) >= SOCKETS_PER_SESSION:
            raise RateLimited()
        session = _room("session", who.session_id)
        for room in (_room("user", who.user_id), _room(languages.current(), who.user_id), session):
            join_room(room)
        # `end_session` closes whom it finds in the room. Who joined later reads here that it is
        # over; who was found, but not connected yet, has only been put out of the room.
        _doorman().identify(claim, None)
        if session not in rooms():
            raise errors.SessionExpired()
    except AppError as error:
        raise _refusal(error) from None
    except Exception:
        # An exception that gets out of here would let the socket in.
        log.exception("connect")
        raise _refusal(Internal()) from None
    finally:
        release_reads()
    _claims[_sid()] = claim
    return None


def _sockets_of(session_id: str) -> int:
    """In this process, which is where they take room."""
    participants = socketio.server.manager.get_participants("/", _room("session", session_id))
    return sum(1 for _socket in participants)


def _refusal(error: AppError) -> Refusal:
    # The library makes a string of the first argument and hands on only the second as it is.
    return Refusal(error.message, {"code": error.code, "message": error.message})


def _disconnect(*_reason: Any) -> Any:
    if _is_forged():
        return UnknownAction().to_wire(new_id("req"))
    _claims.pop(_sid(), None)
    return None


def _is_forged() -> bool:
    # A client may send "connect" and "disconnect" as ordinary events, but only once it is in.
    return bool(socketio.server.manager.is_connected(_sid(), "/")) and _sid() in _claims


def _event(name: str, *arguments: Any) -> dict[str, Any]:
    return _answer(name, arguments[0] if arguments else {}, extra=len(arguments) > 1)


def _message(*arguments: Any) -> dict[str, Any]:
    frame = arguments[0] if arguments else None
    if not isinstance(frame, dict) or not isinstance(frame.get("action"), str):
        return _answer("message", frame, extra=True)
    fields = {key: value for key, value in frame.items() if key != "action"}
    payload = fields["message"] if fields.keys() == {"message"} else fields
    return _answer(frame["action"], payload, extra=len(arguments) > 1)


def _answer(name: str, payload: Any, extra: bool) -> dict[str, Any]:
    with recorder.message(name if name in ACTIONS else "?"):
        return recorder.acked(_enveloped(name, payload, extra))


def _enveloped(name: str, payload: Any, extra: bool) -> dict[str, Any]:
    """The one envelope. Never raises: an exception would leave the client without an ack."""
    request_id, began = new_id("req"), time.perf_counter()
    # Every line that is logged on the way has it, down to Stripe's own id of a call.
    bind_contextvars(request_id=request_id)
    code = "success"
    try:
        with draining.work:
            return {"status": "success", **_run(name, payload, extra)}
    except AppError as error:
        code = error.code
        return error.to_wire(request_id)
    except (OperationalError, InternalError):
        # The database is out of reach or takes no writes. Money may only move after our row was
        # committed, and `purchases` answers for itself from then on: here nothing was charged.
        code = Unavailable.code
        log.exception("event")
        return Unavailable(_("The shop is busy. Nothing was changed; please try again.")).to_wire(
            request_id
        )
    except Exception:
        code = Internal.code
        log.exception("event", action=name if name in ACTIONS else "?")
        return Internal().to_wire(request_id)
    finally:
        milliseconds = round((time.perf_counter() - began) * 1000, 1)
        known = name if name in ACTIONS else "?"
        log.info("event", action=known, code=code, ms=milliseconds)
        clear_contextvars()


def _run(name: str, payload: Any, extra: bool) -> Mapping[str, object]:
    action = ACTIONS.get(name)
    who = _doorman().identify(_claims.get(_sid(), ""), action.along if action else None)
    recorder.who(who.session_id)
    limit = action.limit if action else parse("300/minute")
    if not limiter.hit(limit, name if action else "?", who.user_id):
        raise RateLimited()
    fields = inspect(payload)
    if name == "message":
        raise InvalidMessage("A frame must be an object with an action.")
    if action is None:
        raise UnknownAction()
    if extra:
        raise InvalidMessage("A message is one object.")
    message = _parsed(action.schema, fields)
    bind_contextvars(client_request=getattr(message, "request_id", None))
    _doorman().check_claims(who, message)
    if not action.tries_cards:
        return action.handler(who, message)
    captcha_token = getattr(message, "captcha_token", None)
    with card_testing.attempt(who.user_id, request.remote_addr, captcha_token):
        return action.handler(who, message)


def _parsed(schema: type[Request], fields: dict[str, Any]) -> Request:
    try:
        return schema.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        known = len(where) <= 60 and where.isprintable()
        raise InvalidMessage(f"{where if where and known else 'message'}: {first['msg']}") from None


def _doorman() -> Any:
    return current_app.extensions["doorman"]


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]  # Flask-SocketIO puts it there


def _room(kind: str, name: str) -> str:
    return f"{kind}:{name}"
