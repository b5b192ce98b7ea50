"""What a screen reader says by itself while a page changes: its live regions, as they change."""

from playwright.sync_api import Page

# A region that was there before speaks when what can be seen of it has become something else.
LISTEN = """() => {
  const regions = "[role=status], [role=alert], [aria-live]:not([aria-live=off])";
  const textOf = (region) => {
    const text = region.matches(".visually-hidden") ? region.textContent : region.innerText;
    return text.replace(/\\s+/g, " ").trim();
  };
  const look = () => new Map([...document.querySelectorAll(regions)].map((r) => [r, textOf(r)]));
  window.heard = [];
  let before = look();
  new MutationObserver(() => {
    const now = look();
    for (const [region, text] of now) {
      if (text && before.has(region) && before.get(region) !== text) window.heard.push(text);
    }
    before = now;
  }).observe(document.body, {
    subtree: true, childList: true, characterData: true, attributes: true,
  });
}"""


class Ears:
    """Make them before the page is opened; they hear from its load on."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.add_init_script(f"addEventListener('DOMContentLoaded', {LISTEN})")

    def hear(self, sentence: str) -> None:
        """Wait until it was said, and forget what was said until now."""
        said = "(sentence) => window.heard.some((text) => text.includes(sentence))"
        self._page.wait_for_function(said, arg=" ".join(sentence.split()))
        self.forget()

    def forget(self) -> None:
        self._page.evaluate("window.heard = []")
