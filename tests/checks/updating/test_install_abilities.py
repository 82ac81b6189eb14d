"""What a copy of Codex lacks beside it or for its age, and a formula that never gets newer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codex_checks.install.abilities import Ripgrep, codex_examines_itself, ripgrep, ripgrep_is_there
from codex_checks.install.binary import Binary
from codex_checks.install.formula import homebrew_can_update
from codex_checks.problems import updating as problems
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import RunCommand
from installed import NATIVE, Machine, link, native_package, put
from sandboxes import answer

if TYPE_CHECKING:
    from codex_cli import CodexCli


def _ripgrep(machine: Machine) -> Ripgrep:
    return answer(ripgrep, machine.context(), machine.search())


def test_a_single_file_without_ripgrep_is_a_note(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path)
    program = put(machine.home / ".local/bin/codex", NATIVE["linux"])

    (finding,) = ripgrep_is_there(_ripgrep(machine))

    assert finding.problem is problems.RIPGREP_MISSING
    assert str(program) in finding.detail


@pytest.mark.parametrize("folder", ["codex-path", "path"])
def test_a_whole_package_brings_its_own(tmp_path: Path, folder: str) -> None:
    machine = Machine(folder=tmp_path)
    native_package(machine.home / ".local")
    put(machine.home / ".local" / folder / "rg", NATIVE["linux"])

    assert ripgrep_is_there(_ripgrep(machine)) == ()


def test_the_system_s_ripgrep_serves_too(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path, path=[tmp_path / "tools"])
    put(machine.home / ".local/bin/codex", NATIVE["linux"])
    put(tmp_path / "tools/rg", NATIVE["linux"])

    assert ripgrep_is_there(_ripgrep(machine)) == ()


def test_the_real_package_of_codex_brings_ripgrep(tmp_path: Path, codex_cli: CodexCli) -> None:
    machine = Machine(folder=tmp_path, path=[codex_cli.launcher.parent])

    assert _ripgrep(machine).path == codex_cli.native.parent.parent / "codex-path" / "rg"


def test_without_codex_nobody_needs_ripgrep(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable, match="no program of Codex"):
        _ripgrep(Machine(folder=tmp_path))


@pytest.mark.parametrize(("version", "lacks"), [("0.130.0", True), ("0.131.0", False), (None, False)])
def test_codex_has_a_doctor_since_a_certain_version(version: str | None, *, lacks: bool) -> None:
    path = Path("/bin/codex")

    findings = codex_examines_itself(Binary(path=path, started=path, version=version, code=0))

    assert bool(findings) is lacks


def test_the_real_codex_has_a_doctor(codex_cli: CodexCli) -> None:
    assert codex_cli.run(["doctor", "--help"]).returncode == 0


def _brewed(machine: Machine, real: str) -> Path:
    program = put(machine.home / ".linuxbrew" / real, NATIVE["linux"])
    return link(machine.home / ".linuxbrew/bin/codex", program)


def test_a_formula_of_before_is_replaced_by_the_cask(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path)
    command = _brewed(machine, "Cellar/codex/0.42.0/bin/codex")

    (finding,) = homebrew_can_update(machine.search())

    assert finding.problem is problems.BREW_UPGRADE_STUCK
    assert finding.detail == f"{command} is version 0.42.0 of the formula `codex`, which ended with 0.46"
    assert finding.fix is not None
    assert RunCommand(argv=("brew", "uninstall", "--formula", "codex")) in finding.fix.steps


@pytest.mark.parametrize(
    "real",
    [
        "Caskroom/codex/0.42.0/codex",
        "Cellar/codex/0.169.0/bin/codex",
        "Cellar/other/0.42.0/bin/codex",
        "Cellar/codex",
    ],
)
def test_a_cask_and_whatever_else_stands_in_the_cellar_is_healthy(tmp_path: Path, real: str) -> None:
    machine = Machine(folder=tmp_path)
    _brewed(machine, real)

    assert homebrew_can_update(machine.search()) == ()
