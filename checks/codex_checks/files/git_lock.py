"""Whether a git that was killed left its lock in the repository around the working directory.

git makes `index.lock` when it is about to change what is staged, and removes it when it is done; nobody else
does either while it is there (git's documentation of the index, "racy git" and lockfile API).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.files.project import Project, project
from codex_checks.problems import files as problems
from codex_checks.recorded.seen import ago
from codex_doctor.check import check
from codex_doctor.fix import Fix, MoveAside
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

STALE: Final = 300
"""Seconds: git holds the lock for parts of one, and in a huge repository for some."""

PROGRAMS: Final = frozenset({"git", "git.exe"})

LIMIT: Final = 4 * 1024


class GitLock(Struct, frozen=True, kw_only=True):
    """The lock at *path*, *age* seconds old; *held*: it is too young to judge, or a git runs in there."""

    path: Path
    age: float
    held: bool


@blocking_probe("files.git-lock", touches={Touches.FILES}, limit=1.0, needs=(project,))
def git_lock(ctx: Context, here: Project) -> GitLock:
    """Look for a lock; processes are only looked at where there is an old one."""
    folder = _folder(ctx, here.git) if here.git is not None else None
    if folder is None:
        raise NotApplicable("this folder is in no git repository")
    path = folder / "index.lock"
    try:
        status = ctx.status(path, follow=False)
    except OSError:
        status = None
    if status is None:
        raise NotApplicable("no git holds the repository around this folder")
    age = max(0.0, ctx.now() - status.modified_ns / 1e9)
    return GitLock(path=path, age=age, held=age < STALE or _git_runs_in(here.folder_of_git))


@check(
    "files.no-git-was-killed-here",
    title="No git that was killed left its lock in this repository",
    needs=(git_lock,),
    reports=(problems.GIT_INDEX_LOCK_RACE,),
)
def no_git_was_killed_here(lock: GitLock) -> Iterator[Finding]:
    """Judge the age of the lock, and whether any git runs."""
    if not lock.held:
        yield problems.GIT_INDEX_LOCK_RACE.found(
            f"{lock.path} was made {ago(lock.age)}, and no git of this machine works there",
            evidence={"path": str(lock.path), "seconds": int(lock.age)},
            fix=Fix(
                summary="Move the lock aside",
                steps=(MoveAside(path=str(lock.path), to=f"{lock.path}.aside"),),
            ),
        )


def _folder(ctx: Context, git: Path) -> Path | None:
    """Return the folder that holds the index: *git* itself, or what a file of a worktree names."""
    try:
        status = ctx.status(git)
        if status is None or status.kind == "folder":
            return git
        words = ctx.head(git, limit=LIMIT).decode("utf-8", "replace")
    except OSError:
        return None
    named = words.partition("gitdir:")[2].strip()
    return git.parent / named if named and "\0" not in named else None


def _git_runs_in(repository: Path) -> bool:
    """Whether a git of this machine works in *repository*, or one of which that cannot be learnt."""
    import psutil

    for process in psutil.process_iter(["name"]):
        if process.info["name"] not in PROGRAMS:
            continue
        try:
            if Path(process.cwd()).is_relative_to(repository):
                return True
        except (psutil.NoSuchProcess, FileNotFoundError):
            continue  # it has ended since
        except (OSError, psutil.Error):
            return True
    return False
