"""The shop as a test sees it: who comes in, what Stripe's stand-in has seen, what the rows say."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import NullPool, create_engine, text

from payments import discovery

from .doors import LOOPBACK, Answer, Counted, Front, Json, Visitor, query
from .instances import database_address
from .shopper import VISA, Shopper

PASSWORD = "a-long-enough-password"
DEMO = {"email": "demo@example.com", "password": "demo-shopper"}
PUBLISHABLE_KEY = "pk_test_sandbox"
COG = "morning-press"
Item = str | tuple[str, int]


class Shop:
    """One front for one test. What was there when the test began is left out of the ledger."""

    def __init__(self, front: Front) -> None:
        self.front, self.origin = front, front.origin
        # The operator: the only one who may look into the sandbox.
        self._operator = front.browser(LOOPBACK)
        self._shoppers: list[Shopper] = []
        self._before = {o["id"] for group in self._ledger().values() for o in group}
        self._calls_before = max((call["seq"] for call in self._calls(0)), default=0)
        self._engine = create_engine(database_address(front.database_url), poolclass=NullPool)

    # Who comes in

    def visitor(self, address: str | None = None) -> Visitor:
        """A browser that has been nowhere yet."""
        return Visitor(self.front.browser(address), self.origin)

    def shopper(
        self,
        *,
        account: bool = False,
        email: str | None = None,
        demo: bool = False,
        cog: str = COG,
        items: list[Item] | None = None,
        page: str | None = None,
    ) -> Shopper:
        """Somebody with a page of the shop open and its socket connected.

        A guest, unless `account` (a new one), `email` (a new one with that address) or `demo`.
        The page is a checkout of `cog` with `items` (default: one of the first on the shelf), or
        `page`. On the server front `demo` is one account for all tests: leave its wallet as it is.
        """
        visitor = self.visitor()
        if demo:
            self.sign_in(visitor, DEMO["email"], DEMO["password"])
        elif account or email:
            self.register(visitor, email or f"shopper-{uuid.uuid4().hex[:12]}@example.com")
        shopper = self.keep(Shopper(self, visitor, page or self.checkout_path(cog, items)))
        assert shopper.wire.connected, f"not let in: {shopper.wire.refusal}"
        return shopper

    def keep(self, shopper: Shopper) -> Shopper:
        self._shoppers.append(shopper)
        return shopper

    def sign_in(self, visitor: Visitor, email: str, password: str = PASSWORD) -> None:
        answer = visitor.submit("/sign-in", {"email": email, "password": password})
        assert answer.status == 303, answer.text

    def register(self, visitor: Visitor, email: str, password: str = PASSWORD) -> None:
        answer = visitor.submit("/register", {"email": email, "password": password})
        assert answer.status == 303, answer.text

    # What is on the shelf

    def shelf(self, cog: str = COG) -> list[Json]:
        """The items for sale: item_id, name, price_cents; in the order of the storefront."""
        return self.rows(
            "SELECT item_id, item.name, price_cents FROM item JOIN cog ON cog.id = item.cog_id "
            "WHERE slug = :cog AND active ORDER BY position, item_id",
            cog=cog,
        )

    def checkout_path(self, cog: str = COG, items: list[Item] | None = None) -> str:
        chosen = items if items is not None else [self.shelf(cog)[0]["item_id"]]
        pairs = [("cog", cog)]
        for item in chosen:
            name, quantity = (item, 1) if isinstance(item, str) else item
            pairs.append(("item", f"{name}:{quantity}"))
        return query("/checkout", pairs)

    # The browser's part of Stripe

    def stripe_js(self, method: str, path: str, params: Json) -> Answer:
        """A call as Stripe.js makes it: publishable key, form-encoded. `path` like `/v1/tokens`."""
        headers = {"Authorization": f"Bearer {PUBLISHABLE_KEY}", "Origin": self.origin}
        if method == "GET":
            path = query(path, list(params.items()))
            return self._operator.request("GET", f"/sandbox{path}", headers=headers)
        return self._operator.request("POST", f"/sandbox{path}", data=params, headers=headers)

    def card(
        self,
        number: str = VISA,
        *,
        exp: tuple[int, int] = (12, 2034),
        cvc: str | None = "123",
        name: str | None = None,
    ) -> tuple[Json, Json]:
        """Type a card: (paymentMethod, token), the objects that Stripe.js returns for it."""
        typed = {"card[number]": number, "card[exp_month]": exp[0], "card[exp_year]": exp[1]}
        typed |= {"card[cvc]": cvc} if cvc else {}
        owner = {"billing_details[name]": name} if name else {}
        method = self.stripe_js("POST", "/v1/payment_methods", {"type": "card", **typed, **owner})
        named = {"card[name]": name} if name else {}
        token = self.stripe_js("POST", "/v1/tokens", {**typed, **named})
        assert (method.status, token.status) == (200, 200), f"{method.text}\n{token.text}"
        return method.json(), token.json()

    def authenticate(self, client_secret: str, outcome: str = "complete") -> Json:
        """The shopper's part of 3DS: complete, fail or cancel. Returns the intent that he sees."""
        intent_id = client_secret.partition("_secret_")[0]
        kind = "setup_intents" if intent_id.startswith("seti_") else "payment_intents"
        secret = {"client_secret": client_secret}
        intent = self.stripe_js("GET", f"/v1/{kind}/{intent_id}", secret).json()
        assert intent["status"] == "requires_action", intent
        source = intent["next_action"]["use_stripe_sdk"]["three_d_secure_2_source"]
        answer = self.stripe_js(
            "POST", "/v1/3ds2/authenticate", {"source": source, "outcome": outcome, **secret}
        )
        assert answer.status == 200, answer.text
        result: Json = answer.json()
        return result

    # What Stripe's stand-in has seen

    def ledger(self, *, since_start: bool = True) -> dict[str, list[Json]]:
        """Everything that exists at Stripe, oldest first; by default what this test made."""
        return {
            kind: [o for o in objects if not since_start or o["id"] not in self._before]
            for kind, objects in self._ledger().items()
        }

    def charges(self) -> list[Json]:
        """The charges of this test that took money."""
        return [c for c in self.ledger()["charges"] if c["status"] == "succeeded" and c["paid"]]

    def calls(self, *, by: str = "secret") -> list[Json]:
        """The calls of this test: the shop's own, or (`publishable`) those of browsers.

        Without those that a server makes by itself once a minute, whatever happens, and those that
        are about earlier tests: events still on their way, accounts that have left, new e-mails.
        """
        mine = [c for c in self._calls(self._calls_before) if c["key_kind"] == by]
        if self.front.in_process:
            return mine
        return [c for c in mine if not (_is_discovery(c) or self._is_of_earlier(c))]

    def _is_of_earlier(self, call: Json) -> bool:
        return not self._before.isdisjoint(call["path"].split("/"))

    def pump(self) -> None:
        """Deliver every webhook that is due now."""
        self.front.pump()

    def advance_clock(self, seconds: int) -> None:
        """Move Stripe's clock (not the shop's)."""
        answer = self.control("POST", "clock", {"advance": seconds})
        assert answer.status == 200, answer.text

    def control(self, method: str, path: str, body: Json | None = None) -> Answer:
        return self._operator.request(method, f"/sandbox/control/{path}", json=body)

    # What the shop itself has done

    def rows(self, sql: str, **values: Any) -> list[Json]:
        """Look into the database, on a connection of the test's own; writes are refused."""
        read_only = {
            "sqlite": "PRAGMA query_only = ON",
            "postgresql": "SET TRANSACTION READ ONLY",
        }[self._engine.dialect.name]
        with self._engine.connect() as connection:
            connection.execute(text(read_only))
            return [dict(row) for row in connection.execute(text(sql), values).mappings()]

    @contextmanager
    def count(self) -> Iterator[Counted]:
        """Count what the block costs: statements, commits and Stripe calls (client front only)."""
        before = len(self.calls())
        with self.front.count() as counted:
            yield counted
        counted.stripe_calls = self.calls()[before:]

    def close(self) -> None:
        for shopper in self._shoppers:
            shopper.close()
        self._engine.dispose()

    def _ledger(self) -> dict[str, list[Json]]:
        ledger: dict[str, list[Json]] = self.control("GET", "ledger").json()
        return ledger

    def _calls(self, after: int) -> list[Json]:
        calls: list[Json] = self.control("GET", f"calls?after={after}").json()["calls"]
        return calls


def _is_discovery(call: Json) -> bool:
    """Whether this is `payments.discovery`, listing what is new at Stripe."""
    kind = call["path"].removeprefix("/v1/").replace("/", ".")
    return call["method"] == "GET" and kind in discovery.KINDS and "created" in call["params"]
