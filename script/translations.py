"""Bring translations/ up to date with the words in the code; say what is still to be translated.

.venv/bin/python script/translations.py          look, extract, update, say what is missing
.venv/bin/python script/translations.py it       the same, and begin with Italian
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import write_po

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from languages import DEFAULT, LANGUAGES, catalogue, catalogue_path
from sandbox.cards import GROUPS

KEYWORDS: dict[str, tuple[object, ...] | None] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "pgettext": ((1, "c"), 2),
    "ngettext": (1, 2),
    # In the scripts of the pages: static/js/translate.js.
    "t": None,
    "tn": (1, 2),
}
# Without dates and versions, which would change with nobody's doing.
_HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plural}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


def extracted() -> Catalog:
    """Every word that is in the code now. Raises when a template can't be read."""
    words = Catalog()
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(
        ROOT, methods, options, keywords=KEYWORDS, comment_tags=["For translators:"]
    )
    for name, _line, text, comments, context in found:
        # Without numbers of lines: they would change with every line of code.
        words.add(text, None, [(name, None)], auto_comments=comments, context=context)
    for text in _of_test_cards():
        words.add(text, None, [("sandbox/cards.py", None)])
    return words


def _of_test_cards() -> Iterator[str]:
    """What the table of test cards says: the sandbox knows nothing of the shop's languages."""
    for group in GROUPS:
        yield from (group["title"], group["blurb"], *(card["what"] for card in group["cards"]))


def missing(language: str, words: Catalog) -> list[Message]:
    """What is in the code and has no (complete, reviewed) words in this language."""
    known = catalogue(language)
    wanted = (word for word in words if word.id)
    return [word for word in wanted if not _is_said(known.get(word.id, word.context))]


def _is_said(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    said = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(said)


def _update(language: str, words: Catalog) -> None:
    path = Path(catalogue_path(language))
    path.parent.mkdir(parents=True, exist_ok=True)
    known = catalogue(language) if path.exists() else Catalog(locale=language)
    fresh = Catalog(locale=language)
    for word in words:
        old = known.get(word.id, word.context) if word.id else None
        if not word.id:
            continue
        fresh.add(
            word.id,
            old.string if old and not old.fuzzy else None,
            word.locations,
            auto_comments=word.auto_comments,
            user_comments=old.user_comments if old else [],
            flags=word.flags,
            context=word.context,
        )
    with path.open("wb") as file:
        file.write(_HEADER.format(language=language, plural=fresh.plural_forms).encode())
        write_po(file, fresh, sort_output=True, omit_header=True, width=100, include_lineno=False)


def main(more: list[str]) -> None:
    words = extracted()
    for language in [*(name for name in LANGUAGES if name != DEFAULT), *more]:
        _update(language, words)
        catalogue.cache_clear()
        left = missing(language, words)
        print(f"{language}: {len(words) - len(left)} of {len(words)}")
        for word in left:
            print(f"  {word.id!r} ({word.locations[0][0]})")


if __name__ == "__main__":
    main(sys.argv[1:])
