"""Whether fresh pictures look like the kept ones, but for moments, ids and single points."""

import base64
from pathlib import Path

from playwright.sync_api import Browser, Page

# Channels that differ by less than this look the same; of the points of a picture this share may
# differ (what time it was, the id of an order), and its height by this much.
SAME_CHANNEL, SHARE, ROWS = 40, 0.01, 8
# How wide this machine's letters are: with others, every picture differs and no page has changed.
LETTERS = """() => ["sans-serif", "monospace"].map((family) => {
  const context = document.createElement("canvas").getContext("2d");
  context.font = `100px ${family}`;
  return Math.round(context.measureText("Pay $36.00 with Visa").width);
}).join(" ")"""

DIFFERENCE = """async ([one, other, same]) => {
  const read = async (text) => {
    const file = await fetch("data:image/png;base64," + text);
    const bitmap = await createImageBitmap(await file.blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height);
  };
  const [a, b] = [await read(one), await read(other)];
  const size = Math.min(a.height, b.height) * a.width * 4;
  let points = 0;
  for (let i = 0; i < size && a.width === b.width; i += 4) {
    const far = [0, 1, 2].some((k) => Math.abs(a.data[i + k] - b.data[i + k]) > same);
    points += far ? 1 : 0;
  }
  const rows = a.width === b.width ? Math.abs(a.height - b.height) : 1e9;
  return { share: points / (size / 4), rows };
}"""


def note_letters(browser: Browser, kept: Path) -> None:
    """Beside the pictures: which machine can compare its own with them."""
    (kept / "letters.txt").write_text(letters(browser) + "\n")


def letters(browser: Browser) -> str:
    return f"Chromium {browser.version.split('.')[0]} {browser.new_page().evaluate(LETTERS)}"


def compare(browser: Browser, fresh: Path, kept: Path) -> int:
    """Print what differs; 1 where a page has changed, or has no picture yet."""
    theirs, ours = (kept / "letters.txt").read_text().strip(), letters(browser)
    if theirs != ours:
        print(f"Skipped: this machine has other letters ({ours}) than the pictures ({theirs}).")
        return 0
    page = browser.new_page()
    taken = sorted(fresh.glob("*.png"))
    wrong = [line for path in taken if (line := _difference(page, path, kept / path.name))]
    print("\n".join(wrong))
    print(f"{len(taken) - len(wrong)} of {len(taken)} pictures look as they did.")
    return int(bool(wrong))


def _difference(page: Page, fresh: Path, kept: Path) -> str | None:
    if not kept.exists():
        return f"{fresh.name}: there is no picture of it"
    texts = [base64.b64encode(path.read_bytes()).decode() for path in (fresh, kept)]
    found = page.evaluate(DIFFERENCE, [*texts, SAME_CHANNEL])
    if found["rows"] > ROWS:
        return f"{fresh.name}: has another size"
    if found["share"] > SHARE:
        return f"{fresh.name}: {found['share']:.1%} of its points differ"
    return None
