"""Lists: newest first, in pages."""

from typing import Any

from sandbox.context import Context
from sandbox.errors import Json, invalid_param, not_found
from sandbox.records import Tx

_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


class Query:
    """Which objects of one kind, gathered condition by condition."""

    def __init__(self, kind: str, url: str) -> None:
        self._kind = kind
        self._url = url
        self._conditions = ["kind = ?"]
        self._values: list[Any] = [kind]

    def where(self, condition: str, *values: Any) -> None:
        self._conditions.append(condition)
        self._values += values

    def page(self, ctx: Context) -> Json:
        """The page that `limit`, `starting_after` and `ending_before` (both exclusive) ask for."""
        limit = ctx.get("limit", 10)
        if not 1 <= limit <= 100:
            raise invalid_param(
                "Invalid limit: must be between 1 and 100", "limit", "parameter_invalid_integer"
            )
        self._filter_created(ctx.params.get("created"))
        backwards = self._start(ctx)
        order = "ASC" if backwards else "DESC"
        condition = f"{' AND '.join(self._conditions)} ORDER BY seq {order} LIMIT ?"
        found = ctx.tx.select(condition, (*self._values, limit + 1))
        data = found[:limit]
        if backwards:
            data.reverse()
        return {
            "object": "list",
            "data": data,
            "has_more": len(found) > limit,
            "url": self._url,
        }

    def _start(self, ctx: Context) -> bool:
        after, before = ctx.get("starting_after"), ctx.get("ending_before")
        if after is not None and before is not None:
            raise invalid_param(
                "You may only specify one of these parameters: starting_after, ending_before.",
                "starting_after",
                "parameters_exclusive",
            )
        if after is not None:
            self.where("seq < ?", self._seq(ctx.tx, after, "starting_after"))
        if before is not None:
            self.where("seq > ?", self._seq(ctx.tx, before, "ending_before"))
        return before is not None

    def _seq(self, tx: Tx, object_id: str, param: str) -> int:
        record = tx.find(self._kind, object_id)
        if record is None or record.seq is None:
            raise not_found(self._kind, object_id, param)
        return record.seq

    def _filter_created(self, created: Any) -> None:
        if isinstance(created, int):
            self.where("created = ?", created)
        elif created:
            for name, value in created.items():
                self.where(f"created {_COMPARISONS[name]} ?", value)
