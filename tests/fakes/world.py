"""A network of its own, with the real names and ports: for what loopback alone cannot show.

Whatever `World.run` is given runs in a thread that has left the machine's network and sees other
`/etc/hosts` and `/etc/resolv.conf`; so do the programs that it starts. Linux, and root.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

T = TypeVar("T")

Links = Literal["open", "no-route", "loopback"]
Names = Literal["none", "nxdomain", "servfail", "refused", "silent"]

SERVED: Final = "203.0.113.10"
"""Where the healthy servers of a world listen."""

LOCAL: Final = (SERVED, "203.0.113.20", "203.0.113.30")
"""Addresses that are there: the second refuses every connection, at the third is whoever the test puts there.

Every other address is outside, where nothing ever answers.
"""

LOCAL_6: Final = "2001:db8::20"
"""Refuses every connection, too."""

CLONE_NEWNS: Final = 0x20000
CLONE_NEWNET: Final = 0x40000000

RCODES: Final[Mapping[str, int]] = {"servfail": 2, "nxdomain": 3, "refused": 5}


def possible() -> bool:
    """Return whether this machine lets us leave its network."""
    return sys.platform == "linux" and os.geteuid() == 0 and Path("/proc/self/ns/net").exists()


class World:
    """The network.

    *hosts* gives the addresses of names, as /etc/hosts does; *names* is how the one name server treats
    every other question. *links*: `open` has routes for both families to a place where nothing answers,
    `no-route` has an interface without any, `loopback` has none.
    """

    def __init__(
        self, hosts: Mapping[str, Sequence[str]], *, links: Links = "open", names: Names = "none"
    ) -> None:
        self._hosts = hosts
        self._links = links
        self._names: Names = names
        self._work: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._labour, daemon=True)
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self._settle)
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._stack.close)
        self._work.put(None)
        self._thread.join()

    def run(self, work: Callable[[], T]) -> T:
        """Do *work* in this world, and return or raise what it does."""
        outcome: list[Any] = []
        done = threading.Event()

        def attempt() -> None:
            try:
                outcome.extend((True, work()))
            except BaseException as error:  # noqa: BLE001 - it is raised again, where it is waited for
                outcome.extend((False, error))
            done.set()

        self._work.put(attempt)
        done.wait()
        if not outcome[0]:
            raise outcome[1]
        result: T = outcome[1]
        return result

    def _labour(self) -> None:
        while (work := self._work.get()) is not None:
            work()

    def _settle(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        lines = [f"{address} {name}" for name, addresses in self._hosts.items() for address in addresses]
        (folder / "hosts").write_text("\n".join(("127.0.0.1 localhost", "::1 localhost", *lines, "")))
        (folder / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        _do("mount --make-rprivate /")
        for name in ("hosts", "resolv.conf"):
            _do(f"mount --bind {folder / name} /etc/{name}")
        _do("ip link set lo up")
        for address in LOCAL:
            _do(f"ip address add {address}/32 dev lo")
        _do(f"ip address add {LOCAL_6}/128 dev lo nodad")
        if self._links != "loopback":
            self._lay_out()
        if self._names != "none":
            self._stack.enter_context(_name_server(self._names))

    def _lay_out(self) -> None:
        """Add an interface at whose other end nobody is; without ARP, nobody says so either."""
        _do("ip link add world type veth peer name nowhere")
        _do("ip link set world arp off")
        for name in ("nowhere", "world"):
            _do(f"ip link set {name} up")
        _do("ip address add 192.0.2.1/24 dev world")
        if self._links == "open":
            _do("ip address add 2001:db8:1::1/64 dev world nodad")
            _do("ip route add default dev world")
            _do("ip -6 route add default dev world")


def _do(line: str) -> None:
    subprocess.run(line.split(), check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def _name_server(manner: Names) -> Generator[None]:
    """Answer every question about a name in one *manner*, over UDP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        threading.Thread(target=_answer_names, args=(server, manner), daemon=True).start()
        yield
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


def _answer_names(server: socket.socket, manner: Names) -> None:
    with contextlib.suppress(OSError):
        while True:
            question, asker = server.recvfrom(4096)
            if not question:
                return
            if manner in RCODES:
                flags = (0x8180 | RCODES[manner]).to_bytes(2, "big")  # an answer, with recursion
                server.sendto(question[:2] + flags + question[4:6] + bytes(6) + _asked(question), asker)


def _asked(question: bytes) -> bytes:
    """Return the question alone, without what follows it."""
    end = question.index(b"\0", 12) + 5
    return question[12:end]
