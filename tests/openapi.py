"""Holds calls and answers to Stripe's published specification.

`check_request` and `check_response` raise AssertionError with what is wrong and where. They are
stricter than the specification reads: a property that it does not name is an error, in answers
too. What the specification leaves out of the browser's calls is added below.
"""

import copy
import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource

FILE = Path(__file__).resolve().parents[2] / "shared" / "stripe" / "openapi-trimmed.json"
PRESENT = FILE.exists()
needs_specification = pytest.mark.skipif(
    not PRESENT, reason=f"Stripe's specification is not at {FILE}"
)

_URI = "urn:stripe"
# Stripe.js's own calls, which Stripe does not describe; and what the trimmed copy leaves out.
_UNDESCRIBED = re.compile(r"/v1/(3ds2|disputes|radar)\b")
# Of the changelog (2026-09-30.endive), later than the list of codes in the specification.
_LATER_CODES = ("payment_method_types_no_longer_supported",)
_ANYTHING = {"type": "object", "additionalProperties": True}

Json = dict[str, Any]


def check_request(method: str, path: str, params: Json) -> None:
    """`params` as the sandbox logs them: typed, or with strings as leaves."""
    if _UNDESCRIBED.match(path):
        return
    schema = request_schema(method, path)
    if path.endswith("/confirm"):
        schema = _with_browser_parameters(schema)
    _validate(f"{method} {path}", schema, _typed(schema, params))


def check_response(method: str, path: str, status: int, body: Json, subset: bool = False) -> None:
    """`subset`: the caller had a publishable key and may see less than the whole object."""
    if _UNDESCRIBED.match(path):
        return
    if status >= 400:
        schema: Json = {"$ref": "#/components/schemas/error"}
        known = ["title", "error"]
        assert set(body) <= set(known), f"unexpected members beside error: {set(body)}"
    else:
        answers = _operation(method, path)["responses"]
        schema = answers["200"]["content"]["application/json"]["schema"]
    if subset:
        schema = _without_required(schema if status < 400 else _resolved(schema))
    _validate(f"the answer to {method} {path}", schema, body)
    for event in _events_in(body):
        check_object(event["data"]["object"])


def check_object(body: Json) -> None:
    """One object, such as an event's, by the name in its `object`."""
    name = body["object"]
    if name in _specification()["components"]["schemas"]:
        _validate(f"{name} {body['id']}", {"$ref": f"#/components/schemas/{name}"}, body)


class CheckedClient(stripe.HTTPClient):
    """An HTTP client of the SDK that checks what passes through another one."""

    name = "checked"

    def __init__(self, inner: stripe.HTTPClient, sandbox: Any) -> None:
        super().__init__()
        self._inner, self._sandbox = inner, sandbox

    def request(self, method, url, headers, post_data=None, *, _usage=None):
        body, status, answer_headers = self._inner.request(method, url, headers, post_data)
        if PRESENT:
            path = urlsplit(url).path
            browser = "pk_test" in (headers or {}).get("Authorization", "")
            check_response(method.upper(), path, status, json.loads(body), subset=browser)
            call = self._sandbox.calls()[-1]
            if status in (200, 402) and not call["replayed"]:
                check_request(call["method"], call["path"], call["params"])
        return body, status, answer_headers

    def close(self):
        self._inner.close()


@cache
def operations() -> dict[tuple[str, str], Json]:
    """(method, path with {placeholders}) -> operation."""
    return {
        (method.upper(), path): operation
        for path, methods in _specification()["paths"].items()
        for method, operation in methods.items()
        if method in ("get", "post", "delete")
    }


def request_schema(method: str, path: str) -> Json:
    """Of the body, or of the query with its parameters as properties; references unresolved."""
    operation = _operation(method, path)
    content = operation.get("requestBody", {}).get("content", {})
    if content:
        return next(iter(content.values()))["schema"]
    query = [one for one in operation.get("parameters", []) if one["in"] == "query"]
    return {
        "type": "object",
        "properties": {one["name"]: one["schema"] for one in query},
        "additionalProperties": False,
    }


def resolved(schema: Json) -> Json:
    return _resolved(schema)


