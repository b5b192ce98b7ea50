"""Any actions and faults in any order: whenever things settle, Stripe's ledger is the database.

Hypothesis chooses what one shopper (a guest, who may register, or an account), the owner in
Stripe's dashboard, Stripe itself and chance do next, and looks for the shortest story that breaks
an invariant. A round is one story of up to 30 steps (50 in the long run).
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support import invariants
from tests.support.books import Books
from tests.support.coverage import Coverage
from tests.support.doors import Json
from tests.support.owner import refund
from tests.support.rounds import Rounds
from tests.support.shop import Shop
from tests.support.shopper import VISA, Shopper
from tests.support.trouble import lose, mend, pass_time, reconnect, recover

pytestmark = pytest.mark.in_process
CHUNKS = 8
CI, LONG = 200 // CHUNKS, 5_000 // CHUNKS
STEPS, LONG_STEPS = 30, 50
DECLINED = "4000000000000002"
DECLINED_WHEN_CHARGED = "4000000000000341"
THREE_DS = "4000000000003220"
THEN_DECLINED = "4000008400001629"
NUMBERS = st.sampled_from(
    [VISA, VISA, "5555555555554444", DECLINED, DECLINED_WHEN_CHARGED, THREE_DS, THEN_DECLINED]
)
CALLS = st.sampled_from(
    [
        "*",
        "POST /v1/payment_intents",
        "POST /v1/payment_intents/*/confirm",
        "POST /v1/payment_intents/*/cancel",
        "GET /v1/payment_intents",
        "GET /v1/payment_intents/*",
        "POST /v1/setup_intents",
        "POST /v1/customers",
        "POST /v1/payment_methods/*/detach",
        "GET /v1/refunds",
    ]
)
API_FAULTS = st.sampled_from(
    [
        ("reset", {"when": "before"}),
        ("reset", {"when": "after"}),
        ("cut", {}),
        ("status", {"when": "before", "status": 500}),
        ("status", {"when": "after", "status": 500}),
        ("status", {"when": "after", "status": 502, "body": "html"}),
        ("status", {"when": "before", "status": 429}),
        ("status", {"when": "before", "status": 401}),
    ]
)
# Of refunds no event may get lost for good: nothing but `flask reconcile` would find them.
EVENT_FAULTS = st.sampled_from(
    [
        {"event": "*", "kind": "duplicate", "times": 3},
        {"event": "*", "kind": "reorder", "seed": 7},
        {"event": "*", "kind": "delay", "seconds": 600},
        {"event": "*", "kind": "bad_signature", "tries": 1},
        {"event": "*", "kind": "unknown_object", "extra": True},
        {"event": "*", "kind": "livemode", "extra": True},
        {"event": "payment_intent.*", "kind": "drop"},
    ]
)
BANK = st.sampled_from(["complete", "complete", "fail", "cancel"])
WHICH = st.integers(0, 1_000)
# Answers for which something must be wrong with us, whatever was done.
NEVER = {"internal", "invalid_message", "unknown_action", "rate_limited", "card_data_rejected"}


class Story(RuleBasedStateMachine):
    def __init__(self, shop: Shop, coverage: Coverage) -> None:
        super().__init__()
        self.shop, self.coverage = shop, coverage
        self.users: set[str] = set()
        self.acks: list[Json] = []
        self.sent: list[tuple[str, Json]] = []
        self.transactions: list[str] = []
        self.secrets: list[str] = []
        self.cards: list[str] = []
        self.before: Books | None = None
        mend(shop)
        reconnect(shop)

    @initialize(kind=st.sampled_from(["guest", "guest", "account"]))
    def come_in(self, kind: str) -> None:
        self._is(self.shop.shopper(account=kind == "account"))
        self.tab = self.who.another_tab()

    # The shopper

    @rule(number=NUMBERS, save=st.booleans(), named=st.booleans())
    def buy(self, number: str, save: bool, named: bool) -> None:
        more: Json = {"requestId": self._new_name()} if named else {}
        more |= {"save": True} if save and self.who.email else {}
        self._send("purchase-request", self.who.purchase(number=number, **more))

    @precondition(lambda self: self.cards)
    @rule(which=WHICH, named=st.booleans())
    def buy_with_a_card_of_the_wallet(self, which: int, named: bool) -> None:
        more: Json = {"requestId": self._new_name()} if named else {}
        card = self.cards[which % len(self.cards)]
        self._send("purchase-request", self.who.purchase(card_id=card, **more))

    @precondition(lambda self: self.transactions)
    @rule(which=WHICH, number=NUMBERS)
    def try_another_card(self, which: int, number: str) -> None:
        transaction_id = self._transaction(which)
        message = self.who.purchase(
            number=number, transaction_id=transaction_id, requestId=self._new_name()
        )
        self._send("purchase-request", message)

    @rule(number=NUMBERS)
    def buy_in_the_other_tab(self, number: str) -> None:
        message = self.tab.purchase(number=number, requestId=self._new_name())
        self._send("purchase-request", message, self.tab)

    @precondition(lambda self: self.sent)
    @rule(which=WHICH, elsewhere=st.booleans())
    def send_an_earlier_message_again(self, which: int, elsewhere: bool) -> None:
        action, message = self.sent[which % len(self.sent)]
        message = {**message, "userId": self.who.user_id} if "userId" in message else message
        self._send(action, message, self.tab if elsewhere else self.who)

    @precondition(lambda self: self.secrets)
    @rule(which=WHICH, outcome=BANK)
    def answer_the_bank(self, which: int, outcome: str) -> None:
        secret = self.secrets[which % len(self.secrets)]
        intent = secret.partition("_secret_")[0]
        kind = "setup_intents" if intent.startswith("seti_") else "payment_intents"
        found = self.shop.stripe_js("GET", f"/v1/{kind}/{intent}", {"client_secret": secret})
        if found.json()["status"] == "requires_action":
            self.shop.authenticate(secret, outcome)

    @precondition(lambda self: self.transactions)
    @rule(which=WHICH)
    def come_back_from_the_bank(self, which: int) -> None:
        self._send("confirm-purchase", {"transaction_id": self._transaction(which)})

    @precondition(lambda self: self.transactions)
    @rule(which=WHICH)
    def look_at_an_order(self, which: int) -> None:
        self._send("get-transaction", {"transaction_id": self._transaction(which)})

    @precondition(lambda self: self.who.email)
    @rule(number=NUMBERS)
    def add_a_card(self, number: str) -> None:
        method, token = self.shop.card(number)
        message = {"paymentMethod": method, "token": token, "cogId": self.who.cog_id}
        message |= {"userId": self.who.user_id, "email": self.who.email}
        self._send("create-payment-method", message)

    @precondition(lambda self: self.cards)
    @rule(which=WHICH, action=st.sampled_from(["confirm-card", "remove-card", "set-default-card"]))
    def do_with_a_card(self, which: int, action: str) -> None:
        self._send(action, {"card_id": self.cards[which % len(self.cards)]})

    @precondition(lambda self: self.transactions and not self.who.email)
    @rule(really=st.integers(0, 3))
    def register(self, really: int) -> None:
        # Making the hash of a password is slow: not in every story.
        if really:
            return
        visitor = self.who.visitor
        self.shop.register(visitor, f"story-{uuid.uuid4().hex}@example.com")
        self._is(self.shop.keep(Shopper(self.shop, visitor, self.who.page)))
        self.tab = self.who.another_tab()

    # The owner and Stripe

    @precondition(lambda self: self.transactions)
    @rule(which=WHICH, part=st.sampled_from([3, 2, 1]))
    def refund_at_stripe(self, which: int, part: int) -> None:
        chosen = self._transaction(which)
        paid = [c for c in self.shop.charges() if c["metadata"].get("transaction_id") == chosen]
        for charge in paid:
            left = charge["amount"] - charge["amount_refunded"]
            if left:
                refund(self.shop, charge["payment_intent"], amount=max(1, left // part))

    @rule()
    def deliver_events(self) -> None:
        self.shop.pump()

    @rule(fault=EVENT_FAULTS)
    def events_go_wrong(self, fault: Json) -> None:
        answer = self.shop.control("POST", "webhooks", {"fault": fault})
        assert answer.status == 200, answer.text
        self.coverage.add("fault", f"webhook: {fault['kind']}")

    @rule(call=CALLS, fault=API_FAULTS, first=st.sampled_from([1, 2, 1000]))
    def calls_go_wrong(self, call: str, fault: tuple[str, Json], first: int) -> None:
        kind, options = fault
        lose(self.shop, call, kind, first=first, **options)
        name = " ".join([kind, *(str(v) for v in options.values())])
        self.coverage.add("fault", f"api: {name}")

    @rule()
    def calls_go_well_again(self) -> None:
        mend(self.shop)

    # Time

    @rule(past=st.sampled_from([timedelta(minutes=2), timedelta(minutes=65)]))
    def recovery_runs(self, past: timedelta) -> None:
        recover(self.shop, past)

    @rule(past=st.sampled_from([timedelta(minutes=10), timedelta(hours=25)]))
    def time_passes(self, past: timedelta) -> None:
        self.shop.advance_clock(int(past.total_seconds()))
        pass_time(self.shop, past)

    @rule()
    def all_settles(self) -> None:
        mend(self.shop)
        answer = self.shop.control("POST", "webhooks", {"fault": {"clear": True}})
        assert answer.status == 200, answer.text
        self.shop.pump()
        # What was not taken or is delayed, Stripe brings in the course of the next days.
        for _ in range(4):
            if not self._undelivered():
                break
            self.time_passes(timedelta(hours=25))
            self.shop.pump()
        recover(self.shop, timedelta(minutes=65))
        self.before = invariants.check_shop(
            self.shop, user_ids=self.users, closed=True, before=self.before, acks=self.acks
        )

    def teardown(self) -> None:
        if not self.users:
            return
        self.all_settles()
        assert self.before is not None
        self.coverage.add_moves(self.before)
        self.coverage.add_acks(self.acks)
        self.coverage.add("rounds", "stories of the state machine")
        self.who.close()
        self.tab.close()

    def _is(self, shopper: Shopper) -> None:
        self.who = shopper
        self.users.add(shopper.user_id)

    def _new_name(self) -> str:
        return f"{len(self.acks)}-{len(self.sent)}"

    def _transaction(self, which: int) -> str:
        return self.transactions[which % len(self.transactions)]

    def _send(self, action: str, message: Json, tab: Shopper | None = None) -> None:
        ack = (tab or self.who).send(action, message)
        self.sent.append((action, message))
        self.acks.append(ack)
        code = ack["error"]["code"] if ack["status"] == "error" else None
        assert code not in NEVER, ack
        transaction, card = ack.get("transaction"), ack.get("card")
        if transaction and transaction["id"] not in self.transactions:
            self.transactions.append(transaction["id"])
        if card and card["id"] not in self.cards:
            self.cards.append(card["id"])
        secret = ack.get("client_secret")
        if secret and secret not in self.secrets:
            self.secrets.append(secret)

    def _undelivered(self) -> list[Json]:
        deliveries = self.shop.control("GET", "webhooks").json()["deliveries"]
        return [delivery for delivery in deliveries if delivery["state"] == "pending"]


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_whatever_happens_the_ledger_is_the_database(
    shop: Shop, rounds: Rounds, coverage: Coverage, request: pytest.FixtureRequest, chunk: int
) -> None:
    stories = settings(
        max_examples=rounds.figure(CI, LONG),
        stateful_step_count=rounds.figure(STEPS, LONG_STEPS),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )

    def story() -> Story:
        return Story(shop, coverage)

    chosen: Callable[[], Any] = seed(f"{request.config.getoption('--seed')} {chunk}")(story)
    run_state_machine_as_test(chosen, settings=stories)
