"""A lock that a killed git left, and one that a git holds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from codex_checks.files.git_lock import GitLock, git_lock, no_git_was_killed_here
from codex_checks.files.project import project
from codex_checks.problems import files as problems
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import MoveAside
from engine import context
from sandboxes import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

GIT = shutil.which("git") or "git"

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def _repository(folder: Path) -> Path:
    subprocess.run([GIT, "init", "-q", str(folder)], check=True)
    return folder


def _lock(path: Path, *, age: int = 3600) -> Path:
    path.touch()
    then = path.stat().st_mtime - age
    os.utime(path, (then, then))
    return path


def _found(folder: Path) -> GitLock:
    ctx = replace(context(Path("/nowhere")), cwd=folder)
    return answer(git_lock, ctx, answer(project, ctx))


def test_a_lock_of_an_hour_ago_is_reported_and_moved_aside(tmp_path: Path) -> None:
    lock = _lock(_repository(tmp_path / "work") / ".git/index.lock")

    (finding,) = no_git_was_killed_here(_found(tmp_path / "work"))

    assert finding.problem is problems.GIT_INDEX_LOCK_RACE
    assert f"{lock} was made 1 hour ago" in finding.detail
    assert finding.fix is not None
    assert finding.fix.steps == (MoveAside(path=str(lock), to=f"{lock}.aside"),)


def test_the_real_git_refuses_with_that_lock_and_works_without_it(tmp_path: Path) -> None:
    folder = _repository(tmp_path / "work")
    (folder / "file").touch()
    lock = _lock(folder / ".git/index.lock")

    with_it = subprocess.run([GIT, "-C", folder, "add", "file"], capture_output=True, text=True, check=False)
    lock.rename(f"{lock}.aside")
    without = subprocess.run([GIT, "-C", folder, "add", "file"], capture_output=True, check=False)

    assert "index.lock': File exists" in with_it.stderr
    assert without.returncode == 0


def test_a_worktree_has_its_index_elsewhere(tmp_path: Path) -> None:
    main = _repository(tmp_path / "main")
    author = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    subprocess.run([GIT, "-C", main, *author, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    subprocess.run([GIT, "-C", main, "worktree", "add", "-q", tmp_path / "other"], check=True)
    lock = _lock(main / ".git/worktrees/other/index.lock")

    assert _found(tmp_path / "other").path == lock


def test_a_lock_of_just_now_is_left_alone(tmp_path: Path) -> None:
    _lock(_repository(tmp_path / "work") / ".git/index.lock", age=10)

    assert no_git_was_killed_here(_found(tmp_path / "work")) == ()


@pytest.fixture
def git_at_work(tmp_path: Path) -> Iterator[Path]:
    """Let a git work in a repository until the test is over, and yield its folder."""
    folder = _repository(tmp_path / "work")
    process = subprocess.Popen(
        [GIT, "hash-object", "--stdin"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    with process:
        yield folder
        process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="the folder of another process is not known there")
def test_an_old_lock_is_left_alone_while_a_git_works_there(git_at_work: Path) -> None:
    _lock(git_at_work / ".git/index.lock")

    assert no_git_was_killed_here(_found(git_at_work)) == ()


def test_without_a_lock_there_is_nothing_to_judge(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable, match="no git holds"):
        _found(_repository(tmp_path / "work"))


def test_outside_of_a_repository_there_is_nothing_to_judge() -> None:
    # A scratch folder may lie in a clone of this project.
    with pytest.raises(NotApplicable, match="in no git repository"):
        _found(Path("/"))
