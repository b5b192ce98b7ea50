"""A typed card becomes a token or a PaymentMethod; what the page did wrong is thrown."""

import json
import urllib.parse

VISA = "4242424242424242"


def test_a_card_becomes_a_token_and_a_payment_method(card, api):
    card.open().fill()
    token = card.run("stripe.createToken(card, { name: 'Ada' })")["token"]
    assert token["id"].startswith("tok_")
    assert token["card"]["brand"] == "Visa"
    assert (token["card"]["last4"], token["card"]["exp_month"], token["card"]["exp_year"]) == (
        "4242",
        12,
        2034,
    )
    assert (token["card"]["name"], token["card"]["address_zip"]) == ("Ada", "94107")
    made = card.run(
        "stripe.createPaymentMethod({ type: 'card', card,"
        " billing_details: { name: 'Ada', address: { country: 'US' } }, metadata: { a: 'b' } })"
    )["paymentMethod"]
    assert made["id"].startswith("pm_")
    assert made["card"]["brand"] == "visa"
    assert made["billing_details"]["name"] == "Ada"
    assert made["billing_details"]["address"]["postal_code"] == "94107"
    assert made["billing_details"]["address"]["country"] == "US"
    assert made["metadata"] == {"a": "b"}
    from_token = card.run(
        "stripe.createPaymentMethod({ type: 'card', card: { token: argument } })", token["id"]
    )["paymentMethod"]
    assert from_token["card"]["last4"] == "4242"
    assert api("GET", f"tokens/{token['id']}")["used"]


def test_a_refusal_of_the_api_is_a_result(card):
    card.open().fill(number="4111111111111111")
    error = card.run("stripe.createToken(card)")["error"]
    assert (error["type"], error["decline_code"]) == ("card_error", "test_mode_live_card")
    card.complaints.clear()  # the browser itself reports the 402


def test_a_lost_connection_is_a_result(card):
    card.open().fill()
    card.page.route("**/v1/tokens", lambda route: route.abort())
    assert card.run("stripe.createToken(card)")["error"]["type"] == "api_connection_error"
    card.complaints.clear()


def test_the_card_number_goes_to_the_api_and_nowhere_else(card):
    requests = []
    card.page.on("request", lambda request: requests.append((request.url, request.post_data or "")))
    card.open().fill()
    card.run("stripe.createToken(card)")
    card.run("stripe.createPaymentMethod({ type: 'card', card })")
    carrying = [urllib.parse.urlparse(url).path for url, body in requests if VISA in url + body]
    assert carrying == ["/sandbox/v1/tokens", "/sandbox/v1/payment_methods"]
    assert VISA not in json.dumps(card.page.evaluate("seen"))


MISTAKES = [
    "Stripe()",
    "Stripe('sk_test_1')",
    "Stripe('pk_live_1')",
    "elements.create('card')",
    "elements.create('payment')",
    "card.on('nonsense', () => {})",
    "stripe.elements({ paymentMethodTypes: ['card'] })",
    "stripe.elements().create('card').mount('#nowhere')",
    "stripe.createToken(stripe.elements().create('card'))",
    "stripe.createToken({})",
    "stripe.createPaymentMethod({ type: 'card', card: {} })",
    "stripe.createPaymentMethod({ type: 'ideal' })",
    "stripe.retrievePaymentIntent('pi_1')",
    "stripe.retrievePaymentIntent('seti_1_secret_2')",
    "stripe.confirmCardSetup('pi_1_secret_2')",
    "stripe.handleCardAction('seti_1_secret_2')",
    "stripe.handleCardPayment()",
    "stripe.confirmPaymentIntent()",
    "stripe.handleFpxPayment()",
    "stripe.handleCardSetup()",
    "stripe.confirmSetupIntent()",
    "stripe.createSource()",
    "stripe.retrieveSource()",
    "(card.destroy(), card.focus())",
]


def test_mistakes_of_the_page_are_thrown(card):
    card.open()
    for call in MISTAKES:
        assert (call, card.run(f"(() => {call})()")["thrown"]) == (call, "IntegrationError")


def test_it_calls_itself_by_the_release_it_stands_for(card):
    card.open()
    assert card.run("Stripe.version") == "endive"
