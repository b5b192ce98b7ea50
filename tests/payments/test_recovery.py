"""Purchases whose answer was lost: never called failed, charged at most once, settled at last."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from sqlalchemy import NullPool, create_engine, text

import gateway
from extensions import assert_no_transaction
from gateway import Gateway
from payments import recovery
from tests.support.instances import database_address
from tests.support.shop import Shop
from tests.support.shopper import Shopper

pytestmark = pytest.mark.in_process
ASKS_THE_BANK = "4000000000003220"
DECLINED = "4000000000000002"


class Line(stripe.HTTPClient):
    """The line to Stripe, which can be cut on the way there (`before`) or back (`after`)."""

    name = "line"

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self._inner, self.cut = inner, ""

    def request(
        self, method: str, url: str, headers: Any, post_data: Any = None, **more: Any
    ) -> Any:
        if self.cut == "before":
            raise stripe.APIConnectionError("cut")
        answer = self._inner.request(method, url, headers, post_data, **more)
        if self.cut == "after" and method == "post":
            raise stripe.APIConnectionError("cut")
        return answer

    def close(self) -> None:
        self._inner.close()


@pytest.fixture
def line(shop: Shop) -> Line:
    """The shop's own line to its sandbox, in our hands."""
    app: Any = shop.front.app  # type: ignore[attr-defined]
    line = Line(app.extensions["sandbox"].http_client())
    lossy = Gateway(
        "sk_test_sandbox",
        guard=assert_no_transaction,
        http_client=line,
        webhook_secret="whsec_sandbox",
    )
    gateway.init_app(app, lossy)
    return line


def recover(shop: Shop, *, after: timedelta = timedelta(minutes=2)) -> None:
    """Let this much time pass for what is open, then run the recovery once."""
    engine = create_engine(database_address(shop.front.database_url), poolclass=NullPool)
    with engine.begin() as connection:
        then = datetime.now(UTC) - after
        sql = "UPDATE transaction SET updated_at = :then"
        quoted = sql.replace("transaction", '"transaction"')
        connection.execute(text(quoted), {"then": then.replace(tzinfo=None)})
    engine.dispose()
    app: Any = shop.front.app  # type: ignore[attr-defined]
    with app.app_context():
        recovery.run_once()


def status(shopper: Shopper) -> str:
    return str(shopper.transactions()[0]["status"])


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_lost_answer_is_pending_and_the_same_message_again_pays_once(
    shop: Shop, line: Line, cut: str
) -> None:
    shopper = shop.shopper()
    payload = shopper.purchase(requestId="one")
    line.cut = cut
    lost = shopper.send("purchase-request", payload)
    assert (lost["error"]["code"], lost["error"]["retryable"]) == ("payment_pending", True)
    assert lost["transaction"]["status"] == "pending"
    line.cut = ""
    ack = shopper.send("purchase-request", payload)
    assert ack["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_who_left_after_the_charge_finds_the_order_paid(shop: Shop, line: Line) -> None:
    shopper = shop.shopper()
    line.cut = "after"
    shopper.buy()
    line.cut = ""
    recover(shop)
    assert status(shopper) == "succeeded"
    assert len(shop.charges()) == 1
    pushed = shopper.pushed("transaction-changed")["transaction"]
    assert pushed["status"] == "succeeded"


def test_who_left_before_the_charge_is_never_charged(shop: Shop, line: Line) -> None:
    shopper = shop.shopper()
    payload = shopper.purchase(requestId="late")
    line.cut = "before"
    shopper.send("purchase-request", payload)
    line.cut = ""
    recover(shop)
    assert status(shopper) == "canceled"
    # The message that was on its way all the time arrives at last.
    late = shopper.send("purchase-request", payload)
    assert late["transaction"]["status"] == "canceled"
    assert shop.charges() == []


def test_a_decline_that_got_lost_is_found_declined(shop: Shop, line: Line) -> None:
    shopper = shop.shopper()
    line.cut = "after"
    shopper.buy(number=DECLINED)
    line.cut = ""
    recover(shop)
    assert status(shopper) == "declined"


def test_a_second_attempt_that_never_arrived_can_never_arrive(shop: Shop, line: Line) -> None:
    shopper = shop.shopper()
    first = shopper.buy(number=DECLINED)["transaction"]["id"]
    payload = shopper.purchase(transaction_id=first, requestId="second")
    line.cut = "before"
    lost = shopper.send("purchase-request", payload)
    assert lost["error"]["code"] == "payment_pending"
    line.cut = ""
    recover(shop)
    assert status(shopper) == "canceled"
    shopper.send("purchase-request", payload)
    assert shop.charges() == []


def test_a_second_attempt_that_was_charged_is_found_paid(shop: Shop, line: Line) -> None:
    shopper = shop.shopper()
    first = shopper.buy(number=DECLINED)["transaction"]["id"]
    line.cut = "after"
    shopper.buy(transaction_id=first)
    line.cut = ""
    recover(shop)
    assert status(shopper) == "succeeded"
    assert len(shop.charges()) == 1


def test_a_banks_question_left_open_is_called_off_after_an_hour(shop: Shop) -> None:
    shopper = shop.shopper()
    ack = shopper.buy(number=ASKS_THE_BANK)
    recover(shop, after=timedelta(minutes=50))
    assert status(shopper) == "requires_action"
    recover(shop, after=timedelta(minutes=61))
    assert status(shopper) == "canceled"
    intent = shop.ledger()["payment_intents"][0]
    assert (intent["status"], intent["id"] in ack["client_secret"]) == ("canceled", True)


def test_a_purchase_of_a_moment_ago_is_left_alone(shop: Shop, line: Line) -> None:
    shopper = shop.shopper()
    line.cut = "before"
    shopper.buy()
    line.cut = ""
    recover(shop, after=timedelta(seconds=20))
    assert status(shopper) == "pending"


def test_while_stripe_is_away_recovery_waits(shop: Shop, line: Line) -> None:
    shopper = shop.shopper()
    line.cut = "before"
    shopper.buy()
    recover(shop)
    assert status(shopper) == "pending"
    line.cut = ""
    recover(shop)
    assert status(shopper) == "canceled"


def test_another_process_at_it_is_not_disturbed(shop: Shop, line: Line) -> None:
    shopper = shop.shopper()
    line.cut = "after"
    shopper.buy()
    line.cut = ""
    recover(shop, after=timedelta(0))  # the lease is ours now
    engine = create_engine(database_address(shop.front.database_url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("UPDATE lease SET holder = 'somebody else'"))
    engine.dispose()
    recover(shop)
    assert status(shopper) == "pending"


def test_a_card_removed_while_stripe_was_away_is_detached_later(shop: Shop, line: Line) -> None:
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    line.cut = "before"
    assert shopper.send("remove-card", card_id=card["id"])["cards"] == []
    assert [m["customer"] for m in shop.ledger()["payment_methods"] if m["customer"]]
    line.cut = ""
    recover(shop)
    assert [m["customer"] for m in shop.ledger()["payment_methods"] if m["customer"]] == []


def test_while_stripe_refuses_to_work_nothing_is_charged_and_the_words_say_so(
    shop: Shop,
) -> None:
    app: Any = shop.front.app  # type: ignore[attr-defined]
    inner = app.extensions["sandbox"].http_client()
    gateway.init_app(app, Gateway("sk_live_wrong", guard=assert_no_transaction, http_client=inner))
    shopper = shop.shopper()
    ack = shopper.buy()
    assert ack["error"]["code"] == "unavailable"
    assert "not charged" in ack["error"]["message"]
    assert shop.charges() == []
