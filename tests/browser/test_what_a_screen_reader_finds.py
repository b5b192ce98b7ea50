"""The purchase as a screen reader walks through it: what is there, called what, in which order."""

from playwright.sync_api import Page, expect

from tests.browser.steps import (
    ASKS_THE_BANK,
    answer_bank,
    bank_asks,
    fill_as_guest,
    is_paid,
    open_checkout,
    pay,
    sign_in_as_demo,
)
from tests.support import chromium

ORDER = """
- main:
  - complementary "Your order":
    - group:
      - heading "Your order" [level=2]
      - list:
        - listitem:
          - paragraph: Stoneware mug
          - paragraph: /2 . \\$18\\.00/
      - text: Total usd $36.00
"""
OPEN = """
- link "Skip to the content"
- banner:
  - link "Morning Press"
  - text: Live
  - navigation "Your account"
- main:
  - heading "Checkout" [level=1]
  - group "Contact":
    - textbox "Email"
    - paragraph: For the receipt.
  - group "Payment":
    - iframe
    - textbox "Name on card"
  - status
  - alert
  - button "Pay $36.00"
- contentinfo:
  - navigation "Language"
- status
"""
CARD_FIELD = """
- textbox "Credit or debit card number"
- textbox "Credit or debit card expiration date"
- textbox "Credit or debit card CVC/CVV"
- textbox "ZIP"
"""
BANK_ASKS = """
- main:
  - status:
    - paragraph: Your bank is asking you to confirm it’s you. Answer in the window that opened.
  - alert
  - button "Paying $36.00…" [disabled]
- dialog "Card authentication":
  - iframe
"""
PAID = """
- main:
  - heading "Thank you. It’s paid." [level=1]
  - term: Paid
  - definition: $36.00
  - term: With
  - definition: Visa •••• 3220
  - term: Receipt to
  - definition: ada@example.com
  - link "See your receipt"
  - link "Back to Morning Press"
"""


def test_a_guests_purchase(page: Page) -> None:
    body = page.locator("body")
    open_checkout(page)
    for tree in (ORDER, OPEN):
        expect(body).to_match_aria_snapshot(tree)
    expect(chromium.card_field(page).locator("body")).to_match_aria_snapshot(CARD_FIELD)
    fill_as_guest(page, ASKS_THE_BANK)
    pay(page)
    bank_asks(page)
    expect(body).to_match_aria_snapshot(BANK_ASKS)
    answer_bank(page)
    is_paid(page)
    for tree in (ORDER, PAID):
        expect(body).to_match_aria_snapshot(tree)


def test_the_cards_of_a_wallet_are_one_choice(page: Page) -> None:
    sign_in_as_demo(page)
    open_checkout(page)
    names = {"Visa ending in 4242 Expires": True, "Mastercard ending in 4444": False}
    for name, checked in {**names, "New card": False}.items():
        expect(page.get_by_role("radio", name=name)).to_be_checked(checked=checked)
    radios = page.get_by_role("radio")
    assert {radio.get_attribute("name") for radio in radios.all()} == {"pay-with"}
