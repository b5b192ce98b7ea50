"""Fixtures of every test. The words that tests use are in tests/support."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from flask import Flask

import languages
from tests.support.doors import Front, Json
from tests.support.faults import Trouble
from tests.support.instances import Instances, begin_run, end_run, run_home
from tests.support.shop import Shop

ROOT = Path(__file__).resolve().parents[1]
SPECIFICATION = ROOT.parent / "shared" / "stripe" / "openapi-trimmed.json"
RUN_HOME = pytest.StashKey[Path]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("shop")
    group.addoption(
        "--front",
        choices=("client", "server"),
        default="client",
        help="enter through test clients in this process, or through a real eventlet server",
    )
    group.addoption(
        "--database-url",
        default=os.environ.get("TEST_DATABASE_URL"),
        help="a PostgreSQL server to make databases on, instead of SQLite files",
    )
    group.addoption("--no-skips", action="store_true", help="a test that is skipped fails")
    group.addoption("--long", action="store_true", help="the long run of tests/money")
    group.addoption("--seconds", type=float, help="about how long the long run may take")
    group.addoption(
        "--seed", default="1", help="chance of tests/money, the same again for the same"
    )
    group.addoption("--coverage-json", help="a file to which tests/money adds what it tried")


def pytest_configure(config: pytest.Config) -> None:
    home = begin_run()
    if home is not None:
        config.stash[RUN_HOME] = home


def pytest_unconfigure(config: pytest.Config) -> None:
    home = config.stash.get(RUN_HOME, None)
    if home is not None:
        Instances(home, "end", config.getoption("--database-url")).discard_all()
        end_run()


def pytest_report_header(config: pytest.Config) -> list[str]:
    database = "PostgreSQL" if config.getoption("--database-url") else "SQLite"
    lines = [f"front: {config.getoption('--front')}, database: {database}"]
    if not SPECIFICATION.exists():
        lines.append("Stripe's specification is not here: calls are not checked against it")
    return lines


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what runs where, and leave out (not skip) what this front or database cannot show."""
    for item in items:
        if "browser" in item.path.relative_to(ROOT).parts:
            item.add_marker("browser")
        elif {"shop", "new_shop"}.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("wire")
    unfit = {"in_process"} if config.getoption("--front") == "server" else set()
    unfit |= {"sqlite"} if config.getoption("--database-url") else set()
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in unfit)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> object:
    report = yield
    if item.config.getoption("--no-skips"):
        _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> object:
    report = yield
    if collector.config.getoption("--no-skips"):
        _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped in this run, but: {reason}"


@pytest.fixture(scope="session")
def instances(request: pytest.FixtureRequest) -> Instances:
    """Fresh installations, each a copy of a migrated and filled one."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    return Instances(run_home(), worker, request.config.getoption("--database-url"))


@pytest.fixture(scope="session")
def _shared_server(instances: Instances) -> Iterator[Front]:
    from tests.support.server_front import ServerFront

    front = ServerFront(instances.fresh())
    try:
        yield front
    finally:
        front.close()


@pytest.fixture
def front(request: pytest.FixtureRequest, instances: Instances) -> Iterator[Front]:
    """The running shop: one per test in this process, or one server for the whole session."""
    if request.config.getoption("--front") == "server":
        yield request.getfixturevalue("_shared_server")
        return
    with _front_in_process(instances) as front:
        yield front


@pytest.fixture
def shop(front: Front) -> Iterator[Shop]:
    """The shop, seen from outside. Afterwards its calls to Stripe are held to the specification."""
    with _shop_behind(front) as shop:
        yield shop


@pytest.fixture
def new_shop(instances: Instances) -> Callable[[], AbstractContextManager[Shop]]:
    """`with new_shop() as shop`: a fresh one in this process, as often as a test wants."""

    @contextmanager
    def opened() -> Iterator[Shop]:
        with _front_in_process(instances) as front, _shop_behind(front) as shop:
            yield shop

    return opened


@contextmanager
def _front_in_process(instances: Instances) -> Iterator[Front]:
    from tests.support.client_front import ClientFront

    instance = instances.fresh()
    front = ClientFront(instance)
    try:
        yield front
    finally:
        front.close()
        instances.discard(instance)


@contextmanager
def _shop_behind(front: Front) -> Iterator[Shop]:
    shop = Shop(front)
    try:
        yield shop
        _check_against_specification(shop.calls())
    finally:
        shop.close()


@pytest.fixture
def speaker() -> Iterator[None]:
    """Words can be translated, without a shop."""
    app = Flask("speaker")
    languages.init_app(app)
    with app.app_context():
        yield


@pytest.fixture
def trouble(shop: Shop) -> Iterator[Trouble]:
    """Faults of the sandbox, all over at the end of the test."""
    trouble = Trouble(shop)
    yield trouble
    trouble.over()


def _check_against_specification(calls: list[Json]) -> None:
    if not SPECIFICATION.exists():
        return
    from tests import openapi

    for call in calls:
        openapi.check_request(call["method"], call["path"], call["params"])
