"""Messages that nobody thought of: each gets a typed answer, and nothing comes of any."""

from itertools import cycle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app  # noqa: F401 - registers every action
from sockets import ACTIONS
from tests.wire.messages import Watch, code_of, well_formed

SHOPPERS = 8
READING = {name for name in ACTIONS if name.startswith("get-")}
NEVER = {"internal", "unavailable", "rate_limited", "session_expired"}

any_text = st.text(st.characters(), max_size=40)
plain = (
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats()
    | any_text
    | st.sampled_from(["", "r1", "single", "permanent", "pm_x", "a@example.com", "txn_x"])
)
anything = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(any_text | st.just("id"), inner, max_size=4)
        | st.lists(st.fixed_dictionaries({"item_id": inner, "price_cents": inner}), max_size=3)
    ),
    max_leaves=12,
)
FIELDS = """userId cogId email tokenType paymentMethod token card_id transaction_id cursor items
    stripePayment tokenObj save requestId message action""".split()
changes = st.dictionaries(st.sampled_from(FIELDS) | any_text, anything, max_size=4)
random_messages = settings(
    max_examples=200,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def check(action: str, ack: Any) -> None:
    if isinstance(ack, dict) and ack["status"] == "success":
        assert action in READING
    else:
        assert code_of(ack) not in NEVER


@pytest.fixture
def crowd(shop):
    """Shoppers that take turns, since each may send only so much; afterwards nothing happened."""
    shoppers = [shop.shopper(account=number % 2 == 0) for number in range(SHOPPERS)]
    watch = Watch(shop, *shoppers)
    yield shoppers
    watch.assert_untouched()


def test_any_event_with_any_payload_is_answered(crowd):
    turns = cycle(crowd)

    @random_messages
    @given(name=st.sampled_from(sorted(ACTIONS)) | any_text, payload=anything)
    def send(name, payload):
        check(name, next(turns).raw(name, payload))

    send()


def test_a_sensible_message_with_some_of_it_changed_is_answered(crowd):
    turns = cycle(crowd)

    @random_messages
    @given(
        action=st.sampled_from(sorted(ACTIONS)),
        left_out=st.sets(st.sampled_from(FIELDS), max_size=2),
        changes=changes,
        spelling=st.sampled_from(["event", "beside", "inside"]),
    )
    def send(action, left_out, changes, spelling):
        shopper = next(turns)
        # With its token, a new card would be well-formed, and Stripe would be asked.
        left_out |= {"token"} if action == "create-payment-method" else set()
        kept = {k: v for k, v in well_formed(shopper)[action].items() if k not in left_out}
        payload = {**kept, **changes}
        if spelling == "event":
            check(action, shopper.raw(action, payload))
        elif spelling == "inside":
            check(action, shopper.send_frame({"action": action, "message": payload}))
        else:
            check(action, shopper.send_frame({**payload, "action": action}))

    send()
