"""A renewal is asked for when Codex would, in its words, and of nobody who may not hear it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import tokens
from codex_checks.acts.content import Content, read_content
from codex_checks.acts.errors import NotRenewable, SendError
from codex_checks.acts.refresh_request import (
    CLIENT,
    SOON,
    Reason,
    due,
    may_receive_a_credential,
    renewable,
    request,
)
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = tokens.NOW


def content(login: object) -> Content:
    return read_content(login if isinstance(login, bytes) else tokens.as_file(login), Secret)


def asked_of(env: Mapping[str, str], **changed: Any) -> str:  # noqa: ANN401 - any JSON value
    found = renewable(content(tokens.chatgpt_login(**changed)))
    return request(found, env=env, reason=Reason.FORCED, version="1").url


@pytest.mark.parametrize(
    ("left", "reason"), [(299, Reason.PROACTIVE_EXPIRY), (301, None), (-5, Reason.PROACTIVE_EXPIRY)]
)
def test_a_token_that_ends_within_five_minutes_is_due(left: float, reason: Reason | None) -> None:
    document = content(tokens.chatgpt_login(expires=NOW + left, refreshed=NOW - 30 * tokens.DAY)).document
    assert document is not None

    assert due(document, now=NOW) == reason


@pytest.mark.parametrize(("days", "reason"), [(7.9, None), (8.1, Reason.SCHEDULED)])
def test_a_token_that_does_not_say_when_it_ends_is_due_after_eight_days(
    days: float, reason: Reason | None
) -> None:
    login = tokens.chatgpt_login(access_token="opaque", refreshed=NOW - days * tokens.DAY)
    document = content(login).document
    assert document is not None

    assert due(document, now=NOW) == reason


def test_more_time_may_be_asked_for() -> None:
    document = content(tokens.chatgpt_login(expires=NOW + 2 * tokens.HOUR)).document
    assert document is not None

    assert due(document, now=NOW, within=SOON) is None
    assert due(document, now=NOW, within=3 * tokens.HOUR) is Reason.PROACTIVE_EXPIRY


def test_the_request_is_the_one_that_codex_sends() -> None:
    found = renewable(content(tokens.chatgpt_login()))

    asked = request(found, env={}, reason=Reason.PROACTIVE_EXPIRY, version="0.1")

    assert asked.url == "https://auth.openai.com/oauth/token"
    assert asked.headers["content-type"] == "application/json"
    assert asked.body.decode() == (
        '{"client_id":"app_test","grant_type":"refresh_token","refresh_reason":"proactive_expiry",'
        f'"refresh_token":"{tokens.REFRESH_TOKEN}"}}'
    )
    assert tokens.REFRESH_TOKEN not in repr(asked)


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, CLIENT),
        ({"CODEX_OAUTH_CLIENT_ID": "app_host"}, "app_host"),
        ({"CODEX_OAUTH_CLIENT_ID": " "}, CLIENT),
    ],
)
def test_tokens_that_do_not_say_whose_they_are_are_those_of_codex_or_of_the_host(
    env: Mapping[str, str], expected: str
) -> None:
    found = renewable(content(tokens.chatgpt_login(oauth_provenance=None)))

    asked = request(found, env=env, reason=Reason.FORCED, version="1")

    assert json.loads(asked.body)["client_id"] == expected


OWN = {"CODEX_DOCTOR_URL_AUTH": "https://mirror.example/"}
THEIRS = {"CODEX_REFRESH_TOKEN_URL_OVERRIDE": "http://127.0.0.1:9/token"}
ISSUER = {"oauth_provenance": {"issuer": "https://issuer.example/", "client_id": "c"}}


@pytest.mark.parametrize(
    ("env", "changed", "expected"),
    [
        ({**OWN, **THEIRS}, ISSUER, "https://mirror.example/oauth/token"),
        (THEIRS, ISSUER, "http://127.0.0.1:9/token"),
        ({}, ISSUER, "https://issuer.example/oauth/token"),
        ({}, {"oauth_provenance": None}, "https://auth.openai.com/oauth/token"),
    ],
    ids=["our own variable", "Codex's", "who gave them", "the default"],
)
def test_the_address_is_the_first_that_is_set(
    env: Mapping[str, str], changed: Mapping[str, Any], expected: str
) -> None:
    assert asked_of(env, **changed) == expected


@pytest.mark.parametrize(
    ("env", "source"),
    [
        ({"CODEX_DOCTOR_URL_AUTH": "http://mirror.example"}, "CODEX_DOCTOR_URL_AUTH"),
        ({"CODEX_REFRESH_TOKEN_URL_OVERRIDE": "ftp://x"}, "CODEX_REFRESH_TOKEN_URL_OVERRIDE"),
    ],
)
def test_an_address_that_is_not_safe_gets_no_credential(env: Mapping[str, str], source: str) -> None:
    with pytest.raises(SendError, match=source) as caught:
        asked_of(env)

    assert (caught.value.problem, caught.value.sent) == ("base-url-overridden", False)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://auth.openai.com/x", True),
        ("http://127.0.0.1:80/", True),
        ("http://[::1]/", True),
        ("http://localhost/", True),
        ("http://localhost.example.com/", False),
        ("http://127.0.0.1.example.com/", False),
        ("http://auth.openai.com/", False),
        ("https://user:pass@auth.openai.com/", False),
        ("https://127.0.0.1:x/", False),
        ("https:///x", False),
        ("https://[::1", False),
        ("", False),
    ],
)
def test_a_credential_goes_over_https_or_to_this_machine(url: str, *, expected: bool) -> None:
    assert may_receive_a_credential(url) is expected


@pytest.mark.parametrize(
    ("login", "problem"),
    [
        (b"", "auth-json-invalid"),
        (tokens.api_key_login(), None),
        ({**tokens.chatgpt_login(), "auth_mode": "chatgptAuthTokens"}, "auth-tokens-not-renewed"),
        ({}, "not-signed-in"),
        (b"[null, null]", "not-signed-in"),
        (tokens.chatgpt_login(refresh_token=""), "refresh-token-missing"),
    ],
    ids=["empty", "API key", "of another program", "no tokens", "a list", "no refresh token"],
)
def test_what_cannot_be_renewed_is_named(login: object, problem: str | None) -> None:
    with pytest.raises(NotRenewable) as caught:
        renewable(content(login))

    assert caught.value.problem == problem


def test_nothing_stored_cannot_be_renewed() -> None:
    with pytest.raises(NotRenewable) as caught:
        renewable(read_content(None, Secret))

    assert caught.value.problem == "not-signed-in"
