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
        self._slow: str | None = None
        self._lost: str | None = None
        # The events of all messages that the page has sent, lost or not.
        self.sent: list[str] = []
        self._numbers: set[str] = set()
        self.held: list[tuple[WebSocketRoute, str | bytes]] = []
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

    def hold(self, event: str) -> None:
        """Answers to this event are long on their way: `held` until `let_go`; all else goes on."""
        self._slow = event

    def let_go(self) -> None:
        self._slow = None
        for socket, message in self.held:
            socket.send(message)
        self.held.clear()

    def lose(self, event: str) -> None:
        """Messages of this event get lost on their way to the shop."""
        self._lost = event

    def _ask(self, socket: WebSocketRoute) -> None:
        if self._is_cut:
            self._waiting.append(socket)
        else:
            self._connect(socket)

    def _connect(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        self._connected.append(socket)

        def to_server(message: str | bytes) -> None:
            asked = re.match(r'42(\d+)\["([^"]+)"', str(message))
            if asked:
                self.sent.append(asked[2])
            if asked and asked[2] == self._lost:
                return
            if asked and asked[2] == self._slow:
                self._numbers.add(asked[1])
            if socket not in self._asleep:
                server.send(message)

        def to_page(message: str | bytes) -> None:
            answer = re.match(r"43(\d+)\[", str(message))
            if self._slow and answer and answer[1] in self._numbers:
                self.held.append((socket, message))
            elif socket not in self._asleep:
                socket.send(message)

        socket.on_message(to_server)
        server.on_message(to_page)
