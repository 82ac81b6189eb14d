"""One attempt to reach a server while it is under way."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Final, TypeVar

from codex_doctor import __version__
from codex_doctor.dial.attempt import Answer, Attempt, Certificate, Fault, Proxy, Stage, Step, Target
from codex_doctor.dial.certificate import certificate
from codex_doctor.dial.connect import connect, resolve
from codex_doctor.dial.error import StageError
from codex_doctor.dial.http import ask
from codex_doctor.dial.secure import secure

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable
    from datetime import datetime

    from anyio.abc import ByteStream

T = TypeVar("T")

AGENT: Final = f"codex-doctor/{__version__}"

RESOLVE_SHARE: Final = 0.5
"""The part of the time that the resolver may use: whoever takes more is the one to be named."""

_SILENT: Final = {
    Stage.RESOLVE: Fault.DNS_TIMEOUT,
    Stage.CONNECT: Fault.TIMEOUT,
    Stage.PROXY_TLS: Fault.PROXY_TIMEOUT,
    Stage.PROXY: Fault.PROXY_TIMEOUT,
    Stage.TLS: Fault.TLS_TIMEOUT,
    Stage.HTTP: Fault.HTTP_TIMEOUT,
}

_OF_PROXY: Final = {
    Fault.DNS_NXDOMAIN: Fault.PROXY_UNKNOWN,
    Fault.DNS_TEMPORARY: Fault.PROXY_UNKNOWN,
    Fault.DNS_FAILED: Fault.PROXY_UNKNOWN,
    Fault.DNS_TIMEOUT: Fault.PROXY_UNKNOWN,
    Fault.REFUSED: Fault.PROXY_REFUSED,
    Fault.UNREACHABLE: Fault.PROXY_UNREACHABLE,
    Fault.NOT_PERMITTED: Fault.PROXY_UNREACHABLE,
    Fault.CONNECT_FAILED: Fault.PROXY_UNREACHABLE,
    Fault.TIMEOUT: Fault.PROXY_TIMEOUT,
    Fault.RESET: Fault.PROXY_CLOSED,
    Fault.CLOSED: Fault.PROXY_CLOSED,
    Fault.HTTP_GARBAGE: Fault.PROXY_GARBAGE,
    Fault.TLS_EXPIRED: Fault.PROXY_TLS,
    Fault.TLS_NOT_YET_VALID: Fault.PROXY_TLS,
    Fault.TLS_UNKNOWN_ISSUER: Fault.PROXY_TLS,
    Fault.TLS_HOSTNAME: Fault.PROXY_TLS,
    Fault.TLS_HANDSHAKE: Fault.PROXY_TLS,
}
"""What a fault is called when it is the proxy's."""


