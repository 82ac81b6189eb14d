"""Servers on loopback that behave badly, one manner each."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    Manner = Callable[["RawServer", socket.socket], None]

PATIENCE: Final = 60.0
"""Seconds after which even a stalling server lets go, should nobody stop it."""

DRIP: Final = 0.05
"""Seconds between two bytes of a server that drips."""


class RawServer:
    """Accepts connections on 127.0.0.1, or *at* another place, each in the same *manner*, over TLS if given.

    *heard* holds the first bytes of each connection that the manner read, *accepted* counts them all.
    """

    def __init__(
        self,
        manner: Manner,
        *,
        tls: ssl.SSLContext | None = None,
        at: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self._manner = manner
        self._tls = tls
        self._listener = socket.create_server(at)
        self._open: list[socket.socket] = []
        self.released = threading.Event()
        self.heard: list[bytes] = []
        self.accepted = 0

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while not self.released.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            self._open.append(client)
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        """Serve one connection; that it was closed under our feet, at whatever point, is no fault."""
        with contextlib.suppress(OSError, ValueError):  # ValueError: ssl, of a socket without a number
            client.settimeout(PATIENCE)
            if self._tls is not None:
                client = self._tls.wrap_socket(client, server_side=True)
                self._open.append(client)
            self._manner(self, client)
        client.close()


def says(content: bytes) -> Manner:
    """Read a little, say *content*, and hang up."""

    def manner(server: RawServer, client: socket.socket) -> None:
        server.heard.append(client.recv(4096))
        client.sendall(content)
        client.shutdown(socket.SHUT_WR)
        client.recv(4096)

    return manner


def answers(*contents: bytes, then: Manner | None = None) -> Manner:
    """Say one of *contents* to each question over the same connection; *then* is done after the last."""

    def manner(server: RawServer, client: socket.socket) -> None:
        for content in contents:
            server.heard.append(client.recv(4096))
            client.sendall(content)
        if then is not None:
            then(server, client)

    return manner


def stalls(server: RawServer, client: socket.socket) -> None:  # noqa: ARG001 - a manner
    """Say nothing, and keep the connection."""
    server.released.wait(PATIENCE)


def drips(content: bytes) -> Manner:
    """Say *content* byte by byte, without an end."""

    def manner(server: RawServer, client: socket.socket) -> None:
        client.recv(4096)
        for byte in content:
            client.sendall(bytes((byte,)))
        while not server.released.wait(DRIP):
            client.sendall(b"x")

    return manner


def resets(_: RawServer, client: socket.socket) -> None:
    """Read a little, and cut the connection off with a RST."""
    client.recv(4096)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hangs_up(_: RawServer, client: socket.socket) -> None:
    """Read a little, and hang up in an orderly way."""
    client.recv(4096)
