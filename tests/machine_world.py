"""The network around a machine that stands in one of its own: who listens where, and who is no good."""

from __future__ import annotations

import contextlib
import socket
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import certificates
from codex_doctor.testing.raw import RawServer, hangs_up, resets, says, stalls
from fakes.openai import HOSTS, FakeOpenAI
from fakes.world import LOCAL, LOCAL_6, World

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    import trustme

    import machine_description as described

PLACES: Final[Mapping[str, str]] = {
    "served": LOCAL[0],
    "refusing": LOCAL[1],
    "neighbour": LOCAL[2],
    "loopback": "127.0.0.1",
    "nowhere": "0.0.0.0",  # noqa: S104 - as lists of blocked hosts write it
    "silent": "198.51.100.10",
    "refusing-6": LOCAL_6,
    "silent-6": "2001:db8:2::10",
}
"""The words for addresses in a description."""

AHEAD: Final = timedelta(hours=3)
BEHIND: Final = timedelta(days=9)
"""Of the clocks of servers whose certificates are good for another week by them."""


@contextlib.contextmanager
def standing(description: described.World, authority: trustme.CA) -> Generator[tuple[World, FakeOpenAI]]:
    """Set the world up and let its servers listen; they are gone when the context ends."""
    usual = {host: ["served"] for host in HOSTS} if description.known else {}
    named = {**usual, **description.hosts}
    hosts = {name: [PLACES[word] for word in words] for name, words in named.items()}
    with contextlib.ExitStack() as stack:
        world = stack.enter_context(World(hosts, links=description.links, names=description.names))
        server = world.run(lambda: FakeOpenAI(tls=_identity(authority, *HOSTS), at=(PLACES["served"], 443)))
        world.run(server.start)
        stack.callback(server.stop)
        for port in description.taken:
            stack.enter_context(world.run(partial(socket.create_server, ("127.0.0.1", port))))
        if description.neighbour is not None:
            for each in world.run(lambda: NEIGHBOURS[description.neighbour or ""](authority)):
                stack.enter_context(each)
        yield world, server


def _identity(authority: trustme.CA, *hosts: str) -> ssl.SSLContext:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with authority.issue_cert(*hosts).private_key_and_cert_chain_pem.tempfile() as pem:
        tls.load_cert_chain(pem)
    return tls


def _shows(certificate: certificates.Made) -> list[RawServer]:
    return [RawServer(says(b""), tls=certificate.server(), at=_HTTPS)]


def _ahead(authority: trustme.CA) -> list[RawServer]:
    """Answer as the real ones do, with a clock that is hours ahead of ours."""
    date = format_datetime(datetime.now(UTC) + AHEAD, usegmt=True)
    answer = (
        f"HTTP/1.1 405 Method Not Allowed\r\nDate: {date}\r\nCF-RAY: 8f0-TXL\r\nContent-Length: 0\r\n\r\n"
    )
    return [RawServer(says(answer.encode()), tls=_identity(authority, *HOSTS), at=_HTTPS)]


def _behind(authority: trustme.CA) -> list[RawServer]:
    """Answer with a clock that is days behind ours, and a certificate that has ended by ours alone."""
    date = format_datetime(datetime.now(UTC) - BEHIND, usegmt=True)
    answer = f"HTTP/1.1 405 Method Not Allowed\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n"
    shown = certificates.make(
        authority,
        host="chatgpt.com",
        more=HOSTS,
        begins=certificates.NOW - 20 * certificates.DAY,
        ends=certificates.NOW - 2 * certificates.DAY,
    )
    return [RawServer(says(answer.encode()), tls=shown.server(), at=_HTTPS)]


def _portal(_: trustme.CA) -> list[RawServer]:
    """Take every connection, with a certificate of its own, and lead plain HTTP to its page."""
    page = b"HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/\r\nContent-Length: 0\r\n\r\n"
    own = certificates.make(None, host="login.hotel.example", subject="Hotel")
    return [
        RawServer(says(page), tls=own.server(), at=_HTTPS),
        RawServer(says(page), at=(PLACES["neighbour"], 80)),
    ]


_HTTPS: Final = (PLACES["neighbour"], 443)
_NONSENSE: Final = b"220 mail.office.example ESMTP\r\n"
_PLAIN: Final = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"

NEIGHBOURS: Final[Mapping[str, Callable[[trustme.CA], list[RawServer]]]] = {
    "ahead": _ahead,
    "babbles": lambda authority: [RawServer(says(_NONSENSE), tls=_identity(authority, *HOSTS), at=_HTTPS)],
    "behind": _behind,
    "expired": lambda authority: _shows(
        certificates.make(authority, host="chatgpt.com", ends=certificates.NOW - certificates.DAY)
    ),
    "hangs-up": lambda _: [RawServer(hangs_up, at=_HTTPS)],
    "other-host": lambda authority: _shows(certificates.make(authority, host="other.example")),
    "portal": _portal,
    "resets": lambda _: [RawServer(resets, at=_HTTPS)],
    "self-signed": lambda _: _shows(certificates.make(None, host="chatgpt.com")),
    "speaks-plainly": lambda _: [RawServer(says(_PLAIN), at=_HTTPS)],
    "stalls": lambda _: [RawServer(stalls, at=_HTTPS)],
}
"""Who may listen at the address `neighbour`."""
