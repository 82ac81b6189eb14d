"""A credential is sent once, to the address it is meant for, and what goes wrong is named."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest

from codex_checks.acts.errors import SendError
from codex_checks.acts.refresh_request import Request
from codex_checks.acts.sending import LONGEST, LONGEST_WAIT, Way
from fakes.proxies import FakeProxy

if TYPE_CHECKING:
    from pathlib import Path

    from codex_checks.acts.journal import Answer
    from fakes.openai import FakeOpenAI
    from fakes.proxies import Manner, RefusingPort

BODY = b'{"refresh_token":"rt_secret"}'


def answered(url: str, *, way: Way | None = None) -> Answer:
    headers = {"content-type": "application/json", "originator": "codex_doctor"}
    request = Request(url=url, headers=headers, body=BODY)
    return (way or Way(tls=ssl.create_default_context())).send(request)


def post(url: str, *, way: Way | None = None) -> tuple[int, bytes]:
    answer = answered(url, way=way)
    return answer.status, answer.body


def failure(url: str, *, way: Way | None = None) -> tuple[str | None, bool]:
    with pytest.raises(SendError) as caught:
        post(url, way=way)
    assert "rt_secret" not in f"{caught.value}{caught.value.__cause__}"
    return caught.value.problem, caught.value.sent


def test_the_request_arrives_as_it_was_made(openai: FakeOpenAI) -> None:
    status, _ = post(f"{openai.url}/oauth/token")

    (asked,) = openai.asked
    assert (status, asked.method, asked.path, asked.body) == (200, "POST", "/oauth/token", BODY)
    assert asked.headers["originator"] == "codex_doctor"
    assert "authorization" not in asked.headers


def test_a_redirection_is_an_answer_and_is_not_followed(openai: FakeOpenAI) -> None:
    openai.sicken("/oauth/token", 307, headers={"Location": f"{openai.url}/elsewhere"})

    status, _ = post(f"{openai.url}/oauth/token")

    assert (status, [asked.path for asked in openai.asked]) == (307, ["/oauth/token"])


def test_an_answer_without_end_is_cut(openai: FakeOpenAI) -> None:
    openai.sicken("/oauth/token", 200, "x" * (LONGEST * 2))

    _, body = post(f"{openai.url}/oauth/token")

    assert LONGEST < len(body) < LONGEST * 2


def test_the_environment_sends_nothing_through_a_proxy(
    openai: FakeOpenAI, refusing_port: RefusingPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", refusing_port.url)
    monkeypatch.setenv("ALL_PROXY", refusing_port.url)

    assert post(f"{openai.url}/oauth/token")[0] == 200


def test_an_address_that_is_not_safe_is_not_even_resolved() -> None:
    assert failure("http://auth.openai.com/oauth/token") == ("base-url-overridden", False)


def test_a_refused_connection_is_named(refusing_port: RefusingPort) -> None:
    assert failure(refusing_port.url) == ("connection-refused", False)


def test_a_name_without_an_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    assert failure("https://auth.openai.invalid/oauth/token") == ("dns-failure", False)


def test_a_certificate_that_nobody_vouches_for_is_named(openai_tls: FakeOpenAI) -> None:
    assert failure(f"{openai_tls.url}/oauth/token") == ("tls-unknown-issuer", False)
    assert openai_tls.asked == []


def test_a_service_that_speaks_no_tls_is_named(openai: FakeOpenAI) -> None:
    assert failure(f"https://127.0.0.1:{openai.port}/oauth/token") == ("tls-handshake-failed", False)


@pytest.mark.parametrize(
    ("manner", "problem"), [("wants-password", "proxy-auth-required"), ("forbids", "proxy-connect-rejected")]
)
def test_a_proxy_that_refuses_is_named(openai_tls: FakeOpenAI, manner: Manner, problem: str) -> None:
    proxy = FakeProxy(port=openai_tls.port, manner=manner)
    proxy.start()
    try:
        way = Way(tls=ssl.create_default_context(), proxy=proxy.url)

        assert failure("https://auth.openai.com/oauth/token", way=way) == (problem, False)
    finally:
        proxy.stop()


def test_a_proxy_that_is_not_there_is_named(refusing_port: RefusingPort) -> None:
    way = Way(tls=ssl.create_default_context(), proxy=refusing_port.url)

    assert failure("https://auth.openai.com/oauth/token", way=way) == ("proxy-connection-refused", False)


def test_a_proxy_whose_name_has_no_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    way = Way(tls=ssl.create_default_context(), proxy="http://proxy.invalid:3128")

    assert failure("https://auth.openai.com/oauth/token", way=way) == ("proxy-env-wrong", False)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7.0), (" 7 ", 7.0), ("99999999999", LONGEST_WAIT), ("soon", None), ("", None), ("-1", None)],
)
def test_how_long_to_wait_is_read_where_the_service_says_it(
    openai: FakeOpenAI, said: str, seconds: float | None
) -> None:
    openai.sicken("/oauth/token", 429, headers={"Retry-After": said})

    assert answered(f"{openai.url}/oauth/token").retry_after == seconds


def test_a_date_to_wait_for_is_read_too(openai: FakeOpenAI) -> None:
    openai.sicken("/oauth/token", 429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})

    assert answered(f"{openai.url}/oauth/token").retry_after == 0


def test_through_a_proxy_the_service_is_reached_by_its_name(
    proxy: FakeProxy, openai_tls: FakeOpenAI, authority_file: Path
) -> None:
    tls = ssl.create_default_context(cafile=str(authority_file))

    status, _ = post("https://auth.openai.com/oauth/token", way=Way(tls=tls, proxy=proxy.url))

    assert (status, [asked.path for asked in openai_tls.asked]) == (200, ["/oauth/token"])


def test_a_connection_that_breaks_may_have_carried_the_request() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            connection, _ = server.accept()
            connection.recv(65536)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        seen = failure(f"http://127.0.0.1:{server.getsockname()[1]}/")
        thread.join()

    assert seen == ("connection-reset", True)
