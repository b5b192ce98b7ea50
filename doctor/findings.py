"""What the doctor says: one sentence about how it is, one on how to mend it."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "problem"]


@dataclass(frozen=True)
class Finding:
    """`name` is for programs and stays the same; `fix` is empty where nothing needs one."""

    name: str
    status: State
    message: str
    fix: str = ""


def ok(name: str, message: str) -> Finding:
    return Finding(name, "ok", message)


def warn(name: str, message: str, fix: str) -> Finding:
    return Finding(name, "warn", message, fix)


def problem(name: str, message: str, fix: str) -> Finding:
    return Finding(name, "problem", message, fix)
