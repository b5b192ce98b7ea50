"""Plays the examples of docs/protocol.md against a shop, in the order in which they stand there.

A JSON block takes part when a comment stands before it that begins with `run:` and says what
happens, in the words of `Story._VERBS`. Ids, times and tokens differ in each run: an id that the
document shows stands for the one that the shop gave in its place. Everything else must be equal; a
member `"...": "..."` stands for all those that the document leaves out.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support import owner
from tests.support.client_front import ClientFront
from tests.support.doors import Json, Visitor
from tests.support.shop import PASSWORD, Shop
from tests.support.shopper import Shopper

ELLIPSIS = "..."
_STEP = re.compile(r"<!-- run: (?P<words>[^>]*?) -->\n(?:```json\n(?P<block>.*?)\n```\n)?", re.S)
_ID = re.compile(r"(card|txn|user|cog|req|ref|pm|tok|pi|seti|auto)_[A-Za-z0-9_]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
_TOKEN = re.compile(r"[\w-]{40,}\.[\w-]+\.[\w-]+")
_WIDTH = 110


def pretty(value: Any, indent: int = 0) -> str:
    """JSON for people: what fits on a line stays on one."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(flat) + indent <= _WIDTH:
        return flat
    pad = " " * (indent + 2)
    if isinstance(value, list):
        inner = [pad + pretty(item, indent + 2) for item in value]
    else:
        inner = [f"{pad}{json.dumps(k)}: {pretty(v, indent + 2)}" for k, v in value.items()]
    left, right = "[]" if isinstance(value, list) else "{}"
    return f"{left}\n" + ",\n".join(inner) + f"\n{' ' * indent}{right}"


@dataclass
class Told:
    """What came of the document: what was sent and answered, and where it isn't true any more."""

    actions: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    exchanges: list[tuple[str, Json, Json]] = field(default_factory=list)
    pushes: list[tuple[str, Json]] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    text: str = ""


