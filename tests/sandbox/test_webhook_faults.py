"""Faults of the webhooks: what a receiver gets, and what it can make of it."""

import json
from pathlib import Path
from typing import Any

import pytest
import stripe

from sandbox import Sandbox
from tests.sandbox.helpers import Inbox, Web

URL, SECRET = "http://shop.example/webhook", "whsec_sandbox"
SPOILT = ["bad_signature", "ancient", "livemode", "unknown_object"]


@pytest.fixture(autouse=True)
def registered(sandbox: Sandbox) -> None:
    sandbox.register_webhook(URL, SECRET)


def bodies(inbox: Inbox) -> list[Any]:
    return [json.loads(body) for _, body, _ in inbox.received]


def types_in(inbox: Inbox) -> list[str]:
    return [body["type"] for body in bodies(inbox)]


def is_sound(received: Any) -> bool:
    _, body, headers = received
    try:
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], SECRET)
    except stripe.SignatureVerificationError:
        return False
    return True


def states(sandbox: Sandbox) -> list[str]:
    return [delivery["state"] for delivery in sandbox.webhooks()["deliveries"]]


def test_duplicates(pay: Any, sandbox: Sandbox, inbox: Inbox):
    rule = sandbox.webhook_faults.add("payment_intent.succeeded", "duplicate", times=3)
    pay("pm_card_visa")
    assert sandbox.pump() == 5
    succeeded = [body for body in bodies(inbox) if body["type"] == "payment_intent.succeeded"]
    assert len(succeeded) == 3
    assert len({body["id"] for body in succeeded}) == 1
    assert sandbox.webhook_faults.list() == [rule | {"matched": 1, "fired": 1}]


def test_what_is_dropped_is_still_listed(pay: Any, api: Any, sandbox: Sandbox, inbox: Inbox):
    sandbox.webhook_faults.add("payment_intent.*", "drop")
    pay("pm_card_visa")
    sandbox.pump()
    sandbox.clock.advance(7 * 86400)
    sandbox.pump()
    assert types_in(inbox) == ["charge.succeeded"]
    assert states(sandbox) == ["dropped", "succeeded", "dropped"]
    missed = api.events.list({"delivery_success": False})
    assert {event.type for event in missed.data} == {
        "payment_intent.created",
        "payment_intent.succeeded",
    }


def test_late_by_the_sandbox_clock(api: Any, sandbox: Sandbox, inbox: Inbox):
    sandbox.webhook_faults.add("*", "delay", seconds=600)
    api.customers.create()
    assert sandbox.pump() == 0
    sandbox.clock.advance(601)
    assert sandbox.pump() == 1
    assert is_sound(inbox.received[0])


def order(folder: Path, seed: int, **more: Any) -> list[str]:
    """The order in which ten events arrive, named by their place of making."""
    inbox = Inbox()
    sandbox = Sandbox(folder / f"{seed}{len(list(folder.iterdir()))}.sqlite3", deliver=inbox)
    try:
        sandbox.register_webhook(URL, SECRET)
        sandbox.webhook_faults.add("*", "reorder", seed=seed, **more)
        client = stripe.StripeClient("sk_test_x", http_client=sandbox.http_client()).v1
        for number in range(10):
            client.customers.create({"name": str(number)})
        sandbox.clock.advance(100)
        assert sandbox.pump() == 10
        return [body["data"]["object"]["name"] for body in bodies(inbox)]
    finally:
        sandbox.close()


def test_another_order_the_same_for_the_same_seed(tmp_path: Path):
    made = [str(number) for number in range(10)]
    first = order(tmp_path, 1)
    assert first != made
    assert sorted(first) == made
    assert first == order(tmp_path, 1)
    assert first != order(tmp_path, 2)


def test_spread_over_time(api: Any, sandbox: Sandbox, inbox: Inbox):
    sandbox.webhook_faults.add("*", "reorder", seed=3, seconds=3600)
    for _ in range(20):
        api.customers.create()
    tried = [sandbox.pump()]
    for _ in range(4):
        sandbox.clock.advance(900)
        tried.append(sandbox.pump())
    assert sum(tried) == 20
    assert sum(count > 0 for count in tried) >= 3


