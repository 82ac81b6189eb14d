"""An audit hook that hears what Python code touches, and keeps it from doing harm to the tests.

Python tells its hooks of every file that is opened, every program that is started and every connection,
whichever library does it. What a program does that was started, and what code in C does by itself, it does
not tell; nor does it tell of `os.stat`.
"""

from __future__ import annotations

import inspect
import os
import sys
import tempfile
import threading
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType


class Kind(StrEnum):
    """What was done."""

    FILE = "file"
    CHANGE = "change"
    PROCESS = "process"
    NETWORK = "network"
    SLEEP = "sleep"
    KILL = "kill"
    TERMINAL = "terminal"


class RefusedError(PermissionError):
    """Who does it would harm the tests."""


class Event(Struct, frozen=True):
    """Something that was done; *what* says it in words. *main*: by the thread with the event loop."""

    kind: Kind
    what: str
    main: bool = True


_KINDS: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("open", "os.listdir", "os.scandir", "sqlite3.connect"), Kind.FILE),
    **dict.fromkeys(
        (
            *("os.mkdir", "os.rmdir", "os.remove", "os.rename", "os.link", "os.symlink", "os.truncate"),
            *("os.chmod", "os.chown", "os.utime", "os.setxattr"),
        ),
        Kind.CHANGE,
    ),
    **dict.fromkeys(
        (
            *("subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn"),
            *("os.spawn", "os.system", "os.startfile", "pty.spawn"),
        ),
        Kind.PROCESS,
    ),
    **dict.fromkeys(
        ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"), Kind.NETWORK
    ),
    **dict.fromkeys(("socket.sendto", "socket.sendmsg"), Kind.NETWORK),
    "time.sleep": Kind.SLEEP,
    **dict.fromkeys(("os.kill", "os.killpg"), Kind.KILL),
}
_FORKS: Final = ("os.fork", "os.forkpty")
_ENGINE: Final = ("orphans.py", "processes.py")
"""Modules of the engine that look into /proc on their own account, whenever a program is run."""

_PLAIN: Final = ("/dev/null", "/dev/urandom", "/dev/random")
_LOCAL: Final = ("localhost", "::1", "0.0.0.0", "::", "")  # noqa: S104 - nothing is bound here
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Watch:
    """Hears what is done between `start` and `stop`."""

    def __init__(self) -> None:
        self._seen: list[Event] = []
        self._on = False
        self._pythons = _pythons()
        self._scratch = os.path.join(tempfile.gettempdir(), "codex-doctor-")  # noqa: PTH118 - a beginning
        self._main = threading.get_ident()
        sys.addaudithook(self._hear)

    def start(self) -> None:
        """Hear from now on."""
        self._seen = []
        self._on = True

    def stop(self) -> tuple[Event, ...]:
        """Hear no more, and return what was done since."""
        self._on = False
        return tuple(dict.fromkeys(self._seen))

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if not self._on or event not in _KINDS:
            return
        kind = _KINDS[event]
        if kind in (Kind.FILE, Kind.CHANGE):
            self._hear_of_a_file(event, kind, args)
        elif kind is Kind.NETWORK:
            self._hear_of_a_host(event, args)
        elif kind is Kind.PROCESS:
            self._note(kind, f"{event} {_word(args[0])}" if args else event)
            if event in _FORKS:  # two of us would go on with the proof
                raise RefusedError("the test kit lets nobody fork")
        elif kind is Kind.KILL:
            if _by_the_way(inspect.currentframe()):  # the engine ends the programs that it ran
                return
            self._note(kind, f"{event}({', '.join(map(str, args))})")
            raise RefusedError("the test kit lets nobody send signals")
        else:
            self._note(kind, f"{event}({', '.join(map(str, args))})")

    def _hear_of_a_file(self, event: str, kind: Kind, args: tuple[Any, ...]) -> None:
        path = _word(args[0]) if args else ""
        if not path or path in _PLAIN or path.isdigit() or path.startswith(self._scratch):
            return
        if path == "/dev/tty" or path.startswith("/dev/pts/"):
            self._note(Kind.TERMINAL, f"opens {path}")
            return
        changes = kind is Kind.CHANGE or (event == "open" and _to_write(args))
        if not changes and os.path.abspath(path).startswith(self._pythons):  # noqa: PTH100 - quick
            return
        if _by_the_way(inspect.currentframe()):
            return
        words = f"{'writes' if event == 'open' else event} {path}" if changes else f"reads {path}"
        self._note(Kind.CHANGE if changes else Kind.FILE, words)

    def _hear_of_a_host(self, event: str, args: tuple[Any, ...]) -> None:
        address = args[0] if event.startswith("socket.get") else args[-1]
        if isinstance(address, tuple):
            host = str(cast("tuple[object, ...]", address)[0])
        elif event.startswith("socket.get"):
            host = _word(address)
        else:  # a socket in the file system, or one that is connected already
            return
        self._note(Kind.NETWORK, f"{event} {host}")
        if host not in _LOCAL and not host.startswith("127."):
            raise ConnectionRefusedError("the test kit lets nobody leave this machine")

    def _note(self, kind: Kind, what: str) -> None:
        self._seen.append(Event(kind, what, threading.get_ident() == self._main))


def _pythons() -> tuple[str, ...]:
    """Return the folders from which Python itself reads: they hold the program, not the machine."""
    folders = {sys.prefix, sys.base_prefix, *filter(None, sys.path), *sys.path_importer_cache}
    return tuple(os.path.join(os.path.abspath(folder), "") for folder in folders)  # noqa: PTH100, PTH118


def _by_the_way(frame: FrameType | None) -> bool:
    """Return whether an import does it, or the engine on its own account."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith("<frozen importlib") or name.endswith(_ENGINE):
            return True
        frame = frame.f_back
    return False


def _to_write(args: tuple[Any, ...]) -> bool:
    mode, flags = (*args, None, None, None)[1:3]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & _WRITES)


def _word(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (list, tuple)):
        return " ".join(map(_word, cast("Sequence[object]", value)))
    return "" if value is None else str(value)
