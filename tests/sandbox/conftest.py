"""The sandbox alone, driven as a shop and a browser would drive it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from tests.sandbox.helpers import NEVER, Browser, Inbox, Web, client_of


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def sandbox(tmp_path: Path, inbox: Inbox) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path / "sandbox.sqlite3", deliver=inbox)
    yield sandbox
    sandbox.close()


@pytest.fixture
def api(sandbox: Sandbox) -> Any:
    """The shop's server: the SDK with a secret key."""
    return client_of(sandbox, "sk_test_shop")


@pytest.fixture
def browser(sandbox: Sandbox) -> Browser:
    """What Stripe.js does: the calls that a publishable key may make."""
    return Browser(sandbox)


@pytest.fixture
def pay(api: Any, sandbox: Sandbox) -> Any:
    """`pay("pm_...", amount=..., ...)`: one PaymentIntent, made and confirmed."""

    def pay_with(payment_method: str, **params: Any) -> Any:
        usual = {
            "amount": 1500,
            "currency": "usd",
            "payment_method": payment_method,
            "confirm": True,
            "automatic_payment_methods": NEVER,
        }
        return api.payment_intents.create({**usual, **params})

    def again(intent_id: str) -> Any:
        return api.payment_intents.retrieve(intent_id, {"expand": ["latest_charge"]})

    pay_with.again = again
    pay_with.charges = lambda: sandbox.ledger()["charges"]
    return pay_with


@pytest.fixture
def save(api: Any) -> Any:
    """`save("pm_...", customer)`: one SetupIntent, made and confirmed."""

    def save_card(payment_method: str, customer: str, **params: Any) -> Any:
        usual = {
            "customer": customer,
            "payment_method": payment_method,
            "confirm": True,
            "automatic_payment_methods": NEVER,
        }
        return api.setup_intents.create({**usual, **params})

    return save_card


@pytest.fixture
def web(sandbox: Sandbox) -> Web:
    """The sandbox as a web server."""
    return Web(sandbox)
