"""Everything can be said in every language, and nothing is said past the catalogues."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from jinja2 import Environment, nodes

import declines as coaching
import languages
from errors import all_codes, declined
from script import translations
from tests.support.shop import Shop

ROOT = Path(__file__).resolve().parents[1]
OTHERS = [name for name in languages.LANGUAGES if name != languages.DEFAULT]
CHECKOUT = "/checkout?cog=morning-press&item=mug-stoneware:2"
SANDBOX = ("/sandbox", "/sandbox/faults", "/sandbox/happened", "/sandbox/ledger")
EMPTY = "/checkout?cog=morning-press"
VALUE = re.compile(r"%\(\w+\)s|%%")
# What would tell a thief something.
PLAIN = {"generic_decline", "lost_card", "stolen_card", "fraudulent", "pickup_card"} | {
    "merchant_blacklist",
    "restricted_card",
    "security_violation",
}
# Names, in any language the same.
NAMES = {"Cog Checkout", "Test Shopper"}

every_language = pytest.mark.parametrize("language", OTHERS)


@cache
def words() -> Catalog:
    return translations.extracted()


def said(language: str) -> Iterator[tuple[Message, list[str]]]:
    """Each word of the code with what it is in this language."""
    for word in words():
        known = languages.catalogue(language).get(word.id, word.context) if word.id else None
        if known is not None:
            forms = known.string if isinstance(known.string, tuple) else (known.string,)
            yield word, [str(form) for form in forms]


@every_language
def test_nothing_is_left_to_translate(language: str) -> None:
    left = [word.id for word in translations.missing(language, words())]
    assert left == [], "run script/translations.py, then fill in what it lists"


@every_language
def test_the_catalogue_has_nothing_that_nobody_says(language: str) -> None:
    known = {(word.id, word.context) for word in words()}
    assert [w.id for w in languages.catalogue(language) if (w.id, w.context) not in known] == []


@every_language
def test_values_stand_in_every_translation(language: str) -> None:
    wrong = []
    for word, forms in said(language):
        english = [word.id] if isinstance(word.id, str) else list(word.id)
        allowed = [sorted(VALUE.findall(text)) for text in english]
        wrong += [form for form in forms if sorted(VALUE.findall(form)) not in allowed]
    assert wrong == []


@every_language
def test_a_sentence_stays_a_sentence(language: str) -> None:
    """With its full stop, and without the quotes of a typewriter."""
    wrong = []
    for word, forms in said(language):
        text = word.id if isinstance(word.id, str) else word.id[0]
        for form in forms:
            if text.endswith(".") != form.endswith((".", "。")) or re.search(r"['\"]", form):
                wrong.append((text, form))
    assert wrong == []


@every_language
@pytest.mark.usefixtures("speaker")
def test_every_error_has_words_and_a_way_on(language: str) -> None:
    with languages.speaking("en"):
        english = {code: error().message for code, error in all_codes().items()}
    with languages.speaking(language):
        here = {code: error().message for code, error in all_codes().items()}
    assert {code for code in here if here[code] in ("", english[code])} == set()


@every_language
@pytest.mark.usefixtures("speaker")
def test_every_decline_reads_well(language: str) -> None:
    codes = set(coaching.TABLE)
    with languages.speaking("en"):
        english = {code: declined("card_declined", code).message for code in codes}
    with languages.speaking(language):
        here = {code: declined("card_declined", code).message for code in codes}
    assert {code for code in codes if here[code] == english[code]} == set()
    # Nobody learns that a card was reported.
    assert len({here[code] for code in PLAIN}) == 1


class Visible(HTMLParser):
    """What a person reads or hears of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "code")
        heard = ("aria-label", "title", "placeholder", "alt")
        self.texts += [value for name, value in attrs if name in heard and value]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "code")

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.texts.append(" ".join(data.split()))


