"""Every error code, in every language: words, a way on, and the checkout says it aloud."""

import json
import re

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

import languages
from declines import TABLE
from errors import all_codes, declined
from tests.browser.ears import Ears
from tests.browser.steps import MUGS, checkout, online, pay, problem, sign_in_as_demo

# What tells somebody what to do now, or not to do.
WAY_ON = {
    "en": r"please|must",
    "de": r"bitte|gehört nur",
    "es": r"\b(compruebe|debe|empiece|espere|inicie|inténtelo|introduzca|introdúzcala|llame|mire"
    r"|modifique|no vuelva|pruebe|recargue|recárguela|revísela|termine|utilice|vuelva)\b",
    "fr": r"veuillez|ne doit",
    "ja": r"ください",
}
# The page knows more than the error does, and says it in words of its own (test_every_state).
OWN_WORDS = {"price_changed", "item_unavailable", "payment_pending"}
ASKED = re.compile(r'42(\d+)\["purchase-request"')


@pytest.mark.parametrize("language", languages.LANGUAGES)
@pytest.mark.usefixtures("speaker")
def test_every_code_has_words_and_a_way_on(language: str) -> None:
    with languages.speaking(language):
        codes = {code: error().message for code, error in all_codes().items()}
        for code in (*TABLE, "resource_missing", "a_code_of_tomorrow"):
            codes[f"declined: {code}"] = declined("card_declined", code).message
            codes[f"refused: {code}"] = declined(code, None).message
    assert {c: words for c, words in codes.items() if not has_way_on(words, language)} == {}


def has_way_on(words: str, language: str) -> bool:
    return re.search(WAY_ON[language], words, re.I) is not None


@pytest.mark.usefixtures("speaker")
def test_the_checkout_says_every_error_aloud(page: Page) -> None:
    answer: dict[str, object] = {}

    def shop(socket: WebSocketRoute) -> None:
        """Purchases are answered with what is next; everything else is the shop's."""
        server = socket.connect_to_server()

        def from_page(message: str | bytes) -> None:
            if asked := ASKED.match(str(message)):
                socket.send(f"43{asked[1]}[{json.dumps(answer)}]")
            else:
                server.send(message)

        socket.on_message(from_page)

    page.route_web_socket(re.compile("/socket.io/"), shop)
    ears = Ears(page)
    sign_in_as_demo(page)
    for language in languages.LANGUAGES:
        page.goto(f"{checkout(MUGS)}&lang={language}")
        online(page)
        for code in sorted(all_codes().keys() - OWN_WORDS):
            with languages.speaking(language):
                error = all_codes()[code]()
            answer |= error.to_wire("req_test")
            pay(page)
            ears.hear(error.message)
            shown = problem(page).locator("[data-error]:focus [data-text]")
            expect(shown).to_have_text(error.message)
            expect(page.get_by_test_id("pay-button")).to_have_attribute("aria-disabled", "false")
