"""The owner's terminal, and a line to Stripe that can be cut."""

from collections.abc import Callable
from typing import Any

import stripe
from click.testing import Result

import gateway
from extensions import assert_no_transaction
from gateway import Gateway

from .shop import Shop


class Line(stripe.HTTPClient):
    """The shop's line to Stripe: cut `before` it gets there, or lose the answer `after`.

    `only`: the method and the end (or ends) of the path of the calls that this happens to.
    `beforehand`, `meanwhile`: what happens once, while such a call is on its way, and while its
    answer is on its way back.
    """

    name = "line"

    def __init__(self, inner: stripe.HTTPClient) -> None:
        super().__init__()
        self._inner, self.cut = inner, ""
        self.only: tuple[str, str | tuple[str, ...]] = ("post", "/refunds")
        self.beforehand: Callable[[], object] | None = None
        self.meanwhile: Callable[[], object] | None = None

    def request(
        self, method: str, url: str, headers: Any, post_data: Any = None, **more: Any
    ) -> Any:
        hit = method == self.only[0] and url.partition("?")[0].endswith(self.only[1])
        if hit and self.beforehand:
            happens, self.beforehand = self.beforehand, None
            happens()
        if hit and self.cut == "before":
            raise stripe.APIConnectionError("cut")
        answer = self._inner.request(method, url, headers, post_data, **more)
        if hit and self.meanwhile:
            happens, self.meanwhile = self.meanwhile, None
            happens()
        if hit and self.cut == "after":
            raise stripe.APIConnectionError("cut")
        return answer

    def close(self) -> None:
        self._inner.close()


class Desk:
    """Runs commands as the shop's owner does (client front only)."""

    def __init__(self, shop: Shop) -> None:
        self.app: Any = shop.front.app  # type: ignore[attr-defined]

    def run(self, words: str, *more: str) -> Result:
        """`flask <words> <more...>`; the result has stdout, stderr and exit_code."""
        result: Result = self.app.test_cli_runner().invoke(args=[*words.split(), *more])
        return result

    def line(self) -> Line:
        """Put a line between the shop and its sandbox."""
        line = Line(self.app.extensions["sandbox"].http_client())
        lossy = Gateway(
            "sk_test_sandbox",
            guard=assert_no_transaction,
            http_client=line,
            webhook_secret="whsec_sandbox",
        )
        gateway.init_app(self.app, lossy)
        return line
