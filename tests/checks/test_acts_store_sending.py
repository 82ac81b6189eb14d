"""A credential is sent once, to the address it is meant for, and what goes wrong is named."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest

from codex_checks.acts.errors import SendError
from codex_checks.acts.refresh_request import Request
from codex_checks.acts.sending import LONGEST, Way

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.openai import FakeOpenAI
    from fakes.proxies import FakeProxy, RefusingPort

BODY = b'{"refresh_token":"rt_secret"}'


def post(url: str, *, way: Way | None = None) -> tuple[int, bytes]:
    answer = (way or Way(tls=ssl.create_default_context())).send(
        Request(
            url=url, headers={"content-type": "application/json", "originator": "codex_doctor"}, body=BODY
        )
    )
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
    assert failure(f"{openai_tls.url}/oauth/token") == ("tls-handshake-failed", False)
    assert openai_tls.asked == []


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
