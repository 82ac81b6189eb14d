"""`--round-trip` asks the model for one word: only when it is asked to, once, and what comes is named."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

import pytest

import acts_store
import tokens
from codex_checks.account.round_trip_check import model_answers
from codex_doctor.model import Severity, Verdict
from codex_doctor.runner import Plan, examine
from commands import run
from engine import context

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.model import Outcome
    from fakes.openai import Asked, FakeOpenAI

CHATGPT, API = "/backend-api/codex/responses", "/v1/responses"


def home(folder: Path, content: object = None) -> Path:
    signed_in = tokens.chatgpt_login(expires=time.time() + 3600) if content is None else content
    acts_store.put(folder / ".codex", signed_in)
    return folder


def asked(folder: Path, openai: FakeOpenAI, *, round_trip: bool = True, seconds: float = 20) -> Outcome:
    ctx = context(folder, env=openai.env, round_trip=round_trip, seconds=seconds)
    (outcome,) = examine(Plan(checks=(model_answers,)), ctx).outcomes
    return outcome


def turns(openai: FakeOpenAI) -> list[Asked]:
    return [one for one in openai.asked if one.path.endswith("/responses") and one.method == "POST"]


def stream(*events: dict[str, Any]) -> str:
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)


STREAM: Final = {"Content-Type": "text/event-stream"}


def error(code: str | None, message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


@pytest.mark.parametrize(
    ("content", "path", "bearer"),
    [(None, CHATGPT, None), (tokens.api_key_login(), API, tokens.API_KEY)],
    ids=["ChatGPT", "API key"],
)
def test_the_model_is_asked_once_as_codex_would(
    tmp_path: Path, openai: FakeOpenAI, content: object, path: str, bearer: str | None
) -> None:
    outcome = asked(home(tmp_path, content), openai)

    assert (outcome.verdict, outcome.reason) == (Verdict.HEALTHY, "gpt-6.1-sol answered for 2 tokens")
    (turn,) = turns(openai)
    sent = json.loads(turn.body)
    assert (turn.path, sent["model"], sent["stream"], sent["store"]) == (path, "gpt-6.1-sol", True, False)
    assert bearer is None or turn.bearer == bearer
    assert ("chatgpt-account-id" in turn.headers) == (content is None)
    assert ("max_output_tokens" in sent) == (content is not None)


def test_nobody_is_asked_where_the_user_did_not_say_so(tmp_path: Path, openai: FakeOpenAI) -> None:
    outcome = asked(home(tmp_path), openai, round_trip=False)

    assert outcome.verdict is Verdict.SKIPPED
    assert "add --round-trip" in outcome.reason
    assert turns(openai) == []


def test_a_sign_in_that_the_service_refuses_costs_nothing(tmp_path: Path, openai: FakeOpenAI) -> None:
    openai.sicken("*/wham/usage", 401, error("token_invalidated", "no"))

    outcome = asked(home(tmp_path), openai)

    assert (outcome.verdict, outcome.could_be_blocked) == (Verdict.SKIPPED, True)
    assert turns(openai) == []


def test_the_model_of_the_settings_is_asked(tmp_path: Path, openai: FakeOpenAI) -> None:
    (home(tmp_path) / ".codex" / "config.toml").write_text('model = "gpt-6-luna"\n')

    outcome = asked(tmp_path, openai)

    assert outcome.reason == "gpt-6-luna answered for 2 tokens"


REFUSALS: Final[tuple[tuple[int, object, str], ...]] = (
    (404, error("model_not_found", "The model `x` does not exist."), "model-not-found"),
    (
        400,
        {"detail": "The 'gpt-6.1-sol' model is not supported when using Codex with a ChatGPT account."},
        "model-not-supported-chatgpt",
    ),
    (401, error("token_invalidated", "Your authentication token has been invalidated."), "auth-401-chatgpt"),
    (429, {"error": {"type": "usage_limit_reached", "plan_type": "plus"}}, "usage-limit-hit"),
    (429, {"error": {"type": "usage_not_included"}}, "plan-not-included"),
    (403, {"detail": {"code": "codex_cli_workspace_disabled"}}, "workspace-codex-disabled"),
    (403, error("unsupported_country_region_territory", "Not supported"), "region-blocked"),
    (429, {"detail": "Too Many Requests"}, "rate-limited-429"),
    (503, "", "service-unavailable"),
    (400, error("strange", "Nobody has seen this before."), "account-refused"),
)


@pytest.mark.parametrize(("status", "said", "name"), REFUSALS, ids=[name for _, _, name in REFUSALS])
def test_what_the_service_refuses_is_named_by_its_words(
    tmp_path: Path, openai: FakeOpenAI, status: int, said: object, name: str
) -> None:
    openai.sicken("*/responses", status, said, method="POST")

    outcome = asked(home(tmp_path), openai)

    assert [(one.problem.name, one.problem.severity) for one in outcome.findings] == [(name, Severity.ERROR)]
    assert f"answered {status}" in outcome.findings[0].detail


def test_a_retired_model_is_called_retired(tmp_path: Path, openai: FakeOpenAI) -> None:
    (home(tmp_path) / ".codex" / "config.toml").write_text('model = "gpt-5.2-codex"\n')
    words = "The 'gpt-5.2-codex' model is not supported when using Codex with a ChatGPT account."
    openai.sicken("*/responses", 400, {"detail": words}, method="POST")

    outcome = asked(tmp_path, openai)

    assert [one.problem.name for one in outcome.findings] == ["model-retired"]


def test_a_model_that_fails_in_the_middle_is_named_by_its_words(tmp_path: Path, openai: FakeOpenAI) -> None:
    failed = {
        "type": "response.failed",
        "response": {"error": {"code": "insufficient_quota", "message": "You exceeded your current quota."}},
    }
    openai.sicken("*/responses", 200, stream({"type": "response.created"}, failed), STREAM, method="POST")

    outcome = asked(home(tmp_path, tokens.api_key_login()), openai)

    assert [one.problem.name for one in outcome.findings] == ["api-quota-exceeded"]
    assert "took a request to gpt-6.1-sol, and failed (insufficient_quota): You" in outcome.findings[0].detail


def test_an_answer_that_breaks_off_is_named(tmp_path: Path, openai: FakeOpenAI) -> None:
    openai.sicken("*/responses", 200, stream({"type": "response.created"}), STREAM, method="POST")

    outcome = asked(home(tmp_path), openai)

    assert [one.problem.name for one in outcome.findings] == ["stream-closed-early"]


def test_what_the_service_says_to_every_question_is_said_once(tmp_path: Path, openai: FakeOpenAI) -> None:
    openai.service.used_percent = 100
    openai.sicken("*/responses", 429, {"error": {"type": "usage_limit_reached"}}, method="POST")

    outcome = asked(home(tmp_path), openai)

    assert (outcome.verdict, outcome.could_be_blocked) == (Verdict.SKIPPED, False)
    assert outcome.reason.endswith("as it does to other questions")


def test_a_page_in_the_place_of_an_answer_tells_nothing(tmp_path: Path, openai: FakeOpenAI) -> None:
    openai.sicken("*/responses", 200, "<html></html>", {"Content-Type": "text/html"}, method="POST")

    outcome = asked(home(tmp_path), openai)

    assert (outcome.verdict, outcome.could_be_blocked) == (Verdict.SKIPPED, True)


def test_silence_is_not_taken_for_health(tmp_path: Path, openai: FakeOpenAI) -> None:
    openai.swallow("*/responses", method="POST")

    outcome = asked(home(tmp_path), openai, seconds=4)

    assert outcome.verdict is Verdict.TIMED_OUT


def test_a_key_that_the_service_repeats_is_not_shown(tmp_path: Path, openai: FakeOpenAI) -> None:
    said = error("invalid_api_key", f"Incorrect API key provided: {tokens.API_KEY}.")
    openai.sicken("*/responses", 401, said, method="POST")

    outcome = asked(home(tmp_path, tokens.api_key_login()), openai)

    assert [one.problem.name for one in outcome.findings] == ["auth-401-api-key"]
    assert tokens.API_KEY not in repr(outcome)


def test_a_base_url_of_the_settings_draws_the_turns_of_every_sign_in(
    tmp_path: Path, openai: FakeOpenAI
) -> None:
    own = f'chatgpt_base_url = "{openai.url}/backend-api"\nopenai_base_url = "{openai.url}/v1/own"\n'
    (home(tmp_path) / ".codex" / "config.toml").write_text(own)

    ctx = context(tmp_path, round_trip=True)
    (outcome,) = examine(Plan(checks=(model_answers,)), ctx).outcomes

    assert outcome.verdict is Verdict.HEALTHY, outcome.reason
    assert [turn.path for turn in turns(openai)] == ["/v1/own/responses"]


def test_the_command_says_what_it_costs_before_it_asks(tmp_path: Path, openai: FakeOpenAI) -> None:
    ran = run(home(tmp_path), openai, "check", "service.model-answers", "--round-trip", "--all")

    assert ran.returncode == 0, ran.stdout
    assert ran.stderr.startswith("--round-trip asks the model of your account for one word: that costs")
    assert "answered for 2 tokens" in ran.stdout
    assert len(turns(openai)) == 1


def test_live_alone_never_asks_the_model(tmp_path: Path, openai: FakeOpenAI) -> None:
    ran = run(home(tmp_path), openai, "check", "service.model-answers", "--live")

    assert ran.returncode == 0
    assert turns(openai) == []
