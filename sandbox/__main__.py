"""`python -m sandbox`: the sandbox as a server of its own.

`/v1/...` stands at the root, for an SDK's API base, and everything also under `/sandbox/`, for
browsers: `/sandbox/stripe.js`.
"""

import argparse
import socketserver
from collections.abc import Iterable
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from sandbox import Sandbox, connections
from sandbox.connections import Environ
from sandbox.server import StartResponse

_PREFIX = "/sandbox"


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def get_environ(self) -> Environ:
        return {**super().get_environ(), connections.SOCKET: self.connection}

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Requests are in the call log."""


def main() -> None:
    arguments = _arguments()
    sandbox = Sandbox(arguments.path, auto_webhooks=True)

    def mounted(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(f"{_PREFIX}/"):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + _PREFIX
            environ["PATH_INFO"] = path.removeprefix(_PREFIX)
        return sandbox.wsgi(environ, start_response)

    with make_server(arguments.host, arguments.port, mounted, _Server, _Handler) as server:
        host, port = server.server_address[:2]
        print(f"sandbox: http://{host!s}:{port}  (file: {arguments.path})", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sandbox.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--path", type=Path, default=Path("instance/sandbox.sqlite3"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
