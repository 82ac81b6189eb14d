"""Whether `codex exec` works in the folder in which this is run, and git too.

It refuses a folder that is in no git repository, unless it is told `--skip-git-repo-check` or that
nothing is to be asked or kept in; that the settings trust the folder does not help. A folder `.git` with a
HEAD in it makes a repository, or a file `.git`; an empty folder of that name does not (all seen on 0.169.0).
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING

from msgspec import Struct

from codex_checks.problems import files as problems
from codex_doctor.check import check
from codex_doctor.fix import Fix, ShellLine
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding


class Project(Struct, frozen=True, kw_only=True):
    """The working directory *folder*, and *git*: the `.git` of the repository it is in, None: of none."""

    folder: Path
    git: Path | None

    @property
    def folder_of_git(self) -> Path:
        """The folder of the repository with all that belongs to it; else the working directory."""
        return self.git.parent if self.git is not None else self.folder


@blocking_probe("files.project", touches={Touches.FILES}, limit=1.0)
def project(ctx: Context) -> Project:
    """Look for the repository around the working directory."""
    if ctx.cwd == ctx.home:
        raise NotApplicable("this is your home, and no project")
    found = next((folder / ".git" for folder in (ctx.cwd, *ctx.cwd.parents) if _is_git(ctx, folder)), None)
    return Project(folder=ctx.cwd, git=found)


@check(
    "files.exec-accepts-this-folder",
    title="`codex exec` accepts the folder in which you are",
    needs=(project,),
    reports=(problems.NOT_TRUSTED_DIRECTORY,),
)
def exec_accepts_this_folder(found: Project) -> Iterator[Finding]:
    """Judge whether the folder is in a git repository; only `codex exec` asks for one."""
    if found.git is None:
        yield problems.NOT_TRUSTED_DIRECTORY.found(
            f"{found.folder} is in no git repository: `codex exec` does not start here by itself",
            evidence={"folder": str(found.folder)},
            fix=Fix(summary="Make it a repository", steps=(ShellLine(line="git init"),)),
        )


def _is_git(ctx: Context, folder: Path) -> bool:
    try:
        status = ctx.status(folder / ".git")
        if status is None or status.kind != "folder":
            return status is not None and status.kind == "file"
        return ctx.status(folder / ".git" / "HEAD", follow=False) is not None
    except OSError:
        return False
