"""Messages that nobody thought of: each gets a typed answer, and nothing comes of any.

Through real servers 2,000 a day, over both databases; 20,000 in the long run.
"""

import time
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app  # noqa: F401 - registers every action
from sockets import ACTIONS
from tests.wire.messages import Watch, code_of, well_formed

IN_PROCESS, ON_A_SERVER, LONG = 200, 500, 5_000
# A user may send only so much a minute.
PER_SHOPPER = 50
# Half of the answers a page would wait for; a busy machine may miss it now and then.
SOON_SECONDS = 2.0
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


def check(action: str, ack: Any) -> None:
    if isinstance(ack, dict) and ack["status"] == "success":
        assert action in READING
    else:
        assert code_of(ack) not in NEVER


@pytest.fixture
def random_messages(shop, request):
    """How many to try."""
    few = IN_PROCESS if shop.front.in_process else ON_A_SERVER
    return settings(
        max_examples=LONG if request.config.getoption("--long") else few,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@pytest.fixture
def crowd(shop, random_messages):
    """Shoppers that take turns; afterwards nothing has happened, and nobody waited."""
    number = random_messages.max_examples // PER_SHOPPER
    shoppers = [shop.shopper(account=n % 4 == 0) for n in range(number)]
    bystander, watch, crowd = shop.shopper(), Watch(shop, *shoppers), Crowd(shoppers)
    logged = 0 if shop.front.in_process else len(shop.front.log)
    yield crowd
    watch.assert_untouched()
    assert bystander.cards() == []
    if not shop.front.in_process:
        assert "Traceback" not in shop.front.log[logged:]
    slow = [seconds for seconds in crowd.seconds if seconds > SOON_SECONDS]
    assert len(slow) <= len(crowd.seconds) // 100


class Crowd:
    """Whose turn it is, and how long each answer took."""

    def __init__(self, shoppers):
        self._turns, self.seconds = cycle(shoppers), []

    @contextmanager
    def turn(self):
        began = time.monotonic()
        yield next(self._turns)
        self.seconds.append(time.monotonic() - began)


def test_any_event_with_any_payload_is_answered(crowd, random_messages):
    @random_messages
    @given(name=st.sampled_from(sorted(ACTIONS)) | any_text, payload=anything)
    def send(name, payload):
        with crowd.turn() as shopper:
            check(name, shopper.raw(name, payload))

    send()


def test_a_sensible_message_with_some_of_it_changed_is_answered(crowd, random_messages):
    @random_messages
    @given(
        action=st.sampled_from(sorted(ACTIONS)),
        left_out=st.sets(st.sampled_from(FIELDS), max_size=2),
        changes=changes,
        spelling=st.sampled_from(["event", "beside", "inside"]),
    )
    def send(action, left_out, changes, spelling):
        with crowd.turn() as shopper:
            one(shopper, action, left_out, changes, spelling)

    def one(shopper, action, left_out, changes, spelling):
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
