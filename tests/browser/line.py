"""The line between a page and the shop, which a test can cut while the browser has its network."""

import re

from playwright.sync_api import Page, WebSocketRoute


class Line:
    """Lay it before the page is opened."""

    def __init__(self, page: Page) -> None:
        self._is_cut = False
        self._connected: list[WebSocketRoute] = []
        self._waiting: list[WebSocketRoute] = []
        self._asleep: set[WebSocketRoute] = set()
        page.route_web_socket(re.compile("/socket.io/"), self._ask)

    def cut(self) -> None:
        """What is connected breaks, and until `mend` nothing new gets through."""
        self._is_cut = True
        for socket in self._connected:
            socket.close()
        self._connected.clear()

    def mend(self) -> None:
        self._is_cut = False
        for socket in self._waiting:
            self._connect(socket)
        self._waiting.clear()

    def fall_asleep(self) -> None:
        """As of a machine that slept: what is connected looks fine, but nothing comes or goes."""
        self._asleep.update(self._connected)
        self._connected.clear()

    def _ask(self, socket: WebSocketRoute) -> None:
        if self._is_cut:
            self._waiting.append(socket)
        else:
            self._connect(socket)

    def _connect(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        self._connected.append(socket)

        def hand_on(message: str | bytes, to: WebSocketRoute) -> None:
            if socket not in self._asleep:
                to.send(message)

        socket.on_message(lambda message: hand_on(message, server))
        server.on_message(lambda message: hand_on(message, socket))