@cache
def _specification() -> Json:
    text = json.loads(FILE.read_text())
    for name, schema in text["components"]["schemas"].items():
        if name != "cut_resource":
            _close(schema)
    schemas = text["components"]["schemas"]
    codes = [
        schemas[name]
        for name in (
            "api_errors",
            "payment_intent.last_payment_error",
            "setup_intent.last_setup_error",
        )
    ]
    for errors in codes:
        errors["properties"]["code"]["enum"] += _LATER_CODES
    # What happened is described by each object's own schema.
    schemas["event.data.object"] = _ANYTHING
    schemas["event.data.previous_attributes"] = _ANYTHING
    return text


def _close(schema: Any) -> None:
    """Forbids properties that the schema does not name."""
    if isinstance(schema, list):
        for part in schema:
            _close(part)
    elif isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and "x-cut-resource" not in schema:
            schema.setdefault("additionalProperties", False)
        for part in schema.values():
            _close(part)


@cache
def _registry() -> Registry:
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_specification()}
    return Registry().with_resource(_URI, Resource.from_contents(document))


def _validate(what: str, schema: Json, value: Any) -> None:
    error = best_match(_validator(json.dumps(schema)).iter_errors(value))
    if error is not None:
        where = "/".join(str(part) for part in error.absolute_path) or "the top"
        raise AssertionError(f"{what}, at {where}: {error.message[:500]}")


@cache
def _validator(schema: str) -> Draft202012Validator:
    absolute = json.loads(schema.replace('"#/components', f'"{_URI}#/components'))
    return Draft202012Validator(absolute, registry=_registry())


def _operation(method: str, path: str) -> Json:
    for (known, pattern), operation in operations().items():
        if known == method and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", pattern), path):
            return operation
    raise AssertionError(f"the specification has no {method} {path}")


def _with_browser_parameters(schema: Json) -> Json:
    """Stripe.js also sends the client secret, and the card that was typed."""
    schema = copy.deepcopy(schema)
    schema["properties"]["client_secret"] = {"type": "string"}
    data = copy.deepcopy(_resolved(schema["properties"]["payment_method_data"]))
    data["properties"]["card"] = {"$ref": "#/components/schemas/payment_method_create_params.card"}
    data["properties"]["type"]["enum"].append("card")
    schema["properties"]["payment_method_data"] = data
    return schema


def _resolved(schema: Json) -> Json:
    while "$ref" in schema:
        schema = _specification()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _without_required(schema: Json) -> Json:
    """The object's schema with everything optional, inside its own references too."""
    text = json.dumps(copy.deepcopy(_resolved(schema)))
    loose = json.loads(text)
    loose.pop("required", None)
    for name, part in loose.get("properties", {}).items():
        target = part.get("$ref", "").rsplit("/", 1)[-1]
        if target in ("api_errors", "payment_intent", "setup_intent"):
            loose["properties"][name] = _without_required(part)
    return loose


def _typed(schema: Json, value: Any) -> Any:
    """Form values with the types that the schema gives them."""
    schema = _resolved(schema)
    if "anyOf" in schema:
        return _typed(_fitting(schema["anyOf"], value), value)
    kind = schema.get("type")
    if isinstance(value, dict):
        if kind == "array":
            items = [value[key] for key in sorted(value, key=int)]
            return [_typed(schema["items"], item) for item in items]
        known = schema.get("properties", {})
        return {name: _typed(known.get(name, {}), part) for name, part in value.items()}
    if not isinstance(value, str):
        return value
    if kind == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    return value == "true" if kind == "boolean" and value in ("true", "false") else value


def _fitting(choices: list[Json], value: Any) -> Json:
    wanted = {dict: ("object", "array"), list: ("array",)}.get(type(value))
    if wanted is None:
        boolean = value in ("true", "false", True, False)
        wanted = ("boolean", "string", "integer") if boolean else ("string", "integer")
    options = [_resolved(choice) for choice in choices]
    fitting = [option for option in options if option.get("type") in wanted]
    if value == "":
        fitting.sort(key=lambda option: option.get("enum") != [""])
    return fitting[0] if fitting else options[0]


def _events_in(body: Json) -> list[Json]:
    items = body.get("data") if isinstance(body.get("data"), list) else [body]
    return [item for item in items if item.get("object") == "event"]
