"""Everybody can use every page: no finding of axe-core's in any state and theme, and no mouse."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints
from tests.browser.steps import (
    ASKS_THE_BANK,
    DECLINED,
    MUGS,
    answer_bank,
    bank_asks,
    checkout,
    fill_as_guest,
    find_network,
    is_paid,
    lose_network,
    online,
    open_checkout,
    pay,
    pay_as_guest,
    problem,
    save_card,
    sign_up,
    status,
    type_card,
)
from tests.support import chromium

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


@pytest.fixture
def examiner(page: Page) -> Examiner:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci)")
    return Examiner(page)


def test_pages_that_anybody_can_open(examiner: Examiner, complaints: Complaints) -> None:
    complaints.expect("status of 40[14]|status of 422")
    shop = "/shop/morning-press"
    for path in ("/", shop, "/checkout?cog=morning-press", "/register", "/nowhere", "/orders"):
        examiner.visit(path)
    page = examiner.page
    page.goto("/sign-in")
    page.locator("[name=email]").fill("nobody@example.com")
    page.locator("[name=password]").fill("not the password")
    page.locator("main form button[type=submit]").first.click()
    examiner.look("refused at the door")
    page.goto(shop)
    page.get_by_test_id("add-to-basket").first.click()
    expect(page.get_by_test_id("basket-line")).to_have_count(1)
    examiner.look("something in the basket")
    assert examiner.found == {}


def test_paying_as_a_guest(examiner: Examiner, complaints: Complaints) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    page = examiner.page
    open_checkout(page, MUGS)
    examiner.look("an open checkout")
    pay(page)
    examiner.look("a field is missing")
    fill_as_guest(page, DECLINED)
    pay(page)
    expect(problem(page)).to_contain_text("declined")
    examiner.look("declined")
    lose_network(page)
    examiner.look("offline")
    find_network(page)
    type_card(page, ASKS_THE_BANK)
    pay(page)
    bank_asks(page)
    examiner.look("the bank asks")
    answer_bank(page, "fail")
    expect(problem(page)).to_contain_text("bank")
    examiner.look("the bank said no")
    type_card(page)
    pay(page)
    is_paid(page)
    examiner.look("paid")
    page.reload()
    examiner.look("receipt")
    examiner.visit("/orders")
    assert examiner.found == {}


def test_a_wallet_and_its_checkout(
    no_webhooks: None, examiner: Examiner, complaints: Complaints
) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    page = examiner.page
    sign_up(page)
    examiner.visit("/wallet")
    for count, number in enumerate(("4242424242424242", "5555555555554444"), 1):
        save_card(page, number)
        expect(page.locator("[data-cards] [data-card-id]")).to_have_count(count)
    page.get_by_test_id("add-card-open").click()
    examiner.look("cards, and one more to add")
    page.get_by_test_id("remove-card").first.click()
    examiner.look("a card removed, to be undone")
    page.get_by_test_id("undo-remove").first.click()
    page.goto(checkout(MUGS))
    online(page)
    examiner.look("a checkout with a wallet")
    lose_network(page)
    pay(page)
    expect(status(page)).to_contain_text("You’re offline")
    examiner.look("a payment waits")
    assert examiner.found == {}


def test_the_pages_about_the_sandbox(examiner: Examiner) -> None:
    page = examiner.page
    pay_as_guest(page)
    is_paid(page)
    page.get_by_role("link", name="See your receipt").click()
    page.get_by_test_id("drawer").get_by_text("What just happened").click()
    expect(page.get_by_test_id("step").first).to_be_visible()
    examiner.look("what just happened, beside a receipt")
    for path in ("/sandbox", "/sandbox/faults", "/sandbox/happened", "/sandbox/ledger"):
        examiner.visit(path)
    # At the machine itself there is more to see and to press.
    page.context.set_extra_http_headers({})
    for path in ("/sandbox/faults", "/sandbox/happened", "/sandbox/ledger"):
        examiner.visit(path)
    assert examiner.found == {}


def test_a_whole_purchase_by_keyboard_alone(page: Page) -> None:
    """From the shop's shelf to the receipt, as somebody does who can't hold a mouse."""
    page.goto("/shop/morning-press")
    tab_to(page, "[data-testid=add-to-basket]")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("basket-line")).to_have_count(1)
    tab_to(page, "[data-testid=go-to-checkout]")
    page.keyboard.press("Enter")
    online(page)
    tab_to(page, "[data-testid=email]")
    page.keyboard.type("ada@example.com")
    tab_to(page, "iframe")
    field = chromium.card_field(page)
    for name, typed in {
        "cardnumber": "4242424242424242",
        "exp-date": "1234",
        "cvc": "123",
        "postal": "94107",
    }.items():
        expect(field.locator(f"[name={name}]")).to_be_focused()
        page.keyboard.type(typed, delay=5)
    tab_to(page, "[data-testid=name-on-card]")
    page.keyboard.type("Ada Lovelace")
    tab_to(page, "[data-testid=pay-button]")
    page.keyboard.press("Enter")
    is_paid(page)
    # Where the eye goes, the ear goes too.
    expect(page.get_by_test_id("paid").get_by_role("heading")).to_be_focused()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until it is there; each stop on the way can be seen."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"Tab never comes to {selector}")
