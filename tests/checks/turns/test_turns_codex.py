"""What the real Codex records of a turn that the service refuses is known for what it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

import engine
from codex_checks.places import CodexHome
from codex_checks.recorded.errors import RecordedErrors, recorded_errors
from codex_checks.turns.checks import turns_are_completed, turns_get_through
from codex_checks.turns.failed import FailedTurns, failed_turns
from tokens import api_key_login

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_cli import CodexCli
    from fakes.openai import FakeOpenAI

TURN: Final = ("exec", "--json", "--skip-git-repo-check", "--disable", "unbounded_connection_retries")

_records: Callable[..., RecordedErrors] = recorded_errors.read  # type: ignore[assignment]
_turns: Callable[..., FailedTurns] = failed_turns.read  # type: ignore[assignment]


def error(message: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}


def names(home: Path) -> list[str]:
    ctx = engine.context(home)
    codex_home = CodexHome(path=home, source="default", status=ctx.status(home), target=home)
    found = _turns(ctx, _records(ctx, codex_home, None), None)
    findings = [*turns_are_completed(found, None, None), *turns_get_through(found, None)]
    return [finding.problem.name for finding in findings]


def signed_in(codex_cli: CodexCli) -> Path:
    home = codex_cli.scratch_home()
    (home / "auth.json").write_text(json.dumps(api_key_login()), "utf-8")
    return home


@pytest.mark.parametrize(
    ("problem", "status", "body"),
    [
        (
            "context-window-exceeded",
            400,
            error("Your input exceeds the context window of this model.", "context_length_exceeded", "input"),
        ),
        ("model-not-found", 404, error("The model `x` does not exist.", "model_not_found")),
        (
            "org-not-verified",
            400,
            error("Your organization must be verified to generate reasoning summaries.", "unsupported_value"),
        ),
        (
            "reasoning-effort-unsupported",
            400,
            error("Unsupported value: 'x' is not supported.", "unsupported_value", "reasoning.effort"),
        ),
        (
            "session-encrypted-content",
            400,
            error("The encrypted content gAAA could not be verified.", "invalid_encrypted_content"),
        ),
        (
            "version-too-old-for-model",
            400,
            {"detail": "The 'gpt-7' model requires a newer version of Codex. Please upgrade."},
        ),
    ],
)
def test_a_turn_that_is_refused_is_known_and_over_with_the_next(
    codex_cli: CodexCli, openai_server: FakeOpenAI, problem: str, status: int, body: object
) -> None:
    home = signed_in(codex_cli)
    openai_server.sicken("*/responses", 426, "no", method="UPGRADE")
    openai_server.sicken("*/responses", status, body, method="POST")

    codex_cli.run([*TURN, *openai_server.codex_args, "hi"], home=home, env=openai_server.codex_env)
    seen = names(home)
    openai_server.forget_sickness()
    codex_cli.run([*TURN, *openai_server.codex_args, "hi"], home=home, env=openai_server.codex_env)

    assert (seen, names(home)) == ([problem], [])


def test_an_answer_that_ends_too_early_is_known(codex_cli: CodexCli, openai_server: FakeOpenAI) -> None:
    home = signed_in(codex_cli)
    begun = 'event: response.created\ndata: {"type":"response.created","response":{"id":"r1"}}\n\n'
    openai_server.sicken("*/responses", 426, "no", method="UPGRADE")
    openai_server.sicken("*/responses", 200, begun, {"Content-Type": "text/event-stream"}, method="POST")

    codex_cli.run([*TURN, *openai_server.codex_args, "hi"], home=home, env=openai_server.codex_env)

    assert names(home) == ["stream-closed-early"]
