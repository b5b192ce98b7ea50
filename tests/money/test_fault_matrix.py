"""Every fault at every call to Stripe, once or for as long as it lasts, before and after execution.

Which calls there are is not written down: each flow is run once and tells which calls it makes,
and a new method of the gateway that no flow reaches fails the first test. A round is one cell:
somebody comes as far as the flow's last step, the fault begins, the step is done, the fault ends;
then every second one does the step again, the others have left; recovery ends what is open.
Every day each call meets every fault in the first flow that makes it, and a few in the others.
"""

import inspect
import itertools
import random
import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from config import SANDBOX_SECRET_KEY
from errors import AppError
from gateway import Gateway, OutcomeUnknown, Refused
from sandbox import Sandbox
from tests.money.flows import (
    CREATE,
    FLOWS,
    STRIPES_OWN,
    Flow,
    Stage,
    typed_card,
    wallet_card,
)
from tests.support import invariants
from tests.support.coverage import Coverage
from tests.support.doors import Json, eventually
from tests.support.rounds import Rounds
from tests.support.shop import Shop
from tests.support.trouble import codes, lose, mend, reconnect, recover

pytestmark = pytest.mark.in_process
# A call that is slower than this fails; the faults below are slower on purpose.
TIMEOUT, TOO_LONG = 0.03, 0.09
UNKNOWN = {"payment_pending", "unavailable"}
PER_CHECK = 30
# Every day one cell in so many, where an earlier flow has the call.
SAMPLE = 6


@dataclass(frozen=True)
class Fault:
    """One way in which a call goes wrong. `lasting`: whether it may last (some need patience)."""

    name: str
    kind: str
    when: str
    options: Json = field(default_factory=dict)
    lasting: bool = True


def _status(status: int, when: str, name: str = "", **options: Any) -> Fault:
    label = f"{name or status} {when}"
    return Fault(label, "status", when, {"status": status, **options}, lasting=status != 409)


