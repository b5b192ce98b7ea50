"""The sandbox's tables of parameters say what Stripe's specification says."""

from typing import Any

import pytest

from sandbox import routes
from sandbox.schema import Param, Table
from tests import openapi

# What the sandbox takes a hash or a list for, without looking at the words inside.
LOOSE = {"any", "unsupported"}
TYPES = {
    "str": "string",
    "id": "string",
    "email": "string",
    "int": "integer",
    "bool": "boolean",
    "enum": "string",
}


def pairs() -> list[Any]:
    if not openapi.PRESENT:
        return []
    return [
        pytest.param(method, path, id=f"{method} {path}") for method, path in openapi.operations()
    ]


def table_of(method: str, path: str) -> Table:
    parts = ["*" if part.startswith("{") else part for part in path.split("/")[2:]]
    return routes.all_routes()[method, "/".join(parts)].table


@openapi.needs_specification
@pytest.mark.parametrize(("method", "path"), pairs())
def test_endpoint(method: str, path: str):
    schema = openapi.request_schema(method, path.replace("{", "").replace("}", ""))
    compare(table_of(method, path), schema, "")


@openapi.needs_specification
def test_no_endpoint_is_invented():
    described = {
        (method, "/".join("*" if part.startswith("{") else part for part in path.split("/")[2:]))
        for method, path in openapi.operations()
    }
    invented = set(routes.all_routes()) - described
    # Of the SDK: the trimmed copy of the specification has no endpoints of disputes.
    left_out = {
        ("GET", "disputes"),
        ("GET", "disputes/*"),
        ("POST", "disputes/*"),
        ("GET", "radar/early_fraud_warnings"),
        ("GET", "radar/early_fraud_warnings/*"),
    }
    assert invented == {("POST", "3ds2/authenticate"), ("GET", "3ds2/challenge/*")} | left_out


def compare(table: Table, schema: dict[str, Any], where: str) -> None:
    table = {name: param for name, param in table.items() if param.kind != "removed"}
    schema = openapi.resolved(schema)
    known = set(schema.get("properties", {}))
    assert set(table) == known, f"{where}: {set(table) ^ known}"
    required = {name for name, param in table.items() if param.required}
    assert required == set(schema.get("required", [])), where
    for name, param in table.items():
        compare_one(param, schema["properties"][name], f"{where}[{name}]")


def compare_one(param: Param, schema: dict[str, Any], where: str) -> None:
    choices, clearable = choices_of(schema)
    if param.kind in LOOSE:
        return
    if clearable and param.kind != "metadata":
        assert param.clearable, f"{where} can be emptied"
    main = choices[0]
    if param.kind == "hash":
        compare(dict(param.inside), main, where)
    elif param.kind in ("strings", "metadata", "created", "currency"):
        wanted = {"strings": "array", "currency": "string"}.get(param.kind, "object")
        assert main["type"] == wanted, where
    elif param.kind == "enum":
        compare_words(param, choices, where)
    else:
        assert main["type"] == TYPES[param.kind], where
        limit = main.get("maxLength", 5000)
        assert int(param.argument or 5000) == limit, where


def compare_words(param: Param, choices: list[dict[str, Any]], where: str) -> None:
    words = {word for choice in choices for word in choice.get("enum", ()) if word != ""}
    if any(choice["type"] == "boolean" for choice in choices):
        words |= {"true", "false"}
    # `custom` is a way of listing and making PaymentMethods that only some endpoints name.
    assert set(param.argument.split("|")) - {"custom"} == words - {"custom"}, where


def choices_of(schema: dict[str, Any]) -> tuple[list[dict[str, Any]], bool]:
    """The alternatives without the empty string, and whether that is one of them."""
    schema = openapi.resolved(schema)
    flat: list[dict[str, Any]] = []
    for choice in schema.get("anyOf", [schema]):
        flat += [openapi.resolved(one) for one in openapi.resolved(choice).get("anyOf", [choice])]
    empty = any("" in choice.get("enum", ()) for choice in flat)
    kept = [choice for choice in flat if choice.get("enum") != [""]]
    return kept, empty
