"""A token is revoked as Codex revokes it, and nowhere else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import acts_store
import tokens
from codex_checks.acts.content import read_content
from codex_checks.acts.errors import SendError
from codex_checks.acts.revoke_request import address, revocable, revocation
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI

LOGIN = tokens.chatgpt_login()


def with_tokens(**changed: str) -> dict[str, Any]:
    return {**LOGIN, "tokens": {**LOGIN["tokens"], **changed}}


LOGINS = {
    "ChatGPT": LOGIN,
    "no provenance": tokens.without(LOGIN, "tokens", "oauth_provenance"),
    "no refresh token": with_tokens(refresh_token=""),
    "no token": with_tokens(refresh_token="", access_token=""),
    "of another program": {**LOGIN, "auth_mode": "chatgptAuthTokens"},
    "API key": tokens.api_key_login(),
    "API key before tokens": {**LOGIN, "auth_mode": None, "OPENAI_API_KEY": tokens.API_KEY},
    "personal access token": {"personal_access_token": tokens.ACCESS_TOKEN_PAT},
    "broken": b"{",
}


@pytest.mark.parametrize("stored", LOGINS.values(), ids=LOGINS)
def test_codex_revokes_the_same_token_in_the_same_words(
    codex_cli: CodexCli, openai: FakeOpenAI, stored: object
) -> None:
    home = codex_cli.scratch_home()
    raw = acts_store.put(home, stored)

    ran = codex_cli.run(["logout"], home, env=openai.codex_env)

    assert ran.returncode == 0, ran.stderr
    theirs = [(one.path, json.loads(one.body)) for one in openai.asked]
    found = revocable(read_content(raw, Secret).document)
    ours = revocation(*found, env=openai.codex_env) if found else None
    assert theirs == ([("/oauth/revoke", json.loads(ours.body))] if ours else [])
    assert ours is None or ours.url == f"{openai.url}/oauth/revoke"


@pytest.mark.parametrize("renewals", ["/a/b?c=d#e", "", "/"])
def test_codex_derives_the_same_address_from_that_of_renewals(
    codex_cli: CodexCli, openai: FakeOpenAI, renewals: str
) -> None:
    home = codex_cli.scratch_home()
    acts_store.put(home, LOGIN)
    env = {"CODEX_REFRESH_TOKEN_URL_OVERRIDE": f" {openai.url}{renewals} "}

    codex_cli.run(["logout"], home, env=env)

    assert [one.path for one in openai.asked] == ["/oauth/revoke"]
    assert address(env) == f"{openai.url}/oauth/revoke"


@pytest.mark.parametrize(
    ("env", "url"),
    [
        ({}, "https://auth.openai.com/oauth/revoke"),
        ({"CODEX_REVOKE_TOKEN_URL_OVERRIDE": " "}, "https://auth.openai.com/oauth/revoke"),
        ({"CODEX_REVOKE_TOKEN_URL_OVERRIDE": " https://a/b "}, "https://a/b"),
        ({"CODEX_REFRESH_TOKEN_URL_OVERRIDE": "https://a/b"}, "https://a/oauth/revoke"),
        (
            {"CODEX_DOCTOR_URL_AUTH": "https://own/", "CODEX_REVOKE_TOKEN_URL_OVERRIDE": "https://a"},
            "https://own/oauth/revoke",
        ),
    ],
)
def test_the_address_is_the_first_that_is_set(env: dict[str, str], url: str) -> None:
    assert address(env) == url


@pytest.mark.parametrize(
    "env",
    [
        {"CODEX_DOCTOR_URL_AUTH": "http://far.example"},
        {"CODEX_REVOKE_TOKEN_URL_OVERRIDE": "http://far.example/"},
        {"CODEX_REFRESH_TOKEN_URL_OVERRIDE": "nonsense"},
        {"CODEX_REFRESH_TOKEN_URL_OVERRIDE": "http://[::1"},
    ],
)
def test_a_token_is_sent_over_https_or_to_this_machine_only(env: dict[str, str]) -> None:
    with pytest.raises(SendError) as caught:
        revocation(Secret("rt_secret-of-somebody"), "refresh_token", env=env)

    assert (caught.value.problem, caught.value.sent) == ("base-url-overridden", False)
    assert next(iter(env)) in caught.value.words
