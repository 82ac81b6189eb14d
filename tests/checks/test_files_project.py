"""The folder in which one is, as `codex exec` judges it; and the real one says the same."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

from codex_checks.files.project import Project, exec_accepts_this_folder, project
from codex_checks.problems import files as problems
from codex_doctor.errors import NotApplicable
from engine import context
from sandboxes import answer

if TYPE_CHECKING:
    from codex_cli import CodexCli

REFUSES: Final = "Not inside a trusted directory"


def _project(folder: Path) -> Project:
    return answer(project, replace(context(Path("/nowhere")), cwd=folder))


def _git_init(folder: Path) -> None:
    subprocess.run([shutil.which("git") or "git", "init", "-q", str(folder)], check=True)


def _make(folder: Path, kind: str) -> Path:
    """Make a folder of that *kind* and return the one to be in."""
    match kind:
        case "repository":
            _git_init(folder)
        case "inside":
            _git_init(folder)
            folder = folder / "deep" / "down"
        case "worktree":
            folder.mkdir()
            (folder / ".git").write_text("gitdir: /elsewhere/.git/worktrees/one\n")
        case "empty":
            (folder / ".git").mkdir(parents=True)
        case _:
            pass
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize(
    ("kind", "accepted"),
    [("repository", True), ("inside", True), ("worktree", True), ("empty", False), ("plain", False)],
)
def test_a_folder_is_judged_as_the_real_codex_exec_judges_it(
    codex_cli: CodexCli, kind: str, *, accepted: bool
) -> None:
    folder = _make(codex_cli.scratch_home() / "project", kind)
    once = "request_max_retries=0,stream_max_retries=0"
    nowhere = [
        f'model_providers.x={{name="x",base_url="http://127.0.0.1:9",{once}}}',
        "model_provider=x",
        "x=1",
    ]
    overrides = [word for each in nowhere for word in ("-c", each)]
    args = ["exec", "-C", str(folder), "--disable", "unbounded_connection_retries", *overrides, "hi"]

    said = codex_cli.run(args, seconds=60.0).stderr
    findings = exec_accepts_this_folder(_project(folder))

    assert (REFUSES not in said) is accepted
    assert (findings == ()) is accepted


def test_a_folder_of_no_repository_is_a_note_that_names_it(tmp_path: Path) -> None:
    (finding,) = exec_accepts_this_folder(Project(folder=tmp_path, git=None))

    assert finding.problem is problems.NOT_TRUSTED_DIRECTORY
    assert str(tmp_path) in finding.detail


def test_in_one_s_home_nothing_is_judged(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable, match="your home"):
        answer(project, context(tmp_path))
