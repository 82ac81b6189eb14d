"""What `.env` sets otherwise than the shell is named with its line, and no value is repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import engine
from codex_checks.config.dotenv import dotenv, dotenv_agrees_with_the_shell
from codex_checks.places import CodexHome, environment
from codex_doctor.errors import NotApplicable
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_doctor.model import Finding

_environment: Callable[..., Any] = environment.read
_dotenv: Callable[..., Any] = dotenv.read


def found(home: Path, text: str, **shell: str) -> tuple[Finding, ...]:
    (home / ".env").write_text(text, "utf-8")
    ctx = engine.context(home, env=shell)
    around = _environment(ctx, CodexHome(path=home, source="default", status=ctx.status(home), target=home))
    return dotenv_agrees_with_the_shell(_dotenv(ctx, around))


def test_another_value_than_the_shell_s_is_a_note_without_the_values(tmp_path: Path) -> None:
    (finding,) = found(
        tmp_path, "# old\nHTTPS_PROXY=http://old:1\n", HTTPS_PROXY="http://user:word@new:2", HOME="/home/you"
    )

    assert (finding.problem.name, finding.problem.severity) == ("dotenv-overrides-shell", Severity.NOTE)
    assert f"HTTPS_PROXY ({tmp_path / '.env'}, line 2)" in finding.detail
    assert "old:1" not in repr(finding)
    assert "word" not in repr(finding)
    assert finding.fix is not None


def test_several_are_told_in_the_order_of_their_lines(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "B_KEY=1\nA_KEY=2\n", A_KEY="x", B_KEY="y")

    assert finding.evidence["variables"] == ("B_KEY", "A_KEY")
    assert finding.fix is None


@pytest.mark.parametrize(
    "text", ["HTTPS_PROXY=http://new:2\n", "OTHER=1\n", "CODEX_HOME=/elsewhere\n", "", "HTTPS_PROXY\n"]
)
def test_the_same_value_and_what_codex_passes_over_are_fine(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text, HTTPS_PROXY="http://new:2", CODEX_HOME="/here") == ()


def test_without_a_file_there_is_nothing_to_compare(tmp_path: Path) -> None:
    ctx = engine.context(tmp_path)
    around = _environment(ctx, CodexHome(path=tmp_path, source="default", status=None, target=tmp_path))

    with pytest.raises(NotApplicable):
        _dotenv(ctx, around)
