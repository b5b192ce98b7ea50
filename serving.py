"""How connections are served under eventlet: how many at once, and how long a silent one may last.

Left alone, eventlet serves 1,024 connections and waits for each without end: a thousand that say
nothing shut everybody else out.
"""

import resource
from typing import Any

MOST_CONNECTIONS = 8_192
# Of the files that the process may open: database, Stripe, logs, and some to spare.
OTHER_FILES = 512
# No word from the other side for so long ends a connection that waits for one. Longer than a
# websocket or a poll is ever silent: `sockets.attach` has a ping answered within 40 s.
IDLE_SECONDS = 60.0


def options(idle_seconds: float = IDLE_SECONDS) -> dict[str, Any]:
    """For eventlet's server. Lets the process open more files, where it may.

    Websockets have a time limit of their own, set by Engine.IO.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + OTHER_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    # More wait in the kernel: to accept one without a file left would end the server.
    most = min(MOST_CONNECTIONS, max(soft - OTHER_FILES, soft // 2))
    return {"max_size": most, "socket_timeout": idle_seconds}
