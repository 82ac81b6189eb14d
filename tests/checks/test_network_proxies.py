"""Which proxy Codex takes: its own rules, a row for each case seen on the real CLI."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_checks.network.proxies import Flaw, choose, is_exempt, parse
from codex_doctor.redact import Secret, Vault

HTTPS = "https://chatgpt.com/backend-api"
HTTP = "http://127.0.0.1:8080/v1"


def _proxy(variables: dict[str, str], url: str = HTTPS) -> str | None:
    chosen = choose(variables, url, Secret).proxy
    return None if chosen is None else f"{chosen.host}:{chosen.port}"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:2"}, "a:1"),
        ({"https_proxy": "http://b:2"}, "b:2"),
        ({"HTTPS_PROXY": "", "https_proxy": "http://b:2"}, None),
        ({"HTTPS_PROXY": "", "ALL_PROXY": "http://b:2"}, "b:2"),
        ({"ALL_PROXY": "http://a:1"}, "a:1"),
        ({"HTTP_PROXY": "http://a:1"}, None),
        ({"HTTPS_PROXY": "a:1"}, "a:1"),
        ({"HTTPS_PROXY": "HTTP://a:1"}, "a:1"),
        ({"HTTPS_PROXY": "http://a:1/path"}, "a:1"),
        ({"HTTPS_PROXY": "http://a"}, "a:80"),
        ({"HTTPS_PROXY": "https://a"}, "a:443"),
        ({"HTTPS_PROXY": "http://[::1]:3128"}, "::1:3128"),
        ({"HTTPS_PROXY": "socks5://a:1"}, "a:1"),
        ({"HTTPS_PROXY": "socks5h://a:1"}, "a:1"),
        ({"HTTPS_PROXY": "socks4://a:1"}, "a:1"),
        ({"HTTPS_PROXY": "socks://a:1"}, None),
        ({"HTTPS_PROXY": "foo://a:1"}, None),
        ({"HTTPS_PROXY": "foo://a:1", "ALL_PROXY": "http://b:2"}, "b:2"),
        ({"HTTPS_PROXY": " http://a:1 "}, None),
        ({"HTTPS_PROXY": "'http://a:1'"}, None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "chatgpt.com"}, None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "", "no_proxy": "chatgpt.com"}, "a:1"),
    ],
)
def test_for_https_codex_takes(variables: dict[str, str], expected: str | None) -> None:
    assert _proxy(variables) == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HTTP_PROXY": "http://a:1"}, "a:1"),
        ({"HTTPS_PROXY": "http://a:1"}, None),
        ({"ALL_PROXY": "http://a:1"}, "a:1"),
        ({"HTTP_PROXY": "http://a:1", "REQUEST_METHOD": "GET"}, None),
        ({"HTTP_PROXY": "http://a:1", "NO_PROXY": "127.0.0.1"}, None),
    ],
)
def test_for_plain_http_codex_takes(variables: dict[str, str], expected: str | None) -> None:
    assert _proxy(variables, HTTP) == expected


@pytest.mark.parametrize(
    ("host", "exempt", "expected"),
    [
        ("localhost", "*", True),
        ("localhost", "other,*", True),
        ("localhost", "other, localhost", True),
        ("localhost", "other localhost", False),
        ("localhost", "LOCALHOST", True),
        ("localhost", ".localhost", True),
        ("localhost", "*.localhost", False),
        ("localhost", "host", False),
        ("localhost", "localhost:443", False),
        ("localhost", "127.0.0.1", False),
        ("api.example.com", "example.com", True),
        ("badexample.com", "example.com", False),
        ("127.0.0.1", "*", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.0/8", True),
        ("127.0.0.1", "127.0.0.1:443", False),
        ("127.0.0.1", "127.", False),
        ("127.0.0.1", "localhost", False),
        ("::1", "::1", True),
        ("::1", "127.0.0.0/8", False),
        ("localhost", "", False),
    ],
)
def test_no_proxy_exempts(host: str, exempt: str, *, expected: bool) -> None:
    assert is_exempt(host, exempt) is expected


@pytest.mark.parametrize(
    ("value", "flaw"),
    [
        ("http://a:1", None),
        ("http://127.0.0.1:abc", Flaw.BAD_PORT),
        ("http://127.0.0.1:70000", Flaw.BAD_PORT),
        ("http://127.0.0.1:", Flaw.BAD_PORT),
        ("socks5://a:1", Flaw.SOCKS),
        ("socks://a:1", Flaw.SOCKS),
        ("foo://a:1", Flaw.IGNORED),
        ("http://", Flaw.IGNORED),
        ('"http://a:1"', Flaw.IGNORED),
    ],
)
def test_a_value_that_does_not_say_what_it_should_is_told_apart(value: str, flaw: Flaw | None) -> None:
    assert parse("HTTPS_PROXY", value, Secret).flaw is flaw


def test_with_an_impossible_port_codex_gives_up_before_it_tries() -> None:
    assert choose({"HTTPS_PROXY": "http://a:99999"}, HTTPS, Secret).impossible is True


def test_user_and_password_become_the_header_and_are_shown_nowhere() -> None:
    vault = Vault()
    setting = parse("HTTPS_PROXY", "http://me%40work:p%3Assword@proxy:3128", vault.secret)

    assert setting.proxy is not None
    assert setting.proxy.authorization is not None
    header = setting.proxy.authorization.reveal()
    assert base64.b64decode(header.removeprefix("Basic ")) == b"me@work:p:ssword"
    assert setting.shown == "http://***@proxy:3128"
    assert "p:ssword" not in repr(setting)
    assert {"p:ssword", header, "me%40work:p%3Assword"} <= set(vault.values())


@given(st.text(max_size=60), st.text(max_size=30))
def test_any_value_is_a_choice(value: str, exempt: str) -> None:
    chosen = choose({"ALL_PROXY": value, "NO_PROXY": exempt}, HTTPS, Secret)

    assert chosen.proxy is None or 0 < chosen.proxy.port < 65536
