"""The real Codex comes onto the machine whole, by npm and as a release, and goes without a trace."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import acts_install
import tiny_codex
from codex_cli import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from acts_install import Installing
    from codex_cli import CodexCli
    from fakes.publisher import Publisher
    from real_codex import Packed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the archives are made for Linux")


@pytest.fixture
def machine(
    packed: Packed, publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Installing:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    packed.publish(publisher)
    return acts_install.machine(tmp_path, publisher.env)


def _answers(machine: Installing, command: Path) -> str:
    """Return what *command* says of itself with the machine's own PATH."""
    ran = subprocess.run(
        [str(command), "--version"],
        env={**machine.env, "CODEX_HOME": str(machine.home.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


@pytest.mark.parametrize(
    ("via", "command"), [("standalone", ".local/bin/codex"), ("npm", ".npm-global/bin/codex")]
)
def test_the_real_codex_is_installed_and_taken_back(machine: Installing, via: str, command: str) -> None:
    if via == "npm" and shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    before = acts_install.traces(machine.home)

    machine.do(via=via)

    assert _answers(machine, machine.home / command) == f"codex-cli {VERSION}"

    machine.undo()

    assert acts_install.traces(machine.home) == before


def test_what_is_unpacked_is_the_package_to_the_byte(machine: Installing, codex_cli: CodexCli) -> None:
    machine.do(via="standalone")

    real = codex_cli.native.parent.parent
    made = machine.home / f".codex/packages/standalone/releases/{VERSION}-{tiny_codex.TARGET}"
    told = subprocess.run(["diff", "-r", str(real), str(made)], capture_output=True, text=True, check=False)  # noqa: S607 - of the system
    assert told.stdout == f"Only in {made}: codex\n"
    assert _modes(made) == _modes(real)


def _modes(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mode
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
