"""What happens by itself once the sandbox's clock reaches it."""

from sandbox import confirmation, disputes, payment_intents, refunds
from sandbox.records import Tx


def run_due(tx: Tx) -> None:
    """Runs what is due, with what that makes due at once."""
    request, tx.request = tx.request, None
    while row := tx.execute(
        "SELECT seq, kind, object_id FROM jobs WHERE due_at <= ? ORDER BY due_at, seq LIMIT 1",
        (tx.now,),
    ).fetchone():
        tx.execute("DELETE FROM jobs WHERE seq = ?", (row[0],))
        _run(tx, row[1], row[2])
    tx.request = request


def _run(tx: Tx, kind: str, object_id: str) -> None:
    if kind.startswith("dispute:"):
        disputes.begin(tx, object_id, kind.removeprefix("dispute:"))
    elif kind.startswith("judge:"):
        disputes.close(tx, object_id, kind.removeprefix("judge:"))
    elif kind == "close_dispute":
        disputes.close(tx, object_id)
    elif kind == "turn_refund":
        refunds.turn(tx, object_id)
    elif kind == "bank_answers":
        confirmation.bank_answers(tx, tx.get("payment_intent", object_id))
    else:
        intent = tx.get("payment_intent", object_id)
        if intent["status"] == "requires_capture":
            payment_intents.end(tx, intent, "automatic")
