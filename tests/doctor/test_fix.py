"""The lines to copy: they do in a shell exactly what the step says."""

from __future__ import annotations

import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codex_doctor.fix import MakeFolder, MoveAside, RunCommand, SetMode, ShellLine, Tell, command, quote

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.fix import Step

ODD = 'it\'s a $HOME & `odd` "na;me" *'


def run(step: Step) -> None:
    line = command(step, os="linux")
    assert line is not None
    subprocess.run(["/bin/sh", "-eu", "-c", line], check=True)


@pytest.mark.parametrize("mode", [0o600, 0o700, 0o4755])
def test_the_line_that_sets_a_mode_sets_it(tmp_path: Path, mode: int) -> None:
    path = tmp_path / ODD
    path.touch()
    run(SetMode(path=str(path), mode=mode))

    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_the_line_that_makes_a_folder_makes_those_above_it(tmp_path: Path) -> None:
    path = tmp_path / ODD / "in it"
    run(MakeFolder(path=str(path), mode=0o700))

    assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_the_line_that_moves_aside_moves_and_loses_nothing(tmp_path: Path) -> None:
    path, aside = tmp_path / ODD, tmp_path / f"{ODD}.old"
    path.write_text("kept", "utf-8")
    run(MoveAside(path=str(path), to=str(aside)))

    assert aside.read_text("utf-8") == "kept"
    assert not path.exists()


def test_the_line_that_runs_a_program_gives_it_every_word_unchanged(tmp_path: Path) -> None:
    run(RunCommand(argv=("touch", str(tmp_path / ODD), str(tmp_path / "-x"))))

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([ODD, "-x"])


def test_a_line_for_the_users_own_shell_stays_as_it_is() -> None:
    assert command(ShellLine(line="unset OPENAI_API_KEY"), os="linux") == "unset OPENAI_API_KEY"


def test_what_only_a_person_can_do_has_no_line() -> None:
    assert command(Tell(text="Ask your administrator."), os="linux") is None


@settings(max_examples=50)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")))
@example("~/x")
def test_any_word_reaches_a_program_through_a_shell(word: str) -> None:
    ran = subprocess.run(
        ["/bin/sh", "-c", f"printf %s {quote(word, os='linux')}"], capture_output=True, check=True
    )

    assert ran.stdout.decode() == word


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("C:\\Users\\Sam\\auth.json", "C:\\Users\\Sam\\auth.json"),
        ("C:\\Sam Smith\\auth.json", '"C:\\Sam Smith\\auth.json"'),
        ("C:\\a&b\\auth.json", '"C:\\a&b\\auth.json"'),
        ("C:\\a&b\\", '"C:\\a&b\\\\"'),
        ("C:\\(x86)", '"C:\\(x86)"'),
        ("a;b", '"a;b"'),
        ("", '""'),
        ("--version", "--version"),
    ],
)
def test_a_word_of_windows_is_quoted_where_a_shell_would_read_more_into_it(word: str, expected: str) -> None:
    assert quote(word, os="windows") == expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (MoveAside(path="C:\\a b", to="C:\\c"), 'move "C:\\a b" C:\\c'),
        (RunCommand(argv=("codex", "login", "a b")), 'codex login "a b"'),
        (
            SetMode(path="C:\\a b", mode=0o600),
            'icacls "C:\\a b" /inheritance:r /grant:r "%USERNAME%:F"',
        ),
    ],
)
def test_windows_has_lines_of_its_own(step: Step, expected: str) -> None:
    assert command(step, os="windows") == expected
