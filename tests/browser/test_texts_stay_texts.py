"""Whatever somebody can write stays text in a real browser: no element, attribute or script of it.

Here are the fields that a user, a catalogue, an address or Stripe fills. Besides what each test
looks for, the `complaints` fixture fails it for any report of the content security policy.
"""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import steps
from tests.browser.conftest import Complaints
from tests.security.payloads import ADDRESSES, ATTRIBUTES, EMAILS, PAYLOADS
from tests.support.instances import Instances, run_flask
from tests.support.owner import at_stripe, deliver, event_about, post_event, write
from tests.support.server_front import ServerFront
from tests.support.shop import PASSWORD, Shop
from tests.support.shopper import Shopper
from wallet.models import LONGEST_NICKNAME

SHOP = "/shop/strange"
MOST_LINES = 50
CARDS = ("4242424242424242", "5555555555554444", "378282246310005", "6011111111111117")
# In a page, or in the text of one; what stands in templates counts, too.
STRANGERS = """html => {
  const root = html === null ? document : new DOMParser().parseFromString(html, "text/html");
  const found = [];
  const look = tree => {
    for (const element of tree.querySelectorAll("*")) {
      if (element instanceof HTMLTemplateElement) look(element.content);
      const tag = element.localName;
      const bare = tag === "script" && !element.src && element.type !== "application/json";
      if (bare || ["xss", "style", "object", "embed", "base"].includes(tag)) found.push(tag);
      if (tag === "iframe" && element.hasAttribute("srcdoc")) found.push("srcdoc");
      for (const { name, value } of element.attributes) {
        const isAddress = /^(?:href|src|action|formaction|xlink:href|data)$/.test(name);
        const to = isAddress && URL.canParse(value, location) ? new URL(value, location) : null;
        const leaves = to && !/^https?:$/.test(to.protocol);
        if (leaves || to?.hostname.includes("xss.example")) found.push(`${tag} ${name}=${value}`);
        const isStrange = /^on|^xss$|^style$/.test(name) && tag !== "iframe";
        if (isStrange) found.push(`${tag} ${name}`);
      }
    }
  };
  look(root);
  return found;
}"""
Open = Callable[[str], Page]


@pytest.fixture(scope="module")
def server(instances: Instances, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerFront]:
    """A shop in which everything is named like that."""
    instance = instances.fresh()
    run_flask("cogs add strange --name=x --currency=usd", instance.settings)
    file = tmp_path_factory.mktemp("catalog") / "items.csv"
    _write_catalog(file)
    run_flask(f"catalog import {file} --cog strange", instance.settings)
    front = ServerFront(instance)
    yield front
    front.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    page = new_context(user_agent=PAYLOADS[10]).new_page()
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    return page


@pytest.fixture
def opened(page: Page) -> Open:
    """Open an address, and see that nothing on its page came of a text."""

    def open_page(path: str) -> Page:
        page.goto(path)
        assert page.evaluate(STRANGERS, None) == [], path
        return page

    return open_page


def _write_catalog(file: Path) -> None:
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["item_id", "name", "price", "description", "image"])
        for number, text in enumerate(PAYLOADS):
            # The image is the name of a file: only such texts get that far.
            image = (
                text if number % 6 == 0 and not set("/\\\t") & set(text) else "mug-stoneware.svg"
            )
            table.writerow([f"item-{number}", text, "1.00", f"{text}\n{text}", image])


def shown(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(selector).all_text_contents()]


def test_what_the_owner_wrote(opened: Open, live_shop: Shop, complaints: Complaints) -> None:
    complaints.expect("404")  # images that aren't there
    names = [text.strip() for text in PAYLOADS]
    name, tagline = PAYLOADS[1] + PAYLOADS[27], PAYLOADS[10] + PAYLOADS[64]
    sql = "UPDATE cog SET name = :name, tagline = :tagline WHERE slug = 'strange'"
    write(live_shop, sql, name=name, tagline=tagline)
    opened("/")
    page = opened(SHOP)
    assert page.title() == name
    assert shown(page, ".good h2") == names
    assert shown(page, ".page-head .lede") == [tagline]
    page.get_by_test_id("add-to-basket").nth(1).click()
    expect(page.get_by_test_id("basket-line")).to_have_count(1)
    assert page.evaluate(STRANGERS, None) == []
    for start in range(0, len(PAYLOADS), MOST_LINES):
        numbers = range(start, min(start + MOST_LINES, len(PAYLOADS)))
        items = "".join(f"&item=item-{number}" for number in numbers)
        page = opened(f"/checkout?cog=strange{items}")
        assert shown(page, ".line-name") == [names[number] for number in numbers]
        context = json.loads(page.locator("#checkout-context").text_content() or "")
        assert [item["name"] for item in context["items"]] == [names[n] for n in numbers]


