"""The engine as an HTTP client of the stripe SDK: no sockets, the same code above."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe
from requests.structures import CaseInsensitiveDict

from sandbox.engine import Call, Engine


class SandboxClient(stripe.HTTPClient):
    """Hand it to `StripeClient(key, http_client=...)`."""

    name = "sandbox"

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        address = urlsplit(url)
        response = self._engine.call(
            Call(
                method=method.upper(),
                path=address.path,
                form=(post_data or "") if method.lower() == "post" else address.query,
                headers={name.lower(): value for name, value in (headers or {}).items()},
            )
        )
        return response.body, response.status, CaseInsensitiveDict(response.headers)

    def close(self) -> None:
        """Nothing is held open."""
