"""What a killed save of a sign-in left behind: newer tokens are named, useless ones removed, others kept."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

import pytest

import engine
from codex_checks.auth import left
from codex_checks.auth.login import login as read_login
from codex_checks.places import CodexHome
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import RemoveFile, ShellLine
from codex_doctor.model import Severity
from repairs import tree
from tokens import as_file, chatgpt_login

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.model import Finding

EARLY: Final = chatgpt_login(refreshed=1_790_000_000, refresh_token="rt_early_0123456789")
LATE: Final = chatgpt_login(refreshed=1_790_600_000, refresh_token="rt_late_0123456789")
OTHER: Final = chatgpt_login(refreshed=1_790_700_000, refresh_token="rt_other_01234567", account_id="acc-9")

CUT_OFF: Final = as_file(EARLY).partition(b"0123456789")[0]
"""All of a new sign-in up to the middle of its refresh token."""

NAME: Final = ".auth-Xy3kQ9"


def put(home: Path, name: str, content: object, *, seconds: float = 3600) -> Path:
    """Put *content* into *home* as if that had been so many *seconds* ago."""
    path = home / ".codex" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else as_file(content))
    path.chmod(0o600)
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def found(home: Path) -> tuple[Finding, ...]:
    folder = home / ".codex"
    with contextlib.closing(engine.context(home)) as ctx:
        where = CodexHome(path=folder, source="default", status=ctx.status(folder), target=folder)
        signed_in = read_login.read(ctx, where, None, None)
        return left.saves_are_finished(left.left_behind.read(ctx, signed_in))


@pytest.mark.parametrize(
    "content", [LATE, EARLY, b"", as_file(LATE)[:40]], ids=["the same", "older", "nothing", "a part"]
)
def test_what_is_of_no_use_any_more_is_a_note_and_removed(tmp_path: Path, content: object) -> None:
    put(tmp_path, "auth.json", LATE)
    path = put(tmp_path, NAME, content)

    (finding,) = found(tmp_path)

    assert finding.problem.severity is Severity.NOTE
    assert finding.fix is not None
    assert [step.path for step in finding.fix.steps if isinstance(step, RemoveFile)] == [str(path)]


@pytest.mark.parametrize("stored", [EARLY, None], ids=["older tokens", "nothing"])
def test_newer_tokens_than_the_stored_ones_are_to_be_stored(tmp_path: Path, stored: object | None) -> None:
    if stored is not None:
        put(tmp_path, "auth.json", stored)
    path = put(tmp_path, NAME, LATE)

    (finding,) = found(tmp_path)

    assert finding.problem.severity is Severity.WARNING
    assert finding.fix is not None
    assert finding.fix.steps == (ShellLine(line=f"codex-doctor import-auth {path}"),)


@pytest.mark.parametrize("content", [OTHER, b"[", CUT_OFF, {"OPENAI_API_KEY": "sk-0123456789"}])
def test_what_may_still_be_of_use_is_kept(tmp_path: Path, content: object) -> None:
    put(tmp_path, "auth.json", LATE)
    put(tmp_path, NAME, content)

    (finding,) = found(tmp_path)

    assert (finding.problem.severity, finding.fix) == (Severity.NOTE, None)


@pytest.mark.parametrize(
    ("name", "seconds"),
    [(NAME, 1.0), (".auth-Xy3kQ", 3600.0), (".auth-Xy3kQ9x", 3600.0), ("auth.json.lock", 3600.0)],
)
def test_what_is_being_written_and_what_is_something_else_is_left_alone(
    tmp_path: Path, name: str, seconds: float
) -> None:
    put(tmp_path, "auth.json", LATE)
    put(tmp_path, name, LATE, seconds=seconds)

    with pytest.raises(NotApplicable):
        found(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="HOME names the home on Unix only")
def test_a_repair_that_is_asked_for_removes_it_and_an_undo_brings_it_back(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    put(home, "auth.json", LATE)
    path = put(home, NAME, EARLY)
    before = tree(home)

    def doctor(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "codex_doctor", "repair", "--offline", *args],
            env={
                "HOME": str(home),
                "PATH": "/usr/bin:/bin",
                "LANG": "C.UTF-8",
                "XDG_STATE_HOME": str(tmp_path / "state"),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    ran = doctor("auth-save-left-behind", "--yes")
    gone = not path.exists()
    undone = doctor("--undo")

    assert (ran.returncode, gone) == (0, True), ran
    assert "rt_early" not in ran.stdout + ran.stderr
    assert (undone.returncode, tree(home)) == (0, before)
