"""The line between a page and the shop, which a test can cut while the browser is online."""

import re

from playwright.sync_api import Page, Route, WebSocketRoute


class Line:
    """Lay it before the page is opened."""

    def __init__(self, page: Page) -> None:
        self._is_cut = False
        self._sockets: list[WebSocketRoute] = []
        page.route_web_socket(re.compile("/socket.io/"), self._connect)
        page.route(re.compile(r"/socket\.io/.*transport=polling"), self._poll)

    def cut(self) -> None:
        """What is connected breaks, and nothing gets through until `mend`."""
        self._is_cut = True
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()

    def mend(self) -> None:
        self._is_cut = False

    def _connect(self, socket: WebSocketRoute) -> None:
        if self._is_cut:
            socket.close()
            return
        socket.connect_to_server()
        self._sockets.append(socket)

    def _poll(self, route: Route) -> None:
        if self._is_cut:
            route.abort()
        else:
            route.continue_()
