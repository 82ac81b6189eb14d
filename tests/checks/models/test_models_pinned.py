"""A model is looked up in the list that Codex will use: the service's own of today, or what it came with."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import engine
from codex_checks.install.binary import Codex
from codex_checks.models.known import BUNDLED, BUNDLED_WITH, DEFAULT, Cache, Known, find, models_cache
from codex_checks.models.pinned import Pinned, list_is_kept, model_is_known, pinned, settings_suit_the_model
from codex_checks.places import CodexHome
from codex_checks.recorded.errors import RecordedErrors
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import RewriteFile
from codex_doctor.model import Severity
from config_mends import read
from signins import login
from tokens import api_key_login, chatgpt_login

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_checks.auth.login import Login
    from codex_cli import CodexCli
    from codex_doctor.model import Finding
    from fakes.openai import FakeOpenAI

NOW: Final = 1_800_000_000
NO_CACHE: Final = Cache(path="/home/you/.codex/models_cache.json")
FETCHED: Final = replace(NO_CACHE, exists=True, version=BUNDLED_WITH, fetched=NOW - 60.0)
MINE: Final = (
    'model_provider = "mine"\n[model_providers.mine]\nname = "M"\nbase_url = "http://127.0.0.1:9/v1"\n'
)

_pinned: Callable[..., Pinned] = pinned.read  # type: ignore[assignment]
_cache: Callable[..., Cache] = models_cache.read  # type: ignore[assignment]


def found(
    home: Path,
    text: str,
    *,
    who: Login | None = None,
    cache: Cache = NO_CACHE,
    version: str | None = BUNDLED_WITH,
) -> tuple[Finding, ...]:
    (home / "config.toml").write_text(text, "utf-8")
    configured = read(home)
    ctx = replace(engine.context(home), now=lambda: float(NOW))
    running = None if version is None else Codex(path=Path("codex"), version=version)
    fact = _pinned(ctx, configured, who or login(chatgpt_login()), cache, running)
    return (*model_is_known(fact, configured), *settings_suit_the_model(fact, configured))


def cached(home: Path, content: bytes) -> Cache:
    (home / "models_cache.json").write_bytes(content)
    return _cache(
        engine.context(home),
        CodexHome(path=home, source="default", status=engine.context().status(home), target=home),
    )


def test_a_model_that_codex_does_not_know_is_a_warning_and_its_line_can_go(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, 'model = "of-tomorrow"\n')

    assert (finding.problem.name, finding.problem.severity) == ("model-metadata-missing", Severity.WARNING)
    assert "config.toml:1:9: model is of-tomorrow" in finding.detail
    assert "272,000 tokens" in finding.detail
    assert finding.fix is not None
    assert isinstance(finding.fix.steps[0], RewriteFile)


@pytest.mark.parametrize(
    "text",
    [
        "",
        'model = "gpt-6-sol"\n',
        'model = "gpt-6-sol-2026-11-01"\n',
        'model = "openai/gpt-6-sol"\n',
        'model = "gpt-5.5"\n',
        'model = "gpt-5.2"\n',
        'model = "gpt-6-luna"\nmodel_reasoning_effort = "max"\n',
        'model = "gpt-6-luna"\nmodel_reasoning_effort = "ultra"\n',
        'model = "gpt-6-luna"\nmodel_reasoning_effort = "none"\n',
        'model = "gpt-6-luna"\nmodel_context_window = 872000\n',
        'model_reasoning_effort = "xhigh"\n',
    ],
)
def test_what_codex_knows_and_the_model_takes_is_healthy(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) == ()


def test_with_an_api_key_an_unknown_model_is_a_note(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, 'model = "o9"\n', who=login(api_key_login()))

    assert finding.problem.severity is Severity.NOTE
    assert finding.fix is None


def test_of_a_provider_of_ones_own_the_window_is_asked_for(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, f'model = "gpt-oss:20b"\n{MINE}')

    assert finding.problem.severity is Severity.NOTE
    assert "model_context_window" in finding.advice
    assert found(tmp_path, f'model = "gpt-oss:20b"\nmodel_context_window = 131072\n{MINE}') == ()


def test_the_list_of_the_service_counts_for_more_while_it_is_fresh(tmp_path: Path) -> None:
    fresh = replace(FETCHED, models={"gpt-6.1-sol": Known(), "of-today": Known(efforts=("low",))})

    assert found(tmp_path, 'model = "of-today"\n', cache=fresh) == ()
    assert [one.problem.name for one in found(tmp_path, 'model = "gpt-6-luna"\n', cache=fresh)] == [
        "model-metadata-missing"
    ]


@pytest.mark.parametrize(
    "change",
    [{"fetched": NOW - 90_000.0}, {"version": "0.168.0"}, {"models": None}],
    ids=["of yesterday", "of another Codex", "unreadable"],
)
def test_a_list_that_codex_would_fetch_again_does_not_count(tmp_path: Path, change: dict[str, Any]) -> None:
    stale = replace(replace(FETCHED, models={"gpt-6.1-sol": Known()}), **change)

    assert found(tmp_path, 'model = "gpt-6-luna"\n', cache=stale) == ()


def test_a_list_of_before_the_sign_in_does_not_count(tmp_path: Path) -> None:
    who = login(chatgpt_login())
    status = who.file.status
    assert status is not None
    later = replace(who, file=replace(who.file, status=replace(status, modified_ns=(NOW - 30) * 10**9)))
    fresh = replace(FETCHED, models={"gpt-6.1-sol": Known()})

    assert found(tmp_path, 'model = "gpt-6-luna"\n', cache=fresh, who=later) == ()


@pytest.mark.parametrize("version", [None, "0.170.0"])
def test_the_list_of_another_codex_is_not_known_here(tmp_path: Path, version: str | None) -> None:
    with pytest.raises(NotApplicable):
        found(tmp_path, 'model = "of-tomorrow"\n', version=version)


def test_where_the_settings_bring_a_list_nothing_is_judged(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        found(tmp_path, 'model = "of-tomorrow"\nmodel_catalog_json = "/home/you/models.json"\n')


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ('model = "gpt-5.6-luna"\nmodel_reasoning_effort = "minimal"\n', "gpt-5.6-luna"),
        ('model_reasoning_effort = "hihg"\n', DEFAULT),
    ],
)
def test_an_effort_that_the_model_does_not_list_is_a_warning(tmp_path: Path, text: str, model: str) -> None:
    (finding,) = found(tmp_path, text)

    assert (finding.problem.name, finding.problem.severity) == (
        "reasoning-effort-unsupported",
        Severity.WARNING,
    )
    assert f"{model} takes low, medium, high" in finding.detail
    assert finding.fix is not None


def test_a_window_wider_than_the_model_s_is_a_note(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, 'model = "gpt-6-sol"\nmodel_context_window = 2000000\n')

    assert (finding.problem.name, finding.problem.severity) == ("context-window-exceeded", Severity.NOTE)
    assert "872,000 at most" in finding.detail


def test_a_list_that_codex_wrote_is_read(tmp_path: Path) -> None:
    level = {"effort": "low", "description": "x"}
    model: dict[str, Any] = {
        "slug": "a",
        "max_context_window": 5,
        "supported_reasoning_levels": [level],
        "more": {},
    }
    written = {"fetched_at": "2026-11-28T14:53:05.915642331Z", "client_version": "0.169.0", "models": [model]}

    cache = cached(tmp_path, json.dumps(written).encode())

    assert cache.models == {"a": Known(window=5, efforts=("low",))}
    assert datetime.fromtimestamp(cache.fetched, UTC).isoformat()[:19] == "2026-11-28T14:53:05"


@given(content=st.binary())
def test_any_bytes_are_a_list_or_none(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    cache = cached(tmp_path_factory.mktemp("home"), content)

    assert cache.exists
    assert cache.models is None or isinstance(cache.models, dict)


def test_a_missing_list_is_a_note_only_where_turns_were_completed_with_a_chatgpt_sign_in(
    tmp_path: Path,
) -> None:
    (tmp_path / "config.toml").write_text("", "utf-8")
    configured, who = read(tmp_path), login(chatgpt_login())
    used, fresh = RecordedErrors(completed=NOW), RecordedErrors()

    (finding,) = list_is_kept(NO_CACHE, who, used, configured)

    assert (finding.problem.name, finding.problem.severity) == ("models-cache-missing", Severity.NOTE)
    assert list_is_kept(replace(NO_CACHE, exists=True), who, used, configured) == ()
    for other, records in ((who, fresh), (login(api_key_login()), used), (login(), used)):
        with pytest.raises(NotApplicable):
            list_is_kept(NO_CACHE, other, records, configured)


def test_codex_itself_lists_these_models(codex_cli: CodexCli) -> None:
    said: list[dict[str, Any]] = json.loads(codex_cli.run(["debug", "models", "--bundled"]).stdout)["models"]

    assert {
        model["slug"]: Known(
            window=model["max_context_window"],
            efforts=tuple(level["effort"] for level in model["supported_reasoning_levels"]),
        )
        for model in said
    } == dict(BUNDLED)


@pytest.mark.parametrize("name", ["gpt-6-sol-2026", "openai/gpt-6-sol", "a/b/gpt-6-sol", "gpt-6"])
def test_codex_itself_knows_a_name_where_we_do(
    codex_cli: CodexCli, openai_server: FakeOpenAI, name: str
) -> None:
    home = codex_cli.scratch_home()
    (home / "auth.json").write_text(json.dumps(api_key_login()), "utf-8")
    args = ["exec", "--json", "--skip-git-repo-check", "-m", name, *openai_server.codex_args, "hi"]

    ran = codex_cli.run(args, home=home, env=openai_server.codex_env)

    assert ("Model metadata for" in ran.stdout) is (find(name, BUNDLED) is None)


def test_codex_itself_keeps_the_list_that_it_was_given(
    codex_cli: CodexCli, openai_server: FakeOpenAI
) -> None:
    said = json.loads(codex_cli.run(["debug", "models", "--bundled"]).stdout)
    openai_server.sicken("*/models", 200, {"models": said["models"][:2]})
    home = codex_cli.scratch_home()
    (home / "auth.json").write_text(json.dumps(chatgpt_login()), "utf-8")

    codex_cli.run([*openai_server.codex_args, "debug", "models"], home=home, env=openai_server.codex_env)
    cache = cached(home, (home / "models_cache.json").read_bytes())

    assert cache.version == BUNDLED_WITH
    assert list(cache.models or ()) == [model["slug"] for model in said["models"][:2]]
