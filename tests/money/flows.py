"""What somebody may be doing when a call to Stripe goes wrong.

A flow brings somebody as far as its last step, and returns that; done again, it is re-sent.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.support.desk import Desk
from tests.support.doors import Json
from tests.support.owner import delete_customer, deliver, events, refund, try_at_stripe
from tests.support.shop import PASSWORD, Shop
from tests.support.shopper import Shopper
from tests.support.trouble import lose, mend, recover

DECLINED = "4000000000000002"
MASTERCARD = "5555555555554444"
THREE_DS = "4000000000003220"
DISPUTED = "4000000000000259"
# What the command's exit status means for the money.
REFUND_EXITS = {0: None, 1: "unavailable", 2: "usage", 3: "payment_pending"}
CREATE = "POST /v1/payment_intents"
# How many share one account: a user may send only so much a minute, and accounts are slow.
PER_ACCOUNT = 20
Step = Callable[[], Json]


@dataclass
class Stage:
    """Where flows begin: the shop, and an account that several of them share."""

    shop: Shop
    _account: Shopper | None = None
    _used: int = 0

    def account(self) -> Shopper:
        if self._account is None or self._used >= PER_ACCOUNT:
            self._account, self._used = self.shop.shopper(account=True), 0
        self._used += 1
        return self._account


Flow = Callable[[Stage], Step]


def typed_card(stage: Stage) -> Step:
    return _purchase(stage.shop.shopper())


def wallet_card(stage: Stage) -> Step:
    shopper = stage.account()
    return _purchase(shopper, card_id=shopper.add_card()["id"])


def saved_with_the_purchase(stage: Stage) -> Step:
    return _purchase(stage.shop.shopper(account=True), save=True)


def another_card(stage: Stage) -> Step:
    shopper = stage.shop.shopper()
    first = shopper.buy(number=DECLINED)["transaction"]["id"]
    return _purchase(shopper, transaction_id=first, number=MASTERCARD)


def a_customers_card_for_an_intent_without_one(stage: Stage) -> Step:
    shopper = stage.shop.shopper(account=True)
    first = shopper.buy(number=DECLINED)["transaction"]["id"]
    return _purchase(shopper, transaction_id=first, card_id=shopper.add_card(MASTERCARD)["id"])


def back_from_the_bank(stage: Stage) -> Step:
    shopper = stage.shop.shopper()
    asked = shopper.buy(number=THREE_DS)
    stage.shop.authenticate(asked["client_secret"])
    return lambda: shopper.confirm(asked["transaction"]["id"])


def looked_at_while_the_bank_waits(stage: Stage) -> Step:
    shopper = stage.shop.shopper()
    asked = shopper.buy(number=THREE_DS)["transaction"]["id"]
    return lambda: shopper.send("get-transaction", transaction_id=asked)


def new_card(stage: Stage) -> Step:
    shopper = stage.shop.shopper(account=True)
    card = stage.shop.card()
    return lambda: shopper.create_payment_method(card=card)


def another_new_card(stage: Stage) -> Step:
    shopper = stage.account()
    shopper.add_card()
    card = stage.shop.card()
    return lambda: shopper.create_payment_method(card=card)


def new_card_back_from_the_bank(stage: Stage) -> Step:
    shopper = stage.account()
    asked = shopper.create_payment_method(THREE_DS)
    stage.shop.authenticate(asked["client_secret"])
    return lambda: shopper.send("confirm-card", card_id=asked["card"]["id"])


def single_card(stage: Stage) -> Step:
    shopper, card = stage.shop.shopper(), stage.shop.card()
    return lambda: shopper.create_payment_method(card=card, tokenType="single")


def card_removed(stage: Stage) -> Step:
    shopper = stage.account()
    card = shopper.add_card()["id"]
    done: list[Json] = []

    def step() -> Json:
        # Removing what is gone is `not_found`: the answer of the first time counts.
        done.append(done[0] if done else shopper.send("remove-card", card_id=card))
        return done[-1]

    return step


def recovered_after_a_charge(stage: Stage) -> Step:
    return _recovery(stage, "after")


def recovered_without_a_charge(stage: Stage) -> Step:
    return _recovery(stage, "before")


def left_at_the_bank(stage: Stage) -> Step:
    stage.shop.shopper().buy(number=THREE_DS)
    return lambda: _recovered(stage.shop, timedelta(minutes=65))


def refunded_at_stripe(stage: Stage) -> Step:
    bought = stage.shop.shopper().pay()
    sql = 'SELECT payment_intent_id AS id FROM "transaction" WHERE id = :id'
    made = refund(stage.shop, stage.shop.rows(sql, id=bought["id"])[0]["id"])
    return _delivery(stage, "refund.created", made["id"])


def refund_commanded(stage: Stage) -> Step:
    bought = stage.shop.shopper().pay()["id"]
    desk = Desk(stage.shop)

    def step() -> Json:
        code = REFUND_EXITS[desk.run("refunds create", bought).exit_code]
        return (
            {"status": "success"} if code is None else {"status": "error", "error": {"code": code}}
        )

    return step


def disputed_at_the_bank(stage: Stage) -> Step:
    stage.shop.shopper().pay(number=DISPUTED)
    stage.shop.advance_clock(1)
    made = stage.shop.ledger()["disputes"][-1]["id"]
    return _delivery(stage, "charge.dispute.created", made)


def a_card_of_an_event(stage: Stage) -> Step:
    shopper = stage.account()
    shopper.add_card()
    method = stage.shop.ledger()["payment_methods"][-1]["id"]
    return _delivery(stage, "payment_method.attached", method)


def a_card_tried_past_the_shop(stage: Stage) -> Step:
    shopper = stage.account()
    secret = shopper.create_payment_method(THREE_DS)["client_secret"]
    assert try_at_stripe(stage.shop, secret, DECLINED) == 402
    return _delivery(stage, "setup_intent.setup_failed", secret.partition("_secret_")[0])


def a_customer_deleted_at_stripe(stage: Stage) -> Step:
    shopper = stage.shop.shopper(account=True)
    shopper.add_card()
    return _delivery(stage, "customer.deleted", delete_customer(stage.shop, shopper.user_id))


def account_deleted(stage: Stage) -> Step:
    # What others left open is over before: this is about what the account leaves behind.
    recover(stage.shop, timedelta(minutes=65))
    shopper = stage.shop.shopper(account=True)
    shopper.add_card()
    answer = shopper.visitor.submit("/account/delete", {"password": PASSWORD})
    assert answer.status == 303
    return lambda: _recovered(stage.shop, timedelta(minutes=2))


def another_email(stage: Stage) -> Step:
    recover(stage.shop, timedelta(minutes=65))
    shopper = stage.shop.shopper(account=True)
    shopper.add_card()
    form = {"email": f"new-{shopper.email}", "password": PASSWORD}
    assert shopper.visitor.submit("/account/email", form).status == 303
    return lambda: _recovered(stage.shop, timedelta(minutes=2))


# Those of guests first: they are the cheapest.
FLOWS = (
    typed_card,
    another_card,
    back_from_the_bank,
    single_card,
    recovered_without_a_charge,
    recovered_after_a_charge,
    left_at_the_bank,
    looked_at_while_the_bank_waits,
    refunded_at_stripe,
    refund_commanded,
    disputed_at_the_bank,
    another_new_card,
    new_card_back_from_the_bank,
    card_removed,
    a_card_of_an_event,
    a_card_tried_past_the_shop,
    wallet_card,
    new_card,
    a_customers_card_for_an_intent_without_one,
    saved_with_the_purchase,
    a_customer_deleted_at_stripe,
    account_deleted,
    another_email,
)
# Stripe comes again with what wasn't taken: it never leaves.
STRIPES_OWN = (
    refunded_at_stripe,
    disputed_at_the_bank,
    a_card_of_an_event,
    a_card_tried_past_the_shop,
    a_customer_deleted_at_stripe,
)


def _purchase(shopper: Shopper, **choices: Any) -> Step:
    message = shopper.purchase(requestId=str(uuid.uuid4()), **choices)
    return lambda: shopper.send("purchase-request", message)


def _recovery(stage: Stage, when: str) -> Step:
    lose(stage.shop, CREATE, when=when)
    ack = stage.shop.shopper().buy()
    mend(stage.shop)
    assert ack["error"]["code"] == "payment_pending"
    return lambda: _recovered(stage.shop, timedelta(minutes=2))


def _recovered(shop: Shop, past: timedelta) -> Json:
    recover(shop, past)
    return {"status": "success"}


def _delivery(stage: Stage, kind: str, about: str) -> Step:
    event = events(stage.shop, kind, about)[-1]

    def step() -> Json:
        """Stripe comes again with what wasn't taken; the shop must take it in the end."""
        if deliver(stage.shop, event).status == 200:
            return {"status": "success"}
        return {"status": "error", "error": {"code": "unavailable"}}

    return step
