"""Whether events arrive is known, and knowing it costs next to nothing."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import gateway
from extensions import assert_no_transaction
from gateway import Gateway
from payments import health
from tests.support.doors import eventually
from tests.support.owner import deliver, event_about, post_event, signature, write
from tests.support.shop import Shop

BODY = json.dumps(event_about({"id": "x", "object": "price"}, "price.updated")).encode()


def row(shop: Shop) -> Any:
    (found,) = shop.rows("SELECT * FROM webhook_health WHERE mode = 'sandbox'")
    return found


def fresh(shop: Shop) -> None:
    """As if nothing had ever been delivered."""
    write(
        shop,
        "UPDATE webhook_health SET failures = 0, last_received_at = NULL, "
        "last_failure = NULL, last_failure_at = NULL",
    )


def written(shop: Shop) -> Any:
    """The row with a failure in it; a process that has just written one writes the next later."""
    return eventually(lambda: row(shop) if row(shop)["failures"] else None, within=30)


def knock(shop: Shop, signed: str = "t=1,v1=no") -> None:
    assert post_event(shop, BODY, signed).status == 400


def later(shop: Shop) -> None:
    """Let the process write what it has kept back, as its background task does in a while."""
    time.sleep(health.RESOLUTION.total_seconds())
    with shop.front.app.app_context():  # type: ignore[attr-defined]
        health.flush()


def test_every_mode_has_its_row_from_the_beginning(shop: Shop) -> None:
    modes = shop.rows("SELECT mode FROM webhook_health ORDER BY mode")
    assert [one["mode"] for one in modes] == ["live", "sandbox", "test"]


def test_an_accepted_event_is_noted(shop: Shop) -> None:
    fresh(shop)
    event = event_about({"id": "x", "object": "price"}, "price.updated")
    assert deliver(shop, event).status == 200
    assert row(shop)["last_received_at"] is not None
    assert row(shop)["failures"] == 0


def test_an_event_that_settles_an_order_is_noted(shop: Shop) -> None:
    fresh(shop)
    shop.shopper().buy()
    shop.pump()
    assert row(shop)["last_received_at"] is not None


@pytest.mark.in_process
def test_an_accepted_event_costs_one_commit_as_ever(shop: Shop) -> None:
    shopper = shop.shopper()
    ack = shopper.buy(number="4000000000003220")
    shop.pump()
    shop.authenticate(ack["client_secret"])
    events = shop.ledger()["events"]
    (paid,) = [event for event in events if event["type"] == "payment_intent.succeeded"]
    other = event_about({"id": "x", "object": "price"}, "price.updated")
    for event in (paid, other):
        with shop.count() as cost:
            assert deliver(shop, event).status == 200
        assert cost.commits == 1
    with shop.count() as cost:
        assert deliver(shop, paid).status == 200
    assert cost.commits == 0


def test_a_bad_signature_is_noted_with_its_reason(shop: Shop) -> None:
    fresh(shop)
    knock(shop, signature(BODY, "whsec_of_another_endpoint"))
    seen = written(shop)
    assert seen["failures"] == 1
    assert "not accepted" in seen["last_failure"]
    assert seen["last_failure_at"] is not None
    assert seen["last_received_at"] is None


def test_a_good_event_ends_the_count(shop: Shop) -> None:
    fresh(shop)
    knock(shop)
    written(shop)
    event = event_about({"id": "x", "object": "price"}, "price.updated")
    assert deliver(shop, event).status == 200
    seen = row(shop)
    assert seen["failures"] == 0
    assert seen["last_failure"] is not None


@pytest.mark.in_process
def test_a_flood_of_bad_signatures_is_not_a_flood_of_writes(shop: Shop) -> None:
    fresh(shop)
    began = time.monotonic()
    with shop.count() as cost:
        for _ in range(60):
            knock(shop)
    seconds = time.monotonic() - began
    assert cost.commits <= 1 + seconds / health.RESOLUTION.total_seconds()
    later(shop)
    assert row(shop)["failures"] == 60


@pytest.mark.in_process
def test_what_was_kept_back_is_forgotten_once_an_event_is_accepted(shop: Shop) -> None:
    fresh(shop)
    for _ in range(5):
        knock(shop)
    event = event_about({"id": "x", "object": "price"}, "price.updated")
    assert deliver(shop, event).status == 200
    later(shop)
    assert row(shop)["failures"] == 0


@pytest.mark.in_process
def test_an_event_that_cannot_be_dealt_with_is_noted_by_the_kind_of_error(shop: Shop) -> None:
    shop.shopper().buy()
    fresh(shop)
    app: Any = shop.front.app  # type: ignore[attr-defined]
    inner = app.extensions["sandbox"].http_client()
    refused = Gateway(
        "sk_live_wrong",
        guard=assert_no_transaction,
        http_client=inner,
        webhook_secret="whsec_sandbox",
    )
    gateway.init_app(app, refused)
    intent = shop.ledger()["payment_intents"][0]
    assert deliver(shop, event_about(intent, "payment_intent.succeeded")).status == 503
    assert row(shop)["last_failure"] == "payment_intent.succeeded: Unavailable"
    assert row(shop)["failures"] == 1


@pytest.mark.in_process
def test_payments_that_no_event_came_after_are_counted(shop: Shop) -> None:
    shop.shopper().buy()
    shop.shopper().buy()
    hours = {"none": None, "long ago": timedelta(hours=5), "just now": timedelta(0)}
    paid = datetime.now(UTC) - timedelta(hours=1)
    write(shop, 'UPDATE "transaction" SET paid_at = :paid', paid=paid.replace(tzinfo=None))
    with shop.front.app.app_context():  # type: ignore[attr-defined]
        untold = {
            name: health.unannounced(datetime.now(UTC) - ago if ago is not None else None)
            for name, ago in hours.items()
        }
    assert untold == {"none": 2, "long ago": 2, "just now": 0}


@pytest.mark.in_process
def test_payments_of_a_moment_ago_are_no_silence(shop: Shop) -> None:
    shop.shopper().buy()
    with shop.front.app.app_context():  # type: ignore[attr-defined]
        assert health.unannounced(None) == 0
