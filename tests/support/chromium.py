"""Debian's Chromium (or what stands in for it elsewhere), driven by Playwright."""

import re
import shutil

from playwright.sync_api import Browser, FrameLocator, Page, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    # Its own sandbox works neither as root nor in most containers; it sees no page but ours.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Names that exist nowhere else, for tests of what a name decides.
    "--host-resolver-rules=MAP *.example 127.0.0.1",
]


def find() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def launch(playwright: Playwright, path: str) -> Browser:
    return playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)


def card_field(page: Page) -> FrameLocator:
    """The inside of Stripe's card field, found as with the real one."""
    return page.frame_locator('iframe[title="Secure card payment input frame"]')


def type_card(page: Page, number: str) -> None:
    """Type a card that is good for years, key by key as a person does, and look at it."""
    page.bring_to_front()  # keys that are typed into a frame of a hidden tab get lost
    field = card_field(page)
    typed = {"cardnumber": number, "exp-date": "1234", "cvc": "123", "postal": "94107"}
    for name, text in typed.items():
        box = field.locator(f"[name={name}]")
        for _ in range(3):
            box.press_sequentially(text)
            if re.sub(r"\D", "", box.input_value()) == text:
                break
            # Faster than a person: the page was still moving the focus into the field.
            box.clear()


def challenge(page: Page) -> FrameLocator:
    """The bank's question, where 3DS asks one."""
    return page.frame_locator('iframe[name^="__privateStripeFrame"][src*="3ds"]')
