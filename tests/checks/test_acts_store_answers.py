"""What the service says to a renewal is judged as Codex judges it; each case was put to Codex 0.169.0."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

import acts_store
import tokens
from codex_checks.acts.journal import Answer
from codex_checks.acts.refresh_answers import Judgement, Kind, judge
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI

PERMANENT: Final = Kind.PERMANENT
TRANSIENT: Final = Kind.TRANSIENT
UNREADABLE: Final = Kind.UNREADABLE
RENEWED: Final = Kind.RENEWED


def error(code: object) -> object:
    return {"error": {"message": "m", "type": "t", "param": None, "code": code}}


REFUSALS: Final[tuple[tuple[int, object, Kind, str | None], ...]] = (
    (401, error("refresh_token_expired"), PERMANENT, "refresh-token-expired"),
    (401, error("refresh_token_reused"), PERMANENT, "refresh-token-reused"),
    (401, error("refresh_token_invalidated"), PERMANENT, "refresh-token-revoked"),
    (401, error("app_session_terminated"), PERMANENT, "refresh-token-unknown"),
    (401, error("anything"), PERMANENT, "refresh-token-unknown"),
    (401, "", PERMANENT, "refresh-token-unknown"),
    (401, "<html>", PERMANENT, "refresh-token-unknown"),
    (400, error("refresh_token_expired"), PERMANENT, "refresh-token-expired"),
    (400, error("refresh_token_reused"), PERMANENT, "refresh-token-reused"),
    (400, error("refresh_token_invalidated"), PERMANENT, "refresh-token-revoked"),
    (400, error("invalid_grant"), PERMANENT, "refresh-token-unknown"),
    (400, {"error": "invalid_grant", "error_description": "d"}, PERMANENT, "refresh-token-unknown"),
    (400, {"code": "INVALID_GRANT"}, PERMANENT, "refresh-token-unknown"),
    (400, {"error": "Refresh_Token_Reused", "code": "x"}, PERMANENT, "refresh-token-reused"),
    (400, {"error": {"message": "m"}, "code": "refresh_token_reused"}, PERMANENT, "refresh-token-reused"),
    (400, {"error": {"code": 5}, "code": "refresh_token_reused"}, PERMANENT, "refresh-token-reused"),
    (400, {"error": 5, "code": "refresh_token_reused"}, PERMANENT, "refresh-token-reused"),
    (400, {"error": {"code": "x"}, "code": "refresh_token_reused"}, TRANSIENT, None),
    (403, error("refresh_token_expired"), PERMANENT, "refresh-token-expired"),
    (429, error("refresh_token_invalidated"), PERMANENT, "refresh-token-revoked"),
    (500, error("refresh_token_reused"), PERMANENT, "refresh-token-reused"),
    (403, error("invalid_grant"), TRANSIENT, None),
    (500, error("invalid_grant"), TRANSIENT, "service-unavailable"),
    (400, error("invalid_refresh_token"), TRANSIENT, "refresh-token-unknown"),
    (400, error("app_session_terminated"), TRANSIENT, "refresh-token-unknown"),
    (403, error("unsupported_country_region_territory"), TRANSIENT, "region-blocked"),
    (403, "<!DOCTYPE html><title>Just a moment...</title>", TRANSIENT, "cloudflare-challenge-403"),
    (429, {}, TRANSIENT, "rate-limited-429"),
    (503, "", TRANSIENT, "service-unavailable"),
    (302, "", TRANSIENT, "captive-portal"),
    (404, "", TRANSIENT, None),
)
"""Status, body, what it means, the problem's name."""