@every_language
def test_no_page_has_english_left(shop: Shop, language: str) -> None:
    shopper = shop.shopper(account=True, page=CHECKOUT)
    shopper.add_card()
    paid = shopper.pay(card_id=shopper.cards()[0]["id"])
    guest = shop.visitor()
    for visitor in (guest, shopper.visitor):
        visitor.get(f"/sign-in?lang={language}")
    pages = [
        *(
            guest.get(path)
            for path in ("/", CHECKOUT, EMPTY, "/sign-in", "/register", "/nowhere", *SANDBOX)
        ),
        *(shopper.visitor.get(path) for path in ("/wallet", "/orders", CHECKOUT, *SANDBOX)),
        shopper.visitor.get(f"/orders/{paid['id']}"),
        shopper.visitor.get("/shop/morning-press"),
        guest.get("/account"),
        *(
            shopper.visitor.get(f"/account{path}")
            for path in ("?done=email", "/email", "/password", "/delete", "/deleted")
        ),
    ]
    english = {
        word.id
        for word, forms in said(language)
        if isinstance(word.id, str) and word.id != forms[0]
    }
    left = set()
    for page in pages:
        visible = Visible()
        visible.feed(page.text)
        left |= {(page.path, text) for text in visible.texts if text in english}
    assert left == set()


def test_templates_say_nothing_by_themselves() -> None:
    """Each word stands in `_()`, or it is the same in every language."""
    wrong = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        source = re.sub(r"{% set \w+ %}.*?{% endset %}", " ", path.read_text(), flags=re.S)
        source = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", " ", source, flags=re.S)
        visible = Visible()
        visible.feed(source)
        wrong += [
            f"{path.name}: {text}"
            for text in visible.texts
            if text not in NAMES and re.search(r"[A-Z][a-z]|[a-z]{2} [a-z]{2}", text)
        ]
    assert wrong == []


def test_scripts_say_nothing_by_themselves() -> None:
    sentence = re.compile(r"[\"`]([A-Z][a-z’]+[ .…][^\"`]*)[\"`]")
    handed_over = re.compile(r"\b(?:tn?|Error)\((?:[\"`][^\"`]*[\"`],? ?)+")
    wrong = []
    for path in sorted((ROOT / "static" / "js").glob("*.js")):
        for line in path.read_text().splitlines():
            code = "" if line.lstrip().startswith(("*", "/*")) else line.partition("// ")[0]
            found = sentence.findall(handed_over.sub("", code))
            wrong += [f"{path.name}: {text}" for text in found if text not in NAMES]
    assert wrong == []


def test_errors_say_nothing_by_themselves() -> None:
    """Of what people read; details of `invalid_message` are for programmers."""
    kinds = {error.__name__ for error in all_codes().values()} - {"InvalidMessage"}
    kinds |= {"FormError", "TooManyTries"}
    parts = ("accounts", "catalog", "panel", "payments", "wallet")
    wrong = []
    for path in chain(ROOT.glob("*.py"), *((ROOT / part).rglob("*.py") for part in parts)):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in kinds:
                given = [*call.args, *(word.value for word in call.keywords)]
                wrong += [f"{path.name}: {ast.unparse(word)}" for word in given if _is_text(word)]
    assert wrong == []


def _is_text(word: ast.expr) -> bool:
    plain = isinstance(word, ast.Constant) and isinstance(word.value, str)
    return plain or isinstance(word, ast.JoinedStr)


def test_what_is_made_once_for_all_readers_is_looked_up_when_it_is_read() -> None:
    """The top of a file of macros is kept by Jinja, in the language of whoever came first."""
    environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)
    wrong = []
    for path in sorted((ROOT / "templates" / "macros").glob("*.html")):
        tree = environment.parse(path.read_text())
        for node in tree.body:
            if isinstance(node, nodes.Assign):
                calls = [call.node for call in node.find_all(nodes.Call)]
                names = {call.name for call in calls if isinstance(call, nodes.Name)}
                wrong += (
                    [f"{path.name}:{node.lineno}"] if names & {"_", "gettext", "ngettext"} else []
                )
    assert wrong == []
