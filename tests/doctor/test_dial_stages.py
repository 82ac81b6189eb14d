"""Each stage on the way to a server, on real sockets: what goes well, and what each failure is called."""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

import certificates
from codex_doctor.dial import Attempt, Fault, Proxy, Stage, Target, dial, dial_twice, greet, knock, trusting
from codex_doctor.redact import Secret
from codex_doctor.testing.raw import RawServer, answers, drips, hangs_up, resets, says, stalls
from fakes.proxies import FakeProxy, RefusingPort

if TYPE_CHECKING:
    from collections.abc import Iterator

    import trustme

    from fakes.proxies import Manner

SECONDS = 5.0
SHORT = 0.4
HEALTHY = b"HTTP/1.1 401 Unauthorized\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture(scope="module")
def roots(authority: trustme.CA) -> ssl.SSLContext:
    return trusting([_der(authority)], system=False)


@pytest.fixture
def tls_server(authority: trustme.CA) -> Iterator[RawServer]:
    with RawServer(says(HEALTHY), tls=certificates.make(authority).server()) as server:
        yield server


def _der(authority: trustme.CA) -> bytes:
    return x509.load_pem_x509_certificate(authority.cert_pem.bytes()).public_bytes(Encoding.DER)


def _dial(
    target: Target, roots: ssl.SSLContext | None = None, proxy: Proxy | None = None, seconds: float = SECONDS
) -> Attempt:
    context = roots or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return asyncio.run(dial(target, proxy=proxy, roots=context, seconds=seconds))


def _plain(port: int, *, host: str = "localhost", method: str = "GET") -> Target:
    return Target(host=host, port=port, path="/v1/models", tls=False, method=method)


def _tls(port: int, *, host: str = "localhost") -> Target:
    return Target(host=host, port=port)


def _end(attempt: Attempt) -> tuple[Stage, Fault | None]:
    return attempt.steps[-1].stage, attempt.fault


def test_a_healthy_way_names_every_stage_and_keeps_the_answer(
    tls_server: RawServer, roots: ssl.SSLContext
) -> None:
    attempt = _dial(_tls(tls_server.port), roots)

    assert [step.stage for step in attempt.steps] == [Stage.RESOLVE, Stage.CONNECT, Stage.TLS, Stage.HTTP]
    assert attempt.failure is None
    assert attempt.answer is not None
    assert (attempt.answer.status, attempt.answer.body) == (401, b"{}")
    assert attempt.date is not None
    assert attempt.date.isoformat() == "2026-01-01T00:00:00+00:00"
    assert attempt.certificate is not None
    assert "Test Office" in attempt.certificate.issuer
    assert "http 401" in str(attempt)


def test_the_request_names_the_host_and_carries_no_credential(
    tls_server: RawServer, roots: ssl.SSLContext
) -> None:
    _dial(_tls(tls_server.port), roots)

    request = tls_server.heard[0].lower()
    assert request.startswith(b"get / http/1.1\r\n")
    assert f"host: localhost:{tls_server.port}\r\n".encode() in request
    assert b"authorization" not in request


