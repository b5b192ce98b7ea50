"""300 baskets that somebody has changed: what is charged is the catalogue's, or nothing is."""

import random
from typing import Any

import pytest

from tests.support.doors import Json
from tests.support.shop import Shop

pytestmark = pytest.mark.in_process
BASKETS, PER_SHOPPER = 300, 25
COGS = {"morning-press": "usd", "kumo-paper": "jpy"}
QUANTITIES: tuple[Any, ...] = (0, -1, 1, 2, 99, 100, 1.5, "1", True, None, 10**9)
PRICES: tuple[Any, ...] = (0, 1, -1, "1", 1.0, None, True, 10**12)


def test_what_is_charged_is_the_catalogue_s(shop: Shop, request: pytest.FixtureRequest) -> None:
    dice = random.Random(request.config.getoption("--seed"))
    shelves = {cog: shop.shelf(cog) for cog in COGS}
    prices = {i["item_id"]: i["price_cents"] for shelf in shelves.values() for i in shelf}
    paid = refused = 0
    for number in range(BASKETS):
        if number % PER_SHOPPER == 0:
            cog = dice.choice(list(COGS))
            shopper = shop.shopper(cog=cog)
        lines, more = _basket(dice, shelves, cog)
        before = len(shop.ledger()["payment_intents"])
        ack = shopper.buy(items=lines, **more)
        made = shop.ledger()["payment_intents"][before:]
        if ack["status"] == "error":
            refused += 1
            assert made == [], (lines, more, ack)
            continue
        paid += 1
        (intent,) = made
        due = sum(prices[line["item_id"]] * line.get("quantity", 1) for line in lines)
        assert (intent["amount"], intent["currency"]) == (due, COGS[cog]), (lines, more)
        assert ack["transaction"]["amount"] == due
    assert paid > BASKETS // 20
    assert refused > BASKETS // 2


def _basket(dice: random.Random, shelves: dict[str, list[Json]], cog: str) -> tuple[list[Any], Any]:
    """Lines of this shop as its page has them, some of it changed; and what is sent beside."""
    lines: list[Any] = []
    for item in dice.sample(shelves[cog], dice.randint(1, 3)):
        line = {"item_id": item["item_id"], "price_cents": item["price_cents"]}
        lines.append(line | ({"quantity": dice.randint(1, 4)} if dice.random() < 0.5 else {}))
    more: Json = {}
    line = dice.choice(lines)
    other = dice.choice([slug for slug in shelves if slug != cog])
    match dice.choice(["nothing", "price", "quantity", "id", "foreign", "key", "beside", "twice"]):
        case "price":
            line["price_cents"] = dice.choice([*PRICES, line["price_cents"] - 1])
        case "quantity":
            line["quantity"] = dice.choice(QUANTITIES)
        case "id":
            line["item_id"] = dice.choice(["", "none", None, 7, line["item_id"].upper(), "x" * 61])
        case "foreign":
            item = dice.choice(shelves[other])
            line |= {"item_id": item["item_id"], "price_cents": item["price_cents"]}
        case "key":
            line |= {dice.choice(["amount", "currency", "total_cents", "discount"]): 1}
        case "beside":
            more = {dice.choice(["amount", "currency", "total_cents", "price_cents"]): 1}
        case "twice":
            lines.append(dict(line))
    return lines, more
