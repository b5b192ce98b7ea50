"""PaymentIntents and SetupIntents in the browser, and the bank's challenge."""

import pytest
from playwright.sync_api import expect

THREE_DS = "4000000000003220"
AUTHENTICATION_FAILED = "payment_intent_authentication_failure"


def test_a_completed_challenge_pays(card, api):
    card.open()
    intent = api.unanswered()
    card.page.locator("#pay").focus()
    card.start("stripe.handleNextAction({ clientSecret: argument })", intent["client_secret"])
    bank = card.challenge()
    expect(bank.get_by_text("$19.99")).to_be_visible()
    expect(bank.get_by_text("Visa •••• 3220")).to_be_visible()
    expect(bank.get_by_role("button", name="Complete authentication")).to_be_focused()
    bank.get_by_role("button", name="Complete authentication").click()
    assert card.result()["paymentIntent"]["status"] == "succeeded"
    expect(card.page.locator("dialog")).to_have_count(0)
    expect(card.page.locator("#pay")).to_be_focused()
    assert api("GET", f"payment_intents/{intent['id']}")["status"] == "succeeded"


@pytest.mark.parametrize("how", ["fail", "close", "escape"])
def test_a_refused_or_closed_challenge_is_an_error_with_the_intent(card, api, how):
    card.open()
    intent = api.unanswered()
    card.start("stripe.confirmCardPayment(argument)", intent["client_secret"])
    bank = card.challenge()
    if how == "fail":
        bank.get_by_role("button", name="Fail authentication").click()
    elif how == "close":
        bank.get_by_role("button", name="Cancel authentication").click()
    else:
        # A key that comes while the focus is on its way into the frame is nobody's.
        expect(bank.get_by_role("button", name="Complete authentication")).to_be_focused()
        card.page.keyboard.press("Escape")
    error = card.result()["error"]
    assert error["code"] == AUTHENTICATION_FAILED
    assert error["payment_intent"]["id"] == intent["id"]
    assert error["payment_intent"]["status"] == "requires_payment_method"
    expect(card.page.locator("dialog")).to_have_count(0)


def test_the_bank_can_decline_after_the_challenge(card, api):
    card.open()
    intent = api.unanswered("pm_card_threeDSecureRequiredChargeDeclined")
    card.start("stripe.handleNextAction({ clientSecret: argument })", intent["client_secret"])
    card.challenge().locator("[data-outcome=complete]").click()
    error = card.result()["error"]
    assert (error["type"], error["code"]) == ("card_error", "card_declined")
    assert error["payment_intent"]["status"] == "requires_payment_method"


def test_the_challenge_keeps_the_focus(card, api):
    card.open()
    card.start(
        "stripe.handleNextAction({ clientSecret: argument })",
        api.unanswered()["client_secret"],
    )
    bank = card.challenge()
    buttons = [bank.locator(f"[data-outcome={name}]") for name in ("complete", "fail", "cancel")]
    # A key that comes while the focus is on its way into the frame is nobody's.
    expect(buttons[0]).to_be_focused()
    for key, order in (("Tab", (1, 2, 0, 1)), ("Shift+Tab", (0, 2, 1, 0))):
        for place in order:
            card.page.keyboard.press(key)
            expect(buttons[place]).to_be_focused()
    expect(card.page.get_by_role("dialog", name="Card authentication")).to_have_attribute(
        "aria-modal", "true"
    )
    bank.locator("[data-outcome=cancel]").click()
    assert card.result()["error"]["code"] == AUTHENTICATION_FAILED


def test_a_captcha_is_asked_the_same_way(card, api):
    card.open().fill(number="4000000000001208")
    made = card.run("stripe.createPaymentMethod({ type: 'card', card })")["paymentMethod"]
    intent = api.intent(payment_method=made["id"], confirm="true")
    card.start("stripe.handleNextAction({ clientSecret: argument })", intent["client_secret"])
    card.challenge().get_by_role("button", name="I am a person").click()
    assert card.result()["paymentIntent"]["status"] == "succeeded"


