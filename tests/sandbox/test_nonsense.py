"""Whatever is sent, the sandbox answers as an API does: never with a 500, always to the letter."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox import Sandbox, routes
from sandbox.cards import CARDS
from sandbox.schema import Param, Table
from tests import openapi

# Values that make sense for a kind of parameter; the others are drawn from NONSENSE.
SENSIBLE = {
    "int": ["1", "50", "1500"],
    "bool": ["true", "false"],
    "currency": ["usd", "jpy"],
    "email": ["ann@example.com"],
    "created": ["1"],
}
NONSENSE = ["", "0", "-1", "true", "4242424242424242", "12", "a@b", "pi_1", "\u2603", "x" * 300]
BY_NAME = {
    "url": ["https://shop.example/hook"],
    "enabled_events": ["*", "charge.succeeded"],
    "expand": ["customer", "payment_method", "latest_charge", "data.customer"],
    "allowed_payment_method_types": ["card"],
    "excluded_payment_method_types": ["klarna"],
    "number": [card.number for card in CARDS if card.number],
    "exp_month": ["12"],
    "exp_year": ["34", "2034"],
    "cvc": ["123"],
    "confirm": ["true"],
    "enabled": ["true"],
    "allow_redirects": ["never"],
    "amount": ["50", "1500", "99999999"],
    "type": ["card"],
    "payment_method": [card.payment_method for card in CARDS if card.payment_method],
    "token": [card.token for card in CARDS if card.token],
    "limit": ["1", "100"],
}
# Sent mostly, so that calls get somewhere.
LIKELY = {"payment_method", "confirm", "automatic_payment_methods", "allow_redirects", "card"}
KINDS = {"customer": "customers", "charge": "charges", "payment_intent": "payment_intents"}
ENDPOINTS = sorted(routes.all_routes())


@st.composite
def calls(draw: Any) -> tuple[str, str, dict[str, str], bool]:
    """Method, path with `*`, form, and whether the key is publishable."""
    method, path = draw(st.sampled_from(ENDPOINTS))
    route = routes.all_routes()[method, path]
    browser = route.browser is not None and draw(st.booleans())
    table = route.browser if browser and route.browser is not None else route.table
    form: dict[str, str] = {}
    fill(form, table, "", draw, draw(st.sampled_from([2, 5, 12])))
    return method, path, form, browser


def fill(form: dict[str, str], table: Table, prefix: str, draw: Any, rarity: int) -> None:
    for name, param in table.items():
        likely = param.required or name in LIKELY
        if draw(st.integers(0, rarity)) and not likely:
            continue
        path = f"{prefix}[{name}]" if prefix else name
        if param.kind == "hash":
            fill(form, dict(param.inside), path, draw, rarity)
        elif param.kind not in ("unsupported", "any", "removed"):
            suffix = {"strings": "[]", "metadata": "[k]"}.get(param.kind, "")
            form[path + suffix] = draw(st.sampled_from(values_for(name, param, draw)))


def values_for(name: str, param: Param, draw: Any) -> list[str]:
    if not draw(st.integers(0, 25)):
        return NONSENSE
    if name in BY_NAME:
        return BY_NAME[name]
    if param.kind == "enum":
        return param.argument.split("|")
    return SENSIBLE.get(param.kind, ["text", "", "7"])


class World:
    """One sandbox for all calls, so that they meet what earlier ones left."""

    def __init__(self, path: Path) -> None:
        self.sandbox = Sandbox(path)
        self._client = self.sandbox.http_client()
        self._made: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def call(self, method: str, path: str, form: dict[str, str], browser: bool) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {'pk' if browser else 'sk'}_test_x"}
        url = f"https://api.stripe.com{path}?{urlencode(form)}"
        body, status, _ = self._client.request(method, url, headers, urlencode(form))
        answer = json.loads(body)
        if status == 200 and method == "POST":
            self._made[f"{answer['object']}s"].append(answer)
            charge = answer.get("latest_charge")
            if isinstance(charge, str):
                self._made["charges"].append({"id": charge})
        return status, answer

    def with_ids(self, path: str, form: dict[str, str], choice: int) -> str:
        """The path, and most ids in the form, with ids of things that exist, if there are any."""
        for name, kind in KINDS.items():
            if name in form and self._made[kind] and choice % 5:
                form[name] = self._made[kind][choice % len(self._made[kind])]["id"]
        parts = path.split("/")
        for at, part in enumerate(parts):
            if part == "*":
                known = self._made[parts[at - 1]]
                chosen = known[-1 - choice % min(len(known), 9)] if known else {"id": "nothing"}
                parts[at] = chosen["id"]
                if "client_secret" in form and choice % 5:
                    form["client_secret"] = chosen.get("client_secret", "x")
        if "source" in form and choice % 5:
            self._answer_challenge(form)
        return "/v1/" + "/".join(parts)

    def _answer_challenge(self, form: dict[str, str]) -> None:
        for intent in reversed(self._made["payment_intents"] + self._made["setup_intents"]):
            action = (intent.get("next_action") or {}).get("use_stripe_sdk")
            if action:
                form["source"] = action["three_d_secure_2_source"]
                form["client_secret"] = intent["client_secret"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("nonsense") / "sandbox.sqlite3")
    yield world
    world.sandbox.close()


@settings(
    max_examples=500,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(call=calls(), choice=st.integers(0, 10**6))
def test_any_parameters(world: World, call: Any, choice: int):
    method, path, form, browser = call
    path = world.with_ids(path, form, choice)
    status, answer = world.call(method, path, form, browser)
    assert status in (200, 400, 402, 403, 404), (path, form, answer)
    if openapi.PRESENT:
        openapi.check_response(method, path, status, answer, subset=browser)
