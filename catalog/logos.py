"""A shop's logo: a small drawing (SVG) or picture (PNG), shown as an image and never as a page.

An SVG is a document that may hold scripts. Shown by `<img>` it can't run any; as somebody might
open its address instead, only what draws is taken, and it is served in a sandbox of its own.
Source: SVG 2, "Secure static mode"; OWASP File Upload Cheat Sheet.
"""

import hashlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree  # nosec B405

MAXIMUM_BYTES = 32_768
# Sides of a picture, in pixels: sharp beside a name, and nothing to choke on.
SMALLEST, LARGEST = 32, 1024
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_DRAWS = frozenset(
    "svg g defs symbol use title desc style path rect circle ellipse line polyline polygon "
    "linearGradient radialGradient stop clipPath mask text tspan".split()
)
_DECLARATION = re.compile(
    r"\A\s*<\?xml version=[\"']1\.[01][\"']"
    r"( encoding=[\"']utf-8[\"'])?( standalone=[\"']\w+[\"'])?\s*\?>",
    re.IGNORECASE,
)
# What a style or an attribute could fetch from elsewhere, or run. `url(#a)` stays in the drawing.
_REACHES_OUT = re.compile(r"@import|url\(\s*[\"']?(?!#)|javascript:|data:|expression\(|\\", re.I)
_PNG = b"\x89PNG\r\n\x1a\n"


class LogoRefused(Exception):
    """This file can't be a logo; the message says why."""


@dataclass(frozen=True)
class Logo:
    kind: str
    data: bytes

    @property
    def version(self) -> str:
        """Another one for another file: what pages ask for may be kept for ever."""
        return hashlib.sha256(self.data).hexdigest()[:16]


def read(data: bytes) -> Logo:
    """Raises: LogoRefused."""
    if len(data) > MAXIMUM_BYTES:
        raise LogoRefused(f"A logo may have up to {MAXIMUM_BYTES // 1024} KB; this has more.")
    if data.startswith(_PNG):
        _check_png(data)
        return Logo("image/png", data)
    _check_svg(_text(data))
    return Logo("image/svg+xml", data)


def _check_png(data: bytes) -> None:
    header = data[8:24]
    if len(header) < 16 or header[4:8] != b"IHDR" or data[-8:-4] != b"IEND":
        raise LogoRefused("This PNG is cut off.")
    width, height = struct.unpack(">II", header[8:16])
    if not all(SMALLEST <= side <= LARGEST for side in (width, height)):
        raise LogoRefused(
            f"A PNG needs {SMALLEST} to {LARGEST} pixels a side: this has {width}x{height}."
        )


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LogoRefused("A logo is an SVG (in UTF-8) or a PNG.") from None


def _check_svg(text: str) -> None:
    body = _DECLARATION.sub("", text, count=1)
    if re.search(r"<\?|<!(?!--)", body):
        raise LogoRefused("Save the SVG without a DOCTYPE and without processing instructions.")
    try:
        # Without a DOCTYPE there are no entities that could swell or fetch, and it is small.
        root = ElementTree.fromstring(body)  # noqa: S314  # nosec B314
    except (ElementTree.ParseError, ValueError):
        raise LogoRefused("A logo is an SVG (in UTF-8) or a PNG.") from None
    if root.tag != f"{_SVG}svg" or "viewBox" not in root.attrib:
        raise LogoRefused("This is no SVG with a viewBox.")
    for problem in _problems(root):
        raise LogoRefused(f"{problem}. Save it as a plain SVG: shapes, gradients and styles only.")


def _problems(root: ElementTree.Element) -> Iterator[str]:
    for element in root.iter():
        name = str(element.tag).removeprefix(_SVG)
        if name not in _DRAWS:
            yield f"<{name.rpartition('}')[2]}> draws nothing that a logo needs"
        if name == "style" and _REACHES_OUT.search(element.text or ""):
            yield "A style reaches out of the drawing"
        for attribute, value in element.attrib.items():
            if attribute.lower().startswith("on"):
                yield f"{attribute}= is a script"
            is_link = attribute in ("href", _LINK)
            is_base = attribute.endswith("}base")
            if _REACHES_OUT.search(value) or is_base or (is_link and not value.startswith("#")):
                yield f"{attribute.rpartition('}')[2]}= reaches out of the drawing"
