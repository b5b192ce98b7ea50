"""`flask doctor` on what the shop keeps: rows, schema, durability, files, Redis."""

import os
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from extensions import db
from tests.support.desk import Desk
from tests.support.instances import Instances
from tests.support.owner import write
from tests.support.reconciling import finding, typed_at
from tests.support.shop import Shop

from .conftest import LIVE, TEST, Keyed, at_terminal, doctor, states

pytestmark = pytest.mark.in_process


class TestRows:
    def test_orders_that_wait_for_too_long(self, shop: Shop) -> None:
        shop.shopper().buy(number="4000000000003220")
        assert finding(doctor(shop), "open_orders")["status"] == "ok"
        earlier = (datetime.now(UTC) - timedelta(hours=2)).replace(tzinfo=None)
        write(shop, 'UPDATE "transaction" SET updated_at = :earlier', earlier=earlier)
        found = doctor(shop)
        assert finding(found, "open_orders")["status"] == "problem"
        assert "1 requires_action" in finding(found, "open_orders")["message"]
        assert found.exit_code == 1

    def test_rows_of_another_mode_are_counted(self, shop: Shop) -> None:
        shop.shopper().pay()
        shop.shopper().pay()
        write(shop, "UPDATE \"transaction\" SET mode = 'test'")
        found = finding(doctor(shop), "other_modes")
        assert (found["status"], "2 orders of another mode" in found["message"]) == ("warn", True)

    def test_orders_of_another_account_are_a_problem(self, shop: Shop) -> None:
        shop.shopper().pay()
        write(shop, "UPDATE \"transaction\" SET payment_intent_id = 'pi_elsewhere'")
        found = doctor(shop)
        assert finding(found, "account")["status"] == "problem"
        assert "none of 1 order" in finding(found, "account")["message"]
        assert found.exit_code == 1

    @pytest.mark.parametrize(
        ("old", "status", "words"),
        [("first", "warn", "2 older orders of 5"), ("last", "problem", "not the newest")],
    )
    def test_orders_from_before_another_account_are_counted(
        self, shop: Shop, old: str, status: str, words: str
    ) -> None:
        for _ in range(5):
            shop.shopper().pay()
        ids = shop.rows('SELECT id FROM "transaction" ORDER BY created_at, id')
        for one in ids[:2] if old == "first" else ids[-1:]:
            sql = 'UPDATE "transaction" SET payment_intent_id = :gone WHERE id = :id'
            write(shop, sql, gone=f"pi_{one['id']}", id=one["id"])
        found = finding(doctor(shop), "account")
        assert (found["status"], words in found["message"]) == (status, True)

    def test_a_refund_without_an_answer_is_a_problem(self, shop: Shop) -> None:
        paid, desk = shop.shopper().pay(), Desk(shop)
        desk.line().cut = "before"
        assert desk.run("refunds create", paid["id"]).exit_code == 3
        assert finding(doctor(shop), "open_refunds")["status"] == "ok"
        long_ago = (datetime.now(UTC) - timedelta(minutes=10)).replace(tzinfo=None)
        write(shop, "UPDATE refund SET created_at = :then", then=long_ago)
        found = finding(doctor(shop), "open_refunds")
        assert (found["status"], "1 refund that" in found["message"]) == ("problem", True)

    def test_orders_to_look_at_are_named(self, shop: Shop) -> None:
        paid = shop.shopper().pay()
        write(shop, 'UPDATE "transaction" SET needs_review = true')
        found = finding(doctor(shop), "review")
        assert found["status"] == "warn"
        assert paid["id"] in found["message"]

    @pytest.mark.parametrize(("keys", "status"), [(TEST, "warn"), (LIVE, "problem")])
    def test_the_demo_shopper_outside_of_the_sandbox(
        self, keyed: Keyed, keys: dict[str, str], status: str
    ) -> None:
        front = keyed(**keys, STRIPE_WEBHOOK_SECRET="whsec_doctor")
        found = typed_at(front, "doctor", "--json")
        assert states(found)["demo_shopper"] == status