@pytest.mark.parametrize("kind", ["bad_signature", "ancient"])
def test_signatures_that_a_receiver_refuses(kind: Any, api: Any, sandbox: Sandbox, inbox: Inbox):
    sandbox.webhook_faults.add("*", kind, tries=1)
    inbox.answers = [400]
    api.customers.create()
    sandbox.pump()
    assert not is_sound(inbox.received[0])
    sandbox.clock.advance(2)
    assert sandbox.pump() == 1
    assert is_sound(inbox.received[1])
    assert inbox.received[0][1] == inbox.received[1][1]
    assert states(sandbox) == ["succeeded"]


def test_an_ancient_one_is_signed_rightly_for_its_time(api: Any, sandbox: Sandbox, inbox: Inbox):
    sandbox.webhook_faults.add("*", "ancient", seconds=400)
    api.customers.create()
    sandbox.pump()
    _, body, headers = inbox.received[0]
    signature = headers["Stripe-Signature"]
    assert stripe.Webhook.construct_event(body, signature, SECRET, tolerance=3600)
    assert not is_sound(inbox.received[0])


def test_of_the_other_mode(pay: Any, sandbox: Sandbox, inbox: Inbox):
    sandbox.webhook_faults.add("payment_intent.succeeded", "livemode")
    intent = pay("pm_card_visa")
    sandbox.pump()
    body = bodies(inbox)[-1]
    assert (body["livemode"], body["data"]["object"]["livemode"]) == (True, True)
    assert body["data"]["object"]["id"] == intent.id
    assert is_sound(inbox.received[-1])


def test_about_an_unknown_object(pay: Any, api: Any, sandbox: Sandbox, inbox: Inbox):
    sandbox.webhook_faults.add("charge.succeeded", "unknown_object")
    pay("pm_card_visa")
    sandbox.pump()
    (body,) = [one for one in bodies(inbox) if one["type"] == "charge.succeeded"]
    charge = body["data"]["object"]
    assert charge["id"].startswith("ch_")
    assert charge["payment_intent"].startswith("pi_")
    assert all(is_sound(received) for received in inbox.received)
    with pytest.raises(stripe.InvalidRequestError, match="No such"):
        api.payment_intents.retrieve(charge["payment_intent"])


@pytest.mark.parametrize("kind", SPOILT)
def test_a_spoilt_one_beside_the_sound_one(kind: Any, api: Any, sandbox: Sandbox, inbox: Inbox):
    """What is signed rightly has an id of its own: the sound event must not look known."""
    sandbox.webhook_faults.add("*", kind, extra=True)
    customer = api.customers.create()
    assert sandbox.pump() == 2
    spoilt, sound = bodies(inbox)
    assert sound["data"]["object"]["id"] == customer.id
    assert not sound["livemode"]
    assert is_sound(inbox.received[1])
    assert (spoilt["id"] == sound["id"]) == (kind in ("bad_signature", "ancient"))
    assert [one["fault"] for one in sandbox.webhooks()["deliveries"]] == [kind, None]


def test_a_spoilt_one_stays_the_same_event_over_its_tries(api: Any, sandbox: Sandbox, inbox: Inbox):
    sandbox.webhook_faults.add("*", "unknown_object")
    inbox.answers = [500]
    api.customers.create()
    sandbox.pump()
    sandbox.clock.advance(2)
    sandbox.pump()
    first, second = bodies(inbox)
    assert first["id"] == second["id"]


def test_several_faults_of_one_delivery(api: Any, sandbox: Sandbox, inbox: Inbox):
    sandbox.webhook_faults.add("*", "delay", seconds=10)
    sandbox.webhook_faults.add("customer.*", "duplicate")
    sandbox.webhook_faults.add("customer.created", "bad_signature")
    api.customers.create()
    assert sandbox.pump() == 0
    sandbox.clock.advance(11)
    assert sandbox.pump() == 2
    assert [is_sound(received) for received in inbox.received] == [False, False]


