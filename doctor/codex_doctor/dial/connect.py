"""Find the addresses of a host, and connect to the first that answers."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from codex_doctor.dial.attempt import Fault
from codex_doctor.dial.error import BY_NUMBER, StageError, words_of
from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anyio.abc import SocketStream

ADDRESSES: Final = 6
"""At most so many addresses of a name are tried: two families, and a few of each."""

STAGGER: Final = 0.25
"""Seconds before the next address is tried beside the last (RFC 8305, 5: 250 ms)."""


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses of *host* in the order in which to try them, as the system's resolver says.

    :raises StageError: it has none, or none could be learnt.
    """
    import ipaddress
    import socket

    with contextlib.suppress(ValueError):
        return (str(ipaddress.ip_address(host)),)
    try:
        found = await in_thread(
            lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), name=f"resolve {host}"
        )
    except socket.gaierror as error:
        raise StageError(dns_fault(error.errno), error.strerror or str(error)) from None
    except UnicodeError:
        raise StageError(Fault.DNS_NXDOMAIN, "it is not a possible name of a host") from None
    except OSError as error:
        raise StageError(Fault.DNS_FAILED, words_of(error)) from None
    addresses = tuple(dict.fromkeys(str(each[4][0]) for each in found))
    if not addresses:
        raise StageError(Fault.DNS_NXDOMAIN, "the name has no address")
    return interleaved(addresses)[:ADDRESSES]


def dns_fault(code: int | None) -> Fault:
    """Return what an error number of getaddrinfo means."""
    import socket

    none = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None), getattr(socket, "EAI_ADDRFAMILY", None)}
    if code in none:
        return Fault.DNS_NXDOMAIN
    return Fault.DNS_TEMPORARY if code == socket.EAI_AGAIN else Fault.DNS_FAILED


def interleaved(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return *addresses* with the two families taking turns; the first one stays first."""
    first = ":" in addresses[0]
    families = [[each for each in addresses if (":" in each) is kind] for kind in (first, not first)]
    order: list[str] = []
    while any(families):
        order += [family.pop(0) for family in families if family]
    return tuple(order)


async def connect(addresses: Sequence[str], port: int) -> tuple[SocketStream, str]:
    """Connect to the first of *addresses* that answers, and say which it was.

    Each next one is tried beside the last as soon as that failed or has kept us waiting.

    :raises StageError: none of them could be connected to.
    """
    import anyio

    won: list[tuple[SocketStream, str]] = []
    failures: list[StageError] = []

    async def attempt(address: str, over: anyio.Event) -> None:
        try:
            stream = await anyio.connect_tcp(address, port)
        except OSError as error:
            failures.append(_connect_error(error, address))
            over.set()
            return
        if won:
            await stream.aclose()
            return
        won.append((stream, address))
        group.cancel_scope.cancel()

    try:
        async with anyio.create_task_group() as group:
            for address in addresses:
                over = anyio.Event()
                group.start_soon(attempt, address, over)
                with anyio.move_on_after(STAGGER):
                    await over.wait()
    except BaseException:
        for stream, _ in won:  # the whole attempt was cancelled in the instant of its success
            with anyio.CancelScope(shield=True):
                await anyio.aclose_forcefully(stream)
        raise
    if won:
        return won[0]
    raise min(failures, key=lambda failure: _TELLING.index(failure.fault))


_TELLING: Final = (
    Fault.REFUSED,
    Fault.RESET,
    Fault.NOT_PERMITTED,
    Fault.TIMEOUT,
    Fault.CONNECT_FAILED,
    Fault.UNREACHABLE,
)
"""An answer tells more than silence, and silence more than a family of addresses that is not in use."""


def _connect_error(error: OSError, address: str) -> StageError:
    cause = error.__cause__
    told = cause if isinstance(cause, OSError) else error
    fault = BY_NUMBER.get(told.errno or 0, Fault.CONNECT_FAILED)
    return StageError(fault, f"{address}: {words_of(told)}")
