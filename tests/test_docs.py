"""The documents say what is true: examples are played, lists are complete, links lead somewhere."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import protocol
import wallet.events
from config import NAMES
from errors import Internal, all_codes
from payments.states import SOURCES
from sockets import ACTIONS
from tests.story import Story, Told
from tests.support.client_front import ClientFront
from tests.support.instances import Instances
from tests.support.server_front import ServerFront
from tests.support.shop import Shop
from wire_types import PUSHES

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PROTOCOL, README, SCREENSHOTS = DOCS / "protocol.md", ROOT / "README.md", DOCS / "screenshots"
# Nobody can bring this one about at will: its example is held to the envelope alone.
NOT_PLAYED = {"internal"}
# Sent by a process that ends: test_stopping.py hears it.
NOT_HEARD = {"shop-restarting"}


@pytest.fixture
def told(shop: Shop, front: ClientFront, instances: Instances) -> Iterator[Told]:
    """The examples of protocol.md, played. With RECORD_EXAMPLES=1 the document is corrected."""
    instance = instances.fresh(STRIPE_API_BASE="http://127.0.0.1:9")
    offline = ClientFront(instance)
    try:
        told = Story(shop, front, offline).play(PROTOCOL.read_text())
        if os.environ.get("RECORD_EXAMPLES"):
            PROTOCOL.write_text(told.text)
        yield told
    finally:
        offline.close()
        instances.discard(instance)


@pytest.mark.in_process
def test_every_example_of_the_protocol_is_true_and_none_is_missing(told: Told) -> None:
    assert told.differences == []
    assert told.actions == ACTIONS.keys()
    assert told.codes == all_codes().keys() - NOT_PLAYED
    assert {event for event, _ in told.pushes} == PUSHES.keys() - NOT_HEARD


def test_the_python_client_buys(instances: Instances, tmp_path: Path) -> None:
    (program,) = blocks("clients.md", "python")
    (tmp_path / "buy.py").write_text(program)
    instance = instances.fresh()
    server = ServerFront(instance)
    try:
        for card, said in {
            "visa": "succeeded $36.00",
            "threeDSecure2Required": "succeeded $36.00",
            "visa_chargeDeclinedInsufficientFunds": "card_declined: Your card has",
        }.items():
            command = [sys.executable, str(tmp_path / "buy.py"), server.origin, card]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            assert said in done.stdout + done.stderr
    finally:
        server.close()
        instances.discard(instance)


def test_the_example_that_cannot_be_played_has_the_envelope() -> None:
    text = PROTOCOL.read_text()
    (shown,) = re.findall(r"<!-- shape: internal -->\n```json\n(.*?)\n```", text, re.S)
    real = Internal().to_wire("req_1")
    real["error"]["request_id"] = json.loads(shown)["error"]["request_id"]
    assert json.loads(shown) == real


def test_the_table_of_errors_is_the_list_of_errors() -> None:
    rows = re.findall(r"^\| \[`(\w+)`\]\(#\w+\) \| (yes|no) \|", PROTOCOL.read_text(), re.M)
    real = {code: "yes" if error.retryable else "no" for code, error in all_codes().items()}
    assert dict(rows) == real


def test_the_picture_of_the_states_is_the_table_of_the_states() -> None:
    (picture,) = blocks("protocol.md", "mermaid")
    drawn = set(re.findall(r"^ *(\w+) --> (\w+)$", picture, re.M))
    assert drawn == {(before, after) for after, sources in SOURCES.items() for before in sources}


def test_the_description_is_the_last_output_of_the_command() -> None:
    assert json.loads((DOCS / "asyncapi.json").read_text()) == protocol.description()


def test_the_description_is_sound() -> None:
    described = protocol.description()
    assert described["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= described["info"].keys()
    for reference in references(described):
        node: Any = described
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
    spoken = described["channels"]["socket"]["messages"].keys()
    for operation in described["operations"].values():
        assert operation["action"] in ("send", "receive")
        said = [*operation["messages"], *operation.get("reply", {}).get("messages", [])]
        assert {m["$ref"].removeprefix("#/channels/socket/messages/") for m in said} <= spoken
    for name in described["components"]["messages"]:
        jsonschema.Draft202012Validator.check_schema(payload_schema(described, name))


@pytest.mark.in_process
def test_what_is_said_on_the_wire_is_as_described(told: Told) -> None:
    described = protocol.description()
    said = [(event, payload) for event, payload in told.pushes]
    for action, request, reply in told.exchanges:
        failed = reply["status"] == "error"
        said.append(("error" if failed else f"{action}.reply", reply))
        if not failed and "action" not in request:
            said.append((action, request))
    for name, payload in said:
        jsonschema.validate(payload, payload_schema(described, name))


def test_every_setting_is_in_the_readme() -> None:
    table = re.findall(r"^\| `([A-Z_]+)` \|", README.read_text(), re.M)
    assert sorted(table) == sorted(NAMES)


def test_every_action_and_push_is_in_the_readme() -> None:
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", README.read_text()))
    assert ACTIONS.keys() | PUSHES.keys() <= named


def test_the_commands_of_the_readme_open_and_fill_a_shop(
    instances: Instances, tmp_path: Path
) -> None:
    text = README.read_text()
    (csv,) = re.findall(r"^```csv\n(.*?)^```$", text, re.S | re.M)
    (tmp_path / "items.csv").write_text(csv)
    commands = [line for line in readme_commands() if "txn_..." not in line]
    instance = instances.fresh()
    front = ClientFront(instance)
    try:
        for command in commands:
            words = shlex.split(command.replace("items.csv", str(tmp_path / "items.csv")))
            done = front.app.test_cli_runner().invoke(args=words)
            assert done.exit_code == 0, done.output
        page = front.browser().request("GET", linked_checkout(text)).script("checkout-context")
        assert (page["cogName"], page["total_display"]) == ("Corner Shop", "€53.50")
    finally:
        front.close()
        instances.discard(instance)


@pytest.mark.in_process
def test_the_commands_of_the_readme_give_money_back(shop: Shop, front: ClientFront) -> None:
    paid = shop.shopper().pay()
    commands = [line for line in readme_commands() if "refunds" in line or "orders" in line]
    for command in commands:
        words = shlex.split(command.replace("txn_...", paid["id"]))
        done = front.app.test_cli_runner().invoke(args=words)
        assert done.exit_code == 0, done.output
    assert [made["amount"] for made in shop.ledger()["refunds"]] == [1250]


@pytest.mark.in_process
def test_the_action_of_the_readme_works(shop: Shop) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.S | re.M)
    exec(example, {**vars(wallet.events), "CardCount": dict[str, int]})
    try:
        shopper = shop.shopper(account=True)
        ack = shopper.send("count-cards", userId=shopper.user_id)
        assert ack == {"status": "success", "count": 0}
    finally:
        del ACTIONS["count-cards"]


def test_every_link_leads_somewhere() -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents()
        for target in links(document.read_text())
        if not leads_somewhere(document, target)
    ]
    assert broken == []


def readme_commands() -> list[str]:
    return re.findall(r"^\.venv/bin/flask (.*)$", README.read_text(), re.M)


def documents() -> list[Path]:
    return [README, ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def links(text: str) -> list[str]:
    """Where a document points to inside the repository."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)
    found = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
    return [target for target in found if not target.startswith(("http://", "https://"))]


