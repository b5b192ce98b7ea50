"""Whatever colour an owner picks, everybody can read what stands on it."""

import random
import re
from pathlib import Path

import pytest

from catalog import accents

TOKENS = (Path(__file__).parents[2] / "static" / "css" / "tokens.css").read_text()
LIGHT, DARK = TOKENS.split("@media (prefers-color-scheme: dark)")
# Text, and what it stands on. Source: WCAG 2.2, 1.4.3: at least 4.5 to 1.
PAIRS = [
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
    ("accent-ink", "ground"),
    ("accent-ink", "paper"),
    ("accent-ink", "accent-soft"),
    ("ink", "accent-soft"),
    ("ink-soft", "ground"),
    ("ink-soft", "sunken"),
    ("danger", "danger-soft"),
    ("wait", "wait-soft"),
    ("ok", "ok-soft"),
]
CHROMA = re.compile(r"calc\(var\(--chroma\) \* ([0-9.]+)\)|var\(--chroma\)|([0-9.]+)")
NAMED = {
    name: (float(hue), float(chroma))
    for name, hue, chroma in re.findall(
        r'\[data-accent="(\w+)"\] \{ --hue: ([0-9.]+); --chroma: ([0-9.]+); \}', TOKENS
    )
}


def luminance(theme: str, token: str, hue: float, chroma: float) -> float:
    """Of a token as tokens.css derives it. Source: WCAG 2.2, "relative luminance"."""
    found = re.search(rf"--{token}: oklch\(([0-9.]+) (.+?) (var\(--hue\)|[0-9.]+)\);", theme)
    assert found, token
    factor, fixed = CHROMA.fullmatch(found[2]).groups()  # type: ignore[union-attr]
    share = float(fixed) if fixed else chroma * float(factor or 1)
    own_hue = hue if "var" in found[3] else float(found[3])
    shown = (min(max(part, 0), 1) for part in accents.rgb(float(found[1]), share, own_hue))
    return sum(part * weight for part, weight in zip(shown, (0.2126, 0.7152, 0.0722), strict=True))


def too_faint(hue: float, chroma: float) -> list[str]:
    faint = []
    for name, theme in (("light", LIGHT), ("dark", DARK)):
        for text, ground in PAIRS:
            values = [luminance(theme, token, hue, chroma) for token in (text, ground)]
            contrast = (max(values) + 0.05) / (min(values) + 0.05)
            if contrast < 4.5:
                faint.append(f"{name}: {text} on {ground} {contrast:.2f}")
    return faint


def test_every_named_accent_can_be_read() -> None:
    assert set(NAMED) == set(accents.NAMED)
    assert {name: faint for name, pair in NAMED.items() if (faint := too_faint(*pair))} == {}


def test_any_colour_can_be_read() -> None:
    seeded = random.Random(5)
    picked = [f"#{seeded.randrange(1 << 24):06x}" for _ in range(500)]
    corners = ["#000000", "#ffffff", "#ff0000", "#00ff00", "#0000ff", "#ffff00", "#00ffff"]
    bad = {}
    for accent in picked + corners:
        if faint := too_faint(*accents.hue_and_chroma(accent)):
            bad[accent] = faint
    assert bad == {}


@pytest.mark.parametrize(
    ("accent", "hue"), [("#ff0000", 29.2), ("#00ff00", 142.5), ("#0000ff", 264.1)]
)
def test_the_hue_is_the_colour_s_own(accent: str, hue: float) -> None:
    found, chroma = accents.hue_and_chroma(accent)
    assert found == pytest.approx(hue, abs=0.1)
    assert 0.04 < chroma <= 0.15


def test_grey_stays_grey() -> None:
    assert accents.hue_and_chroma("#808080")[1] == 0


def test_names_need_no_rules_and_nothing_else_gets_in() -> None:
    sheet = accents.stylesheet(["moss", "#1f7a5c", "#1f7a5c", '"] { } x {', "#12345"])
    assert sheet.count("[data-accent=") == 1
    assert sheet.startswith('[data-accent="#1f7a5c"] { --hue: ')