def test_a_head_request_waits_for_no_body() -> None:
    with RawServer(drips(b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n")) as server:
        attempt = _dial(_plain(server.port, method="HEAD"))

    assert (attempt.fault, attempt.answer and attempt.answer.status) == (None, 200)


def test_a_name_that_nobody_knows_is_an_nxdomain() -> None:
    assert _end(_dial(_tls(443, host="nobody.invalid"))) in (
        (Stage.RESOLVE, Fault.DNS_NXDOMAIN),
        (Stage.RESOLVE, Fault.DNS_TEMPORARY),  # where no name server can be reached
    )


@pytest.mark.parametrize("host", ["..", "a" * 70 + ".example", "sp ace"])
def test_an_impossible_name_is_a_fact(host: str) -> None:
    assert _dial(_tls(443, host=host)).steps[-1].stage is Stage.RESOLVE


def test_a_refused_connection_is_called_so(refusing_port: RefusingPort) -> None:
    assert _end(_dial(_tls(refusing_port.number))) == (Stage.CONNECT, Fault.REFUSED)


@pytest.mark.parametrize(
    ("manner", "fault"),
    [
        (stalls, Fault.HTTP_TIMEOUT),
        (resets, Fault.RESET),
        (hangs_up, Fault.CLOSED),
        (says(b"220 mail.example ESMTP\r\n"), Fault.HTTP_GARBAGE),
        (says(b"\x16\x03\x01\x02\x00\x01"), Fault.HTTP_GARBAGE),
        (says(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000), Fault.HTTP_GARBAGE),
        (says(b"HTTP/1.1 100 Continue\r\n\r\n" * 5000), Fault.HTTP_GARBAGE),
        (says(b"HTTP/1.1 100 Continue\r\n\r\n"), Fault.HTTP_GARBAGE),
        (drips(b"HTTP/1.1 200 OK\r\nX: "), Fault.HTTP_TIMEOUT),
    ],
)
def test_a_server_that_does_not_speak_http_properly_is_told_apart(manner: object, fault: Fault) -> None:
    with RawServer(manner) as server:  # type: ignore[arg-type] # a table of manners
        attempt = _dial(_plain(server.port), seconds=SHORT)

    assert _end(attempt) == (Stage.HTTP, fault)


def test_a_body_that_never_ends_does_not_spoil_its_head() -> None:
    with RawServer(drips(b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<html>")) as server:
        attempt = _dial(_plain(server.port), seconds=SHORT)

    assert attempt.failure is None or attempt.fault is Fault.HTTP_TIMEOUT
    assert attempt.steps[-1].seconds < SECONDS


def test_a_body_that_drips_is_cut_and_its_head_kept() -> None:
    with RawServer(drips(b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<html>")) as server:
        attempt = _dial(_plain(server.port))

    assert attempt.answer is not None
    assert (attempt.answer.status, attempt.answer.body[:6]) == (403, b"<html>")


@pytest.mark.parametrize(
    ("begins", "ends", "fault"),
    [(-20, -10, Fault.TLS_EXPIRED), (10, 20, Fault.TLS_NOT_YET_VALID)],
)
def test_a_certificate_out_of_its_time_is_named_and_its_server_asked_for_the_date(
    authority: trustme.CA, roots: ssl.SSLContext, begins: int, ends: int, fault: Fault
) -> None:
    made = certificates.make(
        authority,
        begins=certificates.NOW + begins * certificates.DAY,
        ends=certificates.NOW + ends * certificates.DAY,
    )
    with RawServer(says(HEALTHY), tls=made.server()) as server:
        attempt = _dial(_tls(server.port), roots)

    assert _end(attempt) == (Stage.TLS, fault)
    assert attempt.answer is None
    assert attempt.certificate is not None
    assert attempt.certificate.not_after.date() == (certificates.NOW + ends * certificates.DAY).date()
    assert attempt.date is not None


def test_a_certificate_for_another_host_is_named(authority: trustme.CA, roots: ssl.SSLContext) -> None:
    made = certificates.make(authority, host="elsewhere.example")
    with RawServer(says(HEALTHY), tls=made.server()) as server:
        attempt = _dial(_tls(server.port), roots)

    assert _end(attempt) == (Stage.TLS, Fault.TLS_HOSTNAME)


def test_an_issuer_that_nobody_here_trusts_is_named_and_shown(tls_server: RawServer) -> None:
    attempt = _dial(_tls(tls_server.port))

    assert _end(attempt) == (Stage.TLS, Fault.TLS_UNKNOWN_ISSUER)
    assert attempt.certificate is not None
    assert "Test Office" in attempt.certificate.issuer


def test_a_certificate_that_signed_itself_has_an_unknown_issuer(roots: ssl.SSLContext) -> None:
    made = certificates.make(None, subject="printer", organisation="Nobody")
    with RawServer(says(HEALTHY), tls=made.server()) as server:
        attempt = _dial(_tls(server.port), roots)

    assert _end(attempt) == (Stage.TLS, Fault.TLS_UNKNOWN_ISSUER)
    assert attempt.certificate is not None
    assert attempt.certificate.issuer == "printer / Nobody"


@pytest.mark.parametrize(
    ("manner", "fault"),
    [
        (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Fault.TLS_HANDSHAKE),
        (says(b"\x15\x03\x03\x00\x02\x02\x28"), Fault.TLS_HANDSHAKE),
        (stalls, Fault.TLS_TIMEOUT),
        (resets, Fault.RESET),
        (hangs_up, Fault.CLOSED),
    ],
    ids=["plain-http", "alert", "silence", "reset", "hang-up"],
)
def test_a_port_without_tls_is_told_apart(manner: object, fault: Fault) -> None:
    with RawServer(manner) as server:  # type: ignore[arg-type] # a table of manners
        attempt = _dial(_tls(server.port), seconds=SHORT)

    assert _end(attempt) == (Stage.TLS, fault)


def _proxied(
    server: RawServer, roots: ssl.SSLContext, manner: Manner, *, secret: Secret | None = None
) -> tuple[Attempt, FakeProxy]:
    proxy = FakeProxy(port=server.port, manner=manner)
    proxy.start()
    try:
        return _dial(
            _tls(server.port),
            roots,
            Proxy(host="127.0.0.1", port=int(proxy.url.rpartition(":")[2]), authorization=secret),
            seconds=SHORT if manner == "swallows" else SECONDS,
        ), proxy
    finally:
        proxy.stop()


def test_through_a_proxy_the_name_of_the_target_is_left_to_the_proxy(authority: trustme.CA) -> None:
    made = certificates.make(authority, host="chatgpt.invalid")
    roots = trusting([_der(authority)], system=False)
    with RawServer(says(HEALTHY), tls=made.server()) as server:
        proxy = FakeProxy(port=server.port)
        proxy.start()
        way = Proxy(host="127.0.0.1", port=int(proxy.url.rpartition(":")[2]))
        attempt = _dial(_tls(443, host="chatgpt.invalid"), roots, way)
        proxy.stop()

    assert proxy.asked == ["chatgpt.invalid:443"]
    assert attempt.failure is None
    assert Stage.PROXY in [step.stage for step in attempt.steps]


@pytest.mark.parametrize(
    ("manner", "fault"),
    [
        ("swallows", Fault.PROXY_TIMEOUT),
        ("wants-password", Fault.PROXY_AUTH_REQUIRED),
        ("forbids", Fault.PROXY_REJECTED),
    ],
)
def test_what_a_proxy_does_is_the_proxys_fault(
    tls_server: RawServer, roots: ssl.SSLContext, manner: Manner, fault: Fault
) -> None:
    attempt, _ = _proxied(tls_server, roots, manner)

    assert _end(attempt) == (Stage.PROXY, fault)


def test_a_proxy_that_refuses_is_the_proxys_fault(refusing_port: RefusingPort) -> None:
    proxy = Proxy(host="127.0.0.1", port=refusing_port.number)

    assert _end(_dial(_tls(443, host="chatgpt.invalid"), None, proxy)) == (Stage.CONNECT, Fault.PROXY_REFUSED)
    assert asyncio.run(knock(proxy, seconds=SECONDS)).fault is Fault.PROXY_REFUSED


def test_a_proxy_whose_name_is_unknown_is_the_proxys_fault() -> None:
    attempt = _dial(_tls(443), None, Proxy(host="proxy.invalid", port=3128))

    assert _end(attempt) == (Stage.RESOLVE, Fault.PROXY_UNKNOWN)


@pytest.mark.parametrize(
    ("manner", "fault"),
    [(hangs_up, Fault.PROXY_CLOSED), (resets, Fault.PROXY_CLOSED), (says(b"\x05\xff"), Fault.PROXY_GARBAGE)],
    ids=["hang-up", "reset", "socks"],
)
def test_something_that_is_no_http_proxy_is_told_apart(manner: object, fault: Fault) -> None:
    with RawServer(manner) as server:  # type: ignore[arg-type] # a table of manners
        attempt = _dial(_tls(443, host="chatgpt.invalid"), None, Proxy(host="127.0.0.1", port=server.port))

    assert _end(attempt) == (Stage.PROXY, fault)


def test_a_proxy_that_speaks_no_tls_though_its_address_says_so_is_told_apart() -> None:
    with RawServer(says(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        proxy = Proxy(host="127.0.0.1", port=server.port, tls=True)
        attempt = _dial(_tls(443, host="chatgpt.invalid"), None, proxy)

    assert _end(attempt) == (Stage.PROXY_TLS, Fault.PROXY_TLS)


def test_the_authorization_goes_to_the_proxy_alone(tls_server: RawServer, roots: ssl.SSLContext) -> None:
    value = "Basic " + base64.b64encode(b"me:sesame").decode()
    with RawServer(says(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")) as proxy:
        way = Proxy(host="127.0.0.1", port=proxy.port, authorization=Secret(value))
        _dial(_tls(443, host="chatgpt.invalid"), roots, way)
    _proxied(tls_server, roots, "works", secret=Secret(value))

    assert value.encode() in proxy.heard[0]
    assert b"uthorization" not in tls_server.heard[0]


def test_plain_http_is_asked_of_the_proxy_itself() -> None:
    with RawServer(says(HEALTHY)) as proxy:
        attempt = _dial(_plain(80, host="gateway.invalid"), None, Proxy(host="127.0.0.1", port=proxy.port))

    assert attempt.failure is None
    assert proxy.heard[0].startswith(b"GET http://gateway.invalid/v1/models HTTP/1.1\r\n")


def test_an_attempt_is_over_in_time_however_slowly_things_go(roots: ssl.SSLContext) -> None:
    with RawServer(stalls) as server:
        began = time.monotonic()
        attempt = _dial(_tls(server.port), roots, seconds=SHORT)
        took = time.monotonic() - began

    assert attempt.fault is Fault.TLS_TIMEOUT
    assert took < SECONDS


def test_a_cancelled_attempt_leaves_no_connection_behind() -> None:
    async def cancelled(port: int) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        task = asyncio.create_task(dial(_plain(port), proxy=None, roots=context, seconds=SECONDS))
        while not server.accepted:  # noqa: ASYNC110 - the other side is a thread
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with RawServer(stalls) as server:
        asyncio.run(cancelled(server.port))  # a socket left open is a ResourceWarning, hence an error

    assert server.accepted == 1


def test_what_only_the_target_may_read_goes_nowhere_in_the_open() -> None:
    headers = (("Authorization", Secret("Bearer opensesame")),)

    with pytest.raises(ValueError, match="TLS only"):
        Target(host="chatgpt.example", port=80, tls=False, headers=headers)


def test_what_only_the_target_may_read_is_not_shown_to_a_proxy(tls_server: RawServer) -> None:
    target = Target(host="localhost", port=80, tls=False, headers=(("Authorization", Secret("Bearer x")),))

    with pytest.raises(ValueError, match="the proxy would read"):
        _dial(target, proxy=Proxy(host="localhost", port=tls_server.port))

    assert tls_server.accepted == 0


def test_what_only_the_target_may_read_reaches_it_over_tls_and_nobody_untrusted(
    authority: trustme.CA, roots: ssl.SSLContext
) -> None:
    with RawServer(says(HEALTHY), tls=certificates.make(authority).server()) as server:
        headers = (("Authorization", Secret("Bearer opensesame")),)
        target = Target(host="localhost", port=server.port, headers=headers)
        trusted = _dial(target, roots)
        untrusted = _dial(target)

        assert (trusted.fault, untrusted.fault) == (None, Fault.TLS_UNKNOWN_ISSUER)
        assert [b"opensesame" in heard for heard in server.heard if heard] == [True, False]


UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


def _twice(port: int, *, seconds: float = SECONDS) -> tuple[Attempt, Attempt | None]:
    first = _plain(port)
    second = Target(host="localhost", port=port, path="/v1/responses", tls=False, upgrade=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return asyncio.run(
        dial_twice(first, second, proxy=None, roots=context, seconds=SECONDS, patience=seconds)
    )


def test_a_second_question_goes_over_the_same_connection_and_asks_for_a_websocket() -> None:
    with RawServer(answers(HEALTHY, UPGRADED)) as server:
        first, second = _twice(server.port)

        assert server.accepted == 1
        assert b"upgrade: websocket" in server.heard[1].lower()
        assert b"connection: close" not in server.heard[0].lower()
    assert second is not None
    assert first.answer is not None
    assert second.answer is not None
    assert (first.answer.status, second.answer.status) == (401, 101)
    assert [step.stage for step in second.steps] == [Stage.HTTP]


@pytest.mark.parametrize("closing", [b"Connection: close\r\n", b""])
def test_a_server_that_closes_is_connected_to_again_for_the_second_question(closing: bytes) -> None:
    first = HEALTHY.replace(b"Content-Length", closing + b"Content-Length")
    with RawServer(answers(first)) as server:
        _, second = _twice(server.port)

        assert server.accepted == 2
    assert second is not None
    assert second.answer is not None
    assert second.answer.status == 401


def test_there_is_no_second_question_where_the_first_was_not_answered() -> None:
    with RawServer(resets) as server:
        first, second = _twice(server.port)

    assert (first.fault, second) == (Fault.RESET, None)


def test_a_second_question_that_is_never_answered_ends_in_time() -> None:
    with RawServer(answers(HEALTHY, then=stalls)) as server:
        first, second = _twice(server.port, seconds=SHORT)

    assert second is not None
    assert (first.fault, _end(second)) == (None, (Stage.HTTP, Fault.HTTP_TIMEOUT))


def test_a_greeting_ends_with_encryption_and_asks_nothing(
    tls_server: RawServer, roots: ssl.SSLContext
) -> None:
    target = Target(host="localhost", port=tls_server.port)

    attempt = asyncio.run(greet(target, proxy=None, roots=roots, seconds=SECONDS))

    assert [step.stage for step in attempt.steps] == [Stage.RESOLVE, Stage.CONNECT, Stage.TLS]
    assert (attempt.fault, attempt.answer, b"".join(tls_server.heard)) == (None, None, b"")


def test_a_greeting_over_plain_http_ends_with_the_connection() -> None:
    with RawServer(says(HEALTHY)) as server:
        target = Target(host="127.0.0.1", port=server.port, tls=False)

        attempt = asyncio.run(greet(target, proxy=None, roots=trusting([], system=False), seconds=SECONDS))

        assert (attempt.fault, b"".join(server.heard)) == (None, b"")
    assert [step.stage for step in attempt.steps] == [Stage.RESOLVE, Stage.CONNECT]
