"""The card element as its page sees it: events, options, places, its coming and going."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).parents[3]


def test_focus_blur_escape_and_enter_reach_the_page(card):
    card.open()
    card.page.locator("label").click()
    expect(card.number).to_be_focused()
    card.page.keyboard.press("Tab")
    card.page.keyboard.press("Escape")
    card.page.keyboard.press("Enter")
    card.run("card.blur()")
    card.says("blur")
    names = [
        event["name"]
        for event in card.seen("focus")
        + card.seen("escape")
        + card.seen("submit")
        + card.seen("blur")
    ]
    assert names == ["focus", "escape", "submit", "blur"]


def test_the_field_takes_its_place_in_the_tab_order(card):
    card.open().number.focus()
    for field in (card.expiry, card.cvc, card.postal):
        card.page.keyboard.press("Tab")
        expect(field).to_be_focused()
    card.page.keyboard.press("Tab")
    expect(card.page.locator("#pay")).to_be_focused()
    card.page.keyboard.press("Shift+Tab")
    expect(card.postal).to_be_focused()


def test_the_fields_say_what_they_are(card):
    card.open().type("4242")
    card.page.locator("#pay").focus()
    wanted = {
        "number": ("Credit or debit card number", "cc-number"),
        "expiry": ("Credit or debit card expiration date", "cc-exp"),
        "cvc": ("Credit or debit card CVC/CVV", "cc-csc"),
        "postal": ("ZIP", "billing postal-code"),
    }
    for name, (label, autocomplete) in wanted.items():
        expect(getattr(card, name)).to_have_accessible_name(label)
        expect(getattr(card, name)).to_have_attribute("autocomplete", autocomplete)
    expect(card.number).to_have_accessible_description("Your card number is incomplete.")
    expect(card.number).to_have_attribute("aria-invalid", "true")
    expect(card.number).to_have_attribute("inputmode", "numeric")


def test_styles_can_be_changed_and_add_up(card):
    card.open(style={"base": {"color": "rgb(1, 2, 3)", "fontSize": "18px"}})
    card.run("card.update({ style: { base: { color: 'rgb(4, 5, 6)' } } })")
    expect(card.number).to_have_css("color", "rgb(4, 5, 6)")
    expect(card.number).to_have_css("font-size", "18px")
    height = card.page.locator("#card iframe").bounding_box()["height"]
    card.run("card.update({ style: { base: { fontSize: '30px' } } })")
    expect(card.number).to_have_css("font-size", "30px")
    assert card.page.locator("#card iframe").bounding_box()["height"] > height


def test_an_element_that_is_moved_starts_anew(card):
    card.open().fill()
    card.page.evaluate(
        "delete document.body.dataset.ready; form.append(document.querySelector('#card'))"
    )
    card.page.wait_for_selector("body[data-ready]")
    expect(card.page.locator("#card")).to_have_class("StripeElement StripeElement--empty")
    card.fill()
    assert card.run("stripe.createToken(card)")["token"]["card"]["last4"] == "4242"


def test_options_shape_the_field(card):
    card.open(
        hidePostalCode=True,
        hideIcon=True,
        classes={"base": "card-box", "complete": "card-box-done is-fine"},
        style={
            "base": {
                "color": "rgb(1, 2, 3)",
                "fontSize": "18px",
                "::placeholder": {"color": "rgb(4, 5, 6)"},
            },
            "invalid": {"color": "rgb(7, 8, 9)"},
        },
    )
    expect(card.postal).to_be_hidden()
    expect(card.frame.locator("[data-mark]")).to_be_hidden()
    expect(card.number).to_have_css("color", "rgb(1, 2, 3)")
    expect(card.number).to_have_css("font-size", "18px")
    assert card.number.evaluate("e => getComputedStyle(e, '::placeholder').color") == "rgb(4, 5, 6)"
    card.type("4242424242424241")
    expect(card.number).to_have_css("color", "rgb(7, 8, 9)")
    card.run("card.clear()")
    card.fill(postal="")
    assert card.state()["complete"]
    expect(card.page.locator("#card")).to_have_class(
        "card-box StripeElement--focus card-box-done is-fine"
    )
    card.run("card.update({ disabled: true })")
    expect(card.number).to_be_disabled()


def test_a_postal_code_can_be_given(card):
    card.open(value={"postalCode": "sw1a 1aa"})
    expect(card.postal).to_have_value("SW1A 1AA")
    assert card.state()["value"] == {"postalCode": "SW1A 1AA"}


@pytest.mark.parametrize("width", [260, 320, 375])
def test_a_narrow_field_keeps_the_last_four_digits_and_shows_the_rest(card, width):
    # Without the slide each part is at its place at once.
    card.page.emulate_media(reduced_motion="reduce")
    card.page.set_viewport_size({"width": width + 50, "height": 400})
    card.open().fill()
    card.page.locator("#pay").focus()
    card.says("blur")
    room = card.frame.locator("[data-track]").bounding_box()
    left = room["x"]
    for field in (card.number, card.expiry, card.cvc, card.postal):
        box = field.bounding_box()
        assert left - 1 <= box["x"] < box["x"] + box["width"] <= room["x"] + room["width"] + 1
        assert field.evaluate(
            "e => e.clientWidth + 1 >= e.scrollWidth + parseFloat(e.style.textIndent || 0)"
        )
        left = box["x"] + box["width"]
    card.number.click()  # and back: the whole number
    expect(card.number).to_have_css("text-indent", "0px")


def test_an_element_can_leave_and_come_back_empty(card):
    card.open().fill()
    assert card.run("elements.getElement('card') === card")
    card.run("card.unmount()")
    expect(card.page.locator("#card")).to_have_class("")
    expect(card.page.locator("#card iframe")).to_have_count(0)
    card.run("card.mount(document.querySelector('#card'))")
    card.type("5")
    expect(card.number).to_have_value("5")
    card.run("card.destroy()")
    assert card.run("elements.getElement('card')") is None
    card.run("elements.create('card').mount('#card')")
    expect(card.number).to_be_visible()


def test_an_unknown_option_is_named_in_the_console(card):
    card.open(hidePostalcode=True, style={"base": {"zIndex": 1}})
    assert [text.partition("]")[0] for text in card.complaints] == ["[Stripe.js", "[Stripe.js"]
    card.complaints.clear()


def test_a_page_that_cannot_be_loaded_is_reported(card):
    card.page.route("**/elements/card.js", lambda route: route.abort())
    card.page.clock.install()
    card.page.goto(card.shop)
    card.page.wait_for_selector("iframe")
    card.page.wait_for_load_state("load")
    card.page.clock.run_for(11_000)
    assert card.says("loaderror")[0]["error"]["type"] == "api_connection_error"
    assert card.run("stripe.createToken(card)")["thrown"] == "IntegrationError"
    card.complaints.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_of_accessibility_is_broken(card, api, scheme):
    axe = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
    card.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    card.open(
        style={"base": {"color": "#f0f2f6", "::placeholder": {"color": "#a6aebd"}}}
        if scheme == "dark"
        else {}
    )
    card.start(
        "stripe.handleNextAction({ clientSecret: argument })",
        api.unanswered()["client_secret"],
    )
    card.challenge()
    for frame in card.page.frames:
        if "/elements/card" not in frame.url and "/3ds/" not in frame.url:
            continue
        frame.evaluate(axe)
        found = frame.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] })")
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []
    card.page.frame_locator("dialog iframe").locator("[data-outcome=cancel]").click()
    card.result()