class TestStorage:
    def test_a_schema_that_is_behind_is_a_problem(self, shop: Shop) -> None:
        write(shop, "UPDATE alembic_version SET version_num = '0001'")
        found = finding(doctor(shop), "migrations")
        assert (found["status"], "flask db upgrade" in found["fix"]) == ("problem", True)

    def test_a_schema_of_a_newer_version_is_a_problem(self, shop: Shop) -> None:
        write(shop, "UPDATE alembic_version SET version_num = '9999'")
        found = finding(doctor(shop), "migrations")
        assert (found["status"], "doesn't know" in found["message"]) == ("problem", True)

    def test_without_tables_the_owner_is_told_how_to_make_them(
        self, instances: Instances, tmp_path: Path
    ) -> None:
        url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        instance = instances.fresh()
        said = at_terminal("doctor", {**instance.settings, "DATABASE_URL": url})
        instances.discard(instance)
        assert said.returncode == 1
        assert "at nothing, not at" in said.stdout
        assert "no such table" in said.stdout
        assert "Traceback" not in said.stdout + said.stderr

    def test_a_database_out_of_reach_is_a_problem(self, instances: Instances) -> None:
        instance = instances.fresh()
        away = {**instance.settings, "DATABASE_URL": "postgresql://cog@127.0.0.1:9/none"}
        said = at_terminal("doctor", away)
        instances.discard(instance)
        assert said.returncode == 1
        assert re.search(r"^problem +database +The database says", said.stdout, re.M)

    def test_redis_out_of_reach_is_a_problem(self, instances: Instances) -> None:
        instance = instances.fresh(REDIS_URL="redis://127.0.0.1:9/0")
        said = at_terminal("doctor", instance.settings)
        instances.discard(instance)
        assert re.search(r"^problem +redis +Redis doesn't answer", said.stdout, re.M)
        assert said.returncode == 1

    def test_a_commit_that_a_crash_may_undo_is_a_problem(self, shop: Shop) -> None:
        if "sqlite" not in shop.front.database_url:
            assert finding(doctor(shop), "durability")["status"] == "problem"
            return
        with shop.front.app.app_context():  # type: ignore[attr-defined]
            engine = db.engine
            engine.dispose()
            event.listen(engine, "connect", _careless)
        found = doctor(shop)
        assert "synchronous" in finding(found, "durability")["message"]
        assert found.exit_code == 1


class TestFile:
    def test_a_file_that_everybody_may_write_is_a_problem(self, shop: Shop) -> None:
        found = self._with_rights(shop, 0o666)
        assert found is None or found["status"] == "problem"

    def test_a_file_that_others_may_read_is_no_matter_in_the_sandbox(self, shop: Shop) -> None:
        found = self._with_rights(shop, 0o644)
        assert found is None or found["status"] == "ok"

    def test_a_file_that_others_may_read_is_named_with_keys(self, keyed: Keyed) -> None:
        front = keyed(**TEST, STRIPE_WEBHOOK_SECRET="whsec_doctor")
        if not front.database_url.startswith("sqlite"):
            return
        path = Path(front.database_url.removeprefix("sqlite:///"))
        path.chmod(0o644)
        path.parent.chmod(0o755)
        named = finding(typed_at(front, "doctor", "--json"), "database_file")
        assert (named["status"], named["fix"]) == ("warn", f"chmod 700 {path.parent}")
        path.parent.chmod(0o700)
        named = finding(typed_at(front, "doctor", "--json"), "database_file")
        assert named["status"] == "ok"

    def _with_rights(self, shop: Shop, rights: int) -> Any:
        """The finding on SQLite; on PostgreSQL there is no file and None is returned."""
        if not shop.front.database_url.startswith("sqlite"):
            names = {one["name"] for one in doctor(shop).json["findings"]}
            assert "database_file" not in names
            return None
        path = Path(shop.front.database_url.removeprefix("sqlite:///"))
        os.chmod(path, rights)
        os.chmod(path.parent, 0o755)
        return finding(doctor(shop), "database_file")


def _careless(connection: Any, _record: Any) -> None:
    # A file system may not do what was asked; here it is a connection that isn't asked.
    assert isinstance(connection, sqlite3.Connection)
    connection.execute("PRAGMA synchronous=OFF")
