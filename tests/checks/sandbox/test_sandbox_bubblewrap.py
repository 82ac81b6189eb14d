"""Which bubblewrap Codex would take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from codex_checks.problems.sandbox import BWRAP_MISSING, BWRAP_TOO_OLD
from codex_checks.sandbox.bubblewrap import Bubblewrap, bubblewrap
from codex_checks.sandbox.checks import bubblewrap_is_there, wsl_has_namespaces
from codex_checks.sandbox.policy import Policy
from codex_checks.sandbox.trial import Trial
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.model import Severity
from engine import LINUX, context
from sandboxes import answer, copies, native

if TYPE_CHECKING:
    from pathlib import Path

    from codex_checks.install.found import Installations
    from codex_doctor.context import Context

WSL1 = System(os="linux", arch="x86_64", release="4.4.0-19041-Microsoft", user=1000)
WSL2 = System(os="linux", arch="x86_64", release="6.6.87.2-microsoft-standard-WSL2", user=1000)


def _program(path: Path, *, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


def _on_path(root: Path, *folders: Path) -> Context:
    return replace(context(root, env={"PATH": ":".join(map(str, folders))}), cwd=root / "project")


def _found(ctx: Context, installed: Installations) -> Bubblewrap:
    return answer(bubblewrap, ctx, Policy(), installed)


def test_the_first_on_path_is_taken(tmp_path: Path) -> None:
    first, second = _program(tmp_path / "a" / "bwrap"), _program(tmp_path / "b" / "bwrap")
    ctx = _on_path(tmp_path, first.parent, second.parent)

    assert _found(ctx, copies(native(tmp_path))).system == first


def test_one_that_may_not_be_executed_is_none(tmp_path: Path) -> None:
    locked = _program(tmp_path / "a" / "bwrap", mode=0o644)

    assert _found(_on_path(tmp_path, locked.parent), copies(native(tmp_path))).system is None


def test_one_in_the_working_directory_is_passed_over_and_named(tmp_path: Path) -> None:
    here, other = _program(tmp_path / "project" / "bin" / "bwrap"), _program(tmp_path / "b" / "bwrap")
    found = _found(_on_path(tmp_path, here.parent, other.parent), copies(native(tmp_path)))

    assert (found.system, found.passed_over) == (other, here)


@pytest.mark.parametrize("place", ["bin/codex-resources/bwrap", "codex-resources/bwrap", "bin/bwrap"])
def test_the_one_in_the_package_is_found(tmp_path: Path, place: str) -> None:
    own = _program(tmp_path / place)

    assert _found(_on_path(tmp_path), copies(native(tmp_path / "bin"))).own == own


@pytest.mark.parametrize("known", [True, False])
def test_none_is_looked_for_beside_a_program_that_is_not_there(tmp_path: Path, known: bool) -> None:
    copy = replace(native(tmp_path), program=None)
    with pytest.raises(Unavailable, match="not there"):
        _found(_on_path(tmp_path), copies(copy if known else replace(copy, native=None)))


def test_a_codex_from_before_bubblewrap_needs_none(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable, match="no bubblewrap yet"):
        _found(_on_path(tmp_path), copies(native(tmp_path, version="0.114.0")))


def test_the_first_wsl_is_told_and_nothing_else_is_judged(tmp_path: Path) -> None:
    installed = replace(copies(native(tmp_path)), system=WSL1)
    (finding,) = wsl_has_namespaces(Policy(), installed)

    assert finding.problem.name == "wsl1-unsupported"
    assert "4.4.0-19041-Microsoft" in finding.detail
    with pytest.raises(Unavailable):
        _found(replace(_on_path(tmp_path), system=WSL1), installed)


def test_the_second_wsl_has_sandboxes(tmp_path: Path) -> None:
    assert wsl_has_namespaces(Policy(), replace(copies(native(tmp_path)), system=WSL2)) == ()


def test_other_linuxes_are_no_wsl(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        wsl_has_namespaces(Policy(), replace(copies(native(tmp_path)), system=LINUX))


def _judged(tmp_path: Path, found: Bubblewrap, tried: Trial | None = None) -> list[tuple[str, Severity]]:
    findings = bubblewrap_is_there(found, tried, copies(native(tmp_path)))
    return [(each.problem.name, each.problem.severity) for each in findings]


def test_codexs_own_makes_a_missing_one_a_note(tmp_path: Path) -> None:
    found = Bubblewrap(copy=tmp_path / "codex", version="0.169.0", own=tmp_path / "bwrap")

    assert _judged(tmp_path, found) == [(BWRAP_MISSING.name, Severity.NOTE)]


def test_none_at_all_stops_every_command(tmp_path: Path) -> None:
    found = Bubblewrap(copy=tmp_path / "codex", version="0.169.0")

    assert _judged(tmp_path, found) == [(BWRAP_MISSING.name, Severity.ERROR)]


def test_one_that_was_passed_over_is_named(tmp_path: Path) -> None:
    found = Bubblewrap(copy=tmp_path / "codex", version=None, passed_over=tmp_path / "bin" / "bwrap")
    (finding,) = bubblewrap_is_there(found, None, copies(native(tmp_path)))

    assert str(tmp_path / "bin" / "bwrap") in finding.detail


def test_one_that_is_a_part_of_the_program_cannot_be_missing(tmp_path: Path) -> None:
    found = Bubblewrap(copy=tmp_path / "codex", version="0.120.0", built_in=True)

    assert _judged(tmp_path, found) == []


def test_the_systems_alone_is_healthy(tmp_path: Path) -> None:
    found = Bubblewrap(copy=tmp_path / "codex", version="0.169.0", system=tmp_path / "bwrap")
    tried = Trial(program=tmp_path / "bwrap", own=False, worked=True)

    assert _judged(tmp_path, found, tried) == []


@pytest.mark.parametrize(("own", "severity"), [(True, Severity.NOTE), (False, Severity.ERROR)])
def test_one_that_is_too_old_matters_where_there_is_no_other(
    tmp_path: Path, own: bool, severity: Severity
) -> None:
    found = Bubblewrap(copy=tmp_path / "codex", version="0.169.0", system=tmp_path / "bwrap")
    tried = Trial(program=tmp_path / "other", own=own, worked=own, unknown="--perms", old=tmp_path / "bwrap")
    (finding,) = bubblewrap_is_there(found, tried, copies(native(tmp_path)))

    assert (finding.problem.name, finding.problem.severity) == (BWRAP_TOO_OLD.name, severity)
    assert "--perms" in finding.detail