def test_which_deliveries(api: Any, sandbox: Sandbox, inbox: Inbox):
    sandbox.webhook_faults.add("customer.created", "drop", first=1)
    sandbox.webhook_faults.add("*", "duplicate", nth=3)
    for name in "abc":
        api.customers.create({"name": name})
    sandbox.pump()
    assert [body["data"]["object"]["name"] for body in bodies(inbox)] == ["b", "c", "c"]
    assert [(r["matched"], r["fired"]) for r in sandbox.webhook_faults.list()] == [(3, 1), (3, 1)]


def test_a_deleted_endpoint_takes_its_faults_along(api: Any, sandbox: Sandbox, inbox: Inbox):
    sandbox.webhook_faults.add("*", "bad_signature")
    api.customers.create()
    (endpoint,) = api.webhook_endpoints.list().data
    api.webhook_endpoints.delete(endpoint.id)
    sandbox.webhook_faults.clear()
    sandbox.register_webhook(URL, SECRET)
    api.customers.create()
    sandbox.webhook_faults.add("*", "ancient")
    api.customers.create()
    assert sandbox.pump() == 2
    assert [is_sound(received) for received in inbox.received] == [True, False]


def test_control(web: Web, api: Any, sandbox: Sandbox):
    given = b'{"fault": {"event": "*", "kind": "drop", "first": 1}}'
    status, _, answer = web("POST", "/control/webhooks", given)
    assert (status, answer["fault"]["kind"]) == (200, "drop")
    api.customers.create()
    overview = web("GET", "/control/webhooks")[2]
    assert overview["deliveries"][0]["state"] == "dropped"
    assert overview["faults"] == [answer["fault"] | {"matched": 1, "fired": 1}]
    remove = b'{"fault": {"remove": %d}}' % answer["fault"]["id"]
    assert web("POST", "/control/webhooks", remove)[2] == {"faults": []}
    web("POST", "/control/webhooks", given)
    assert web("POST", "/control/webhooks", b'{"fault": {"clear": true}}')[2] == {"faults": []}


def test_the_two_kinds_of_faults_do_not_mix(web: Web, sandbox: Sandbox):
    rule = sandbox.webhook_faults.add("*", "drop")
    other = sandbox.faults.add("*", "reset")
    with pytest.raises(ValueError, match="There is no fault"):
        sandbox.faults.remove(rule["id"])
    sandbox.webhook_faults.clear()
    assert sandbox.faults.list() == [other]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{}", "kind is one of: duplicate, drop,"),
        ('{"kind": "drop"}', 'event is like "payment_intent.succeeded"'),
        ('{"kind": "drop", "event": "payment_intent"}', "event is like"),
        ('{"kind": "drop", "event": "x.y z"}', "event is like"),
        ('{"kind": "drop", "event": "*", "times": 2}', "times means nothing for a webhook fault"),
        ('{"kind": "duplicate", "event": "*", "times": 1}', "times is a whole number from 2"),
        ('{"kind": "duplicate", "event": "*", "times": 101}', "from 2 to 100."),
        ('{"kind": "delay", "event": "*"}', "seconds is a number above 0"),
        ('{"kind": "reorder", "event": "*", "seed": "x"}', "seed is a whole number from 0."),
        ('{"kind": "livemode", "event": "*", "extra": 1}', "extra is true or false."),
        ('{"kind": "livemode", "event": "*", "tries": 0}', "tries is a whole number from 1."),
        ('{"remove": 1}', "There is no fault 1."),
    ],
)
def test_control_says_what_is_wrong(web: Web, given: str, said: str):
    body = b'{"fault": %s}' % given.encode()
    status, _, answer = web("POST", "/control/webhooks", body)
    assert status == 400
    assert said in answer["error"]["message"]
