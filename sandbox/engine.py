"""One call of the API: (method, path, parameters, headers) -> (status, JSON, headers)."""

import logging
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import NamedTuple

from sandbox import auth, call_log, expand, forms, idempotency, jobs, publishable, routes, schema
from sandbox.context import Context
from sandbox.errors import ApiError, Json, internal
from sandbox.events import API_VERSION
from sandbox.ids import random_text
from sandbox.records import Tx, encode
from sandbox.store import Store

_log = logging.getLogger("sandbox")


class Response(NamedTuple):
    status: int
    body: str
    headers: dict[str, str]
    cut: bool = False  # the body is to end in the middle


@dataclass(slots=True)
class Call:
    """A call on its way through the engine; what is not known yet is None."""

    method: str
    path: str
    form: str | bytes
    headers: Mapping[str, str]  # names in lower case
    address: str | None = None
    request_id: str = ""
    key_kind: str | None = None
    key: str | None = None  # the idempotency key
    params: Json = field(default_factory=dict)
    route: routes.Route | None = None
    ids: tuple[str, ...] = ()
    paths: expand.Paths = field(default_factory=dict)
    pause: Callable[[], None] = lambda: None  # runs while the idempotency key is in use

    @property
    def browser(self) -> bool:
        return self.key_kind == "publishable"


class Engine:
    def __init__(self, store: Store) -> None:
        self._store = store

    def call(self, call: Call) -> Response:
        """Every call passes here, whether it came through the SDK or over HTTP."""
        call.request_id = f"req_{random_text(14)}"
        try:
            return self._answer(call)
        except sqlite3.Error:
            _log.exception("the sandbox's file failed at %s %s", call.method, call.path)
            return Response(500, encode({"error": internal().error}), _headers(call, 500, None))

    def _answer(self, call: Call) -> Response:
        try:
            _prepare(call)
        except ApiError as error:
            with self._store.transaction() as tx:
                return _finish(tx, call, error.status, _error_body(tx, call, error), error)
        claim = self._claim(call)
        if isinstance(claim, Response):
            return claim
        call.pause()
        return self._execute(call, claim)

    def remember(self, call: Call, status: int, body: str, executed: bool) -> None:
        """Has the call's idempotency key keep this answer from now on.

        executed: whether the call was; its own answer is replaced.
        """
        try:
            _prepare(call)
        except ApiError:
            return  # what is refused before it begins is never kept
        if call.method == "POST" and call.key is not None:
            print_ = idempotency.fingerprint(call.method, call.path, call.params)
            first = idempotency.Stored(status, body, call.request_id)
            with self._store.transaction() as tx:
                idempotency.keep(tx, call.key, print_, first, over=executed)

    def _claim(self, call: Call) -> idempotency.Claim | Response | None:
        """The right to run, or the answer to give instead of running."""
        if call.method != "POST" or call.key is None:
            return None
        print_ = idempotency.fingerprint(call.method, call.path, call.params)
        with self._store.transaction() as tx:
            try:
                found = idempotency.claim(tx, call.key, print_, call.request_id)
            except ApiError as error:
                return _finish(tx, call, error.status, _error_body(tx, call, error), error)
            if isinstance(found, idempotency.Claim):
                return found
            return _finish(tx, call, found.status, found.body, first=found.request_id)

    def _execute(self, call: Call, claim: idempotency.Claim | None) -> Response:
        with self._store.transaction() as tx:
            jobs.run_due(tx)
            tx.request = {"id": call.request_id, "idempotency_key": call.key}
            tx.mark()
            error: ApiError | None = None
            try:
                if claim is not None:
                    idempotency.confirm_claim(tx, claim)
                status, body = 200, _run(tx, call)
            except ApiError as refusal:
                error = refusal
            except Exception:
                _log.exception("%s %s failed", call.method, call.path)
                error = internal()
            if error is not None:
                status, body = error.status, _error_body(tx, call, error)
                if not error.kept:
                    tx.undo()
            if claim is not None:
                idempotency.store(tx, claim, status, body)
            return _finish(tx, call, status, body, error)


def _prepare(call: Call) -> None:
    """Everything that is refused before a call counts as begun. Raises: ApiError."""
    call.key = call.headers.get("idempotency-key")
    call.key_kind = auth.key_kind(call.headers.get("authorization"))
    _check_version(call.headers.get("stripe-version"))
    call.params = forms.decode(call.form)
    route, call.ids = routes.find(call.method, call.path)
    table = route.table
    if call.browser:
        if route.browser is None:
            raise auth.needs_secret()
        table = route.browser
    call.params = schema.check(table, call.params)
    call.paths = expand.check(route.kind, route.is_list, call.params.get("expand", []))
    call.route = route


def _check_version(version: str | None) -> None:
    if version is not None and version != API_VERSION:
        raise ApiError(
            400,
            f"The sandbox imitates API version {API_VERSION} only, and was asked for "
            f"{version[:40]}.",
        )


def _run(tx: Tx, call: Call) -> str:
    assert call.route is not None  # noqa: S101  # nosec B101 - set by _prepare
    ctx = Context(tx, call.params, call.ids, call.browser, call.address)
    answer = expand.render(tx, call.route.handler(ctx), call.paths)
    return encode(publishable.subset(answer) if call.browser else answer)


def _error_body(tx: Tx, call: Call, error: ApiError) -> str:
    url = f"https://dashboard.stripe.com/test/logs/{call.request_id}?t={tx.now}"
    shown = {**error.error, "request_log_url": url}
    return encode({"error": publishable.subset(shown) if call.browser else shown})


def _finish(
    tx: Tx,
    call: Call,
    status: int,
    body: str,
    error: ApiError | None = None,
    first: str | None = None,
) -> Response:
    """Logs the call and adds the headers. `first`: the request whose answer is replayed."""
    code = error.code if error else call_log.code_of(status, body)
    entry = call_log.Entry(
        method=call.method,
        path=call.path,
        params=call.params,
        status=status,
        key=call.key,
        replayed=first is not None,
        key_kind=call.key_kind,
        error_code=code,
        request_id=call.request_id,
    )
    call_log.add(tx, entry)
    date = {"Date": formatdate(tx.now, usegmt=True)}
    return Response(status, body, {**_headers(call, status, first), **date})


def _headers(call: Call, status: int, first: str | None) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "Request-Id": call.request_id,
        "Stripe-Version": API_VERSION,
    }
    if call.key is not None and call.method == "POST":
        headers |= {"Idempotency-Key": call.key, "Original-Request": first or call.request_id}
    if first is not None:
        headers["Idempotent-Replayed"] = "true"
    if status >= 400:
        headers["Stripe-Should-Retry"] = "true" if status == 409 else "false"
    return headers
