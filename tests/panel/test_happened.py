"""What just happened: each purchase as a story, in order, and only for whom it concerns."""

from tests.panel.pages import HAPPENED, is_read_only, operator_of, read, steps
from tests.support.faults import Trouble
from tests.support.shop import Shop
from tests.support.shopper import VISA

DECLINED = "4000000000000002"


def test_a_purchase_is_told_from_the_page_to_stripe_and_back(shop: Shop) -> None:
    # An event may come before Stripe's own answer is written down, and would stand between.
    shop.control("POST", "webhooks", {"fault": {"event": "*", "kind": "drop"}})
    shopper = shop.shopper()
    paid = shopper.pay()
    shop.control("POST", "webhooks", {"fault": {"clear": True}})
    told = steps(shopper.visitor, paid["id"])
    kinds = [step.kind for step in told]
    # The card goes to Stripe by itself; commit, call, commit; then everybody is told.
    assert kinds[:9] == [
        "typed",
        "typed",
        "message",
        "commit",
        "call",
        "answer",
        "commit",
        "push",
        "ack",
    ]
    assert "purchase-request" in told[2].text
    assert "INSERT transaction" in told[3].text
    assert "POST /v1/payment_intents" in told[4].text
    assert "200" in told[5].text
    assert "transaction-changed" in told[7].text
    assert "success" in told[8].text
    assert all(" ms" in step.text or " s " in step.text for step in told)


def test_its_webhooks_belong_to_it_even_a_second_time(shop: Shop) -> None:
    twice = {"fault": {"event": "payment_intent.succeeded", "kind": "duplicate"}}
    shop.control("POST", "webhooks", twice)
    shopper = shop.shopper()
    paid = shopper.pay()
    shop.control("POST", "webhooks", {"fault": {"clear": True}})
    shop.pump()
    told = steps(shopper.visitor, paid["id"])
    webhooks = [step.text for step in told if step.kind == "webhook"]
    assert sum("payment_intent.succeeded" in text for text in webhooks) == 2
    assert sum(step.kind == "receipt" for step in told) == len(webhooks)


def test_another_card_is_the_same_story(shop: Shop) -> None:
    shopper = shop.shopper()
    declined = shopper.buy(number=DECLINED)["transaction"]
    paid = shopper.buy(transaction_id=declined["id"])
    assert paid["transaction"]["id"] == declined["id"]
    told = steps(shopper.visitor, declined["id"])
    acks = [step.text for step in told if step.kind == "ack"]
    assert ["card_declined" in acks[0], "success" in acks[-1]] == [True, True]
    assert sum(step.kind == "typed" for step in told) == 4
    (answer,) = [step for step in told if step.kind == "answer" and "402" in step.text]
    assert "Declined" in answer.text


def test_a_lost_answer_reads_as_unknown(shop: Shop, trouble: Trouble) -> None:
    drop = {"fault": {"event": "*", "kind": "drop"}}
    shop.control("POST", "webhooks", drop)
    trouble("POST /v1/payment_intents", "reset", when="after")
    shopper = shop.shopper()
    pending = shopper.buy()["transaction"]
    shop.control("POST", "webhooks", {"fault": {"clear": True}})
    told = steps(shopper.visitor, pending["id"])
    lost = [step.text for step in told if step.kind == "answer"]
    assert lost
    assert all("unknown is not declined" in text for text in lost)
    assert "payment_pending" in told[-1].text


def test_a_saved_card_is_one_story_as_well(shop: Shop) -> None:
    shopper = shop.shopper(account=True)
    shopper.add_card()
    shop.pump()
    (name,) = [one.text for one in read(shopper.visitor, HAPPENED, "story")]
    assert "create-payment-method" in name
    kinds = [step.kind for step in read(shopper.visitor, HAPPENED, "step")]
    assert kinds.count("typed") == 2
    assert {"message", "commit", "call", "answer", "push", "ack", "webhook"} <= set(kinds)


def test_what_only_asks_is_no_story(shop: Shop) -> None:
    shopper = shop.shopper(account=True)
    shopper.cards()
    assert read(shopper.visitor, HAPPENED, "story") == []


def test_everybody_sees_his_own_and_the_machine_s_owner_all(shop: Shop) -> None:
    ann, bob = shop.shopper(), shop.shopper()
    hers, his = ann.pay()["id"], bob.pay()["id"]
    assert [hers in one.text for one in read(ann.visitor, HAPPENED, "story")] == [True]
    assert steps(ann.visitor, his) == []
    assert read(shop.visitor(), HAPPENED, "story") == []
    operator = operator_of(shop)
    everything = " ".join(one.text for one in read(operator, HAPPENED, "story"))
    assert hers in everything
    assert his in everything
    assert steps(operator, his)
    assert is_read_only(ann.visitor, HAPPENED)
    assert not is_read_only(operator, HAPPENED)


def test_it_is_told_again_only_when_something_happened(shop: Shop) -> None:
    shopper = shop.shopper()
    shopper.pay()
    shop.pump()
    page = shopper.visitor.get(HAPPENED).text
    newest = page.partition('data-newest="')[2].partition('"')[0]
    assert shopper.visitor.get(f"{HAPPENED}?since={newest}").status == 204
    shopper.pay()
    assert shopper.visitor.get(f"{HAPPENED}?since={newest}").status == 200


def test_nothing_private_is_in_it(shop: Shop) -> None:
    shopper = shop.shopper(account=True)
    shopper.pay()
    shop.pump()
    page = operator_of(shop).get(HAPPENED).text
    for secret in (shopper.email, "_secret_", "sk_test", "whsec", VISA, f"{VISA[:4]} {VISA[4:8]}"):
        assert secret is not None
        assert secret not in page
