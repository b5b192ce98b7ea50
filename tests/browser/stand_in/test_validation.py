"""What the field finds wrong, and when it says so."""

import pytest
from playwright.sync_api import expect

VISA = "4242424242424242"


@pytest.mark.parametrize(
    ("typed", "code", "message"),
    [
        ("4242424242424241", "invalid_number", "Your card number is invalid."),
        (VISA + "1220", "invalid_expiry_year_past", "Your card's expiration year is in the past."),
        (VISA + "1299", "invalid_expiry_year", "Your card's expiration year is invalid."),
    ],
)
def test_what_is_wrong_is_said_at_once(card, typed, code, message):
    card.open().type(typed)
    assert card.state()["error"] == {"type": "validation_error", "code": code, "message": message}
    expect(card.page.locator("#card")).to_have_class(
        "StripeElement StripeElement--focus StripeElement--invalid"
    )


def test_a_month_of_this_year_can_be_past(card):
    card.page.clock.set_fixed_time("2026-11-20")
    card.open().type(VISA + "1026")
    assert card.state()["error"]["code"] == "invalid_expiry_month_past"
    assert card.state()["error"]["message"] == "Your card's expiration date is in the past."
    card.page.keyboard.press("Backspace")
    card.page.keyboard.press("Backspace")
    card.page.keyboard.press("Backspace")
    card.page.keyboard.type("126")
    assert card.state()["error"] is None


@pytest.mark.parametrize(
    ("typed", "code", "message"),
    [
        ("4242", "incomplete_number", "Your card number is incomplete."),
        (VISA + "12", "incomplete_expiry", "Your card's expiration date is incomplete."),
        (VISA + "123412", "incomplete_cvc", "Your card's security code is incomplete."),
        (VISA + "12341239410", "incomplete_zip", "Your postal code is incomplete."),
    ],
)
def test_what_is_unfinished_is_said_when_the_field_is_left(card, typed, code, message):
    card.open().type(typed)
    assert card.state()["error"] is None
    card.page.locator("#pay").focus()
    assert card.says("blur") == [{"name": "blur", "elementType": "card"}]
    assert card.state()["error"] == {"type": "validation_error", "code": code, "message": message}


def test_nothing_is_wrong_with_an_untouched_field(card):
    card.open().number.focus()
    card.page.keyboard.press("Tab")
    card.page.keyboard.press("Tab")
    card.page.locator("#pay").focus()
    card.says("blur")
    assert card.seen("change") == []
    expect(card.page.locator("#card")).to_have_class("StripeElement StripeElement--empty")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "incomplete_number"),
        (VISA, "incomplete_expiry"),
        (VISA + "1234", "incomplete_cvc"),
        (VISA + "1234123", "incomplete_zip"),
        ("4242424242424241", "invalid_number"),
    ],
)
def test_an_unfinished_card_is_an_error_and_no_request(card, typed, code):
    card.open().type(typed)
    for call in ("stripe.createToken(card)", "stripe.createPaymentMethod({ type: 'card', card })"):
        error = card.run(call)["error"]
        assert (error["type"], error["code"]) == ("validation_error", code)
    assert card.state()["error"]["code"] == code


def test_focus_goes_to_what_is_wrong(card):
    card.open().type(VISA + "12")
    card.page.locator("#pay").focus()
    card.run("card.focus()")
    expect(card.expiry).to_be_focused()


@pytest.mark.parametrize(
    ("locale", "placeholder", "message"),
    [
        ("de-AT", "Kartennummer", "Die Kartennummer ist ungültig."),
        ("es", "Número de tarjeta", "El número de tu tarjeta no es válido."),
        ("fr", "Numéro de carte", "Le numéro de votre carte n'est pas valide."),
        ("ja", "カード番号", "カード番号が無効です。"),
        ("auto", "Card number", "Your card number is invalid."),
        ("nb", "Card number", "Your card number is invalid."),
    ],
)
def test_the_field_speaks_the_locale(card, locale, placeholder, message):
    card.open(locale=locale)
    assert card.number.get_attribute("placeholder") == placeholder
    card.type("4242424242424241")
    assert card.state()["error"]["message"] == message
