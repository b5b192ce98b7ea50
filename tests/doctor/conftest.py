"""The shop's owner and `flask doctor`, on shops of every mode."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import gateway
from extensions import assert_no_transaction
from gateway import Gateway
from tests.support.client_front import ClientFront
from tests.support.instances import ROOT, Instances, process_environment
from tests.support.reconciling import Typed, typed
from tests.support.shop import Shop

LIVE = {"STRIPE_SECRET_KEY": "sk_live_doctor", "STRIPE_PUBLISHABLE_KEY": "pk_live_doctor"}
TEST = {"STRIPE_SECRET_KEY": "sk_test_doctor", "STRIPE_PUBLISHABLE_KEY": "pk_test_doctor"}
Keyed = Callable[..., ClientFront]


def doctor(shop: Shop, *words: str) -> Typed:
    return typed(shop, "doctor", "--json", *words)


def states(found: Typed, *, but: tuple[str, ...] = ()) -> dict[str, str]:
    """name -> status of what is not ok. `but` is left out."""
    listed = {one["name"]: one["status"] for one in found.json["findings"]}
    return {name: state for name, state in listed.items() if state != "ok" and name not in but}


def at_terminal(words: str, settings: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flask", "--app", "app", *words.split()]
    environment = process_environment(settings)
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )


def at_sandbox(front: ClientFront, path: str, **params: Any) -> Any:
    """A call with the secret key at the sandbox behind a shop that has keys."""
    stripe: Any = front.app.extensions["gateway"]._client
    return stripe.raw_request("post", f"/v1/{path}", **params)


def endpoints(front: ClientFront) -> list[Any]:
    return list(front._sandbox.webhooks()["endpoints"])


@pytest.fixture
def unsafe(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The test server of PostgreSQL syncs nothing to disk, which a doctor must say."""
    return ("durability",) if request.config.getoption("--database-url") else ()


@pytest.fixture
def keyed(instances: Instances) -> Iterator[Keyed]:
    """A shop with keys, whose line ends at a sandbox: (settings, key of the line)."""
    opened: list[tuple[ClientFront, Any]] = []

    def open_one(line_key: str = "sk_test_doctor", **settings: str) -> ClientFront:
        instance = instances.fresh(**settings)
        front = ClientFront(instance)
        opened.append((front, instance))
        line = Gateway(
            line_key,
            guard=assert_no_transaction,
            http_client=front._sandbox.http_client(),
            webhook_secret="whsec_doctor",
        )
        gateway.init_app(front.app, line)
        return front

    yield open_one
    for front, instance in opened:
        front.close()
        instances.discard(instance)
