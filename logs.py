"""Structured logs on standard error: lines for people on a terminal, JSON elsewhere."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict

# All that a line may say: whatever else is handed in by mistake stays out. Facts by their ids,
# never a person's, a card's or a secret's.
FIELDS = frozenset(
    """event exc_info stack_info action answer_by call client_request code declined dispute error
    intent mode ms param path reason refund request_id status stripe_request transaction
    warning""".split()
)


def configure() -> None:
    """Set up structlog and the standard library's logging alike. Safe to call again."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    # The SDK logs request and response bodies at DEBUG, secrets included.
    logging.getLogger("stripe").setLevel(logging.WARNING)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    # A traceback for whatever bytes a stranger posts; who is let in is logged by ourselves.
    for library in ("engineio.server", "socketio.server"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _only_known,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _only_known(_logger: Any, _method: str, line: EventDict) -> EventDict:
    unknown = line.keys() - FIELDS
    kept = {name: value for name, value in line.items() if name in FIELDS}
    return {**kept, "left_out": sorted(unknown)} if unknown else kept