def leads_somewhere(document: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    path = (document.parent / name).resolve() if name else document
    if SCREENSHOTS in path.parents and not SCREENSHOTS.exists():
        return True  # made by script/screenshots
    return path.exists() and (not anchor or anchor in anchors(path.read_text()))


def anchors(text: str) -> set[str]:
    """What GitHub makes of headings."""
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def linked_checkout(text: str) -> str:
    (path,) = re.findall(r"^https://shop\.example\.com(/checkout\S+)$", text, re.M)
    return str(path)


def payload_schema(described: dict[str, Any], name: str) -> dict[str, Any]:
    return {
        "$ref": f"#/components/messages/{name}/payload",
        "components": described["components"],
    }


def references(node: Any) -> Iterator[str]:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for value in inner:
        yield from references(value)
    if isinstance(node, dict) and "$ref" in node:
        yield node["$ref"]


def blocks(name: str, language: str) -> list[str]:
    """The code blocks of this language in a document."""
    text = (DOCS / name).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.S | re.M)


def test_every_script_is_listed_with_its_reason() -> None:
    # Which page loads which: tests/browser/test_scripts.py.
    listed = re.findall(
        r"^\| `/(static/[^`]+)` \|", (DOCS / "scripts.md").read_text(), re.MULTILINE
    )
    there = {str(path.relative_to(ROOT)) for path in (ROOT / "static" / "js").glob("*.js")}
    assert set(listed) == there | {"static/vendor/socket.io.min.js"}


def test_what_security_md_names_is_there() -> None:
    """Each test that is said to show something, and each program."""
    for name in re.findall(r"`((?:tests|script)/[^` ]+)", (DOCS / "security.md").read_text()):
        path, _, rest = name.partition("::")
        assert (ROOT / path).exists(), name
        for part in filter(None, rest.split("::")):
            assert re.search(rf"(def|class) {part}\b", (ROOT / path).read_text()), name
