"""The folder that is named for the databases: there, to be made, or in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from msgspec.structs import replace

import engine
from codex_checks.config.settings import Settings
from codex_checks.places import CodexHome
from codex_checks.state import folder as topic
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable
from codex_doctor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

look = cast("Callable[[Context, CodexHome, Settings | None], topic.Folder]", topic.folder.read)


def judge(tmp_path: Path, place: Path, **env: str) -> tuple[Finding, ...]:
    home = tmp_path / "home"
    home.mkdir()
    ctx = engine.context(env=env, system=System(os="linux", arch="x86_64", release="6.1.0", user=1000))
    found = CodexHome(path=home, source="default", status=ctx.status(home), target=home)
    named = None if env else Settings(values={"sqlite_home": str(place)}, layers=())
    seen = look(ctx, found, named)
    return topic.databases_have_a_folder(replace(seen, found=replace(seen.found, owner=1000)))


def test_a_folder_and_one_that_codex_is_yet_to_make_are_fine(tmp_path: Path) -> None:
    assert judge(tmp_path, tmp_path / "new" / "deep") == ()


def test_a_file_in_its_place_is_a_warning_for_codex_moves_it_aside(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("x")
    (finding,) = judge(tmp_path, tmp_path / "db")

    assert (finding.problem.name, finding.problem.severity) == ("state-db-init-failed", Severity.WARNING)
    assert finding.detail.startswith(f"sqlite_home names {tmp_path}/db, and {tmp_path}/db is a file")


def test_a_file_above_it_keeps_codex_from_starting(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("x")
    (finding,) = judge(tmp_path, tmp_path, CODEX_SQLITE_HOME=str(tmp_path / "db" / "in" / "it"))

    assert finding.problem.severity is Severity.ERROR
    assert finding.detail.startswith("CODEX_SQLITE_HOME names ")


def test_a_folder_that_is_closed_to_its_owner_is_told_with_its_mode(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir(mode=0o555)
    (finding,) = judge(tmp_path, tmp_path / "db")

    assert "has mode 0555" in finding.detail


def test_the_usual_folder_is_judged_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        judge(tmp_path, tmp_path / "home")
