"""Talk to the background app-server: a WebSocket (RFC 6455) over a socket in CODEX_HOME.

Seen on Codex 0.169.0: `app-server-control/app-server-control.sock` is a link to a socket in the temporary
folder; what stands behind it speaks WebSocket, and each text message is a JSON object.
"""

from __future__ import annotations

import base64
import contextlib
import os
import socket
import struct
import sys
import time
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from codex_checks.acts.app_server import GREETING, LONGEST
from codex_checks.acts.errors import AppServerError
from codex_doctor import files

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

CONNECT: Final = 2.0
"""Seconds to be let in: on one machine that is a matter of microseconds."""


class _Kind(IntEnum):
    """What a frame holds (RFC 6455, 11.8)."""

    CONTINUED = 0
    TEXT = 1
    BINARY = 2
    PING = 9
    PONG = 10


_HEAD_LIMIT: Final = 16 * 1024
_FINAL: Final = 0x80
_MASKED: Final = 0x80
_SHORT: Final = 125
_IN_TWO_BYTES: Final = 126
_IN_EIGHT_BYTES: Final = 127


def socket_path(home: Path) -> Path:
    """Return where the background app-server of the CODEX_HOME *home* listens, if it runs."""
    return home / "app-server-control" / "app-server-control.sock"


@contextlib.contextmanager
def control_socket(home: Path) -> Generator[ControlSocket | None]:
    """Connect to the background app-server of *home*; None where none runs.

    :raises AppServerError: it runs and does not answer.
    """
    path = files.real(socket_path(home))  # the name of a socket has 107 bytes at most
    if sys.platform == "win32" or not path.is_socket():  # Python has no such sockets on Windows
        yield None
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(CONNECT)
        try:
            connection.connect(str(path))
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            yield None
            return
        except OSError as error:
            raise AppServerError(f"its socket cannot be used: {error.strerror or error}") from error
        found = ControlSocket(connection)
        found.shake_hands()
        yield found


class ControlSocket:
    """An open connection to the background app-server."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._held = bytearray()

    def shake_hands(self) -> None:
        """Turn the connection into a WebSocket.

        :raises AppServerError: the other side does not.
        """
        key = base64.b64encode(os.urandom(16)).decode()
        self._write(
            "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        until = time.monotonic() + GREETING
        while b"\r\n\r\n" not in self._held:
            if len(self._held) > _HEAD_LIMIT:
                raise AppServerError("it does not speak WebSocket")
            self._more(until)
        head, _, rest = bytes(self._held).partition(b"\r\n\r\n")
        if head.split(b" ", 2)[1:2] != [b"101"]:
            raise AppServerError("it does not speak WebSocket")
        self._held = bytearray(rest)

    def send(self, message: bytes) -> None:
        """Send *message* as text; see `app_server.Wire`."""
        self._frame(_Kind.TEXT, message)

    def receive(self, until: float) -> bytes:
        """Return the next message; see `app_server.Wire`."""
        whole = bytearray()
        while True:
            final, kind, content = self._next(until)
            match kind:
                case _Kind.PING:
                    self._frame(_Kind.PONG, content)
                case _Kind.PONG:
                    continue
                case _Kind.CONTINUED | _Kind.TEXT | _Kind.BINARY:
                    whole += content
                    if len(whole) > LONGEST:
                        raise AppServerError("it says more than can be read")
                    if final:
                        return bytes(whole)
                case _:
                    raise AppServerError("it closed the connection")

    def _next(self, until: float) -> tuple[bool, int, bytes]:
        first, second = self._take(2, until)
        size = second & 0x7F
        if size == _IN_TWO_BYTES:
            (size,) = struct.unpack(">H", self._take(2, until))
        elif size == _IN_EIGHT_BYTES:
            (size,) = struct.unpack(">Q", self._take(8, until))
        if size > LONGEST:
            raise AppServerError("it says more than can be read")
        return bool(first & _FINAL), first & 0x0F, self._take(size, until)

    def _take(self, count: int, until: float) -> bytes:
        while len(self._held) < count:
            self._more(until)
        taken = bytes(self._held[:count])
        del self._held[:count]
        return taken

    def _more(self, until: float) -> None:
        left = until - time.monotonic()
        if left <= 0:
            raise AppServerError("it does not answer")
        self._connection.settimeout(left)
        try:
            came = self._connection.recv(65536)
        except TimeoutError:
            raise AppServerError("it does not answer") from None
        except OSError:
            came = b""
        if not came:
            raise AppServerError("it closed the connection")
        self._held += came

    def _frame(self, kind: _Kind, content: bytes) -> None:
        """Send one frame; what a client sends is masked (RFC 6455, 5.3)."""
        size = len(content)
        if size <= _SHORT:
            head = struct.pack(">BB", _FINAL | kind, _MASKED | size)
        else:
            head = struct.pack(">BBH", _FINAL | kind, _MASKED | _IN_TWO_BYTES, size)
        mask = os.urandom(4)
        self._write(head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(content)))

    def _write(self, content: bytes) -> None:
        self._connection.settimeout(GREETING)
        try:
            self._connection.sendall(content)
        except OSError as error:
            raise AppServerError("it takes no question") from error