FAULTS = [
    Fault("reset before", "reset", "before"),
    Fault("reset after", "reset", "after"),
    Fault("cut", "cut", "after"),
    Fault("hang before", "hang", "before", {"seconds": TOO_LONG}),
    Fault("hang after", "hang", "after", {"seconds": TOO_LONG}),
    Fault("executed late", "delay", "before", {"seconds": TOO_LONG}),
    Fault("answered late", "delay", "after", {"seconds": TOO_LONG}),
    *(_status(status, when) for status in (500, 503) for when in ("before", "after")),
    *(_status(502, when, "502 html", body="html") for when in ("before", "after")),
    _status(401, "before"),
    _status(409, "before"),
    _status(429, "before"),
    _status(429, "before", "429 lock", code="lock_timeout"),
]
_made: dict[Flow, set[str]] = {}


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Without further tries, each of which would come after a pause."""
    reconnect(shop)
    return shop


def test_no_call_is_without_a_row(shop: Shop, tmp_path: Path) -> None:
    reached = set().union(*(_calls_of(Stage(shop), flow) for flow in FLOWS))
    sandbox = Sandbox(tmp_path / "sandbox.sqlite3")
    line = Gateway(SANDBOX_SECRET_KEY, guard=lambda: None, http_client=sandbox.http_client())
    _call_everything(line)
    possible = {_endpoint(call) for call in sandbox.calls()}
    sandbox.close()
    assert possible <= reached, f"no flow makes {possible - reached}"


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__)
def test_whatever_goes_wrong_nothing_is_charged_twice_lost_or_called_failed(
    shop: Shop,
    flow: Flow,
    rounds: Rounds,
    dice: random.Random,
    coverage: Coverage,
) -> None:
    stage = Stage(shop)
    acks: list[Json] = []
    cells = _cells(stage, flow, dice, rounds.is_long)
    for number, (call, fault, lasts) in enumerate(cells, start=1):
        stays = flow in STRIPES_OWN or dice.random() < 0.5
        told = _cell(stage, flow, call, fault, lasts, stays=stays)
        where = f"{flow.__name__}: {call}, {fault.name}, {'lasting' if lasts else 'once'}: {told}"
        assert codes(told[:1]) <= _right_codes(flow, call, fault), where
        assert codes(told[1:]) <= {"success"}, where
        acks += told
        coverage.add("fault", f"api: {fault.name}")
        coverage.add("rounds", "fault matrix")
        if number % PER_CHECK == 0:
            invariants.check_shop(shop, acks=acks, closed=True)
    coverage.add_moves(invariants.check_shop(shop, acks=acks, closed=True))
    coverage.add_acks(acks)


def _right_codes(flow: Flow, call: str, fault: Fault) -> set[str]:
    """What the shopper may be told while the fault lasts."""
    if call != CREATE or flow not in (typed_card, wallet_card):
        return {"success", *UNKNOWN}
    if fault.options.get("status") in (401, 429):
        return {"unavailable"}  # surely not executed
    # A copy that seems to run is waited for.
    return {"payment_pending"} | ({"success"} if fault.options.get("status") == 409 else set())


def _cells(
    stage: Stage, flow: Flow, dice: random.Random, every_one: bool
) -> list[tuple[str, Fault, bool]]:
    """(call, fault, whether it lasts): all of them, or a sample of what other flows have too."""
    earlier = FLOWS[: FLOWS.index(flow)]
    others = set().union(*(_calls_of(stage, other) for other in earlier))
    cells = []
    for call in sorted(_calls_of(stage, flow)):
        for fault, lasts in itertools.product(FAULTS, (False, True)):
            if every_one or call not in others or dice.randrange(SAMPLE) == 0:
                cells += [(call, fault, lasts)] if fault.lasting or not lasts or every_one else []
    return cells


def _cell(
    stage: Stage,
    flow: Flow,
    call: str,
    fault: Fault,
    lasts: bool,
    *,
    stays: bool,
) -> list[Json]:
    """The answers: with the fault, and for who stayed the one after its end."""
    shop = stage.shop
    step = flow(stage)
    reconnect(shop, timeout=TIMEOUT)
    lose(
        shop, call, fault.kind, when=fault.when, **fault.options, **({} if lasts else {"first": 1})
    )
    told = [step()]
    (rule,) = shop.control("GET", "faults").json()["faults"]
    assert rule["fired"] >= 1, f"{fault.name} never happened at {call}"
    mend(shop)
    _wait_for_what_is_late()
    if stays:
        told.append(step())
    recover(shop, timedelta(minutes=65))
    return told


def _calls_of(stage: Stage, flow: Flow) -> set[str]:
    """The calls to Stripe that the last step of a flow makes, as seen once in this process."""
    if flow not in _made:
        step = flow(stage)
        before = len(stage.shop.calls())
        assert step()["status"] == "success"
        _made[flow] = {_endpoint(call) for call in stage.shop.calls()[before:]}
    return _made[flow]


def _endpoint(call: Json) -> str:
    path = re.sub(r"(?<=/)(?:pi|seti|pm|cus|re)_[^/]+", "*", call["path"])
    return f"{call['method']} {path}"


def _call_everything(line: Gateway) -> None:
    """Every method of the gateway that may call Stripe, about things that don't exist."""
    kinds = {
        "kind": "refunds",
        "payment_id": "pi_1",
        "setup_id": "seti_1",
        "payment_method_id": "pm_1",
        "customer_id": "cus_1",
        "since": 0,
    }
    for name, method in inspect.getmembers(line, inspect.ismethod):
        if name.startswith("_") or name in ("check", "verify_event"):
            continue
        taken = inspect.signature(method).parameters
        values = {p: kinds.get(p, {} if p == "params" else f"{p}_of_{name}") for p in taken}
        with suppress(Refused, OutcomeUnknown, AppError):
            method(**values)


def _wait_for_what_is_late() -> None:
    """A call whose caller gave up is on its way all the same."""

    def on_their_way() -> list[str]:
        return [t.name for t in threading.enumerate() if "_carry_late" in t.name]

    eventually(lambda: not on_their_way(), what="the arrival of what is late")
