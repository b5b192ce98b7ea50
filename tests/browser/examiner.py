"""Looks at a page as people with other eyes, other screens or other settings do."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Stripe's frames are Stripe's (tests/browser/stand_in looks at ours).
RUN = """async (tags) => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  await Promise.all(document.getAnimations().filter((a) => a.effect.getTiming().iterations === 1)
    .map((animation) => animation.finished.catch(() => null)));
  const found = await axe.run(document, {
    iframes: false, resultTypes: ["violations"], runOnly: { type: "tag", values: tags },
  });
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html.slice(0, 160) +
    " " + (n.any[0]?.message ?? "")).join(" | ")}`);
}"""
# Words that the screen or a box around them cuts off. (Who scrolls a table scrolls it on purpose.)
CUT_OFF = """() => {
  const hides = (box) => ["hidden", "clip"].includes(getComputedStyle(box).overflowX);
  const scrolls = (box) => ["auto", "scroll"].includes(getComputedStyle(box).overflowX);
  const cut = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const { left, right } = range.getBoundingClientRect();
    for (let box = element; box && box !== document.body; box = box.parentElement) {
      if (scrolls(box)) return false;
      const edges = box.getBoundingClientRect();
      if (hides(box) && (left < edges.left - 1 || right > edges.right + 1)) return true;
    }
    return left < -1 || right > document.documentElement.clientWidth + 1;
  };
  const says = (element) => [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  return [...document.querySelectorAll("body *:not(script, style, option)")]
    .filter((e) => says(e) && e.checkVisibility() && !e.closest(".visually-hidden, .skip"))
    .filter(cut)
    .map((e) => e.outerHTML.slice(0, 120));
}"""
# What moves although it was asked not to.
MOVING = """() => document.getAnimations()
  .filter((a) => a.playState === "running" && a.effect.getComputedTiming().activeDuration > 1)
  .map((a) => a.effect.target.outerHTML.slice(0, 120))"""
# With the system's colours alone: what can be pressed has a line around or under it, or stands
# where everything can be pressed; and where one is differs from where one isn't.
FLAT = """() => {
  const look = (element) => {
    const style = getComputedStyle(element);
    return `${style.textDecorationLine} ${style.borderBlockEnd} ${style.fontWeight}`;
  };
  const isFlat = (element) => {
    const { borderBlockEndStyle, borderBlockEndWidth, textDecorationLine } =
      getComputedStyle(element);
    const hasLine = borderBlockEndStyle !== "none" && parseFloat(borderBlockEndWidth) > 0;
    const isUnderlined = textDecorationLine.includes("underline");
    return !hasLine && !isUnderlined && !element.closest("label, li, nav, summary, .brand");
  };
  const isLikeOthers = (here) => {
    const others = [...here.closest("nav").querySelectorAll("a:not([aria-current])")];
    return others.some((other) => look(other) === look(here));
  };
  const seen = (e) => e.checkVisibility() && !e.closest(".visually-hidden, .skip");
  const controls = [...document.querySelectorAll("button:enabled, input, select, summary, a")];
  const current = [...document.querySelectorAll("nav [aria-current]")];
  return [...controls.filter(seen).filter(isFlat), ...current.filter(seen).filter(isLikeOthers)]
    .map((e) => e.outerHTML.slice(0, 120));
}"""
# 200 % and 400 % of a screen that is 1280 px wide.
ZOOMED = {"200 %": {"width": 640, "height": 400}, "400 %": {"width": 320, "height": 256}}
WIDER_THAN_THE_SCREEN = "document.documentElement.scrollWidth > innerWidth"


class Examiner:
    """Looks at a page in light and dark, zoomed, in the system's own colours, and for motion."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: dict[str, Any] = {}

    def visit(self, path: str) -> None:
        self.page.goto(path)
        self.look(path)

    def look(self, state: str) -> None:
        self.page.emulate_media(reduced_motion="reduce")
        if self.page.evaluate("typeof axe") == "undefined":
            self.page.evaluate(AXE.read_text())
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            self._note(f"{state}, {scheme}", self.page.evaluate(RUN, RULES))
        self._note(f"{state}, reduced motion", self.page.evaluate(MOVING))
        self.page.emulate_media(forced_colors="active")
        self._note(f"{state}, forced colours", self.page.evaluate(FLAT))
        self.page.emulate_media(forced_colors="none")
        for zoom, size in ZOOMED.items():
            self.page.set_viewport_size(size)
            if self.page.evaluate(WIDER_THAN_THE_SCREEN):
                self._note(f"{state}, {zoom}", "wider than the screen")
            self._note(f"{state}, {zoom}, cut off", self.page.evaluate(CUT_OFF))
        self.page.set_viewport_size({"width": 1280, "height": 800})

    def _note(self, where: str, findings: object) -> None:
        if findings:
            self.found[where] = findings