class Story:
    """One reading of a document. `offline` is a shop that can't reach Stripe."""

    def __init__(self, shop: Shop, front: ClientFront, offline: ClientFront) -> None:
        self._shop, self._front, self._offline = shop, front, offline
        self._people: dict[str, Shopper] = {}
        self._real: dict[str, str] = {}
        self._typed: tuple[Json, Json] | None = None
        self._action, self._sent, self._answer = "", {}, {}
        self._secret, self._where = "", ""
        self.told = Told()

    def play(self, text: str) -> Told:
        """Do what the document says; `told.text` is the document as it would be true."""
        self.told.text = _STEP.sub(self._step, text)
        return self.told

    def _step(self, found: re.Match[str]) -> str:
        words, block = found["words"], found["block"]
        self._where = f"`{words}`"
        shown = json.loads(block) if block else None
        real = self._do(words, shown)
        if block is None or real is None:
            return found[0]
        true = self._compare(shown, real, "")
        return f"<!-- run: {words} -->\n```json\n{pretty(true)}\n```\n"

    def _do(self, words: str, shown: Any) -> Any:
        for pattern, verb in self._VERBS.items():
            if heard := re.fullmatch(pattern, words):
                return verb(self, *heard.groups(), shown)
        raise AssertionError(f"nobody knows how to do this: {words}")

    # What can happen. Each answers what the block should show; None: there is nothing to compare.

    def _enter(self, name: str, kind: str, path: str, _shown: Any) -> Json:
        visitor = self._shop.visitor()
        if kind == "an account":
            self._shop.register(visitor, f"{name}@example.com")
        return self._present(name, self._shop.keep(Shopper(self._shop, visitor, path)))

    def _enter_offline(self, name: str, kind: str, path: str, _shown: Any) -> Json:
        visitor = Visitor(self._offline.browser(), self._offline.origin)
        if kind == "an account":
            form = {"email": f"{name}@example.com", "password": PASSWORD}
            assert visitor.submit("/register", form).status == 303
        return self._present(name, Shopper(self._shop, visitor, path))

    def _present(self, name: str, shopper: Shopper) -> Json:
        self._people[name], self._real[f"user_{name}"] = shopper, shopper.user_id
        return shopper.context

    def _signs_out(self, name: str, _shown: Any) -> None:
        visitor = self._people[name].visitor
        visitor.submit("/orders", {}, to="/sign-out")

    def _knocks(self, name: str, how: str, _shown: Any) -> Json | None:
        page = self._people[name]
        auth: Json = {} if how == "no token" else {"token": page.context["token"]}
        visitor = self._shop.visitor() if how == "no cookie" else page.visitor
        if how == "the cookie of somebody else":
            visitor = self._people["ann"].visitor
        wire = visitor.http.wire(auth, origin=self._shop.origin)
        if wire.refusal:
            self.told.codes.add(wire.refusal["code"])
        return wire.refusal

    def _types(self, number: str, _shown: Any) -> None:
        self._typed = self._shop.card(number.replace(" ", ""))

    def _sends(self, name: str, event: str, shown: Json) -> None:
        self._bind_typed(shown)
        payload = self._translated(shown)
        self._action = str(shown["action"]) if event == "message" else event
        self._sent = payload
        self._answer = self._people[name].raw(event, payload)

    def _sends_until(self, name: str, event: str, code: str, shown: Json) -> None:
        for _ in range(130):
            self._sends(name, event, shown)
            if self._answer.get("error", {}).get("code") == code:
                return
        raise AssertionError(f"never {code}")

    def _reply(self, _shown: Any) -> Json:
        if self._answer["status"] == "success":
            self.told.actions.add(self._action)
        else:
            self.told.codes.add(self._answer["error"]["code"])
        self._secret = self._answer.get("client_secret") or self._secret
        self.told.exchanges.append((self._action, self._sent, self._answer))
        return self._answer

    def _hears(self, name: str, event: str, _shown: Any) -> Any:
        payload = self._people[name].pushed(event)
        self.told.pushes.append((event, payload))
        return payload

    def _bank(self, outcome: str, _shown: Any) -> None:
        self._shop.authenticate(self._secret, outcome)

    def _renewal(self, card_id: str, month: str, year: str, _shown: Any) -> None:
        query = "SELECT payment_method_id FROM card WHERE id = :id"
        (row,) = self._shop.rows(query, id=self._real[card_id])
        date = {"exp_month": int(month), "exp_year": int(year)}
        owner.the_bank_renews(self._shop, row["payment_method_id"], **date)

    def _refund(self, cents: str, _shown: Any) -> None:
        paid = self._shop.ledger()["charges"][-1]["payment_intent"]
        owner.refund(self._shop, paid, amount=cents)
        self._shop.pump()

    def _sells(self, item_id: str, price: str, _shown: Any) -> None:
        self._import(f"item_id,name,price,active\n{item_id},{item_id.title()},{price},yes\n")

    def _stops_selling(self, item_id: str, _shown: Any) -> None:
        on_shelf = {item["item_id"]: item["name"] for item in self._shop.shelf()}
        row = f'{item_id},"{on_shelf[item_id]}",6.00,no'
        self._import(f"item_id,name,price,active\n{row}\n")

    def _import(self, csv: str) -> None:
        """With the owner's command, in this process."""
        runner = self._front.app.test_cli_runner()
        done = runner.invoke(args=["catalog", "import", "-", "--cog", "morning-press"], input=csv)
        assert done.exit_code == 0, done.output

    _VERBS: dict[str, Callable[..., Any]] = {
        r"(\w+) enters as (a guest|an account) (/\S*)": _enter,
        r"(\w+) enters as (a guest|an account) where Stripe is out of reach (/\S*)": _enter_offline,
        r"(\w+) signs out": _signs_out,
        r"(\w+) knocks with (no token|no cookie|the cookie of somebody else)": _knocks,
        r"the card ([\d ]+) is typed": _types,
        r"(\w+) sends ([\w-]+)": _sends,
        r"(\w+) sends ([\w-]+) until (\w+)": _sends_until,
        r"the reply": _reply,
        r"(\w+) hears ([\w-]+)": _hears,
        r"the bank's question ends with (complete|fail|cancel)": _bank,
        r"the bank of (\w+) renews it until (\d+)/(\d+)": _renewal,
        r"the owner refunds (\d+)": _refund,
        r"the owner sells ([\w-]+) for ([\d.]+)": _sells,
        r"the owner stops selling ([\w-]+)": _stops_selling,
    }

    # Documented and real

    def _bind_typed(self, shown: Json) -> None:
        """The ids of a typed card in the document stand for those that Stripe has just given."""
        inner = shown["message"] if isinstance(shown.get("message"), dict) else shown
        for index, names in enumerate((("paymentMethod", "stripePayment"), ("token", "tokenObj"))):
            for name in names:
                if self._typed and name in inner:
                    self._real.setdefault(inner[name]["id"], self._typed[index]["id"])

    def _translated(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._translated(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._translated(inner) for inner in value]
        return self._real.get(value, value) if isinstance(value, str) else value

    def _compare(self, shown: Any, real: Any, at: str) -> Any:
        """Note every difference; returns what should stand in the document."""
        if isinstance(shown, dict) and isinstance(real, dict):
            return self._compare_objects(shown, real, at)
        if isinstance(shown, list) and isinstance(real, list) and len(shown) == len(real):
            pairs = enumerate(zip(shown, real, strict=True))
            return [self._compare(s, r, f"{at}[{i}]") for i, (s, r) in pairs]
        if isinstance(shown, str) and isinstance(real, str) and self._stands_for(shown, real):
            return shown
        if type(shown) is not type(real) or shown != real:
            self.told.differences.append(f"{self._where}{at}: {shown!r} is really {real!r}")
        return self._aliased(real)

    def _aliased(self, value: Any) -> Any:
        """What is new in the document, with the ids that it uses already."""
        known = {real: shown for shown, real in self._real.items()}
        text = json.dumps(value)
        for real, shown in known.items():
            text = text.replace(json.dumps(real), json.dumps(shown))
        return json.loads(text)

    def _compare_objects(self, shown: Json, real: Json, at: str) -> Json:
        elided = ELLIPSIS in shown
        names = [n for n in shown if n in real] if elided else list(real)
        for name in shown.keys() - real.keys() - {ELLIPSIS}:
            self.told.differences.append(f"{self._where}{at}.{name}: isn't there any more")
        for name in set(names) - shown.keys():
            self.told.differences.append(f"{self._where}{at}.{name}: isn't documented")
        true = {
            n: self._compare(shown[n], real[n], f"{at}.{n}")
            if n in shown
            else self._aliased(real[n])
            for n in names
        }
        return true | ({ELLIPSIS: shown[ELLIPSIS]} if elided else {})

    def _stands_for(self, shown: str, real: str) -> bool:
        if shown in self._real:
            return self._real[shown] == real
        ids = _ID.fullmatch(shown), _ID.fullmatch(real)
        if ids[0] and ids[1] and ids[0][1] == ids[1][1]:
            self._real[shown] = real
            return True
        return any(p.fullmatch(shown) and p.fullmatch(real) for p in (_TIME, _TOKEN))
