"""Are the settings sound, is the port free? Prints mode and address, or what to do."""

import errno
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from config import ConfigError, Settings, load_settings


def main() -> None:
    try:
        settings = load_settings()
    except ConfigError as error:
        sys.exit(f"\n{error}")
    try:
        try_to_listen(settings)
    except PermissionError:
        sys.exit(f"\nThis user may not listen on port {settings.port}. Choose one above 1023.")
    except OSError as error:
        sys.exit(f"\n{sentence(settings, error)}")
    print(settings.mode, settings.local_url)


def try_to_listen(settings: Settings) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(
        settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()


def sentence(settings: Settings, error: OSError) -> str:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"HOST: there is no address called {settings.host} on this machine."
    return (
        f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}). "
        f"Perhaps this shop runs in another window. Stop that, or choose another port: "
        f"PORT={settings.port + 1} script/server"
    )


if __name__ == "__main__":
    main()
