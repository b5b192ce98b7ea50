"""Scripts and stylesheets go out compressed: a phone far from a mast waits less for them.

Pages don't: they carry secrets (the form's token, the socket's) next to words that anybody can put
into an address, and the length of a compressed page tells of what it repeats.
Source: RFC 9110, section 12.5.3; BREACH, "a new attack on compressed HTTPS".
"""

import gzip
from posixpath import normpath

from flask import Flask, Response, request

_WORDS = {"text/css", "text/javascript", "application/javascript"}
# Less than this fits into a packet anyway.
_LEAST_BYTES = 1_000


def init_app(app: Flask) -> None:
    # File -> its version, and that version compressed; as many as there are files.
    kept: dict[str, tuple[str, bytes]] = app.extensions.setdefault("compression", {})

    @app.after_request
    def compress(response: Response) -> Response:
        if request.endpoint != "static" or response.mimetype not in _WORDS:
            return response
        response.vary.add("Accept-Encoding")
        # A 304 has no body, and a part of a file is a part of it as it is.
        if response.status_code != 200 or not request.accept_encodings["gzip"]:
            return response
        if (response.content_length or 0) < _LEAST_BYTES:
            return response
        version, _ = response.get_etag()
        if version is None:
            return response
        # One file has addresses without end (`./`): what is kept must not grow with them.
        name = normpath((request.view_args or {})["filename"])
        known, small = kept.get(name, ("", b""))
        if known != version:
            response.direct_passthrough = False
            small = gzip.compress(response.get_data(), mtime=0)
            kept[name] = (version, small)
        response.close()
        return _sent_as(response, small, version)


def _sent_as(response: Response, body: bytes, version: str) -> Response:
    response.direct_passthrough = False
    response.set_data(body)
    response.content_encoding = "gzip"
    # The same file in other bytes. Source: RFC 9110, section 8.8.1.
    response.set_etag(version, weak=True)
    del response.headers["Accept-Ranges"]
    return response
