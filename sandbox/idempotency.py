"""Idempotency keys: the first call runs, its repetitions get its answer.

A key is claimed in a transaction of its own before the call runs, so that a repetition that
arrives meanwhile is told (409). The answer is stored together with what the call did. If the
process dies in between, nothing was done, and the next repetition takes the claim over.
"""

import hashlib
import json
import os
import time
from dataclasses import dataclass
from typing import NamedTuple

from sandbox.errors import ApiError, Json, idempotency_in_use, idempotency_mismatch
from sandbox.ids import random_text
from sandbox.records import Tx

KEPT_FOR = 24 * 3600  # seconds of the sandbox's clock
_LONGEST = 255
_LEASE = 120.0  # real seconds after which a claim without an answer counts as abandoned
_instance = (os.getpid(), random_text(8))


class Stored(NamedTuple):
    """The answer to the first call."""

    status: int
    body: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    key: str
    owner: str


def fingerprint(method: str, path: str, params: Json) -> str:
    """Of the endpoint and all parameters; a hash, since they may hold card numbers."""
    text = json.dumps([method, path, params], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def claim(tx: Tx, key: str, print_: str, request_id: str) -> Claim | Stored:
    """Marks the key as in progress, or finds the stored answer.

    Raises: ApiError for other parameters than the first time (400), and while the first call is
    still running (409).
    """
    if not 0 < len(key) <= _LONGEST:
        raise ApiError(400, f"Idempotency keys must have 1 to {_LONGEST} characters.")
    stored = _known(tx, key, print_)
    if stored is not None:
        return stored
    owner = f"{_process()}.{random_text(8)}"
    tx.execute(
        "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)",
        (key, print_, request_id, tx.now, owner, time.time()),
    )
    return Claim(key, owner)


def _known(tx: Tx, key: str, print_: str) -> Stored | None:
    """The stored answer; None for a key that is new, expired or abandoned."""
    row = tx.execute(
        "SELECT fingerprint, created, owner, claimed_at, status, body, request_id "
        "FROM idempotency WHERE key = ?",
        (key,),
    ).fetchone()
    if row is None or tx.now - row[1] >= KEPT_FOR:
        return None
    known, _, owner, claimed_at, status, body, first_request = row
    if status is None and not _is_running(owner, claimed_at):
        return None  # whoever claimed it died before doing anything
    if known != print_:
        raise idempotency_mismatch(key)
    if status is None:
        raise idempotency_in_use(key)
    return Stored(status, body, first_request)


def confirm_claim(tx: Tx, claim_: Claim) -> None:
    """Raises: ApiError (409) when this call was so slow that another took the key over."""
    row = tx.execute(
        "SELECT 1 FROM idempotency WHERE key = ? AND owner = ? AND status IS NULL",
        (claim_.key, claim_.owner),
    ).fetchone()
    if row is None:
        raise idempotency_in_use(claim_.key)


def store(tx: Tx, claim_: Claim, status: int, body: str) -> None:
    tx.execute(
        "UPDATE idempotency SET status = ?, body = ? WHERE key = ? AND owner = ?",
        (status, body, claim_.key, claim_.owner),
    )


def keep(tx: Tx, key: str, print_: str, answer: Stored, *, over: bool) -> None:
    """The key gets this answer. `over`: also where it has one already, or is in use."""
    try:
        free = _known(tx, key, print_) is None
    except ApiError:
        free = False
    if free or over:
        tx.execute(
            "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (key, print_, answer.request_id, tx.now, "", time.time(), answer.status, answer.body),
        )


def _is_running(owner: str, claimed_at: float) -> bool:
    pid_text, instance, _ = owner.split(".")
    pid = int(pid_text)
    if time.time() - claimed_at > _LEASE:
        return False
    if pid == os.getpid():
        return f"{pid_text}.{instance}" == _process()
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _process() -> str:
    """Tells this process from an earlier one with the same id."""
    global _instance
    if _instance[0] != os.getpid():
        _instance = (os.getpid(), random_text(8))
    return f"{_instance[0]}.{_instance[1]}"
