"""purchase-request: paying with a card of the wallet, with a typed one, and saving it."""

import pytest

from tests.support.shopper import CONTACT

MASTERCARD = "5555555555554444"
REPLY = {"status", "transaction", "client_secret", "paymentMethod"}
TRANSACTION = {
    "id",
    "status",
    "amount",
    "currency",
    "amount_display",
    "total_cents",
    "tax",
    "cogId",
    "cog_name",
    "items",
    "card",
    "attempts",
    "decline",
    "refunded_cents",
    "refunded_display",
    "refunds",
    "dispute",
    "display_status",
    "receipt_email",
    "needs_review",
    "created_at",
    "updated_at",
    "paid_at",
}


def test_a_card_of_the_wallet_pays(shop):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    ack = shopper.buy(card_id=card["id"])
    assert ack.keys() == REPLY
    transaction = ack["transaction"]
    assert transaction["status"] == "succeeded"
    assert transaction["card"]["last_four"] == card["last_four"]
    (charge,) = shop.charges()
    assert (charge["amount"], charge["currency"]) == (transaction["amount"], "usd")
    assert charge["id"] == _row(shop, transaction)["charge_id"]


def test_a_purchase_is_shown_with_these_fields_and_no_others(shop):
    transaction = shop.shopper().pay()
    assert transaction.keys() == TRANSACTION
    assert (transaction["attempts"], transaction["decline"]) == (1, None)
    assert (transaction["refunded_cents"], transaction["refunds"]) == (0, [])
    assert (transaction["dispute"], transaction["display_status"]) == (None, "succeeded")
    assert transaction["needs_review"] is False
    assert transaction["paid_at"] is not None


def test_the_lines_are_kept_as_they_were_sold(shop):
    shopper = shop.shopper(items=[("mug-stoneware", 2), "filters-100"])
    transaction = shopper.pay()
    assert [(i["item_id"], i["quantity"], i["amount_cents"]) for i in transaction["items"]] == [
        ("mug-stoneware", 2, 3600),
        ("filters-100", 1, 600),
    ]
    assert (transaction["amount"], transaction["amount_display"]) == (4200, "$42.00")
    assert shop.charges()[0]["amount"] == 4200


def test_a_currency_without_cents_is_charged_as_it_is_written(shop):
    transaction = shop.shopper(cog="kumo-paper", items=[("notebook-grid", 2)]).pay()
    assert (transaction["amount"], transaction["amount_display"]) == (2400, "¥2,400")
    (charge,) = shop.charges()
    assert (charge["amount"], charge["currency"]) == (2400, "jpy")


def test_the_reply_names_the_payment_method_as_stored_in_stripes_spelling(shop):
    shopper = shop.shopper()
    method, token = shop.card(MASTERCARD, exp=(4, 2033))
    ack = shopper.buy(typed=(method, token))
    card = {"brand": "mastercard", "last4": "4444", "exp_month": 4, "exp_year": 2033}
    assert ack["paymentMethod"] == {"id": method["id"], "type": "card", "card": card}


def test_the_browser_can_check_the_payment_at_stripe_with_the_secret(shop):
    shopper = shop.shopper()
    ack = shopper.buy()
    intent_id = ack["client_secret"].partition("_secret_")[0]
    seen = shop.stripe_js(
        "GET", f"/v1/payment_intents/{intent_id}", {"client_secret": ack["client_secret"]}
    ).json()
    assert (seen["status"], seen["amount"]) == ("succeeded", ack["transaction"]["amount"])


@pytest.mark.parametrize("nested", [True, False], ids=["inside-message", "beside-action"])
def test_a_purchase_can_be_sent_as_a_message_frame(shop, nested):
    shopper = shop.shopper(account=True)
    card = shopper.add_card()
    fields = {
        "card_id": card["id"],
        "userId": shopper.user_id,
        "cogId": shopper.cog_id,
        "items": [
            {"item_id": i["item_id"], "price_cents": i["price_cents"]} for i in shopper.items
        ],
    }
    inner = {"message": fields} if nested else fields
    ack = shopper.send_frame({"action": "purchase-request", **inner})
    assert ack["transaction"]["status"] == "succeeded"
    assert len(shop.charges()) == 1


def test_a_typed_card_can_be_sent_as_a_message_frame(shop):
    shopper = shop.shopper()
    method, token = shop.card()
    fields = {
        "stripePayment": method,
        "tokenObj": token,
        "userId": shopper.user_id,
        "cogId": shopper.cog_id,
        "items": shopper.items,
    }
    ack = shopper.send_frame({"action": "purchase-request", "message": fields})
    assert ack["transaction"]["status"] == "succeeded"


def test_the_items_of_the_page_can_be_sent_as_they_are(shop):
    shopper = shop.shopper()
    assert shopper.pay(items=shopper.context["items"])["status"] == "succeeded"


def test_a_guest_pays_without_an_account_and_without_a_customer(shop):
    shopper = shop.shopper()
    assert shopper.pay()["status"] == "succeeded"
    assert shop.ledger()["customers"] == []
    assert shop.charges()[0]["customer"] is None


