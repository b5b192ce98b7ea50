"""What may happen in a story of the state machine, and what must hold whenever it settles."""

import random
import uuid
from datetime import timedelta

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.support import invariants
from tests.support.books import Books
from tests.support.coverage import Coverage
from tests.support.doors import Json
from tests.support.owner import refund
from tests.support.shop import Shop
from tests.support.shopper import VISA, Shopper
from tests.support.trouble import discover, lose, mend, pass_time, recover

DECLINED, DECLINED_LATER = "4000000000000002", "4000000000000341"
MASTERCARD = "5555555555554444"
THREE_DS = "4000000000003220"
THEN_DECLINED = "4000008400001629"
NUMBERS = (VISA, VISA, VISA, VISA, MASTERCARD, DECLINED, DECLINED_LATER, THREE_DS, THEN_DECLINED)
CALLS = (
    *("POST /v1/payment_intents",) * 5,
    *("POST /v1/payment_intents/*/confirm",) * 2,
    *("*",) * 2,
    "POST /v1/payment_intents/*/cancel",
    "GET /v1/payment_intents",
    "GET /v1/payment_intents/*",
    "POST /v1/setup_intents",
    "POST /v1/customers",
    "POST /v1/payment_methods/*/detach",
    "GET /v1/refunds",
)
API_FAULTS: tuple[tuple[str, Json], ...] = (
    ("reset", {"when": "after"}),
    ("reset", {"when": "before"}),
    ("cut", {}),
    ("status", {"when": "before", "status": 500}),
    ("status", {"when": "after", "status": 500}),
    ("status", {"when": "after", "status": 502, "body": "html"}),
    ("status", {"when": "before", "status": 429}),
    ("status", {"when": "before", "status": 401}),
)
EVENT_FAULTS: tuple[Json, ...] = (
    {"event": "*", "kind": "duplicate", "times": 3},
    {"event": "*", "kind": "reorder", "seed": 7},
    {"event": "*", "kind": "delay", "seconds": 600},
    {"event": "*", "kind": "bad_signature", "tries": 1},
    {"event": "*", "kind": "unknown_object", "extra": True},
    {"event": "*", "kind": "livemode", "extra": True},
    {"event": "*", "kind": "drop"},
)
PURCHASE = (
    "buy",
    "buy",
    "buy_with_a_card_of_the_wallet",
    "try_another_card",
    "buy_in_the_other_tab",
    "send_an_earlier_message_again",
)
SHOPPER = (
    *PURCHASE,
    "answer_the_bank",
    "answer_the_bank",
    "come_back_from_the_bank",
    "look_at_an_order",
    "add_a_card",
    "do_with_a_card",
    "register",
)
WORLD = (
    *("calls_go_wrong",) * 6,
    *("calls_go_well_again", "deliver_events", "recovery_runs", "refund_at_stripe") * 2,
    *("events_go_wrong", "minutes_pass", "a_day_passes", "all_settles"),
)
ACTS = (*SHOPPER, *SHOPPER, *WORLD)
# Answers for which something must be wrong with us, whatever was done.
NEVER = {"internal", "invalid_message", "unknown_action", "rate_limited", "card_data_rejected"}


