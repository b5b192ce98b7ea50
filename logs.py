"""Structured logs on standard error: lines for people on a terminal, JSON elsewhere."""

import logging
import sys

import structlog


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
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
