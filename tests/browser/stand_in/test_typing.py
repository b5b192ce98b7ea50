"""What becomes of keystrokes: digits in groups, dates, the caret."""

from playwright.sync_api import expect

VISA = "4242424242424242"
NUMBERS = [
    ("4242424242424242", "4242 4242 4242 4242", "visa"),
    ("2223003122003222", "2223 0031 2200 3222", "mastercard"),
    ("378282246310005", "3782 822463 10005", "amex"),
    ("6011981111111113", "6011 9811 1111 1113", "discover"),
    ("36227206271667", "3622 720627 1667", "diners"),
    ("3056930009020004", "3056 9300 0902 0004", "diners"),
    ("3566002020360505", "3566 0020 2036 0505", "jcb"),
    ("6200000000000005", "6200 0000 0000 0005", "unionpay"),
    ("6205500000000000004", "6205 5000 0000 0000 004", "unionpay"),
]


def full_width(text):
    """As a Japanese keyboard types it."""
    return "".join(chr(ord(sign) + 0xFEE0) for sign in text)


def test_a_number_is_written_as_on_the_card_and_its_brand_recognised(card):
    card.open()
    for number, written, brand in NUMBERS:
        card.clear().type(number)
        assert (card.number.input_value(), card.state()["brand"]) == (written, brand)
        assert card.state()["error"] is None


def test_the_brand_is_said_as_soon_as_no_other_is_possible(card):
    card.open()
    brands = {}
    for prefix in ("3", "34", "36", "5", "50", "6", "60", "62"):
        card.clear().type(prefix)
        brands[prefix] = card.state()["brand"]
    assert brands == {
        "3": "unknown",
        "34": "amex",
        "36": "diners",
        "5": "mastercard",
        "50": "unknown",
        "6": "unknown",
        "60": "discover",
        "62": "unionpay",
    }


def test_an_expiry_date_is_written_for_the_customer(card):
    written = {
        "1": "1",
        "4": "04 / ",
        "13": "01 / 3",
        "12": "12 / ",
        "1/": "01 / ",
        "1 ": "01 / ",
        "00": "0",
        "0634": "06 / 34",
    }
    card.open()
    for typed, expected in written.items():
        card.clear().expiry.focus()
        card.page.keyboard.type(typed)
        assert card.expiry.input_value() == expected


def test_a_pasted_expiry_date_is_understood(card):
    card.open()
    for pasted in ("12/34", "12 / 2034", "2034-12", "1234", "12-34", full_width("12/34")):
        card.clear().expiry.focus()
        card.page.keyboard.insert_text(pasted)
        assert card.expiry.input_value() == "12 / 34"


def test_a_pasted_number_is_cleaned_and_the_caret_moves_on(card):
    card.open()
    for pasted in (
        VISA,
        "4242-4242-4242-4242",
        " 4242 4242  4242 4242 \t",
        full_width(VISA),
    ):
        card.clear().number.click()
        card.page.keyboard.insert_text(pasted)
        assert card.number.input_value() == "4242 4242 4242 4242"
        expect(card.expiry).to_be_focused()


def test_the_caret_stays_behind_its_digit(card):
    card.open().type("42424242")
    for _ in range(5):
        card.page.keyboard.press("ArrowLeft")
    card.page.keyboard.type("9")  # 4242| 4242
    assert card.number.input_value() == "4242 9424 2"
    card.page.keyboard.type("1")
    assert card.number.input_value() == "4242 9142 42"


def test_backspace_goes_through_separators(card):
    card.open().type("42424")
    card.page.keyboard.press("ArrowLeft")
    card.page.keyboard.press("Backspace")  # 4242 |4 -> 424|4
    assert card.number.input_value() == "4244"
    card.expiry.focus()
    card.page.keyboard.type("12")
    card.page.keyboard.press("Backspace")  # 12 / | -> 1
    assert card.expiry.input_value() == "1"


def test_backspace_goes_back_through_the_fields(card):
    card.open(hidePostalCode=True).fill(postal="")
    for _ in range(3 + 1 + 4 + 1 + 16):
        card.page.keyboard.press("Backspace")
    assert [field.input_value() for field in (card.number, card.expiry, card.cvc)] == ["", "", ""]
    assert card.state()["empty"]


def test_the_caret_moves_on_through_the_fields_while_typing(card):
    card.open().fill()
    assert [field.input_value() for field in (card.number, card.expiry, card.cvc, card.postal)] == [
        "4242 4242 4242 4242",
        "12 / 34",
        "123",
        "94107",
    ]
    expect(card.postal).to_be_focused()
    assert card.state() == {
        "name": "change",
        "elementType": "card",
        "empty": False,
        "complete": True,
        "error": None,
        "value": {"postalCode": "94107"},
        "brand": "visa",
    }


def test_an_american_express_code_has_four_digits(card):
    card.open().fill(number="378282246310005", cvc="123", postal="")
    expect(card.cvc).to_be_focused()
    assert not card.state()["complete"]
    card.page.keyboard.type("4")
    expect(card.postal).to_be_focused()