SUCCESSES: Final[tuple[tuple[int, object, Kind, str | None, tuple[str, ...]], ...]] = (
    (200, {}, RENEWED, None, ()),
    (201, {"refresh_token": "r"}, RENEWED, None, ("refresh_token",)),
    (200, {"refresh_token": None, "access_token": "a"}, RENEWED, None, ("access_token",)),
    (200, {"refresh_token": "", "access_token": "a"}, RENEWED, None, ("access_token",)),
    (
        200,
        {"id_token": tokens.id_token(), "refresh_token": "r"},
        RENEWED,
        None,
        ("id_token", "refresh_token"),
    ),
    (200, {"id_token": "bad", "refresh_token": "r"}, RENEWED, None, ("refresh_token",)),
    (200, {"id_token": 5, "refresh_token": "r"}, RENEWED, None, ("refresh_token",)),
    (200, "", TRANSIENT, None, ()),
    (200, "[]", TRANSIENT, None, ()),
    (200, {"refresh_token": 5}, UNREADABLE, None, ()),
    (200, '{"refresh_token": "r", "acc', UNREADABLE, None, ()),
    (200, "<html>refresh_token", TRANSIENT, "auth-service-html", ()),
)


def judged(status: int, body: object) -> Judgement:
    raw = body if isinstance(body, str) else json.dumps(body)
    return judge(Answer(status=status, body=raw.encode()), keep=Secret, stamp="now")


@pytest.mark.parametrize(("status", "body", "kind", "problem"), REFUSALS)
def test_a_refusal_is_judged(status: int, body: object, kind: Kind, problem: str | None) -> None:
    judgement = judged(status, body)

    assert (judgement.kind, judgement.problem) == (kind, problem)
    assert judgement.words.startswith(f"the service answered {status}")
    assert judgement.next_step
    assert judgement.renewal is None


@pytest.mark.parametrize(("status", "body", "kind", "problem", "names"), SUCCESSES)
def test_a_success_is_judged(
    status: int, body: object, kind: Kind, problem: str | None, names: tuple[str, ...]
) -> None:
    judgement = judged(status, body)

    assert (judgement.kind, judgement.problem) == (kind, problem)
    assert tuple(judgement.renewal.tokens if judgement.renewal else ()) == names


@given(status=st.integers(100, 599), body=st.binary() | st.text().map(str.encode))
def test_any_answer_is_judged_and_nothing_of_it_repeated(status: int, body: bytes) -> None:
    judgement = judge(Answer(status=status, body=b"secret" + body), keep=Secret, stamp="now")

    assert "secret" not in f"{judgement.words}{judgement.next_step}"


def test_a_code_that_we_do_not_know_is_not_repeated() -> None:
    assert "rt_leak" not in judged(400, error("rt_leak")).words


def codex_says(cli: CodexCli, openai: FakeOpenAI) -> bool:
    """Return whether Codex gives the stored sign-in up for lost when its renewal is answered."""
    home = cli.scratch_home()
    acts_store.put(home, tokens.chatgpt_login(expires=time.time() + tokens.DAY))
    asked = (
        {
            "id": 0,
            "method": "initialize",
            "params": {"clientInfo": {"name": "t", "title": "t", "version": "1"}},
        },
        {"method": "initialized"},
        {"id": 1, "method": "getAuthStatus", "params": {"includeToken": True, "refreshToken": True}},
    )
    env = {"PATH": os.defpath, "HOME": str(home), "CODEX_HOME": str(home), **openai.codex_env}
    with subprocess.Popen(
        [str(cli.native), "app-server", *openai.codex_args],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(f"{json.dumps(one)}\n" for one in asked))
        process.stdin.flush()
        said = next(one for one in map(json.loads, process.stdout) if one.get("id") == 1)
        process.kill()
    return said["result"]["authToken"] is None


@pytest.mark.parametrize(("status", "body", "kind", "problem"), REFUSALS)
def test_codex_judges_a_refusal_the_same(
    codex_cli: CodexCli, openai: FakeOpenAI, status: int, body: object, kind: Kind, problem: str | None
) -> None:
    del problem
    openai.sicken("/oauth/token", status, body)

    assert codex_says(codex_cli, openai) == (kind is PERMANENT)
