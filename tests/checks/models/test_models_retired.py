"""A model that is offered no more is found where it is named, and the way on is Codex's own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pytest

import config_mends
from codex_checks.models.checks import models_are_offered
from codex_checks.models.retired import RETIRED
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import RewriteFile
from codex_doctor.model import Severity
from codex_doctor.repair.lines import edited
from config_mends import ask
from signins import login
from tokens import api_key_login, chatgpt_login

if TYPE_CHECKING:
    from pathlib import Path

    from codex_checks.auth.login import Login
    from codex_cli import CodexCli
    from codex_doctor.model import Finding

NOW: Final = datetime(2026, 11, 20, tzinfo=UTC)


def signed_in(content: object | None = None, *, examined: datetime = NOW) -> Login:
    return login(chatgpt_login() if content is None else content, examined=examined)


def found(home: Path, text: str, *, who: Login | None = None) -> tuple[Finding, ...]:
    (home / "config.toml").write_text(text, "utf-8")
    return models_are_offered(config_mends.read(home), who or signed_in())


def mended(finding: Finding, path: Path) -> str:
    assert finding.fix is not None
    step = finding.fix.steps[0]
    assert isinstance(step, RewriteFile)
    return edited(path.read_bytes(), step.edits).decode()


def test_a_retired_model_leads_on_to_its_successor(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, '# mine\nmodel = "gpt-5.5" # old\n')

    assert (finding.problem.name, finding.problem.severity) == ("model-retired", Severity.ERROR)
    assert finding.detail.endswith("config.toml:2:9: model is gpt-5.5, which was retired on 2026-10-14")
    assert mended(finding, tmp_path / "config.toml") == '# mine\nmodel = "gpt-6-sol" # old\n'


def test_a_retired_model_without_a_successor_is_deleted(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, 'model = "gpt-5.3-codex"\nmodel_reasoning_effort = "high"\n')

    assert mended(finding, tmp_path / "config.toml") == 'model_reasoning_effort = "high"\n'


def test_a_model_that_codex_lists_no_more_is_a_warning(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, 'model = "gpt-5.1-codex-max"\n')

    assert finding.problem.severity is Severity.WARNING
    assert "is not among Codex's models any more" in finding.detail


def test_the_model_of_a_review_and_of_a_profile_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "work.config.toml").write_text('model = "gpt-5.2"\n', "utf-8")

    findings = found(tmp_path, 'review_model = "gpt-5.5"\n')

    assert [(one.problem.severity, one.evidence["key"]) for one in findings] == [
        (Severity.WARNING, "review_model"),
        (Severity.WARNING, "model"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        'model = "gpt-6-sol"\n',
        'model = "of-tomorrow"\n',
        '[profiles.old]\nmodel = "gpt-5.2"\n',
    ],
)
def test_other_models_are_not_judged(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) == ()


def test_before_its_last_day_a_model_is_fine(tmp_path: Path) -> None:
    before = signed_in(examined=datetime(2026, 10, 14, 18, 59, tzinfo=UTC))

    assert found(tmp_path, 'model = "gpt-5.5"\n', who=before) == ()


def test_what_another_file_overrides_does_not_count(tmp_path: Path) -> None:
    system = tmp_path / "etc" / "codex"
    system.mkdir(parents=True)
    (system / "config.toml").write_text('model = "gpt-5.5"\n', "utf-8")

    assert found(tmp_path, 'model = "gpt-6-sol"\n') == ()


def test_a_file_of_the_system_is_told_and_left_alone(tmp_path: Path) -> None:
    system = tmp_path / "etc" / "codex"
    system.mkdir(parents=True)
    (system / "config.toml").write_text('model = "gpt-5.5"\n', "utf-8")

    (finding,) = found(tmp_path, "")

    assert finding.fix is None


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ('model = "gpt-5.5"\n', api_key_login()),
        ('model = "gpt-5.5"\nmodel_provider = "x"\n[model_providers.x]\nname = "X"\n', None),
        ('model = "gpt-5.5"\nchatgpt_base_url = "http://127.0.0.1:9"\n', None),
    ],
    ids=["an API key", "another provider", "another address"],
)
def test_where_the_models_are_others_nothing_is_judged(
    tmp_path: Path, text: str, content: object | None
) -> None:
    with pytest.raises(NotApplicable):
        found(tmp_path, text, who=signed_in(content))


def test_codex_itself_leads_on_to_the_successors_and_lists_none_of_the_others(codex_cli: CodexCli) -> None:
    said: list[dict[str, Any]] = json.loads(codex_cli.run(["debug", "models", "--bundled"]).stdout)["models"]
    upgrades = {model["slug"]: model["upgrade"]["model"] if model["upgrade"] else None for model in said}

    assert {name: upgrades.get(name) for name in RETIRED} == {
        name: retired.successor for name, retired in RETIRED.items()
    }
    assert {retired.successor for retired in RETIRED.values()} - {None} <= upgrades.keys()


def test_codex_starts_with_the_mended_settings(codex_cli: CodexCli, tmp_path: Path) -> None:
    (finding,) = found(tmp_path, 'model = "gpt-5.5"\n')

    text = mended(finding, tmp_path / "config.toml")

    assert ask(codex_cli, codex_cli.scratch_home(), text, "--strict-config") is None
