"""Banks that take their time: payments stay `processing` until the clock has gone on that far.

    sandbox.banks.take(600)
    POST /sandbox/control/banks {"seconds": 600}

Cards are seldom slow at Stripe, but an integration has to be ready for it.
Source: Stripe docs, "Payment status updates", `processing`.
"""

from sandbox import rules
from sandbox.errors import Json
from sandbox.records import Tx
from sandbox.store import Store

LONGEST = 7 * 86_400
_SETTING = "bank_seconds"


class Banks:
    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, seconds: int) -> Json:
        """From now on; 0: they answer at once. Raises: ValueError."""
        return self.set_given({"seconds": seconds})

    def set_given(self, given: Json) -> Json:
        """Raises: ValueError with a sentence for a person."""
        rules.refuse_others(given, frozenset(("seconds",)), "the banks")
        seconds = given.get("seconds")
        if type(seconds) is not int or not 0 <= seconds <= LONGEST:
            raise ValueError(f"seconds is a whole number from 0 to {LONGEST}.")
        with self._store.transaction() as tx:
            tx.set_setting(_SETTING, str(seconds))
        return self.show()

    def show(self) -> Json:
        with self._store.transaction() as tx:
            return {"seconds": patience(tx)}


def patience(tx: Tx) -> int:
    """How many seconds a bank takes at the moment."""
    return int(tx.setting(_SETTING) or 0)
