"""The real Codex comes onto the machine whole, by npm and as a release, and goes without a trace."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

import acts_install
import tiny_codex
from codex_cli import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from acts_install import Installing
    from codex_cli import CodexCli
    from fakes.publisher import Publisher

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the archives are made for Linux")


def _pack(folder: Path, to: Path, *, under: str) -> Path:
    """Pack *folder* without compression: what takes a minute to compress is read from a disk in a second."""
    with tarfile.open(to, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.add(path, under + path.relative_to(folder).as_posix(), recursive=False)
    return to


def _described(folder: Path) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((folder / "package.json").read_text("utf-8"))
    return described


@pytest.fixture(scope="module")
def packed(codex_cli: CodexCli, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the archives of the real Codex."""
    folder = tmp_path_factory.mktemp("packed")
    modules = codex_cli.prefix / "node_modules" / "@openai"
    _pack(modules / "codex", folder / "launcher.tgz", under="package/")
    part = modules / f"codex-{tiny_codex.PLATFORM}"
    _pack(part, folder / "part.tgz", under="package/")
    _pack(part / "vendor" / tiny_codex.TARGET, folder / "release.tar.gz", under="")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def machine(
    packed: Path,
    codex_cli: CodexCli,
    publisher: Publisher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Installing:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    modules = codex_cli.prefix / "node_modules" / "@openai"
    publisher.publish_files(
        VERSION,
        launcher=(packed / "launcher.tgz", _described(modules / "codex")),
        part=(packed / "part.tgz", _described(modules / f"codex-{tiny_codex.PLATFORM}")),
        archive=packed / "release.tar.gz",
    )
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
