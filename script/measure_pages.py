"""Run Lighthouse on pages of a fresh shop; print the scores, and fail where one is too low.

Each page is measured three times and the middle figure counts: a busy machine is slow now and then.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import steps
from tests.support import chromium
from tests.support.instances import Instances, begin_run
from tests.support.server_front import ServerFront

PAGES = {
    "storefront": "/shop/morning-press",
    "checkout": steps.checkout(steps.MUGS),
    "wallet": "/wallet",
}
CATEGORIES = ("performance", "accessibility", "best-practices")
LEAST, TIMES = 95, 3


def main(program: str) -> int:
    browser, home = chromium.find(), begin_run()
    if browser is None or home is None:
        sys.exit("Chromium is not installed (Debian: apt install chromium).")
    instances = Instances(home, "lighthouse", None)
    try:
        server = ServerFront(instances.fresh())
        cookies = demo_cookies(browser, server.origin)
        print("| page | performance | accessibility | best practices | paint | shift |")
        print("|---|---|---|---|---|---|")
        low = False
        for name, path in PAGES.items():
            headers = {"Cookie": cookies} if name == "wallet" else {}
            runs = [measure(program, browser, server.origin + path, headers) for _ in range(TIMES)]
            low |= report(name, runs)
        server.close()
    finally:
        instances.discard_all()
    return int(low)


def demo_cookies(browser: str, origin: str) -> str:
    """Those of the demo shopper, who has cards."""
    with sync_playwright() as playwright:
        context = chromium.launch(playwright, browser).new_context(base_url=origin)
        steps.sign_in_as_demo(context.new_page())
        return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in context.cookies())


def measure(program: str, browser: str, url: str, headers: dict[str, str]) -> dict[str, Any]:
    """One report of Lighthouse's, with its usual phone and its usual slow network."""
    command = [program, url, "--output=json", "--quiet", f"--extra-headers={json.dumps(headers)}"]
    command += [f"--only-categories={','.join(CATEGORIES)}"]
    command += ["--chrome-flags=--headless --no-sandbox --disable-gpu"]
    done = subprocess.run(
        command, env={**os.environ, "CHROME_PATH": browser}, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    result: dict[str, Any] = json.loads(done.stdout)
    if result["finalDisplayedUrl"] != url:
        sys.exit(f"{url} led to {result['finalDisplayedUrl']}")
    return result


def report(name: str, runs: list[dict[str, Any]]) -> bool:
    """Print the row of a page, and what there is to mend; whether a score is too low."""
    scores = {
        category: round(100 * statistics.median(r["categories"][category]["score"] for r in runs))
        for category in CATEGORIES
    }
    paint, shift = (
        statistics.median(run["audits"][audit]["numericValue"] for run in runs)
        for audit in ("largest-contentful-paint", "cumulative-layout-shift")
    )
    cells = [*map(str, scores.values()), f"{paint / 1000:.1f} s", f"{shift:.3f}"]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)
    low = [category for category, score in scores.items() if score < LEAST]
    for category in low:
        for audit in runs[0]["categories"][category]["auditRefs"]:
            found = runs[0]["audits"][audit["id"]]
            if audit["weight"] and (found["score"] or 0) < 0.9:
                print(f"  {category}: {found['title']} {found.get('displayValue', '')}")
    return bool(low)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
