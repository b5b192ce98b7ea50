"""A browser's own words for itself, cut down to what its owner knows it by."""

# The first that is found counts: most browsers also name those that they want to be taken for.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
_PLATFORMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}
_LONGEST = 500


def in_words(user_agent: str | None) -> tuple[str | None, str | None]:
    """Browser and platform, None for what isn't known; more of it is not kept.

    user_agent: the header, of any length and with anything in it.
    """
    text = (user_agent or "")[:_LONGEST]
    return _first(_BROWSERS, text), _first(_PLATFORMS, text)


def _first(names: dict[str, str], text: str) -> str | None:
    return next((name for mark, name in names.items() if mark in text), None)
