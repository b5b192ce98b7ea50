"""Parameters: tables of what an endpoint takes, and the check of a decoded form against one.

A table is written as words, `name:kind` or `name:kind:argument`. A `!` behind the name makes the
parameter required; a `?` lets an empty value unset it. Kinds:

    str  str:22  int  bool  currency  metadata  strings (a list)  created (a range)
    id           a string that cannot be empty
    email        an address; email:512 with a longest length
    enum:a|b     one of these words
    hash         a nested table, given by keyword
    any          a hash whose inside is not looked at
    unsupported  Stripe knows it and the sandbox does not; the caller is told so
    removed      Stripe used to know it
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from sandbox.currencies import CURRENCIES
from sandbox.errors import (
    Json,
    empty_param,
    invalid_param,
    missing_param,
    no_longer_supported,
    unknown_params,
)


class Param(NamedTuple):
    kind: str
    argument: str = ""
    required: bool = False
    clearable: bool = False
    inside: Mapping[str, "Param"] = {}


Table = dict[str, Param]
_INTEGER = re.compile(r"-?\d{1,18}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_LONGEST = 5000


def table(words: str, **nested: Table) -> Table:
    """`table("amount!:int shipping?:hash", shipping=...)`."""
    found: Table = {}
    for word in words.split():
        name, kind, argument = [*word.split(":", 2), ""][:3]
        plain = name.rstrip("!?")
        inside = nested[plain] if kind == "hash" else {}
        found[plain] = Param(kind, argument, name.endswith("!"), name.endswith("?"), inside)
    return found


def each(names: Iterable[str], kind: str) -> Table:
    """The same kind for many names."""
    return dict.fromkeys(names, Param(kind))


def check(known: Mapping[str, Param], given: Json, prefix: str = "") -> Json:
    """The values with their types. Raises: ApiError (400) for the first that is wrong."""
    unknown = [_path(prefix, name) for name in given if name not in known]
    if unknown:
        raise unknown_params(unknown)
    for name, param in known.items():
        if param.required and name not in given:
            raise missing_param(_path(prefix, name))
    return {name: _value(known[name], given[name], _path(prefix, name)) for name in given}


def _path(prefix: str, name: str) -> str:
    return f"{prefix}[{name}]" if prefix else name


def _value(param: Param, given: Any, path: str) -> Any:
    if given == "" and param.clearable:
        return ""
    if param.kind != "hash":
        return _CHECKS[param.kind](given, path, param.argument)
    if not isinstance(given, dict):
        raise invalid_param("Invalid object", path)
    return check(param.inside, given, path)


def _string(given: Any, path: str, limit: str) -> str:
    longest = int(limit or _LONGEST)
    if not isinstance(given, str):
        raise invalid_param("Invalid string: {...}", path)
    if len(given) > longest:
        raise invalid_param(f"Invalid string: must be at most {longest} characters", path)
    if "\x00" in given:
        raise invalid_param("Invalid string: null bytes are not allowed", path)
    return given


def _id(given: Any, path: str, _: str) -> str:
    text = _string(given, path, "")
    if not text:
        raise empty_param(path)
    return text


def _email(given: Any, path: str, limit: str) -> str:
    text = _string(given, path, limit)
    if text and not _EMAIL.fullmatch(text):
        raise invalid_param(f"Invalid email address: {text[:100]}", path, "email_invalid")
    return text


def _int(given: Any, path: str, _: str) -> int:
    text = _id(given, path, "")
    if not _INTEGER.fullmatch(text):
        raise invalid_param(f"Invalid integer: {text[:40]}", path, "parameter_invalid_integer")
    return int(text)


def _bool(given: Any, path: str, _: str) -> bool:
    text = _id(given, path, "")
    if text not in ("true", "false"):
        raise invalid_param(f"Invalid boolean: {text[:40]}", path)
    return text == "true"


def _currency(given: Any, path: str, _: str) -> str:
    text = _id(given, path, "").lower()
    if text not in CURRENCIES:
        known = ", ".join(CURRENCIES)
        message = f"Invalid currency: {text[:40]}. Stripe currently supports these currencies: "
        raise invalid_param(message + known, path)
    return text


def _enum(given: Any, path: str, words: str) -> str:
    text = _id(given, path, "")
    allowed = words.split("|")
    if text not in allowed:
        *most, last = allowed
        listed = f"{', '.join(most)}, or {last}" if most else last
        raise invalid_param(f"Invalid {path}: must be one of {listed}", path)
    return text


def _strings(given: Any, path: str, _: str) -> list[str]:
    if not isinstance(given, dict) or not all(key.isdecimal() for key in given):
        raise invalid_param("Invalid array", path)
    items = [given[key] for key in sorted(given, key=int)]
    return [_id(item, f"{path}[{n}]", "") for n, item in enumerate(items)]


def _created(given: Any, path: str, _: str) -> Any:
    return check(_RANGE, given, path) if isinstance(given, dict) else _int(given, path, "")


def _metadata(given: Any, path: str, _: str) -> Json:
    """At most 50 keys of at most 40 characters, values of at most 500 (API reference)."""
    if not isinstance(given, dict):
        raise invalid_param(
            "Metadata must be a hash of keys and values, but you passed in a string", path
        )
    for key, value in given.items():
        if len(key) > 40:
            raise invalid_param("Metadata keys can have up to 40 characters", path)
        _string(value, _path(path, key), "500")
    if len(given) > 50:
        raise invalid_param("Metadata can have up to 50 keys", path)
    return given


def _any(given: Any, path: str, _: str) -> Any:
    if not isinstance(given, dict):
        raise invalid_param("Invalid object", path)
    return given


def _unsupported(given: Any, path: str, _: str) -> Any:
    raise invalid_param(f"Stripe knows `{path}`, but this sandbox does not imitate it.", path)


def _removed(_: Any, path: str, __: str) -> Any:
    raise no_longer_supported(path)


_RANGE = table("gt:int gte:int lt:int lte:int")
_CHECKS: dict[str, Callable[[Any, str, str], Any]] = {
    "str": _string,
    "id": _id,
    "email": _email,
    "int": _int,
    "bool": _bool,
    "currency": _currency,
    "enum": _enum,
    "strings": _strings,
    "created": _created,
    "metadata": _metadata,
    "any": _any,
    "unsupported": _unsupported,
    "removed": _removed,
}
