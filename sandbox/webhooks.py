"""Delivering events: signed, retried with growing pauses, never inside a transaction.

Several processes may run this at once; a delivery belongs to whoever leased it.
"""

import hashlib
import hmac
import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from sandbox import deliveries, events, jobs, webhook_faults
from sandbox.errors import Json
from sandbox.records import Tx, encode
from sandbox.store import Store

Deliver = Callable[[str, bytes, dict[str, str]], int]

# Seconds of the sandbox's clock from one try to the next; after the last, it is given up.
RETRY_AFTER = (1, 5, 30, 300, 3600, 6 * 3600, 24 * 3600, 24 * 3600)
_TIMEOUT = 10  # seconds that an endpoint has for its answer
_LEASE = 30.0  # real seconds until another process may take a delivery over
_PAUSE = 0.05
_AT_ONCE = 8
_log = logging.getLogger("sandbox.webhooks")


class Delivery(NamedTuple):
    seq: int
    event_id: str
    endpoint_id: str
    attempts: int
    url: str
    secret: str
    payload: bytes
    fault: Json | None  # how this try is spoilt


def over_http(url: str, body: bytes, headers: dict[str, str]) -> int:
    """POSTs the event. Raises: requests.RequestException when nobody answers."""
    import requests  # here, so that a server may patch sockets before

    answer = requests.post(url, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False)
    return answer.status_code


def signature(payload: bytes, secret: str, timestamp: int) -> str:
    """The `Stripe-Signature` header: t=<unix>,v1=<hex HMAC-SHA256 of "<t>.<body>">."""
    signed = f"{timestamp}.".encode() + payload
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


class Webhooks:
    """The deliveries of one sandbox file."""

    def __init__(self, store: Store, deliver: Deliver | None) -> None:
        self._store = store
        self._deliver = deliver or over_http

    def pump(self) -> int:
        """Delivers everything that is due now, one after the other; returns the tries."""
        tries = 0
        while (delivery := self._lease()) is not None:
            self._try(delivery)
            tries += 1
        return tries

    def run(self, stop: threading.Event) -> None:
        """Delivers until `stop` is set, several at once: a slow receiver holds up nobody else."""
        slots = threading.Semaphore(_AT_ONCE)
        while not stop.is_set():
            slots.acquire()
            delivery = self._next()
            if delivery is None:
                slots.release()
                time.sleep(_PAUSE)
            else:
                threading.Thread(target=self._work, args=(delivery, slots), daemon=True).start()
        for _ in range(_AT_ONCE):
            slots.acquire(timeout=_TIMEOUT)

    def _next(self) -> Delivery | None:
        """An error here must not end the deliveries."""
        try:
            return self._lease()
        except Exception:
            _log.exception("looking for webhooks to deliver failed")
            return None

    def _work(self, delivery: Delivery, slots: threading.Semaphore) -> None:
        try:
            self._try(delivery)
        except Exception:  # its lease runs out, and it is tried again
            _log.exception("delivering a webhook failed")
        finally:
            slots.release()

    def _lease(self) -> Delivery | None:
        """Takes one due delivery for this process."""
        with self._store.transaction() as tx:
            jobs.run_due(tx)
            row = tx.execute(
                "SELECT d.seq, event_id, endpoint_id, attempts "
                "FROM deliveries d LEFT JOIN delivery_faults f ON f.seq = d.seq "
                "WHERE state = 'pending' AND due_at <= ? AND leased_until <= ? "
                "ORDER BY coalesce(f.position, due_at), d.seq LIMIT 1",
                (tx.time, time.time()),
            ).fetchone()
            if row is None:
                return None
            endpoint = tx.get("webhook_endpoint", row[2])
            event = tx.get("event", row[1])
            tx.execute(
                "UPDATE deliveries SET leased_until = ? WHERE seq = ?",
                (time.time() + _LEASE, row[0]),
            )
            payload = encode(events.with_pending(tx, event)).encode()
            seq, event_id, endpoint_id, attempts = row
            url, secret = endpoint["url"], endpoint.hidden["secret"]
            fault = deliveries.fault_of(tx, seq, attempts)
            return Delivery(seq, event_id, endpoint_id, attempts, url, secret, payload, fault)

    def _try(self, delivery: Delivery) -> None:
        # The receiver compares with its own time, so this is the real one.
        payload, secret, at = delivery.payload, delivery.secret, int(time.time())
        if delivery.fault is not None:
            payload, secret, at = webhook_faults.spoil(
                delivery.fault, delivery.seq, payload, secret, at
            )
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature(payload, secret, at),
        }
        status, problem = None, None
        try:
            status = self._deliver(delivery.url, payload, headers)
        except Exception as error:  # whatever the receiver's side throws is a failed delivery
            problem = f"{type(error).__name__}: {error}"[:300]
        with self._store.transaction() as tx:
            _record(tx, delivery, status, problem)


def _record(tx: Tx, delivery: Delivery, status: int | None, problem: str | None) -> None:
    good = status is not None and 200 <= status < 300
    last = delivery.attempts >= len(RETRY_AFTER)
    pause = 0 if good or last else RETRY_AFTER[delivery.attempts]
    tx.execute(
        "UPDATE deliveries SET state = ?, attempts = attempts + 1, due_at = ?, leased_until = 0, "
        "last_status = ?, last_error = ? WHERE seq = ?",
        (
            "succeeded" if good else "failed" if last else "pending",
            tx.time + pause,
            status,
            problem,
            delivery.seq,
        ),
    )


def overview(tx: Tx) -> Json:
    """All endpoints and deliveries, for the control pages."""
    endpoints = [record.body for record in tx.select("kind = 'webhook_endpoint' ORDER BY seq")]
    return {"endpoints": endpoints, "deliveries": deliveries.overview(tx)}
