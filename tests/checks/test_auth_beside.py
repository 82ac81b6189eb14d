"""A key beside a ChatGPT sign-in is worth knowing, and a warning only where the settings ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

import engine
from codex_checks.auth.beside import beside, sign_in_is_the_one_meant
from codex_checks.places import Environment
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import ShellLine, Tell, command
from codex_doctor.model import Severity
from config_mends import read
from signins import stored
from tokens import API_KEY, api_key_login, chatgpt_login

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_doctor.model import Finding

VARIABLE: Final = "OPENAI_API_KEY"
BOTH: Final = {**chatgpt_login(), VARIABLE: API_KEY}

_beside: Callable[..., Any] = beside.read


def found(
    home: Path, content: object, *, set_: bool = False, text: str = "", lines: dict[str, int] | None = None
) -> tuple[Finding, ...]:
    (home / "config.toml").write_text(text, "utf-8")
    variables = {VARIABLE: API_KEY} if set_ else {}
    around = Environment(
        variables=variables,
        from_file=frozenset(lines or ()),
        file=home / ".env" if lines else None,
        lines=lines or {},
    )
    held = stored(content, variables=variables)
    return sign_in_is_the_one_meant(_beside(engine.context(home), held, around, read(home)))


def test_a_chatgpt_sign_in_alone_is_healthy(tmp_path: Path) -> None:
    assert found(tmp_path, chatgpt_login()) == ()


def test_a_key_in_the_shell_beside_it_is_a_note_and_can_be_unset(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, chatgpt_login(), set_=True)

    assert (finding.problem.name, finding.problem.severity) == ("stale-openai-api-key-env", Severity.NOTE)
    assert finding.fix is not None
    assert command(finding.fix.steps[0], os="linux") == f"unset {VARIABLE}"
    assert API_KEY not in repr(finding)


def test_a_key_in_the_env_file_is_told_with_its_line(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, chatgpt_login(), set_=True, lines={VARIABLE: 3})

    assert ".env, line 3" in finding.detail


def test_a_key_stored_beside_it_is_a_note(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, BOTH)

    assert (finding.problem.name, finding.problem.severity) == ("stale-chatgpt-over-api-key", Severity.NOTE)


def test_a_key_that_the_settings_ask_for_and_codex_does_not_use_is_a_warning(tmp_path: Path) -> None:
    wanted = 'preferred_auth_method = "apikey"\n'

    (in_the_file,) = found(tmp_path, BOTH, text=wanted)
    (in_the_shell,) = found(tmp_path, chatgpt_login(), set_=True, text=wanted)

    assert in_the_file.problem.severity is in_the_shell.problem.severity is Severity.WARNING
    assert in_the_file.problem.name == "stale-chatgpt-over-api-key"
    assert "config.toml:1:1" in in_the_file.detail
    assert in_the_file.fix is not None
    assert in_the_shell.fix is not None
    assert isinstance(in_the_file.fix.steps[0], Tell)
    assert isinstance(in_the_shell.fix.steps[0], ShellLine)


def test_a_wish_for_a_key_that_is_nowhere_is_not_told_here(tmp_path: Path) -> None:
    assert found(tmp_path, chatgpt_login(), text='preferred_auth_method = "apikey"\n') == ()


def test_with_an_api_key_nothing_stands_beside(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        found(tmp_path, api_key_login(), set_=True)
