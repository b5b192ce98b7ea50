"""A shop's colour: what its owner picks, and the two numbers that every colour is derived from.

static/css/tokens.css keeps the lightness of each colour fixed and takes hue and chroma from here:
words can be read on it whatever is picked; a pale yellow becomes the dark ochre of its hue.
Source: Björn Ottosson, "A perceptual color space for image processing" (OKLab); CSS Color 4.
"""

import math
import re
from collections.abc import Iterable
from functools import cache
from zlib import crc32

NAMED = ("moss", "ember", "indigo", "plum", "rose", "slate")
_OWN = re.compile(r"#[0-9a-f]{6}")
# The lightnesses at which tokens.css uses an accent at (nearly) full chroma, light and dark.
_LIGHTNESSES = (0.36, 0.4, 0.42, 0.82, 0.85, 0.88)
# More shouts: the strongest of the named ones has this much.
_MOST = 0.15


def known(accent: str) -> bool:
    """Whether it is a name, or a colour like #1f7a5c."""
    return accent in NAMED or bool(_OWN.fullmatch(accent))


def stylesheet(accents: Iterable[str]) -> str:
    """The rules of those accents that are no names; nothing when all are."""
    own = sorted({accent for accent in accents if _OWN.fullmatch(accent)})
    rules = []
    for accent in own:
        hue, chroma = hue_and_chroma(accent)
        rules.append(f'[data-accent="{accent}"] {{ --hue: {hue}; --chroma: {chroma}; }}\n')
    return "".join(rules)


def version(accents: Iterable[str]) -> str:
    """Another one when the rules are others; empty when there are none."""
    sheet = stylesheet(accents)
    return f"{crc32(sheet.encode()):08x}" if sheet else ""


@cache
def hue_and_chroma(accent: str) -> tuple[float, float]:
    """Hue in degrees and chroma of a colour, this only as far as a screen shows it everywhere."""
    red, green, blue = (_linear(int(accent[at : at + 2], 16) / 255) for at in (1, 3, 5))
    a, b = _chromatic(red, green, blue)
    hue = math.degrees(math.atan2(b, a)) % 360
    chroma = min(math.hypot(a, b), _MOST)
    while chroma > 0 and not all(_shows(lightness, chroma, hue) for lightness in _LIGHTNESSES):
        chroma = max(0.0, chroma - 0.002)
    return round(hue, 1), round(chroma, 3)


def rgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """Linear red, green and blue of oklch(...); outside of 0 to 1 no screen of today shows it."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _chromatic(red: float, green: float, blue: float) -> tuple[float, float]:
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _linear(value: float) -> float:
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


def _shows(lightness: float, chroma: float, hue: float) -> bool:
    # At the dark theme's lightnesses tokens.css takes 0.85 of the chroma.
    taken = chroma if lightness < 0.5 else chroma * 0.85
    return all(-0.0005 <= part <= 1.0005 for part in rgb(lightness, taken, hue))
