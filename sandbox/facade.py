"""The sandbox as one object: what an app and its tests hold."""

import threading
import weakref
from collections.abc import Iterable
from pathlib import Path

from sandbox import call_log, endpoints, jobs, webhooks
from sandbox.banks import Banks
from sandbox.clock import Clock
from sandbox.engine import Engine
from sandbox.errors import Json
from sandbox.faults import Faults
from sandbox.limits import Limits
from sandbox.line import Line
from sandbox.renewals import Renewals
from sandbox.server import Application
from sandbox.store import Store
from sandbox.transport import SandboxClient, Watch
from sandbox.webhook_faults import WebhookFaults
from sandbox.webhooks import Deliver, Webhooks

_LEDGER = {
    "customers": "customer",
    "payment_methods": "payment_method",
    "payment_intents": "payment_intent",
    "setup_intents": "setup_intent",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "tokens": "token",
    "events": "event",
}


class Sandbox:
    """A stand-in for Stripe on one SQLite file, which other processes may share."""

    def __init__(
        self,
        path: str | Path,
        publishable_key: str = "pk_test_sandbox",
        deliver: Deliver | None = None,
        auto_webhooks: bool = False,
    ) -> None:
        """`deliver(url, body, headers) -> status` replaces HTTP; `auto_webhooks` starts a
        thread that delivers until `close`."""
        self.publishable_key = publishable_key
        self._store = Store(path)
        self._engine = Engine(self._store)
        self._webhooks = Webhooks(self._store, deliver)
        self.clock = Clock(self._store)
        self.faults = Faults(self._store)
        self.limits = Limits(self._store)
        self.banks = Banks(self._store)
        self.renewals = Renewals(self._store)
        self.webhook_faults = WebhookFaults(self._store)
        self._line = Line(self._engine, self.faults, self.limits)
        self.wsgi = Application(self._line, self)
        self._stop = threading.Event()
        self._close_store = weakref.finalize(self, self._store.close)
        self._runner: threading.Thread | None = None
        if auto_webhooks:
            run = self._webhooks.run
            self._runner = threading.Thread(target=run, args=(self._stop,), daemon=True)
            self._runner.start()

    def http_client(self, timeout: float = 80, watch: Watch | None = None) -> SandboxClient:
        """For `StripeClient(key, http_client=..., max_network_retries=2)`.

        timeout: seconds until a call without an answer fails, as in `stripe.RequestsClient`.
        watch: is told of each call, see `transport.Watch`.
        """
        return SandboxClient(self._line, timeout, watch)

    def register_webhook(
        self, url: str, secret: str, enabled_events: Iterable[str] = ("*",)
    ) -> None:
        """Sends events to `url` from now on. Again for the same URL changes it."""
        with self._store.transaction() as tx:
            endpoints.register(tx, url, secret, list(enabled_events))

    def pump(self) -> int:
        """Lets happen what is due and delivers its events; returns the deliveries tried."""
        return self._webhooks.pump()

    def run_webhooks(self, stop: threading.Event) -> None:
        """Delivers until `stop` is set; for a background thread or green thread."""
        self._webhooks.run(stop)

    def webhooks(self) -> Json:
        """Endpoints and deliveries."""
        with self._store.transaction() as tx:
            return webhooks.overview(tx)

    def ledger(self) -> dict[str, list[Json]]:
        """Everything there is, oldest first, as Stripe's JSON."""
        with self._store.transaction() as tx:
            jobs.run_due(tx)
            return {
                name: [record.body for record in tx.select("kind = ? ORDER BY seq", (kind,))]
                for name, kind in _LEDGER.items()
            }

    def calls(self, after: int = 0) -> list[Json]:
        """The API calls with a `seq` above `after`, oldest first."""
        with self._store.transaction() as tx:
            return call_log.read(tx, after)

    def close(self) -> None:
        """Stops the deliveries that `auto_webhooks` started and closes the file."""
        self._stop.set()
        if self._runner is not None:
            self._runner.join(timeout=15)
        self._close_store()