class Call:
    """One attempt while it is under way. *until* is an instant of `time.monotonic`.

    *second* is asked over the same connection, if it stays open, and given *patience* seconds; `second`
    then holds what became of it.
    """

    def __init__(
        self,
        target: Target,
        proxy: Proxy | None,
        roots: ssl.SSLContext | None,
        until: float,
        *,
        second: Target | None = None,
        patience: float = 0.0,
    ) -> None:
        self._target = target
        self._proxy = proxy
        self._roots = roots
        self._until = until
        self._next = second
        self._patience = patience
        self.second: Attempt | None = None
        self._steps: list[Step] = []
        self._addresses: tuple[str, ...] = ()
        self._address: str | None = None
        self._certificate: Certificate | None = None
        self._answer: Answer | None = None

    def time_left(self) -> float:
        """Return the seconds that are left for this attempt."""
        return max(0.0, self._until - time.monotonic())

    def told(self) -> Attempt:
        """Return what became of it."""
        return Attempt(
            target=self._target,
            proxy=self._proxy,
            steps=tuple(self._steps),
            addresses=self._addresses,
            address=self._address,
            certificate=self._certificate,
            answer=self._answer,
            date=_date(self._answer),
        )

    async def run(self, addresses: tuple[str, ...], *, last: Stage = Stage.HTTP) -> None:
        """Go as far as the way leads, and no further than to *last*."""
        streams: list[ByteStream] = []
        try:
            await self._go(addresses, streams, last)
        except StageError:
            return  # the last step tells
        finally:
            await _close(streams)

    async def _go(self, addresses: tuple[str, ...], streams: list[ByteStream], last: Stage) -> None:
        hop = self._proxy or self._target
        self._addresses = addresses
        if not addresses:
            share = self.time_left() * RESOLVE_SHARE
            self._addresses = await self._stage(Stage.RESOLVE, resolve(hop.host, hop.port), limit=share)
        if last is Stage.RESOLVE:
            return
        stream, self._address = await self._stage(Stage.CONNECT, connect(self._addresses, hop.port))
        streams.append(stream)
        if last is Stage.CONNECT:
            return
        if self._proxy and self._proxy.tls:
            await self._secured(Stage.PROXY_TLS, self._proxy.host, streams)
        if self._proxy and self._target.tls:
            await self._stage(Stage.PROXY, self._tunnel(streams[-1], self._proxy))
        if last is Stage.PROXY:
            return
        if self._target.tls:
            der = await self._secured(Stage.TLS, self._target.host, streams)
            with contextlib.suppress(ValueError):
                self._certificate = certificate(der or b"")
        if last is Stage.TLS:
            return
        self._answer = await self._stage(Stage.HTTP, self._asked(streams[-1]))
        if self._next is not None and self._answer.open:
            until = min(self._until, time.monotonic() + self._patience)
            call = Call(self._next, self._proxy, None, until)
            await call.go_on(streams[-1], self._address)
            self.second = call.told()

    async def go_on(self, stream: ByteStream, address: str | None) -> None:
        """Ask over a connection that another call left open."""
        self._address = address
        with contextlib.suppress(StageError):  # the step tells
            self._answer = await self._stage(Stage.HTTP, self._asked(stream))

    async def _stage(self, stage: Stage, work: Awaitable[T], *, limit: float | None = None) -> T:
        """Wait for *work*, note the step, and give its fault a name."""
        import anyio

        began = time.monotonic()
        fault: Fault | None = None
        words = ""
        try:
            with anyio.fail_after(self.time_left() if limit is None else limit):
                return await work
        except TimeoutError:
            fault, words = _SILENT[stage], "no answer in time"
            raise StageError(fault, words) from None
        except StageError as failed:
            fault, words = failed.fault, failed.words
            raise
        finally:
            if self._proxy and stage not in (Stage.TLS, Stage.HTTP):
                fault = _OF_PROXY.get(fault, fault) if fault else None
            self._steps.append(Step(stage=stage, seconds=time.monotonic() - began, fault=fault, words=words))

    async def _secured(self, stage: Stage, host: str, streams: list[ByteStream]) -> bytes | None:
        assert self._roots is not None  # noqa: S101 - only a knock has none, and it ends before this
        stream, der = await self._stage(stage, secure(streams[-1], host=host, context=self._roots))
        streams.append(stream)
        return der

    async def _tunnel(self, stream: ByteStream, proxy: Proxy) -> None:
        headers = [("Host", self._target.authority), ("User-Agent", AGENT), *_authorization(proxy)]
        answer = await ask(stream, "CONNECT", self._target.authority, headers)
        if answer.status == 407:  # noqa: PLR2004 - Proxy Authentication Required
            scheme = answer.headers.get("proxy-authenticate", "").partition(" ")[0]
            raise StageError(Fault.PROXY_AUTH_REQUIRED, f"the proxy answered 407 {scheme}".rstrip())
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - a tunnel is open with any 2xx
            raise StageError(Fault.PROXY_REJECTED, f"the proxy answered {answer.status}")

    async def _asked(self, stream: ByteStream) -> Answer:
        target, path = self._target, self._target.path
        headers = [("Host", target.origin), ("User-Agent", AGENT), ("Accept", "*/*")]
        if target.upgrade:
            headers += _handshake()
        elif self._next is None:
            headers += [("Connection", "close")]
        headers += target.revealed()
        if self._proxy and not target.tls:  # plain HTTP is asked of the proxy itself
            path = f"http://{target.origin}{path}"
            headers += _authorization(self._proxy)
        answer = await ask(
            stream, target.method, path, headers, body_limit=target.body_limit, keeps=target.keeps
        )
        if self._proxy and not target.tls and answer.status == 407:  # noqa: PLR2004 - as above
            raise StageError(Fault.PROXY_AUTH_REQUIRED, "the proxy answered 407")
        return answer


def _handshake() -> list[tuple[str, str]]:
    """Return what asks for a WebSocket (RFC 6455, 4.1)."""
    import base64
    import secrets

    key = base64.b64encode(secrets.token_bytes(16)).decode("ascii")
    return [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", key),
    ]


def _authorization(proxy: Proxy) -> list[tuple[str, str]]:
    if proxy.authorization is None:
        return []
    return [("Proxy-Authorization", proxy.authorization.reveal())]


async def _close(streams: list[ByteStream]) -> None:
    """Close the connection at once, without the courtesies that the other side could drag out."""
    import anyio

    if streams:
        with contextlib.suppress(Exception), anyio.CancelScope(shield=True):
            await anyio.aclose_forcefully(streams[0])


def _date(answer: Answer | None) -> datetime | None:
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    if answer is None or "date" not in answer.headers:
        return None
    try:
        date = parsedate_to_datetime(answer.headers["date"])
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
