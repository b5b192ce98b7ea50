"""Stripe over a real line that loses answers: unknown is never called failed, nor paid twice."""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from panel.mount import mount
from sandbox import Sandbox
from tests.support.client_front import ClientFront
from tests.support.instances import Instances
from tests.support.owner import deliver, events

pytestmark = pytest.mark.in_process
DECLINED = "4000000000000002"
MASTERCARD = "5555555555554444"
THREE_DS = "4000000000003220"
# The SDK tries three times before it gives up.
TRIES = 3
SILENCE = {"Stripe-Should-Retry": "false"}


@dataclass
class Fault:
    """What happens to the next `times` calls of this method and path."""

    method: str
    path: str
    execute: bool
    answer: str
    times: int


@dataclass
class Line:
    """Stands before the sandbox and spoils what it is told to."""

    wsgi: Any
    address: str = ""
    faults: list[Fault] = field(default_factory=list)

    def lose(
        self, path: str, *, execute: bool, answer: str = "nothing", times: int = TRIES
    ) -> None:
        self.faults.append(Fault("POST", path, execute, answer, times))

    def cut(self) -> None:
        """Nothing gets through any more."""
        self.faults += [Fault(m, "/", False, "nothing", 1000) for m in ("GET", "POST")]

    def mend(self) -> None:
        self.faults.clear()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        fault = self._fault(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if fault is None:
            return self.wsgi(environ, start)
        if fault.execute:
            list(self.wsgi(environ, lambda *_: lambda _: None))
        if fault.answer == "nothing":
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError
        if fault.answer == "half":
            start("200 OK", [("Content-Type", "application/json")])
            return [b'{"id": "pi_']
        start(f"{fault.answer} Trouble", [("Content-Type", "application/json"), *SILENCE.items()])
        return [json.dumps({"error": {"type": "api_error", "message": "trouble"}}).encode()]

    def _fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.method == method and re.search(fault.path, path) and fault.times:
                fault.times -= 1
                return fault
        return None


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass


@pytest.fixture
def line(instances: Instances) -> Iterator[Line]:
    line = Line(None)
    server = make_server("127.0.0.1", 0, line, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    line.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield line
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def front(line: Line, instances: Instances) -> Iterator[ClientFront]:
    """The shop, talking to Stripe over HTTP on a line that is in our hands."""
    instance = instances.fresh()
    stripe = Sandbox(instance.folder / "sandbox.sqlite3")
    line.wsgi = stripe.wsgi
    settings = {**instance.settings, "STRIPE_API_BASE": line.address}
    front = ClientFront(replace(instance, settings=settings))
    # Browsers and the owner have a line of their own.
    mount(front.app, stripe.wsgi)
    try:
        yield front
    finally:
        front.close()
        stripe.close()
        instances.discard(instance)


def test_one_lost_answer_is_asked_for_again_and_nobody_notices(shop, line):
    shopper = shop.shopper()
    line.lose("payment_intents$", execute=True, times=1)
    assert shopper.pay()["status"] == "succeeded"
    assert len(shop.charges()) == 1


@pytest.mark.parametrize(
    ("execute", "answer"),
    [(True, "nothing"), (False, "nothing"), (True, "500"), (False, "503"), (True, "half")],
    ids=["answer-lost", "never-arrived", "error-after", "error-before", "half-an-answer"],
)
def test_without_an_answer_a_purchase_is_pending_and_the_same_message_pays_once(
    shop, line, execute, answer
):
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    line.lose("payment_intents$", execute=execute, answer=answer)
    lost = shopper.send("purchase-request", message)
    assert (lost["error"]["code"], lost["error"]["retryable"]) == ("payment_pending", True)
    assert lost["transaction"]["status"] == "pending"
    assert "don’t pay again" in lost["error"]["message"]
    line.mend()
    ack = shopper.send("purchase-request", message)
    assert ack["transaction"]["id"] == lost["transaction"]["id"]
    assert ack["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_a_purchase_that_stripe_put_off_was_not_charged_and_can_be_sent_again(shop, line):
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    line.lose("payment_intents$", execute=False, answer="429")
    busy = shopper.send("purchase-request", message)
    assert busy["error"]["code"] == "unavailable"
    assert "not charged" in busy["error"]["message"]
    line.mend()
    assert shopper.send("purchase-request", message)["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_the_bare_frame_of_a_wallet_card_sent_again_goes_on_with_the_lost_purchase(shop, line):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    line.lose("payment_intents$", execute=True, answer="500")
    lost = shopper.buy(card_id=card["id"])
    assert lost["error"]["code"] == "payment_pending"
    line.mend()
    ack = shopper.buy(card_id=card["id"])
    assert ack["transaction"]["id"] == lost["transaction"]["id"]
    assert ack["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_an_event_that_is_faster_than_the_answer_settles_the_purchase(shop, line):
    shopper = shop.shopper()
    message = shopper.purchase(requestId="r1")
    line.lose("payment_intents$", execute=True, answer="500")
    lost = shopper.send("purchase-request", message)["transaction"]
    line.mend()
    (event,) = events(shop, "payment_intent.succeeded")
    assert deliver(shop, event).status == 200
    pushed = shopper.pushed("transaction-changed")["transaction"]
    assert (pushed["id"], pushed["status"]) == (lost["id"], "succeeded")
    again = shopper.send("purchase-request", message)
    assert again["transaction"] == pushed
    assert len(shop.charges()) == 1


def test_a_decline_that_only_an_event_brings_is_answered_to_the_same_message(shop, line):
    shopper = shop.shopper()
    message = shopper.purchase(number=DECLINED, requestId="r1")
    line.lose("payment_intents$", execute=True, answer="500")
    assert shopper.send("purchase-request", message)["error"]["code"] == "payment_pending"
    line.mend()
    (event,) = events(shop, "payment_intent.payment_failed")
    deliver(shop, event)
    again = shopper.send("purchase-request", message)
    assert again["error"]["code"] == "card_declined"
    assert len(shop.ledger()["charges"]) == 1


def test_old_news_of_the_first_card_does_not_decline_the_second(shop, line):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    (old,) = events(shop, "payment_intent.payment_failed")
    retry = shopper.purchase(transaction_id=declined["id"], number=MASTERCARD, requestId="r2")
    line.lose("confirm$", execute=False, answer="500")
    assert shopper.send("purchase-request", retry)["error"]["code"] == "payment_pending"
    line.mend()
    assert deliver(shop, old).status == 200
    assert shopper.transaction(declined["id"])["status"] == "pending"
    assert shopper.confirm(declined["id"])["error"]["code"] == "payment_pending"
    assert shopper.transaction(declined["id"])["status"] == "pending"
    assert shopper.send("purchase-request", retry)["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_the_open_question_of_the_first_card_does_not_pass_for_the_seconds(shop, line):
    shopper = shop.shopper()
    asked = shopper.buy(number=THREE_DS)["transaction"]
    retry = shopper.purchase(transaction_id=asked["id"], number=MASTERCARD, requestId="r2")
    line.lose("confirm$", execute=False, answer="500")
    assert shopper.send("purchase-request", retry)["error"]["code"] == "payment_pending"
    line.mend()
    assert shopper.confirm(asked["id"])["error"]["code"] == "payment_pending"
    paid = shopper.send("purchase-request", retry)["transaction"]
    assert (paid["status"], paid["card"]["last_four"]) == ("succeeded", "4444")
    assert len(shop.charges()) == 1


def test_fresh_news_of_the_second_card_is_believed(shop, line):
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    retry = shopper.purchase(transaction_id=declined["id"], number=DECLINED, requestId="r2")
    line.lose("confirm$", execute=True, answer="500")
    assert shopper.send("purchase-request", retry)["error"]["code"] == "payment_pending"
    line.mend()
    fresh = events(shop, "payment_intent.payment_failed")[-1]
    deliver(shop, fresh)
    assert shopper.transaction(declined["id"])["status"] == "declined"


def test_while_the_outcome_is_unknown_no_other_card_is_charged(shop, line):
    shopper = shop.shopper()
    line.lose("payment_intents$", execute=True, answer="500")
    lost = shopper.buy(requestId="r1")["transaction"]
    line.mend()
    retry = shopper.buy(transaction_id=lost["id"], number=MASTERCARD)
    fresh = shopper.another_tab().buy(number=MASTERCARD, requestId="r2")
    for ack in (retry, fresh):
        assert ack["error"]["code"] == "payment_in_progress"
        assert ack["transaction"]["id"] == lost["id"]
    assert len(shop.charges()) == 1


def test_a_lost_answer_to_a_retry_with_a_new_customer_is_charged_once(shop, line):
    shopper = shop.shopper(account=True)
    declined = shopper.buy(number=DECLINED)["transaction"]
    card = shopper.add_card(MASTERCARD)
    message = shopper.purchase(transaction_id=declined["id"], card_id=card["id"], requestId="r2")
    line.lose("confirm$", execute=True, answer="500")
    assert shopper.send("purchase-request", message)["error"]["code"] == "payment_pending"
    line.mend()
    assert shopper.send("purchase-request", message)["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_with_the_line_cut_a_purchase_waits_and_orders_can_still_be_read(shop, line):
    shopper = shop.shopper()
    asked = shopper.buy(number=THREE_DS)
    shop.authenticate(asked["client_secret"])
    line.cut()
    # The bank has agreed, so Stripe may have charged: this must not read as "not charged".
    assert shopper.confirm(asked["transaction"]["id"])["error"]["code"] == "payment_pending"
    shown = shopper.send("get-transaction", transaction_id=asked["transaction"]["id"])
    assert (shown["transaction"]["status"], shown["client_secret"]) == ("requires_action", None)
    line.mend()
    assert shopper.confirm(asked["transaction"]["id"])["transaction"]["status"] == "succeeded"


def test_an_event_that_can_not_be_looked_up_is_asked_to_come_again(shop, line):
    shopper = shop.shopper()
    asked = shopper.buy(number=THREE_DS)
    shop.authenticate(asked["client_secret"])
    (event,) = events(shop, "payment_intent.succeeded")
    line.cut()
    assert deliver(shop, event).status >= 500
    assert shopper.transactions()[0]["status"] == "requires_action"
    line.mend()
    assert deliver(shop, event).status == 200
    assert shopper.transactions()[0]["status"] == "succeeded"


@pytest.mark.parametrize("execute", [True, False], ids=["answer-lost", "never-arrived"])
@pytest.mark.parametrize("path", ["customers$", "setup_intents$"])
def test_a_card_whose_saving_got_no_answer_is_saved_once_by_the_same_message(
    shop, line, path, execute
):
    shopper = shop.shopper(account=True)
    typed = shop.card()
    line.lose(path, execute=execute, answer="500")
    lost = shopper.create_payment_method(card=typed)
    assert (lost["error"]["code"], lost["error"]["retryable"]) == ("unavailable", True)
    assert shopper.cards() == []
    line.mend()
    assert shopper.create_payment_method(card=typed)["card"]["last_four"] == "4242"
    assert len(shopper.cards()) == 1
    assert len(shop.ledger()["setup_intents"]) == 1
    assert len(shop.ledger()["customers"]) == 1


def test_a_card_removed_without_stripes_answer_is_removed_all_the_same(shop, line):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    line.lose("detach$", execute=False, answer="500")
    assert shopper.send("remove-card", card_id=card["id"])["cards"] == []
    assert shopper.buy(card_id=card["id"])["error"]["code"] == "not_found"
