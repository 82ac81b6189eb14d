"""Ask one question over HTTP/1.1, and take whatever comes back for a fact."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from codex_doctor.dial.attempt import Answer, Fault
from codex_doctor.dial.error import StageError, broken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anyio.abc import ByteStream

HEAD_LIMIT: Final = 64 * 1024
"""Bytes of an answer's head: beyond them nobody is speaking HTTP."""

BODY_LIMIT: Final = 16 * 1024
"""Bytes of a body that are read: an error in JSON is short, and a page shows what it is early."""

HEADERS: Final = frozenset(
    {
        "age",
        "cf-mitigated",
        "cf-ray",
        "content-type",
        "date",
        "location",
        "proxy-authenticate",
        "retry-after",
        "server",
        "via",
        "x-request-id",
    }
)
"""The headers that tell who answered, and why."""

HEADER_LIMIT: Final = 300

SWITCHED: Final = 101
"""Switching Protocols: what follows is no longer HTTP."""


async def ask(  # noqa: C901 - a case for each of the events of HTTP
    stream: ByteStream,
    method: str,
    path: str,
    headers: Sequence[tuple[str, str]],
    *,
    body_limit: int = BODY_LIMIT,
    keeps: Sequence[str] = (),
) -> Answer:
    """Send one request without a body and return the answer, with what comes of its body at once.

    *keeps* names headers that are kept beside `HEADERS`.

    :raises StageError: no answer came, or something that is not HTTP.
    """
    import anyio
    import h11

    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT)
    try:
        request = h11.Request(method=method, target=path, headers=list(headers))
    except h11.LocalProtocolError:  # its words repeat the header, which may be a credential
        raise StageError(
            Fault.HTTP_GARBAGE, "the address or a header holds what HTTP does not allow"
        ) from None
    sent = (connection.send(request) or b"") + (connection.send(h11.EndOfMessage()) or b"")
    heard = 0
    try:
        await stream.send(sent)
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                got = await _received(stream)
                heard += len(got)
                if not heard:
                    raise StageError(Fault.CLOSED, "the other side hung up without an answer")
                if heard > HEAD_LIMIT:
                    raise StageError(Fault.HTTP_GARBAGE, "the head of the answer has no end")
                connection.receive_data(got)
            elif isinstance(event, h11.Response):
                body = b"" if method == "CONNECT" else await _body(stream, connection, body_limit)
                still_open = connection.states == {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}
                return Answer(
                    status=event.status_code,
                    headers=_kept(event.headers.raw_items(), keeps),
                    body=body,
                    open=still_open,
                )
            elif not isinstance(event, h11.InformationalResponse):
                raise StageError(Fault.CLOSED, "the other side hung up before its answer")
            elif event.status_code == SWITCHED:
                return Answer(status=SWITCHED, headers=_kept(event.headers.raw_items(), keeps))
    except h11.RemoteProtocolError as error:
        raise StageError(Fault.HTTP_GARBAGE, f"the answer is not HTTP: {error}") from None
    except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError) as error:
        raise broken(error, "before its answer") from None


async def _received(stream: ByteStream) -> bytes:
    import anyio

    try:
        return await stream.receive(8192)
    except anyio.EndOfStream:
        return b""


BODY_SECONDS: Final = 1.0
"""Seconds: a body only explains the head, and is not waited for."""


async def _body(stream: ByteStream, connection: object, limit: int) -> bytes:
    """Return the first bytes of the body; whatever goes wrong, what has come so far."""
    import ssl

    import anyio
    import h11

    assert isinstance(connection, h11.Connection)  # noqa: S101 - its type, where h11 may not be imported
    body = b""
    troubles = (h11.RemoteProtocolError, anyio.BrokenResourceError, anyio.ClosedResourceError, ssl.SSLError)
    with contextlib.suppress(*troubles, OSError), anyio.move_on_after(BODY_SECONDS):
        while len(body) <= limit:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await _received(stream))
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            else:
                break
    return body[:limit]


def _kept(headers: Sequence[tuple[bytes, bytes]], more: Sequence[str]) -> dict[str, str]:
    wanted = HEADERS | {name.lower() for name in more}
    named = ((name.decode("ascii").lower(), value) for name, value in headers)
    return {name: value.decode("latin-1")[:HEADER_LIMIT] for name, value in named if name in wanted}