def test_what_a_shopper_wrote(opened: Open, live_shop: Shop, complaints: Complaints) -> None:
    complaints.expect("404")
    email = EMAILS[1]
    shopper = live_shop.shopper(email=email, cog="strange", items=["item-0", "item-9"])
    page = opened("/sign-in?next=/wallet")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    steps.online(page)
    # Each is put into the open page by its script.
    for number, name in zip(CARDS, PAYLOADS[40:], strict=False):
        shopper.add_card(card=live_shop.card(number, name=name))
    expect(page.get_by_test_id("wallet-card")).to_have_count(len(CARDS))
    assert page.evaluate(STRANGERS, None) == []
    assert {*PAYLOADS[40 : 40 + len(CARDS)]} >= {*shown(page, "[data-slot=name_on_card]")} - {""}
    _nicknames(page, shopper)
    _rename_cards(live_shop, shopper.user_id)
    opened("/wallet")
    opened(shopper.page)
    paid = shopper.pay(card_id=shopper.cards()[0]["id"])
    opened("/orders")
    assert email in (opened(f"/orders/{paid['id']}").locator("main").text_content() or "")
    assert email in (opened("/account").locator("main").text_content() or "")
    device = page.get_by_test_id("device").first
    expect(device).to_contain_text("A browser")


def _rename_cards(shop: Shop, user_id: str) -> None:
    """All other texts, several in each name."""
    cards = shop.rows("SELECT id FROM card WHERE user_id = :user", user=user_id)
    for place, card in enumerate(cards):
        name = " ".join(PAYLOADS[place :: len(cards)])
        write(shop, "UPDATE card SET name_on_card = :name WHERE id = :id", name=name, id=card["id"])


def _nicknames(page: Page, shopper: Shopper) -> None:
    """As many as there are, each put into the open pages by their scripts."""
    names = [text for text in PAYLOADS if len(text) <= LONGEST_NICKNAME and text == text.strip()]
    card = shopper.cards()[0]["id"]
    for name in names:
        shopper.send("rename-card", card_id=card, nickname=name)
    kept = shopper.cards()[0]["nickname"]
    expect(page.locator("[data-cards] [data-slot=nickname]").first).to_have_text(kept)
    assert page.evaluate(STRANGERS, None) == []


def test_what_a_guest_wrote(opened: Open, live_shop: Shop, complaints: Complaints) -> None:
    complaints.expect("404")
    page = opened("/checkout?cog=strange&item=item-0&item=item-28")
    steps.online(page)
    page.get_by_test_id("email").fill(EMAILS[0])
    steps.type_card(page)
    page.get_by_test_id("name-on-card").fill(PAYLOADS[0])
    steps.pay(page)
    steps.is_paid(page)
    assert page.evaluate(STRANGERS, None) == []
    expect(page.get_by_test_id("paid")).to_contain_text(EMAILS[0])
    page.reload()
    assert page.evaluate(STRANGERS, None) == []
    expect(page.get_by_test_id("receipt")).to_contain_text(PAYLOADS[0])


def test_what_is_looked_for_would_be_seen(page: Page, complaints: Complaints) -> None:
    complaints.expect("Content Security Policy|blocked: ")
    page.goto("/sign-in")
    seen = [text for text in PAYLOADS if page.evaluate(STRANGERS, f"<p>{text}</p>")]
    assert len(seen) > len(PAYLOADS) / 2
    assert page.evaluate(STRANGERS, f'<p title="{ATTRIBUTES[0]}">')
    assert page.evaluate(STRANGERS, f'<a href="{ADDRESSES[2]}">')


