"""`flask doctor` on a shop that is well, and on what it says of Stripe and its webhooks."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from payments.endpoint import EVENTS
from tests.support.client_front import ClientFront
from tests.support.instances import ROOT, Instances
from tests.support.owner import post_event, write
from tests.support.reconciling import finding, typed, typed_at
from tests.support.shop import Shop
from tests.support.trouble import lose

from .conftest import LIVE, TEST, Keyed, at_sandbox, at_terminal, doctor, endpoints, states

pytestmark = pytest.mark.in_process
HERE = "https://shop.example.com/webhooks/stripe"


class TestHealthy:
    def test_a_fresh_shop_is_well(self, shop: Shop, unsafe: tuple[str, ...]) -> None:
        found = doctor(shop)
        assert states(found, but=unsafe) == {}
        assert found.exit_code == (1 if unsafe else 0)
        assert found.json["mode"] == "sandbox"
        names = {one["name"] for one in found.json["findings"]}
        assert {"key", "api_version", "clock", "database", "durability", "migrations"} < names
        assert {"redis", "other_modes", "account", "open_orders", "webhooks"} < names
        assert "webhook_endpoint" in names

    def test_a_shop_at_work_is_well(self, shop: Shop, unsafe: tuple[str, ...]) -> None:
        shop.shopper().pay()
        shop.shopper().buy(number="4000000000000002")
        shop.pump()
        found = doctor(shop)
        assert states(found, but=unsafe) == {}
        assert "last event came at" in finding(found, "webhooks")["message"]

    def test_nothing_is_changed(self, shop: Shop) -> None:
        shop.shopper().pay()
        with shop.count() as cost:
            doctor(shop)
        assert cost.commits == 0
        assert {call["method"] for call in cost.stripe_calls} == {"GET"}

    def test_a_person_reads_a_line_for_each(self, shop: Shop, unsafe: tuple[str, ...]) -> None:
        said = typed(shop, "doctor")
        assert re.search(r"^ok +api_version +Stripe speaks 2026-10-28\.endive", said.stdout, re.M)
        problems = "1 problem." if unsafe else "0 problems."
        assert said.stdout.splitlines()[-1].endswith(f"0 warnings, {problems}")

    def test_it_runs_from_a_terminal(self, instances: Instances) -> None:
        instance = instances.fresh()
        said = at_terminal("doctor", instance.settings)
        instances.discard(instance)
        assert "the sandbox gets one when the server starts" in said.stdout
        assert re.search(r"\d+ ok, 0 warnings", said.stdout)


class TestStripe:
    def test_a_refused_key_is_a_problem(self, keyed: Keyed) -> None:
        found = typed_at(keyed("sk_live_refused_here", **TEST), "doctor", "--json")
        assert found.exit_code == 1
        assert "refuses the key" in finding(found, "key")["message"]
        assert "dashboard" in finding(found, "key")["fix"]
        assert states(found)["key"] == "problem"

    @pytest.mark.parametrize(
        ("path", "words"),
        [("disputes", "disputes"), ("radar/early_fraud_warnings", "early fraud warnings")],
    )
    def test_a_list_that_the_key_may_not_read_is_a_problem(
        self, shop: Shop, path: str, words: str
    ) -> None:
        lose(shop, f"GET /v1/{path}", "status", status=403)
        found = finding(doctor(shop), "lists")
        assert found["status"] == "problem"
        assert f"doesn't let the shop read {words}:" in found["message"]

    def test_a_key_without_permission_is_a_problem(self, keyed: Keyed) -> None:
        found = typed_at(keyed("pk_test_may_not", **TEST), "doctor", "--json")
        assert "may not read" in finding(found, "key")["message"]
        assert found.exit_code == 1

    def test_nobody_at_the_other_end_is_a_problem(self, instances: Instances) -> None:
        instance = instances.fresh(STRIPE_API_BASE="http://127.0.0.1:9")
        front = ClientFront(instance)
        found = typed_at(front, "doctor", "--json")
        front.close()
        instances.discard(instance)
        assert "doesn't answer" in finding(found, "key")["message"]
        assert found.exit_code == 1

    def test_keys_of_the_other_mode_are_a_problem(self, keyed: Keyed) -> None:
        front = keyed(**LIVE, STRIPE_WEBHOOK_SECRET="whsec_doctor")
        at_sandbox(front, "payment_intents", amount=500, currency="usd")
        found = typed_at(front, "doctor", "--json")
        assert "payments of the other" in finding(found, "key")["message"]
        assert found.exit_code == 1

    def test_an_accepted_key_says_its_mode(self, keyed: Keyed) -> None:
        found = typed_at(keyed(**TEST), "doctor", "--json")
        assert finding(found, "key")["message"] == "Stripe accepts the key; test mode."

    @pytest.mark.parametrize(("ahead", "status"), [(100, "warn"), (3600, "problem")])
    def test_a_clock_that_is_off_is_named(self, shop: Shop, ahead: int, status: str) -> None:
        shop.advance_clock(ahead)
        found = finding(doctor(shop), "clock")
        assert found["status"] == status
        assert "behind Stripe's" in found["message"]
        assert "NTP" in found["fix"]


class TestEndpoint:
    def _shop(self, keyed: Keyed, **endpoint: Any) -> ClientFront:
        front = keyed(**TEST, STRIPE_WEBHOOK_SECRET="whsec_doctor")
        names = {f"enabled_events[{n}]": one for n, one in enumerate(EVENTS)}
        at_sandbox(front, "webhook_endpoints", **{"url": HERE, **names, **endpoint})
        return front

    def _look(self, front: ClientFront, address: str = "https://shop.example.com") -> Any:
        found = typed_at(front, "doctor", "--json", "--address", address)
        return finding(found, "webhook_endpoint")

    @pytest.mark.parametrize("address", ["https://shop.example.com", HERE])
    def test_all_is_well(self, keyed: Keyed, address: str) -> None:
        found = self._look(self._shop(keyed), address)
        assert (found["status"], found["fix"]) == ("ok", "")
        assert HERE in found["message"]

    def test_another_address_is_a_problem(self, keyed: Keyed) -> None:
        found = self._look(self._shop(keyed), "https://other.example.com")
        assert found["status"] == "problem"
        assert "https://other.example.com/webhooks/stripe" in found["message"]

    def test_a_missing_event_is_named(self, keyed: Keyed) -> None:
        front = keyed(**TEST, STRIPE_WEBHOOK_SECRET="whsec_doctor")
        names = {f"enabled_events[{n}]": one for n, one in enumerate(EVENTS[1:])}
        at_sandbox(front, "webhook_endpoints", url=HERE, **names)
        found = self._look(front)
        assert found["status"] == "problem"
        assert EVENTS[0] in found["fix"]

    def test_a_disabled_one_is_a_problem_unless_another_serves(self, keyed: Keyed) -> None:
        front = self._shop(keyed)
        (known,) = [e for e in endpoints(front) if e["url"] == HERE]
        at_sandbox(front, f"webhook_endpoints/{known['id']}", disabled="true")
        assert "disabled" in self._look(front)["message"]
        at_sandbox(front, "webhook_endpoints", url=HERE, **{"enabled_events[0]": "*"})
        assert self._look(front)["status"] == "ok"

    def test_without_a_secret_every_event_is_refused(self, keyed: Keyed) -> None:
        found = typed_at(keyed(**TEST), "doctor", "--json")
        assert states(found)["webhook_secret"] == "warn"

    def test_the_readme_names_exactly_the_events_that_are_needed(self) -> None:
        text = (ROOT / "README.md").read_text()
        (block,) = re.findall(r"Subscribe to:\n\n```\n(.*?)```", text, re.S)
        assert sorted(block.split()) == sorted(EVENTS)


class TestWebhooks:
    def test_failures_are_shown_with_their_reason(self, shop: Shop) -> None:
        assert post_event(shop, b"{}", "t=1,v1=wrong").status == 400
        found = finding(doctor(shop), "webhooks")
        assert found["status"] == "warn"
        assert "1 delivery not accepted" in found["message"]
        assert "not accepted: " in found["message"]
        assert "STRIPE_WEBHOOK_SECRET" in found["fix"]

    @pytest.mark.parametrize(("payments", "status"), [(1, "warn"), (3, "problem")])
    def test_silence_while_payments_happen(self, shop: Shop, payments: int, status: str) -> None:
        for _ in range(payments):
            shop.shopper().pay()
        earlier = (datetime.now(UTC) - timedelta(hours=1)).replace(tzinfo=None)
        write(shop, 'UPDATE "transaction" SET paid_at = :earlier', earlier=earlier)
        write(shop, "UPDATE webhook_health SET last_received_at = NULL")
        found = doctor(shop)
        assert finding(found, "webhooks")["status"] == status
        assert f"{payments} payment" in finding(found, "webhooks")["message"]
        assert found.exit_code == 1 or status == "warn"
