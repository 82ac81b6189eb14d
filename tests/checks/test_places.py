"""Where Codex keeps things, and the environment that it sees there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from codex_checks.places import CodexHome, Environment, codex_home, environment, parse_dotenv
from engine import context

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.context import Context


def home(ctx: Context) -> CodexHome:
    found = codex_home.read(ctx)
    assert isinstance(found, CodexHome)
    return found


def seen(ctx: Context) -> Environment:
    found = environment.read(ctx, home(ctx))
    assert isinstance(found, Environment)
    return found


def test_the_default_is_in_the_users_home(tmp_path: Path) -> None:
    found = home(context(tmp_path))

    assert (found.path, found.source, found.usable) == (tmp_path / ".codex", "default", False)


def test_an_empty_codex_home_counts_as_unset(tmp_path: Path) -> None:
    assert home(context(tmp_path, env={"CODEX_HOME": ""})).source == "default"


def test_a_relative_codex_home_is_taken_from_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    found = home(context(tmp_path, env={"CODEX_HOME": "here"}))

    assert (found.path, found.source, found.usable) == (tmp_path / "here", "CODEX_HOME", True)


def test_a_tilde_is_a_name_like_any_other(tmp_path: Path) -> None:
    assert home(context(tmp_path, env={"CODEX_HOME": "~/x"})).path == tmp_path / "~/x"


def test_the_option_beats_the_variable(tmp_path: Path) -> None:
    ctx = structs.replace(context(tmp_path, env={"CODEX_HOME": "/a"}), options={"codex-home": str(tmp_path)})

    assert (home(ctx).path, home(ctx).source) == (tmp_path, "--codex-home")


def test_a_link_is_followed_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / ".codex").symlink_to(tmp_path / "real")
    found = home(context(tmp_path))

    assert (found.usable, found.target) == (True, (tmp_path / "real").resolve())


def test_links_that_turn_in_a_circle_are_an_error_and_no_crash(tmp_path: Path) -> None:
    (tmp_path / ".codex").symlink_to(tmp_path / ".codex")
    found = home(context(tmp_path))

    assert found.status is None
    assert found.error


def test_the_env_file_beats_the_shell_and_says_so(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex/.env").write_text("HTTPS_PROXY=http://file\nCODEX_API_KEY=dropped\n", "utf-8")
    found = seen(context(tmp_path, env={"HTTPS_PROXY": "http://shell", "A": "b"}))

    assert found.variables == {"HTTPS_PROXY": "http://file", "A": "b"}
    assert (found.where("HTTPS_PROXY"), found.where("A")) == (
        str(tmp_path / ".codex/.env"),
        "the environment",
    )


def test_secrets_of_the_environment_are_known_as_such(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex/.env").write_text("MY_TOKEN=from-the-file\n", "utf-8")
    ctx = context(tmp_path, env={"OPENAI_API_KEY": "from-the-shell", "EDITOR": "vim-is-no-secret"})
    seen(ctx)

    assert sorted(ctx.vault.values()) == ["from-the-file", "from-the-shell"]


def test_an_env_file_that_is_a_folder_is_said_and_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".codex/.env").mkdir(parents=True)
    found = seen(context(tmp_path, env={"A": "b"}))

    assert found.variables == {"A": "b"}
    assert found.error


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1", {"A": "1"}),
        ("export A=1\r\nB = 2", {"A": "1", "B": "2"}),
        ("A='x y' ", {"A": "x y"}),
        ('A="x # y"', {"A": "x # y"}),
        ("A=x # comment", {"A": "x"}),
        ("# A=1\n\nA", {}),
        ("1A=2\n=3\nA-B=4", {}),
        ("A=", {"A": ""}),
    ],
)
def test_lines_of_an_env_file_are_read(text: str, expected: dict[str, str]) -> None:
    assert parse_dotenv(text) == expected


@given(st.text())
def test_any_text_is_variables_or_none(text: str) -> None:
    assert all(name for name in parse_dotenv(text))
