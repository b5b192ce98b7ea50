"""Banks that renew a saved card: a new expiry date, or a new number too.

    sandbox.renewals.renew("pm_...", exp_month=4, exp_year=2039)
    POST /sandbox/control/renewals {"payment_method": "pm_...", "exp_month": 4, "exp_year": 2039}

What happened is told by `payment_method.automatically_updated`.
Source: Stripe docs, "Automatic card updates".
"""

import re

from sandbox import payment_methods, rules
from sandbox.errors import ApiError, Json
from sandbox.store import Store

_KNOWN = frozenset(("payment_method", "exp_month", "exp_year", "last4"))


class Renewals:
    def __init__(self, store: Store) -> None:
        self._store = store

    def renew(
        self, payment_method: str, exp_month: int, exp_year: int, last4: str | None = None
    ) -> Json:
        """Returns the PaymentMethod as it is then. Raises: ValueError."""
        given: Json = {"payment_method": payment_method, "exp_month": exp_month}
        given |= {"exp_year": exp_year} | ({"last4": last4} if last4 else {})
        return self.renew_given(given)

    def renew_given(self, given: Json) -> Json:
        """Raises: ValueError with a sentence for a person."""
        rules.refuse_others(given, _KNOWN, "a renewal")
        changes: Json = {
            "exp_month": rules.whole(given, "exp_month", 1, 12),
            "exp_year": rules.whole(given, "exp_year", 2000, 2099),
        }
        if "last4" in given:
            changes["last4"] = _digits(given["last4"])
        with self._store.transaction() as tx:
            try:
                method = payment_methods.renew(tx, str(given.get("payment_method")), changes)
            except ApiError as error:
                raise ValueError(str(error)) from None
            return dict(method.body)


def _digits(given: object) -> str:
    if not isinstance(given, str) or not re.fullmatch(r"[0-9]{4}", given):
        raise ValueError("last4 is four digits in quotation marks.")
    return given
