"""Whatever a server says, over HTTP or to a TLS handshake, is a fact and never a traceback."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_doctor.dial import Proxy, Stage, Target, dial
from codex_doctor.testing.raw import RawServer, says

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from codex_doctor.dial import Attempt

LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 407 No\r\n",
        b"HTTP/1.0 999 ?\r\n",
        b"Date: soon\r\n",
        b"Date: Mon, 01 Jan 99999 00:00:00 GMT\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Location: http://[::\r\n",
        b"Proxy-Authenticate: \xff\r\n",
        b"\r\n",
        b"\x00",
        b"zz\r\n",
    ]
)
ANYTHING = st.one_of(st.binary(max_size=300), st.lists(LINES, max_size=8).map(b"".join))
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class _Parrot:
    """A server that says whatever it was told last."""

    def __init__(self) -> None:
        self.content = b""
        self.server = RawServer(self._say)

    def _say(self, server: RawServer, client: socket.socket) -> None:
        says(self.content)(server, client)


@pytest.fixture
def parrot() -> Iterator[_Parrot]:
    made = _Parrot()
    with made.server:
        yield made


def _asked(target: Target, proxy: Proxy | None = None) -> Attempt:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return asyncio.run(dial(target, proxy=proxy, roots=context, seconds=0.5))


@MANY
@given(content=ANYTHING)
def test_any_answer_over_http_is_a_fact(parrot: _Parrot, content: bytes) -> None:
    parrot.content = content
    attempt = _asked(Target(host="127.0.0.1", port=parrot.server.port, tls=False))

    assert attempt.steps[-1].stage is Stage.HTTP
    assert (attempt.answer is None) is (attempt.fault is not None)


@MANY
@given(content=ANYTHING)
def test_any_answer_to_a_handshake_is_a_fact(parrot: _Parrot, content: bytes) -> None:
    parrot.content = content
    attempt = _asked(Target(host="127.0.0.1", port=parrot.server.port))

    assert (attempt.steps[-1].stage, attempt.fault is None) == (Stage.TLS, False)


@MANY
@given(content=ANYTHING)
def test_any_answer_of_a_proxy_is_a_fact(parrot: _Parrot, content: bytes) -> None:
    parrot.content = content
    attempt = _asked(Target(host="x.invalid", port=443), Proxy(host="127.0.0.1", port=parrot.server.port))

    assert attempt.steps[-1].stage in (Stage.PROXY, Stage.TLS)
    assert attempt.fault is not None
