"""`expand`: ids in an answer replaced by the objects, where Stripe allows it."""

from typing import Any

from sandbox import charges
from sandbox.errors import ApiError, Json
from sandbox.records import Record, Tx

_DEPTH = 4
# Object -> expandable property -> object behind it. "" stands for objects that the sandbox does
# not have: expanding their properties is allowed and shows null.
_EXPANDABLE: dict[str, dict[str, str]] = {
    "charge": {
        "application": "",
        "application_fee": "",
        "balance_transaction": "",
        "customer": "customer",
        "failure_balance_transaction": "",
        "on_behalf_of": "",
        "payment_intent": "payment_intent",
        "refunds": "refund",
        "review": "",
        "source_transfer": "",
        "transfer": "",
    },
    "customer": {
        "default_source": "",
        "invoice_settings.default_payment_method": "payment_method",
        "sources": "",
        "subscriptions": "",
        "tax": "",
        "tax_ids": "",
        "test_clock": "",
    },
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "event": {},
    "payment_intent": {
        "application": "",
        "customer": "customer",
        "latest_charge": "charge",
        "on_behalf_of": "",
        "payment_method": "payment_method",
        "payment_record": "",
        "review": "",
        "source": "",
    },
    "payment_method": {"customer": "customer"},
    "radar.early_fraud_warning": {"charge": "charge", "payment_intent": "payment_intent"},
    "refund": {
        "balance_transaction": "",
        "charge": "charge",
        "customer": "customer",
        "failure_balance_transaction": "",
        "payment_intent": "payment_intent",
        "payment_method": "payment_method",
        "source_transfer_reversal": "",
        "transfer_reversal": "",
    },
    "setup_intent": {
        "application": "",
        "customer": "customer",
        "latest_attempt": "",
        "mandate": "",
        "on_behalf_of": "",
        "payment_method": "payment_method",
        "single_use_mandate": "",
    },
    "token": {},
    "webhook_endpoint": {},
}
Paths = dict[str, Any]


def check(kind: str, in_list: bool, wanted: list[str]) -> Paths:
    """The wanted paths as a tree. Raises: ApiError for one that cannot be expanded."""
    tree: Paths = {}
    for path in wanted:
        rest = path
        if in_list:
            if not path.startswith("data."):
                raise _refused(path)
            rest = path.removeprefix("data.")
        if rest.count(".") > _DEPTH:
            raise _refused(path)
        _plant(tree, kind, rest, path)
    return tree


def render(tx: Tx, answer: Record | Json, paths: Paths) -> Json:
    """The answer as JSON. Lists are rendered item by item."""
    if isinstance(answer, dict):
        if answer.get("object") == "list":
            return {**answer, "data": [render(tx, item, paths) for item in answer["data"]]}
        return answer
    body = answer.body
    for name, (kind, inner) in paths.items():
        body = _expanded(tx, body, name, kind, inner)
    return body


def _plant(tree: Paths, kind: str, rest: str, path: str) -> None:
    fields = _EXPANDABLE[kind]
    name = next((field for field in fields if f"{rest}.".startswith(f"{field}.")), None)
    if name is None:
        raise _refused(path)
    branch = tree.setdefault(name, (fields[name], {}))[1]
    deeper = rest.removeprefix(name).removeprefix(".")
    if name == "refunds":
        deeper = deeper.removeprefix("data.") if deeper != "data" else ""
    if deeper:
        if not fields[name]:
            raise _refused(path)
        _plant(branch, fields[name], deeper, path)


def _expanded(tx: Tx, body: Json, name: str, kind: str, inner: Paths) -> Json:
    if name == "refunds":
        return {**body, name: render(tx, charges.refund_list(tx, body["id"]), inner)}
    head, _, tail = name.partition(".")
    if tail:
        return {**body, head: _expanded(tx, body[head], tail, kind, inner)}
    target = body.get(head)
    if not kind or not isinstance(target, str):
        return body
    record = tx.find(kind, target) or tx.find(f"deleted_{kind}", target)
    return {**body, head: render(tx, record, inner)} if record else body


def _refused(path: str) -> ApiError:
    return ApiError(400, f"This property cannot be expanded ({path}).", param="expand")
