"""Form encoding as Stripe reads it: `a[b]=1`, `a[]=x` and `a[0]=x` become nested values."""

import re
from typing import Any
from urllib.parse import parse_qsl

from sandbox.errors import ApiError

_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")
_MAX_FIELDS = 2000


def decode(text: str | bytes) -> dict[str, Any]:
    """Nested dicts with string leaves; lists stay dicts with the indexes as keys.

    The parameter tables know which of them are lists. Raises: ApiError for text that is not a
    form.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError:
            raise ApiError(400, "Invalid UTF-8 in the request body.") from None
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise ApiError(400, "The request body holds too many parameters.") from None
    params: dict[str, Any] = {}
    for name, value in pairs:
        _place(params, name, value)
    return params


def _place(params: dict[str, Any], name: str, value: str) -> None:
    match = _NAME.match(name)
    if match is None:
        raise ApiError(400, f"Invalid request: the parameter name {name[:80]!r} is malformed.")
    parts = [match[1], *_PART.findall(match[2])]
    target = params
    for part in parts[:-1]:
        child = target.setdefault(_key(target, part), {})
        if not isinstance(child, dict):
            raise ApiError(400, f"Invalid hash: {match[1]}", param=match[1])
        target = child
    last = _key(target, parts[-1])
    if isinstance(target.get(last), dict):
        raise ApiError(400, f"Invalid hash: {match[1]}", param=match[1])
    target[last] = value


def _key(target: dict[str, Any], part: str) -> str:
    return part or str(len(target))
