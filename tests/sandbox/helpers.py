"""Words that the tests of the sandbox share."""

import json
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
import stripe

from sandbox import Sandbox
from tests.openapi import CheckedClient

NEVER = {"enabled": True, "allow_redirects": "never"}


class Inbox:
    """A webhook receiver without a network: keeps what arrives, answers what it is told to."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes, dict[str, str]]] = []
        self.answers: list[int | Exception] = []

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        self.received.append((url, body, headers))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return answer


def client_of(sandbox: Sandbox, key: str) -> Any:
    http_client = CheckedClient(sandbox.http_client(), sandbox)
    return stripe.StripeClient(key, http_client=http_client).v1


class Web:
    """The WSGI application, called as a web server calls it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._app = sandbox.wsgi

    def __call__(
        self,
        method: str,
        path: str,
        form: dict[str, Any] | bytes = b"",
        key: str | None = "sk_test_x",
        address: str = "127.0.0.1",
        content_type: str = "application/json",
        **more: Any,
    ) -> tuple[int, dict[str, str], Any]:
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": content_type,
            "REMOTE_ADDR": address,
            "HTTP_HOST": "localhost",
            "wsgi.input": BytesIO(body),
            **({"HTTP_AUTHORIZATION": f"Bearer {key}"} if key else {}),
            **more,
        }
        seen: list[Any] = []
        chunks = self._app(environ, lambda status, headers: seen.extend((status, dict(headers))))
        content = b"".join(chunks)
        status, headers = seen
        is_json = headers.get("Content-Type", "").startswith("application/json")
        return int(status[:3]), headers, json.loads(content) if is_json and content else content


class Browser:
    def __init__(self, sandbox: Sandbox) -> None:
        self.http_client = CheckedClient(sandbox.http_client(), sandbox)
        self.client = stripe.StripeClient("pk_test_shop", http_client=self.http_client)
        self.v1 = self.client.v1

    def card(self, number: str, **details: Any) -> dict[str, Any]:
        amex = number.startswith(("34", "37"))
        usual = {"exp_month": "12", "exp_year": "2034", "cvc": "1234" if amex else "123"}
        return {"number": number, **usual, **details}

    def token(self, number: str, **details: Any) -> Any:
        return self.v1.tokens.create({"card": self.card(number, **details)})

    def payment_method(self, number: str, **details: Any) -> Any:
        token = self.token(number, **details)
        return self.v1.payment_methods.create({"type": "card", "card": {"token": token.id}})

    def raw(self, method: str, path: str, **params: Any) -> tuple[int, dict[str, Any]]:
        """A call that the SDK has no name for: status and body."""
        form = urlencode(params)
        url = f"https://api.stripe.com/v1/{path}" + (f"?{form}" if method == "GET" else "")
        headers = {"Authorization": "Bearer pk_test_shop"}
        body, status, _ = self.http_client.request(method, url, headers, form)
        return status, json.loads(body)

    def answer_challenge(self, intent: Any, outcome: str = "complete") -> Any:
        """Does what the challenge page does, and returns the intent as the browser sees it."""
        source = intent.next_action.use_stripe_sdk.three_d_secure_2_source
        secret = intent.client_secret
        answer = self.client.raw_request(
            "post", "/v1/3ds2/authenticate", source=source, client_secret=secret, outcome=outcome
        )
        return self.client.deserialize(answer, api_mode="V1")


def refusal(call: Any, *args: Any, **kwargs: Any) -> Any:
    """The error of a call that must fail: status, type, code, message, param and the objects."""
    with pytest.raises(stripe.StripeError) as caught:
        call(*args, **kwargs)
    error = caught.value
    body = error.json_body["error"]
    return SimpleNamespace(
        status=error.http_status, error=error, headers=error.headers, **{"code": None, **body}
    )