def test_what_stands_in_an_address(page: Page, complaints: Complaints) -> None:
    """Read as the browser reads it, without going there: there are too many."""
    complaints.expect("status of (404|400|422)")
    page.goto("/checkout?cog=strange&item=item-1")
    for form in ("/orders?q={0}&cursor={0}&lang={0}", "/sign-in?next={}", "/register?next={}"):
        _read_each(page, form, PAYLOADS)
    for form in (
        *("/{}", "/shop/{}", "/orders/{}", "/checkout?cog={0}&item={0}"),
        *("/checkout?cog=strange&item={}:1", "/sandbox/happened?of={}", "/account?done={}"),
    ):
        _read_each(page, form, PAYLOADS[::4])
    page.goto(f"/orders?q={quote(PAYLOADS[10])}")
    assert page.get_by_test_id("search").input_value() == PAYLOADS[10]
    expect(page.locator("[data-empty]")).to_contain_text(PAYLOADS[10])


def _read_each(page: Page, form: str, texts: Sequence[str]) -> None:
    fetch = f"""paths => Promise.all(paths.map(async path => {{
      const html = await (await fetch(path)).text();
      return [path, ({STRANGERS})(html)];
    }}))"""
    paths = [form.format(quote(text, safe="")) for text in texts]
    assert [found for found in page.evaluate(fetch, paths) if found[1]] == []


def test_what_a_form_gives_back(page: Page, complaints: Complaints) -> None:
    complaints.expect("status of 422")
    send = """([path, emails]) => Promise.all(emails.map(email => {
      const token = document.querySelector("[name=csrf_token]").value;
      const body = new URLSearchParams({ csrf_token: token, email, password: email, next: email });
      return fetch(path, { method: "POST", body }).then(answer => answer.text());
    }))"""
    page.goto("/register")
    for html, text in zip(page.evaluate(send, ["/register", PAYLOADS]), PAYLOADS, strict=True):
        assert page.evaluate(STRANGERS, html) == [], text
        assert _value(page, html) == text
    page.locator("form.account-form").evaluate("form => { form.noValidate = true; }")
    page.locator("[name=email]").evaluate(
        "(input, text) => { input.type = 'text'; input.value = text; }", PAYLOADS[27]
    )
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_title("Error: Create an account")
    assert page.evaluate(STRANGERS, None) == []


def _value(page: Page, html: str) -> str:
    read = """html => new DOMParser().parseFromString(html, "text/html")
      .querySelector("[name=email]").getAttribute("value")"""
    return str(page.evaluate(read, html))


@pytest.mark.parametrize("path", ["/sign-in", "/register"])
def test_after_signing_in_one_stays_here(page: Page, live_shop: Shop, path: str) -> None:
    page.goto("/")
    fetch = "paths => Promise.all(paths.map(path => fetch(path).then(answer => answer.text())))"
    for html in page.evaluate(fetch, [f"{path}?next={quote(text)}" for text in PAYLOADS]):
        read = """html => new URL(new DOMParser().parseFromString(html, "text/html")
          .querySelector("[name=next]").getAttribute("value"), location).origin"""
        assert page.evaluate(read, html) == live_shop.origin


def test_what_stripe_says(live_shop: Shop, new_context: Callable[..., BrowserContext]) -> None:
    """Names changed there, events with strange words, and the pages that show what happened."""
    shopper = live_shop.shopper(account=True)
    shopper.add_card()
    card = live_shop.rows(
        "SELECT payment_method_id FROM card WHERE user_id = :user", user=shopper.user_id
    )[0]["payment_method_id"]
    changed = {"billing_details[name]": PAYLOADS[11], "metadata[x]": PAYLOADS[12]}
    at_stripe(live_shop, f"payment_methods/{card}", **changed)
    live_shop.pump()
    shopper.pushed("wallet-changed", lambda push: push["cards"][0]["name_on_card"] == PAYLOADS[11])
    for text in PAYLOADS[:12]:
        about = {"id": text, "object": text, "reason": text, "status": text}
        deliver(live_shop, event_about(about, text, id=text))
        post_event(live_shop, json.dumps(event_about(about, text)).encode(), text)
        shopper.raw(text, {text: text})
        live_shop.stripe_js("GET", f"/v1/{quote(text, safe='')}", {})
    at_stripe(live_shop, "customers", name=PAYLOADS[0], email=EMAILS[0], description=PAYLOADS[9])
    owner = new_context()
    owner.set_extra_http_headers({})
    page = owner.new_page()
    for path in ("/sandbox", "/sandbox/faults", "/sandbox/happened", "/sandbox/ledger"):
        page.goto(path)
        assert page.evaluate(STRANGERS, None) == [], path
    expect(page.locator("main")).to_contain_text(EMAILS[0])
