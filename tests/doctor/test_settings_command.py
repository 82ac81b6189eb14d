"""`codex-doctor profiles` and `codex-doctor settings`: what can be chosen, and what is in force here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from codex_doctor import cli
from codex_doctor.settings import shape

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository to work in, beside a folder of settings that is empty."""
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main")
    (tmp_path / "codex-doctor").mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(folder)
    return folder


def said(*args: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = cli.run(args)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_every_profile_is_listed_with_whom_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said("profiles", capsys=capsys)
    _, listed, _ = said("profiles", "--format", "json", capsys=capsys)

    assert [line.split()[0] for line in out.splitlines()[:5]] == [
        *("default", "ci", "desktop", "sandbox", "support"),
    ]
    assert [row["name"] for row in json.loads(listed)] == ["default", "ci", "desktop", "sandbox", "support"]


def test_a_profile_is_shown_to_be_copied(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said("profiles", "ci", capsys=capsys)
    folder = repository.parent / "codex-doctor" / "profiles"
    folder.mkdir()
    (folder / "mine.toml").write_text(out)

    assert "refuse-live = true" in out
    assert said("settings", "--profile", "mine", capsys=capsys)[0] == 0


def test_what_is_in_force_is_told_with_its_places(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository.parent / "codex-doctor" / "codex-doctor.toml").write_text("disable = ['mcp']\n")
    (repository / "codex-doctor.toml").write_text("[severity]\nproxy-timeout = 'note'\n")
    code, out, err = said("settings", capsys=capsys)

    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == [
        *("profile", "your", "repository", "disabled", "note"),
    ]
    assert f"({repository}/codex-doctor.toml:2:1)" in out


def test_what_a_repository_may_not_is_told_and_nothing_it_says_moves_the_cursor(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "codex-doctor.toml").write_text("profile = 'ci'\n")
    code, _, err = said("settings", capsys=capsys)
    (repository / "codex-doctor.toml").write_text(
        '[[waivers]]\nproblem = "proxy-timeout"\nreason = "\\u001b[2Jx"\nuntil = 2999-01-01\n'
    )
    _, out, _ = said("settings", capsys=capsys)

    assert (code, "CDX912 settings-refused" in err) == (1, True)
    assert ("\x1b" in out, "\\x1b[2Jx" in out) == (False, True)


def test_where_there_is_nothing_that_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said("settings", capsys=capsys)

    assert (code, "(there is none)" in out, "says nothing here" in out) == (0, True, True)


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said("settings", "--schema", capsys=capsys)

    assert json.loads(out) == json.loads(json.dumps(shape.schema()))


@pytest.mark.parametrize("command", ["check", "profiles", "settings"])
def test_the_help_of_a_command_fits_a_screen(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(command, "--help", capsys=capsys)

    assert len(out.splitlines()) <= 40
