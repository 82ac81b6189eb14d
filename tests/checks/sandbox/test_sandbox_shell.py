"""Start-up files of login shells: which lines take the system's programs away, and which do not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from codex_checks.config.settings import Settings
from codex_checks.problems.sandbox import SHELL_PATH_BROKEN_LOGIN_SHELL
from codex_checks.sandbox.checks import login_shell_finds_programs
from codex_checks.sandbox.shell import LoginShell, login_shell, path_lost
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import Tell
from engine import context
from sandboxes import answer

FILE = Path(".profile")
MACOS = System(os="macos", arch="aarch64", release="25.0.0", user=501)

LOSES = {
    "plain": "PATH=/opt/tools/bin\n",
    "exported": "# tools\nexport PATH=/opt/tools/bin:/opt/more\n",
    "quoted": 'export PATH="/opt/tools/bin"\n',
    "with home": 'export PATH="$HOME/bin"\n',
    "with home in braces": "export PATH=${HOME}/bin\n",
    "taken literally": "export PATH='$PATH:/opt'\n",
    "with a remark": "export PATH=/opt/tools/bin # only these\n",
    "and then more": "PATH=/opt/tools/bin; export PATH\nexport EDITOR=vi\n",
    "extended afterwards": "PATH=/opt/tools/bin\nPATH=$PATH:/opt/more\n",
}

KEEPS = {
    "nothing": "",
    "before": "export PATH=/opt/tools/bin:$PATH\n",
    "after": 'export PATH="$PATH:/opt/tools/bin"\n',
    "the system's own": "PATH=/usr/local/bin:/usr/bin:/bin\n",
    "with a last slash": "PATH=/opt:/usr/bin/\n",
    "put back": "PATH=/opt\nPATH=$PATH:/usr/bin:/bin\n",
    "another variable": "export PATH=$TOOLS/bin\n",
    "a program's answer": "export PATH=$(getconf PATH)\n",
    "in a block": "if true; then\n  PATH=/opt\nfi\n",
    "another file after it": "PATH=/opt\n. ~/.bashrc\n",
    "evaluated after it": 'PATH=/opt\neval "$(brew shellenv)"\n',
    "a remark only": "# PATH=/opt\n",
    "one with another name": "MANPATH=/opt\nexport CDPATH=/opt\n",
}


@pytest.mark.parametrize("text", LOSES.values(), ids=LOSES.keys())
def test_a_line_that_leaves_out_the_system_is_found(text: str) -> None:
    lost = path_lost(text.encode(), FILE)

    assert lost is not None
    assert "PATH=" in text.splitlines()[lost.line - 1]


@pytest.mark.parametrize("text", KEEPS.values(), ids=KEEPS.keys())
def test_what_keeps_the_system_or_may_do_so_is_not(text: str) -> None:
    assert path_lost(text.encode(), FILE) is None


@pytest.mark.parametrize("name", LOSES)
def test_a_real_login_shell_agrees(tmp_path: Path, name: str) -> None:
    (tmp_path / ".profile").write_text(LOSES[name])
    argv = ["/bin/bash", "-lc", "command -v cat"]
    ran = subprocess.run(argv, env={"HOME": str(tmp_path)}, capture_output=True, check=False)

    assert (ran.returncode, ran.stdout) == (1, b"")


@given(st.binary() | st.text().map(str.encode))
def test_any_content_is_read_without_a_traceback(content: bytes) -> None:
    path_lost(content, FILE)


@pytest.mark.parametrize("name", [name for name in LOSES if name != "taken literally"])
def test_the_line_that_is_put_in_its_place_keeps_the_system(tmp_path: Path, name: str) -> None:
    lost = path_lost(LOSES[name].encode(), FILE)
    assert lost is not None
    assert lost.kept is not None
    lines = LOSES[name].splitlines()
    lines[lost.line - 1] = lost.kept
    (tmp_path / ".profile").write_text("\n".join(lines))
    argv = ["/bin/bash", "-lc", "command -v cat"]
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}

    assert subprocess.run(argv, env=env, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("content", [b"PATH='$PATH:/opt'\n", b"PATH=/opt # \xff\n"], ids=["quotes", "bytes"])
def test_what_cannot_be_written_for_sure_is_left_to_the_user(content: bytes) -> None:
    found = LoginShell(shell="bash", lost=path_lost(content, FILE))  # noqa: S604 - a fact, and no call
    (finding,) = login_shell_finds_programs(found)

    assert finding.fix is not None
    assert [type(step) for step in finding.fix.steps] == [Tell]


def _shell(
    home: Path, shell: str | None, *, system: System | None = None, found: dict[str, object] | None = None
) -> LoginShell:
    ctx = context(home, env={"SHELL": shell} if shell else {})
    ctx = replace(ctx, system=system or ctx.system)
    return answer(login_shell, ctx, Settings(values=found or {}, layers=()))


def test_bash_reads_only_the_first_of_its_files(tmp_path: Path) -> None:
    (tmp_path / ".bash_profile").write_text(KEEPS["before"])
    (tmp_path / ".profile").write_text(LOSES["plain"])

    assert _shell(tmp_path, "/bin/bash").lost is None


def test_without_a_shell_bash_is_taken(tmp_path: Path) -> None:
    (tmp_path / ".profile").write_text(LOSES["plain"])
    found = _shell(tmp_path, None)
    (finding,) = login_shell_finds_programs(found)

    assert finding.problem is SHELL_PATH_BROKEN_LOGIN_SHELL
    assert f"{tmp_path}/.profile:1" in finding.detail


def test_zsh_reads_all_of_its_files_in_turn(tmp_path: Path) -> None:
    (tmp_path / ".zshenv").write_text(LOSES["plain"])
    lost = _shell(tmp_path, "/usr/bin/zsh").lost
    (tmp_path / ".zprofile").write_text(KEEPS["the system's own"])

    assert lost is not None
    assert _shell(tmp_path, "/usr/bin/zsh").lost is None


def test_macos_puts_the_systems_folders_back_after_the_first(tmp_path: Path) -> None:
    (tmp_path / ".zshenv").write_text(LOSES["plain"])

    assert _shell(tmp_path, "/bin/zsh", system=MACOS).lost is None


def test_a_shell_that_is_not_known_is_not_judged(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable, match="fish"):
        _shell(tmp_path, "/usr/bin/fish")


def test_who_uses_no_login_shell_is_not_judged(tmp_path: Path) -> None:
    (tmp_path / ".profile").write_text(LOSES["plain"])
    with pytest.raises(NotApplicable, match="login shell"):
        _shell(tmp_path, "/bin/bash", found={"allow_login_shell": False})


def test_a_healthy_shell_is_silent(tmp_path: Path) -> None:
    assert login_shell_finds_programs(_shell(tmp_path, "/bin/bash")) == ()
