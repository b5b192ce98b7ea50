"""What is posted to the webhook and is no event: refused in words, whoever signed it."""

import json

import pytest

from tests.support.owner import post_event, signature

GOOD = {
    "id": "evt_1",
    "object": "event",
    "api_version": "2026-10-28.endive",
    "created": 1,
    "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
    "livemode": False,
    "type": "payment_intent.succeeded",
}
STRANGE = {
    "a list": [],
    "null": None,
    "nothing": {},
    "no data": {k: v for k, v in GOOD.items() if k != "data"},
    "no livemode": {k: v for k, v in GOOD.items() if k != "livemode"},
    "no id": {**GOOD, "id": None},
    "a number as id": {**GOOD, "id": 5},
    "a long id": {**GOOD, "id": "evt_" + "x" * 70},
    "a null byte": {**GOOD, "id": "evt_\x00"},
    "an object without id": {**GOOD, "data": {"object": {"object": "charge", "id": None}}},
    "an object as id": {**GOOD, "data": {"object": {"object": "payment_intent", "id": {}}}},
    "a text as object": {**GOOD, "data": {"object": "pi_1"}},
    "a long type": {**GOOD, "type": "t" * 90},
}


@pytest.mark.parametrize("event", STRANGE.values(), ids=STRANGE.keys())
def test_what_is_signed_and_is_no_event_is_refused(shop, event):
    body = json.dumps(event).encode()
    assert post_event(shop, body, signature(body)).status == 400
    assert shop.rows("SELECT id FROM webhook_event WHERE id = 'evt_1'") == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"a":' * 5000, b"NaN", b'"evt_1"'])
def test_what_can_not_be_read_is_refused(shop, body):
    assert post_event(shop, body, signature(body)).status == 400


@pytest.mark.parametrize("signed", ["t=1,v1=\u00e9", "t=x,v1=1", "\u00fc", "t=,v1=", "v1", "=,=,"])
def test_what_is_no_signature_is_refused(shop, signed):
    assert (
        post_event(shop, json.dumps(GOOD).encode(), signed.encode().decode("latin-1")).status == 400
    )