def test_a_setup_intent_is_confirmed_with_the_typed_card(card, api):
    card.open().fill(number=THREE_DS)
    intent = api.setup()
    card.start(
        "stripe.confirmCardSetup(argument, { payment_method: { card, metadata: { a: 'b' } } })",
        intent["client_secret"],
    )
    bank = card.challenge()
    expect(bank.get_by_text("Save this card")).to_be_visible()
    bank.locator("[data-outcome=complete]").click()
    assert card.result()["setupIntent"]["status"] == "succeeded"
    found = card.run("stripe.retrieveSetupIntent(argument)", intent["client_secret"])
    assert found["setupIntent"]["status"] == "succeeded"


def test_a_payment_is_confirmed_with_the_typed_card(card, api):
    card.open().fill()
    intent = api.intent()
    result = card.run(
        "stripe.confirmCardPayment(argument,"
        " { payment_method: { card }, receipt_email: 'ada@example.com' })",
        intent["client_secret"],
    )
    assert result["paymentIntent"]["status"] == "succeeded"
    assert result["paymentIntent"]["receipt_email"] == "ada@example.com"


def test_a_decline_is_a_result_with_the_intent(card, api):
    card.open()
    intent = api.intent()
    error = card.run(
        "stripe.confirmCardPayment(argument,"
        " { payment_method: 'pm_card_chargeDeclinedProcessingError' })",
        intent["client_secret"],
    )["error"]
    assert (error["type"], error["code"]) == ("card_error", "processing_error")
    assert error["payment_intent"]["status"] == "requires_payment_method"
    card.complaints.clear()


def test_actions_can_be_left_for_later(card, api):
    card.open()
    intent = api.intent(payment_method="pm_card_threeDSecure2Required")
    result = card.run(
        "stripe.confirmCardPayment(argument, {}, { handleActions: false })", intent["client_secret"]
    )
    assert result["paymentIntent"]["status"] == "requires_action"
    expect(card.page.locator("dialog")).to_have_count(0)


def test_a_paid_intent_cannot_be_confirmed_again(card, api):
    card.open()
    secret = api.intent(payment_method="pm_card_visa", confirm="true")["client_secret"]
    error = card.run("stripe.confirmCardPayment(argument)", secret)["error"]
    assert (error["type"], error["code"]) == (
        "invalid_request_error",
        "payment_intent_unexpected_state",
    )
    assert error["payment_intent"]["status"] == "succeeded"
    found = card.run("stripe.retrievePaymentIntent(argument)", secret)["paymentIntent"]
    assert found["status"] == "succeeded"
    assert "metadata" not in found  # a browser sees a part of it
    for method, argument in (
        ("handleNextAction", "{ clientSecret: argument }"),
        ("handleCardAction", "argument"),
    ):
        assert card.run(f"stripe.{method}({argument})", secret) == {
            "thrown": "IntegrationError",
            "message": f"{method}: The PaymentIntent supplied is not in the requires_action state.",
        }
    card.complaints.clear()


def test_a_redirect_goes_to_the_bank_and_comes_back(card, api):
    card.open()
    intent = api.unanswered(
        **{
            "automatic_payment_methods[allow_redirects]": "always",
            "return_url": f"{card.shop}/?back=1",
        }
    )
    card.start("stripe.handleNextAction({ clientSecret: argument })", intent["client_secret"])
    card.page.get_by_role("button", name="Complete authentication").click()
    card.page.wait_for_url("**/?back=1&*")
    assert f"payment_intent={intent['id']}" in card.page.url
    assert "redirect_status=succeeded" in card.page.url
    assert api("GET", f"payment_intents/{intent['id']}")["status"] == "succeeded"
    card.page.wait_for_selector("body[data-ready]")


@pytest.mark.parametrize("missing", ["elements/controller.js", "3ds/challenge.js"])
def test_frames_that_cannot_be_loaded_are_a_lost_connection(card, api, missing):
    card.open()
    secret = api.unanswered()["client_secret"]
    card.page.route(f"**/{missing}", lambda route: route.abort())
    card.page.clock.install()
    with card.page.expect_event("requestfailed"):
        card.start("stripe.handleNextAction({ clientSecret: argument })", secret)
    card.page.wait_for_timeout(300)
    card.page.clock.run_for(11_000)
    assert card.result()["error"]["type"] == "api_connection_error"
    expect(card.page.locator("dialog")).to_have_count(0)
    card.page.unroute_all()
    assert card.run("stripe.retrievePaymentIntent(argument)", secret)["paymentIntent"]
    card.complaints.clear()
