"""Rate limits: off, then counted by the sandbox's clock for the account and for each endpoint."""

from typing import Any

import pytest
import stripe

from sandbox import Sandbox
from tests.sandbox.faces import Face
from tests.sandbox.helpers import Web

HOUR = 3600


@pytest.fixture
def api(sandbox: Sandbox) -> Any:
    return Face(sandbox, None).client()


def refused(call: Any, *args: Any) -> str:
    with pytest.raises(stripe.RateLimitError) as caught:
        call(*args)
    error = caught.value
    assert (error.http_status, error.json_body["error"]["code"]) == (429, "rate_limit")
    assert error.headers["Stripe-Should-Retry"] == "false"
    return error.headers["Stripe-Rate-Limited-Reason"]


def test_without_limits(api: Any, sandbox: Sandbox):
    for _ in range(60):
        api.customers.list()
    assert sandbox.limits.show() == {"on": False}


def test_of_the_account(api: Any, sandbox: Sandbox):
    sandbox.limits.on(account=3, seconds=HOUR)
    api.customers.list()
    api.refunds.list()
    customer = api.customers.create()
    assert refused(api.customers.retrieve, customer.id) == "global-rate"
    assert refused(api.customers.create) == "global-rate"
    assert len(sandbox.ledger()["customers"]) == 1
    assert sandbox.limits.show()["refused"] == 2
    sandbox.clock.advance(HOUR)
    assert api.customers.retrieve(customer.id).id == customer.id


def test_of_an_endpoint_whatever_the_id(api: Any, sandbox: Sandbox):
    ids = [api.customers.create().id for _ in range(3)]
    sandbox.limits.on(endpoint=2, seconds=HOUR)
    api.customers.retrieve(ids[0])
    api.customers.retrieve(ids[1])
    assert refused(api.customers.retrieve, ids[2]) == "endpoint-rate"
    assert len(api.customers.list().data) == 3
    sandbox.limits.off()
    assert api.customers.retrieve(ids[2]).id == ids[2]


def test_a_refused_call_uses_no_idempotency_key(api: Any, sandbox: Sandbox):
    sandbox.limits.on(account=1, seconds=HOUR)
    api.customers.list()
    refused(api.customers.create, {}, {"idempotency_key": "k"})
    sandbox.limits.off()
    assert api.customers.create({"name": "x"}, {"idempotency_key": "k"}).name == "x"


def test_control(web: Web):
    assert web("GET", "/control/limits")[2] == {"on": False}
    shown = web("POST", "/control/limits", b'{"on": true}')[2]
    assert shown == {"on": True, "account": 25, "endpoint": 25, "seconds": 1.0, "refused": 0}
    web("POST", "/control/limits", b'{"on": true, "account": 1, "seconds": 3600}')
    assert web("GET", "/v1/customers")[0] == 200
    status, headers, _ = web("GET", "/v1/refunds")
    assert (status, headers["Stripe-Rate-Limited-Reason"]) == (429, "global-rate")
    assert web("POST", "/control/limits", b'{"on": false}')[2] == {"on": False}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"{}", "on is true or false."),
        (b'{"on": true, "account": 0}', "account is a whole number from 1."),
        (b'{"on": true, "endpoint": 1.5}', "endpoint is a whole number from 1."),
        (b'{"on": true, "seconds": -1}', "seconds is a number above 0"),
        (b'{"on": true, "rate": 5}', "rate means nothing for the limits"),
    ],
)
def test_control_says_what_is_wrong(web: Web, given: bytes, said: str):
    status, _, answer = web("POST", "/control/limits", given)
    assert status == 400
    assert said in answer["error"]["message"]
