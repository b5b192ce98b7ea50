"""Walk through a fresh shop as a guest and as the demo shopper, and keep a picture of each page.

And of what nobody plans for: no network, no shop, no answer, an expired card, an ended session.
With `--check` they are compared with the kept ones instead.
"""

import sys
import tempfile
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from script import walks
from script.camera import PICTURES, take_all
from script.compare import compare, note_letters

WALKS = (walks.as_guest, walks.as_demo_shopper, walks.in_trouble, walks.without_the_shop)


def main(arguments: list[str]) -> int:
    wanted = tuple(name for name in arguments if name != "--check")
    if "--check" not in arguments:
        take_all(WALKS, PICTURES, wanted, partial(note_letters, kept=PICTURES))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        return take_all(WALKS, fresh, wanted, partial(compare, fresh=fresh, kept=PICTURES)) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
