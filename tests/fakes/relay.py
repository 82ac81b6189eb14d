"""A relay on loopback that makes a near server far: every byte takes half a round trip."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from typing import Self


class FarRelay:
    """Leads every connection to *port* on 127.0.0.1, as if it were *round_trip* seconds away.

    Loopback accepts connections at once: the round trip that this takes elsewhere is added to the first
    bytes of a client. *connections* counts them all.
    """

    def __init__(self, *, port: int, round_trip: float) -> None:
        self._target = port
        self._round_trip = round_trip
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._stopped = False
        self.connections = 0

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
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
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self._target))
            self._open += [client, server]
            half, whole = self._round_trip / 2, self._round_trip
            for source, sink, first in ((client, server, whole), (server, client, 0.0)):
                threading.Thread(target=_lag, args=(source, sink, half, first), daemon=True).start()


def _lag(source: socket.socket, sink: socket.socket, seconds: float, first: float) -> None:
    """Pass on what *source* says *seconds* later, and *first* seconds more what it says at the beginning."""
    sent: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
    threading.Thread(target=_deliver, args=(sent, sink), daemon=True).start()
    due = time.monotonic() + first
    with contextlib.suppress(OSError):
        while got := source.recv(65536):
            sent.put((max(due, time.monotonic()) + seconds, got))
    sent.put((time.monotonic() + seconds, b""))


def _deliver(sent: queue.SimpleQueue[tuple[float, bytes]], sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            due, content = sent.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not content:
                sink.shutdown(socket.SHUT_WR)
                return
            sink.sendall(content)
