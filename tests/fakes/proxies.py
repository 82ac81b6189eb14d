"""Proxies on loopback: one that works, and the ways in which they do not."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Manner = Literal["works", "swallows", "wants-password", "forbids", "socks"]

REFUSALS: Final[Mapping[str, bytes]] = {
    "wants-password": b'407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="office"',
    "forbids": b"403 Forbidden",
}

SOCKS_5: Final = b"\x05"
NOT_ACCEPTED: Final = b"\x05\xff"
"""RFC 1928: no acceptable methods."""

HANDSHAKE: Final = b"\x16"
"""The type of record with which TLS begins (RFC 8446, 5.1); to a proxy it is no request."""

PATIENCE: Final = 60.0
"""Seconds after which a connection is closed, should nobody stop the proxy."""


class FakeProxy:
    """An HTTP proxy that leads every CONNECT, whatever its target, to *port* of *host*.

    *manner*: `works`, `swallows` (accepts and never answers), `wants-password` (407), `forbids` (403),
    `socks` (hangs up on whoever does not speak SOCKS 5, and leads nobody anywhere).
    *asked* holds the targets that were asked for.
    """

    def __init__(self, *, port: int, host: str = "127.0.0.1", manner: Manner = "works") -> None:
        self._target = (host, port)
        self._manner = manner
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._stopped = False
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """The address for a proxy variable."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def start(self) -> None:
        """Begin to accept."""
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Close everything."""
        self._stopped = True
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while not self._stopped:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.add(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            client.settimeout(PATIENCE)
            if self._manner == "socks":
                client.sendall(NOT_ACCEPTED if client.recv(4096)[:1] == SOCKS_5 else b"")
                return
            asked = _head(client)
            if asked is None:
                return
            self.asked.append(asked)
            if self._manner == "swallows":
                client.recv(1)
            elif self._manner == "works":
                self._tunnel(client)
            else:
                head = b"HTTP/1.1 " + REFUSALS[self._manner]
                client.sendall(head + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def _tunnel(self, client: socket.socket) -> None:
        with socket.create_connection(self._target, timeout=PATIENCE) as server:
            self._open.add(server)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join(PATIENCE)


class RefusingPort:
    """A port of 127.0.0.1 that nobody listens on, and that nobody else can take meanwhile."""

    def __init__(self) -> None:
        self._held = socket.socket()
        self._held.bind(("127.0.0.1", 0))
        self.number = int(self._held.getsockname()[1])

    @property
    def url(self) -> str:
        """The address for a proxy variable or in place of a service."""
        return f"http://127.0.0.1:{self.number}"

    def stop(self) -> None:
        """Give the port back."""
        self._held.close()


def _head(client: socket.socket) -> str | None:
    """Read a request's head and return its target, or None when the client went away first."""
    head = b""
    while b"\r\n\r\n" not in head:
        got = client.recv(4096)
        if not got:
            return None
        head += got
        if head.startswith(HANDSHAKE):
            client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            return None
    return head.split(b" ", 2)[1].decode("latin-1")


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while got := source.recv(65536):
            sink.sendall(got)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
