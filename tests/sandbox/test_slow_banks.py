"""Banks that take their time: `processing`, then whatever the card does."""

import pytest

DECLINED = "pm_card_visa_chargeDeclined"


def events(sandbox, intent):
    about = [e for e in sandbox.ledger()["events"] if e["data"]["object"]["id"] == intent.id]
    return [event["type"].removeprefix("payment_intent.") for event in about]


@pytest.mark.parametrize(
    ("card", "status", "event"),
    [
        ("pm_card_visa", "succeeded", "succeeded"),
        (DECLINED, "requires_payment_method", "payment_failed"),
    ],
)
def test_a_payment_is_processing_until_the_bank_answers(sandbox, pay, card, status, event):
    sandbox.banks.take(600)
    intent = pay(card)
    assert (intent.status, intent.latest_charge) == ("processing", None)
    sandbox.clock.advance(599)
    assert pay.again(intent.id).status == "processing"
    sandbox.clock.advance(2)
    sandbox.pump()
    after = pay.again(intent.id)
    assert (after.status, after.processing) == (status, None)
    assert len(pay.charges()) == 1
    assert events(sandbox, intent) == ["created", "processing", event]


def test_what_was_called_off_meanwhile_is_not_charged(sandbox, api, pay):
    sandbox.banks.take(600)
    intent = pay("pm_card_visa")
    assert api.payment_intents.cancel(intent.id).status == "canceled"
    sandbox.clock.advance(601)
    sandbox.pump()
    assert pay.again(intent.id).status == "canceled"
    assert pay.charges() == []


def test_after_three_d_secure_a_bank_may_take_its_time_too(sandbox, pay, browser):
    intent = pay("pm_card_authenticationRequired")
    sandbox.banks.take(60)
    browser.answer_challenge(intent)
    assert pay.again(intent.id).status == "processing"
    sandbox.clock.advance(61)
    sandbox.pump()
    charge = pay.again(intent.id).latest_charge
    assert charge.payment_method_details.card.three_d_secure.result == "authenticated"


def test_at_once_again(sandbox, pay):
    sandbox.banks.take(600)
    sandbox.banks.take(0)
    assert pay("pm_card_visa").status == "succeeded"


@pytest.mark.parametrize("given", [{}, {"seconds": -1}, {"seconds": True}, {"seconds": 1, "x": 1}])
def test_nonsense_is_refused(sandbox, given):
    with pytest.raises(ValueError, match=r"seconds|know"):
        sandbox.banks.set_given(given)
