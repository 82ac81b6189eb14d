"""Go the way to a server stage by stage, once or with a second question."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from codex_doctor.dial.attempt import Attempt, Fault, Proxy, Stage, Target
from codex_doctor.dial.call import Call
from codex_doctor.dial.trust import trusting_anyone

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

SECOND_LOOK: Final = 1.5
"""Seconds for asking an untrusted server who it is."""

UNTRUSTED: Final = frozenset(
    {Fault.TLS_EXPIRED, Fault.TLS_NOT_YET_VALID, Fault.TLS_UNKNOWN_ISSUER, Fault.TLS_HOSTNAME}
)
"""The certificate came and was refused."""


async def dial(
    target: Target,
    *,
    proxy: Proxy | None,
    roots: ssl.SSLContext,
    seconds: float,
    addresses: Sequence[str] = (),
) -> Attempt:
    """Try to reach *target* and ask it once; over within *seconds*, whatever happens.

    Nothing is sent but the request itself, and a proxy's authorization to that proxy. *addresses* are
    those of the first hop where they are known already. Where the certificate is refused, the server
    is asked a second time, trusting anyone, for what it says of itself.

    :raises ValueError: *proxy* would read the headers that are meant for the target alone.
    """
    if proxy is not None and target.headers and not target.tls:
        raise ValueError(f"{target.host}: the proxy would read the headers")
    call = Call(target, proxy, roots, time.monotonic() + seconds)
    await call.run(tuple(addresses))
    attempt = call.told()
    if attempt.fault not in UNTRUSTED:
        return attempt
    return await _looked_at_again(attempt, call)


async def dial_twice(  # noqa: PLR0913 - what one question needs, and a second one
    first: Target,
    second: Target,
    *,
    proxy: Proxy | None,
    roots: ssl.SSLContext,
    seconds: float,
    patience: float,
    addresses: Sequence[str] = (),
) -> tuple[Attempt, Attempt | None]:
    """Do the same as `dial`, and ask *second* of the same host where *first* was answered.

    All is over within *seconds*; *patience* is how many of them the second question may take.
    The connection is used again where the server leaves it open. One that it closed meanwhile proves
    nothing, so the question is then asked once more over a new one.
    """
    call = Call(first, proxy, roots, time.monotonic() + seconds, second=second, patience=patience)
    await call.run(tuple(addresses))
    attempt = call.told()
    if attempt.answer is None:
        if attempt.fault in UNTRUSTED:
            attempt = await _looked_at_again(attempt, call)
        return attempt, None
    if call.second is not None and call.second.fault not in (Fault.CLOSED, Fault.RESET):
        return attempt, call.second
    again = Call(second, proxy, roots, time.monotonic() + min(patience, call.time_left()))
    await again.run((attempt.address,) if attempt.address else ())
    return attempt, again.told()


async def greet(
    target: Target, *, proxy: Proxy | None, roots: ssl.SSLContext, seconds: float, last: Stage = Stage.TLS
) -> Attempt:
    """Go the way to *target* until it is connected to, and encrypted where it is to be; nothing is asked.

    With another *last* stage, no further than to that.
    """
    call = Call(target, proxy, roots, time.monotonic() + seconds)
    await call.run((), last=last)
    return call.told()


async def knock(hop: Proxy | Target, *, seconds: float) -> Attempt:
    """Find out whether *hop* can be connected to at all; nothing is sent."""
    proxy = hop if isinstance(hop, Proxy) else None
    target = Target(host=hop.host, port=hop.port) if isinstance(hop, Proxy) else hop
    call = Call(target, proxy, None, time.monotonic() + seconds)
    await call.run((), last=Stage.CONNECT)
    return call.told()


async def _looked_at_again(attempt: Attempt, call: Call) -> Attempt:
    seconds = min(SECOND_LOOK, call.time_left())
    bare = replace(attempt.target, headers=())  # whoever this is, it is not to be trusted with them
    again = Call(bare, attempt.proxy, trusting_anyone(), time.monotonic() + seconds)
    await again.run((attempt.address,) if attempt.address else ())
    seen = again.told()
    return replace(attempt, certificate=seen.certificate, date=seen.date)