class Story(RuleBasedStateMachine):
    """One rule, which throws dice for what to do: with many, each story would use only a few.

    What can't be done yet (confirm without a purchase) is a purchase instead: so what Hypothesis
    draws depends on nothing that happened. A story that fails is told act by act.
    """

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

    @initialize(
        kind=st.sampled_from(["guest", "guest", "account"]), number=st.sampled_from(NUMBERS)
    )
    def come_in(self, kind: str, number: str) -> None:
        self._is(self.shop.shopper(account=kind == "account"))
        if self.who.email:
            self.add_a_card(0, number, False)

    @rule(dice=st.integers(0, 2**64 - 1))
    def then(self, dice: int) -> None:
        chance = random.Random(dice)
        act, which, number = chance.choice(ACTS), chance.randrange(10_000), chance.choice(NUMBERS)
        note(f"{act} {which} {number}")
        if act in WORLD:
            getattr(self, act)(which)
        else:
            getattr(self, act)(which, number, chance.random() < 0.5)

    # The shopper

    def buy(self, which: int, number: str, flag: bool) -> None:
        more: Json = {"requestId": self._new_name()} if which % 3 else {}
        more |= {"save": True} if flag and self.who.email else {}
        self._send("purchase-request", self.who.purchase(number=number, **more))

    def buy_with_a_card_of_the_wallet(self, which: int, number: str, flag: bool) -> None:
        if not self.cards:
            return self.buy(which, number, flag)
        more: Json = {"requestId": self._new_name()} if flag else {}
        card = self.cards[which % len(self.cards)]
        return self._send("purchase-request", self.who.purchase(card_id=card, **more))

    def try_another_card(self, which: int, number: str, flag: bool) -> None:
        if not self.transactions:
            return self.buy(which, number, flag)
        chosen: Json = {"transaction_id": self._transaction(which), "requestId": self._new_name()}
        means: Json = {"card_id": self.cards[-1]} if flag and self.cards else {"number": number}
        return self._send("purchase-request", self.who.purchase(**chosen, **means))

    def buy_in_the_other_tab(self, _which: int, number: str, _flag: bool) -> None:
        message = self.tab.purchase(number=number, requestId=self._new_name())
        self._send("purchase-request", message, self.tab)

    def send_an_earlier_message_again(self, which: int, number: str, flag: bool) -> None:
        if not self.sent:
            return self.buy(which, number, flag)
        action, message = self.sent[-1 - which % len(self.sent)]
        message = {**message, "userId": self.who.user_id} if "userId" in message else message
        return self._send(action, message, self.tab if flag else self.who)

    def answer_the_bank(self, which: int, number: str, flag: bool) -> None:
        if not self.secrets:
            return self.buy(which, THREE_DS, flag)
        secret = self.secrets[-1 - which % len(self.secrets)]
        intent = secret.partition("_secret_")[0]
        kind = "setup_intents" if intent.startswith("seti_") else "payment_intents"
        found = self.shop.stripe_js("GET", f"/v1/{kind}/{intent}", {"client_secret": secret})
        if found.json()["status"] == "requires_action":
            self.shop.authenticate(secret, ("complete", "complete", "fail", "cancel")[which % 4])
        return None

    def come_back_from_the_bank(self, which: int, number: str, flag: bool) -> None:
        if not self.transactions:
            return self.buy(which, THREE_DS, flag)
        return self._send("confirm-purchase", {"transaction_id": self._transaction(which)})

    def look_at_an_order(self, which: int, number: str, flag: bool) -> None:
        if not self.transactions:
            return self.buy(which, number, flag)
        return self._send("get-transaction", {"transaction_id": self._transaction(which)})

    def add_a_card(self, which: int, number: str, flag: bool) -> None:
        if not self.who.email:
            return self.buy(which, number, flag)
        method, token = self.shop.card(number)
        message = {"paymentMethod": method, "token": token, "cogId": self.who.cog_id}
        message |= {"userId": self.who.user_id, "email": self.who.email}
        return self._send("create-payment-method", message)

    def do_with_a_card(self, which: int, number: str, flag: bool) -> None:
        if not self.cards:
            return self.add_a_card(which, number, flag)
        action = ("confirm-card", "set-default-card", "remove-card", "dismiss-renewal")[which % 4]
        return self._send(action, {"card_id": self.cards[which % len(self.cards)]})

    def register(self, which: int, number: str, flag: bool) -> None:
        # Making the hash of a password is slow: in a few stories only.
        if self.who.email or which % 8:
            return self.buy(which, number, flag)
        visitor = self.who.visitor
        self.shop.register(visitor, f"story-{uuid.uuid4().hex[:12]}@example.com")
        return self._is(self.shop.keep(Shopper(self.shop, visitor, self.who.page)))

    # The owner, Stripe, chance and time

    def refund_at_stripe(self, which: int) -> None:
        if not self.transactions:
            return
        mend(self.shop)  # the owner's own call would meet the fault too
        chosen = self._transaction(which)
        for charge in self.shop.charges():
            left = charge["amount"] - charge["amount_refunded"]
            if charge["metadata"].get("transaction_id") == chosen and left:
                part = max(1, left // (which % 3 + 1))
                refund(self.shop, charge["payment_intent"], amount=part)

    def deliver_events(self, _which: int) -> None:
        self.shop.pump()

    def events_go_wrong(self, which: int) -> None:
        fault = EVENT_FAULTS[which % len(EVENT_FAULTS)]
        self._change_events(fault)
        self.coverage.add("fault", f"webhook: {fault['kind']}")

    def calls_go_wrong(self, which: int) -> None:
        call, rest = CALLS[which % len(CALLS)], which // len(CALLS)
        kind, options = API_FAULTS[rest % len(API_FAULTS)]
        first = (1, 2, 1000)[rest // len(API_FAULTS) % 3]
        lose(self.shop, call, kind, first=first, **options)
        name = " ".join([kind, *(str(v) for v in options.values())])
        self.coverage.add("fault", f"api: {name}")

    def calls_go_well_again(self, _: int) -> None:
        mend(self.shop)

    def recovery_runs(self, which: int) -> None:
        recover(self.shop, timedelta(minutes=(2, 65)[which % 2]))

    def minutes_pass(self, which: int) -> None:
        self._pass(timedelta(minutes=which % 60))

    def a_day_passes(self, _which: int) -> None:
        self._pass(timedelta(hours=25))

    def all_settles(self, _which: int) -> None:
        mend(self.shop)
        self._change_events({"clear": True})
        self.shop.pump()
        # What was not taken or is delayed, Stripe brings in the course of the next days.
        for _ in range(4):
            if not self._undelivered():
                break
            self._pass(timedelta(hours=25))
            self.shop.pump()
        # Twice: a lost answer may turn out to be a question of the bank's, left for an hour again.
        recover(self.shop, timedelta(minutes=65), rounds=2)
        discover(self.shop)
        self.before = invariants.check_shop(
            self.shop, user_ids=self.users, closed=True, before=self.before, acks=self.acks
        )

    def teardown(self) -> None:
        if not self.users:
            return
        self.all_settles(0)
        assert self.before is not None
        self.coverage.add_moves(self.before)
        self.coverage.add_acks(self.acks)
        self.coverage.add("rounds", "stories of the state machine")
        self.who.close()
        self.tab.close()

    def _is(self, shopper: Shopper) -> None:
        self.who, self.tab = shopper, shopper.another_tab()
        self.users.add(shopper.user_id)

    def _pass(self, past: timedelta) -> None:
        self.shop.advance_clock(int(past.total_seconds()))
        pass_time(self.shop, past)

    def _change_events(self, fault: Json) -> None:
        answer = self.shop.control("POST", "webhooks", {"fault": fault})
        assert answer.status == 200, answer.text

    def _new_name(self) -> str:
        return f"{len(self.acks)}-{len(self.sent)}"

    def _transaction(self, which: int) -> str:
        return self.transactions[-1 - which % min(3, len(self.transactions))]

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