def test_a_guests_receipt_goes_where_he_says(shop):
    transaction = shop.shopper().pay(email=f" {CONTACT.upper()} ")
    assert transaction["receipt_email"] == CONTACT
    assert shop.charges()[0]["receipt_email"] == CONTACT


def test_a_guests_address_is_remembered_for_the_next_purchase(shop):
    shopper = shop.shopper()
    shopper.pay(email=CONTACT)
    assert shopper.pay()["receipt_email"] == CONTACT


def test_an_accounts_receipt_goes_to_the_account(shop):
    shopper = shop.shopper(email="lin@example.com")
    assert shopper.pay()["receipt_email"] == "lin@example.com"
    assert shopper.pay(email="Lin@example.com")["receipt_email"] == "lin@example.com"


@pytest.mark.parametrize(
    ("email", "code"), [("other@example.com", "identity_mismatch"), ("nobody", "invalid_message")]
)
def test_an_account_can_not_send_its_receipt_elsewhere(shop, email, code):
    ack = shop.shopper(account=True).buy(email=email)
    assert ack["error"]["code"] == code
    assert shop.calls() == []


def test_an_accounts_typed_card_is_not_saved_unless_asked_for(shop):
    shopper = shop.shopper(account=True)
    assert shopper.pay()["status"] == "succeeded"
    assert shopper.cards() == []
    assert [m for m in shop.ledger()["payment_methods"] if m["customer"]] == []


def test_a_typed_card_can_be_saved_while_it_pays(shop):
    shopper = shop.shopper(account=True)
    shopper.pay(save=True)
    (card,) = shopper.cards()
    assert (card["last_four"], card["is_default"], card["verified"]) == ("4242", True, True)
    assert card["last_used_at"] is not None
    (method,) = [m for m in shop.ledger()["payment_methods"] if m["customer"]]
    assert shopper.pay(card_id=card["id"])["status"] == "succeeded"
    assert [c["payment_method"] for c in shop.charges()] == [method["id"]] * 2


def test_a_saved_card_that_pays_is_pushed_to_every_tab(shop):
    shopper = shop.shopper(account=True)
    there = shopper.another_tab()
    shopper.pay(save=True)
    pushed = there.pushed("wallet-changed", lambda push: len(push["cards"]) == 1)
    assert pushed["cards"] == shopper.cards()


def test_a_card_of_the_wallet_typed_and_saved_again_stays_one_card(shop):
    shopper = shop.shopper(account=True)
    saved = shopper.add_card()
    shopper.pay(typed=shop.card(exp=(8, 2038)), save=True)
    (card,) = shopper.cards()
    assert (card["id"], card["expoyear"]) == (saved["id"], 2038)
    attached = [m["card"]["exp_year"] for m in shop.ledger()["payment_methods"] if m["customer"]]
    assert attached == [2038]


def test_a_card_that_was_to_be_saved_and_is_declined_is_not_saved(shop):
    shopper = shop.shopper(account=True)
    ack = shopper.buy(number="4000000000000002", save=True)
    assert ack["error"]["code"] == "card_declined"
    assert shopper.cards() == []


def test_a_guest_is_asked_for_an_account_before_a_card_is_saved(shop):
    shopper = shop.shopper()
    ack = shopper.buy(save=True)
    assert ack["error"]["code"] == "unauthenticated"
    assert shopper.transactions() == []
    assert shop.calls() == []


def test_every_tab_of_the_buyer_sees_the_order_and_nobody_else_does(shop):
    shopper, stranger = shop.shopper(account=True), shop.shopper(account=True)
    there = shopper.another_tab()
    transaction = shopper.pay()
    pushed = there.pushed("transaction-changed")["transaction"]
    assert pushed == transaction
    assert stranger.transactions() == []
    assert stranger.pushes == []


def test_stripe_is_told_which_order_it_is(shop):
    shopper = shop.shopper()
    transaction = shopper.pay()
    (intent,) = shop.ledger()["payment_intents"]
    assert intent["metadata"] == {
        "transaction_id": transaction["id"],
        "user_id": shopper.user_id,
    }
    assert "Morning Press" in intent["description"]


def test_the_key_of_the_call_names_order_and_attempt(shop):
    transaction = shop.shopper().pay()
    (call,) = [call for call in shop.calls() if call["method"] == "POST"]
    assert call["idempotency_key"] == f"{transaction['id']}:1"


def test_what_a_guest_bought_is_the_accounts_after_registering(shop):
    shopper = shop.shopper()
    bought = shopper.pay()
    shop.register(shopper.visitor, "was-a-guest@example.com")
    account = shopper.another_tab()
    assert account.user_id == shopper.user_id
    assert [t["id"] for t in account.transactions()] == [bought["id"]]


def test_what_a_guest_bought_is_the_accounts_after_signing_in(shop):
    known = shop.shopper(email="returning@example.com")
    before = known.pay()
    shopper = shop.shopper()
    bought = shopper.pay()
    shop.sign_in(shopper.visitor, "returning@example.com")
    account = shopper.another_tab()
    assert account.user_id == known.user_id
    assert [t["id"] for t in account.transactions()] == [bought["id"], before["id"]]


def _row(shop, transaction):
    (row,) = shop.rows(
        "SELECT charge_id FROM attempt WHERE transaction_id = :id", id=transaction["id"]
    )
    return row
