"""What `codex update` would change; the real one is asked with stand-ins for the package managers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codex_checks.install.updating import Update, update_changes_what_runs, update_of
from codex_checks.problems import updating as problems
from codex_doctor.fix import RunCommand
from installed import MACOS, NATIVE, Machine, link, native_package, npm_package, put

if TYPE_CHECKING:
    from codex_cli import CodexCli
    from codex_doctor.context import System

NPM = "npm install -g @openai/codex"

needs_unix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are scripts of a Unix shell")


def _machine(folder: Path, modules: str, system: System | None = None) -> Machine:
    """Return a machine whose PATH leads to a copy in the folder *modules* of its home; npm is in ~/npm."""
    machine = Machine(folder=folder) if system is None else Machine(folder=folder, system=system)
    put(machine.home / ".npmrc", f"prefix={machine.home}/npm\n")
    launcher = npm_package(machine.home / modules)
    machine.path = [link(machine.home / "commands/codex", launcher).parent]
    return machine


def _told(machine: Machine) -> Update:
    found = machine.search()
    assert found.running is not None
    told = update_of(found.running, found)
    assert told is not None
    return told


PLACES = (
    ("npm/lib/node_modules", NPM, True),
    ("other/lib/node_modules", NPM, False),
    (".bun/install/global/node_modules", "bun install -g @openai/codex", True),
    (".config/yarn/global/node_modules", NPM, False),
    (".local/share/mise/installs/npm-openai-codex/0.169.0/lib/node_modules", NPM, False),
)


@pytest.mark.parametrize(("modules", "command", "itself"), PLACES)
def test_a_copy_that_node_starts_is_updated_by_its_place(
    tmp_path: Path, modules: str, command: str, *, itself: bool
) -> None:
    told = _told(_machine(tmp_path, modules))

    assert (told.command, told.itself) == (command, itself)


@pytest.mark.parametrize(("modules", "command"), [(modules, command) for modules, command, _ in PLACES])
@needs_unix
@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_the_real_codex_runs_that_command(codex_cli: CodexCli, modules: str, command: str) -> None:
    home = codex_cli.scratch_home()
    package = home / modules / "@openai/codex"
    shutil.copytree(codex_cli.prefix / "node_modules/@openai/codex", package)
    platform = codex_cli.native.relative_to(codex_cli.prefix / "node_modules").parts[1]
    link(package / "node_modules/@openai" / platform, codex_cli.prefix / "node_modules/@openai" / platform)
    for manager in ("npm", "bun"):
        put(home / "managers" / manager, f'#!/bin/sh\necho "ran {manager} $*"\n')

    ran = subprocess.run(
        [shutil.which("node") or "node", package / "bin/codex.js", "update"],
        env={"PATH": f"{home}/managers:/usr/bin:/bin", "HOME": str(home), "CODEX_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert f"ran {command}" in ran.stdout


@needs_unix
def test_the_real_codex_refuses_where_it_does_not_know_how_it_came(codex_cli: CodexCli) -> None:
    assert "Could not detect the Codex installation method" in codex_cli.run(["update"]).stderr


def test_npm_s_own_copy_is_named_as_the_one_that_changes(tmp_path: Path) -> None:
    machine = _machine(tmp_path, ".config/yarn/global/node_modules")
    other = link(machine.home / "npm/bin/codex", npm_package(machine.home / "npm/lib/node_modules"))

    assert _told(machine).copy == other


def test_a_copy_that_npm_does_not_know_of_is_a_note_with_its_own_command(tmp_path: Path) -> None:
    machine = _machine(tmp_path, ".config/yarn/global/node_modules")

    (finding,) = update_changes_what_runs(machine.search())

    assert finding.problem is problems.UPDATE_CHANGES_ANOTHER
    assert f"makes another one in {machine.home}/npm/lib/node_modules" in finding.detail
    assert finding.fix is not None
    assert finding.fix.steps == (RunCommand(argv=("yarn", "global", "add", "@openai/codex@latest")),)


@pytest.mark.parametrize(
    "modules", ["npm/lib/node_modules", "project/node_modules", ".npm/_npx/1/node_modules"]
)
def test_a_copy_that_an_update_changes_or_is_not_meant_to_is_healthy(tmp_path: Path, modules: str) -> None:
    machine = _machine(tmp_path, modules)
    put(machine.home / "project/package.json", "{}")

    assert update_changes_what_runs(machine.search()) == ()


def test_the_standalone_release_updates_itself(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path)
    release = machine.home / ".codex/packages/standalone/releases/0.169.0-x86_64-unknown-linux-musl"
    machine.path = [native_package(release).parent]

    assert _told(machine).itself


@pytest.mark.parametrize(
    ("real", "itself"),
    [("opt/homebrew/Caskroom/codex/0.169.0/codex", True), ("opt/homebrew/bin/codex", False)],
)
def test_on_macos_whatever_stands_in_homebrew_s_folder_is_homebrew_s_to_codex(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real: str, *, itself: bool
) -> None:
    machine = Machine(folder=tmp_path, system=MACOS)
    monkeypatch.setattr("codex_checks.install.updating.BREWS_ON_MACOS", (str(machine.root / "opt/homebrew"),))
    program = put(machine.root / real, NATIVE["macos"])
    machine.path = [program.parent]

    told = _told(machine)

    assert (told.command, told.itself) == ("brew upgrade --cask codex", itself)


def test_a_single_file_is_updated_by_nobody(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path)
    machine.path = [put(machine.home / "tools/codex", NATIVE["linux"]).parent]

    told = _told(machine)

    assert told.command is None
    assert told.words.startswith("`codex update` changes nothing")
    assert update_changes_what_runs(machine.search()) == ()


def test_a_node_of_homebrew_s_has_npm_put_things_into_homebrew_s_own_prefix(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path, path=[tmp_path / "brew/bin"])
    cellar = tmp_path / "brew/Cellar/node/24.1.0"
    link(tmp_path / "brew/bin/node", put(cellar / "bin/node", NATIVE["linux"]))
    npm = put(cellar / "libexec/lib/node_modules/npm/bin/npm-cli.js", "#!/usr/bin/env node\n")
    put(cellar / "libexec/lib/node_modules/npm/npmrc", f"prefix = {tmp_path}/brew\n")
    link(tmp_path / "brew/bin/npm", npm)

    assert machine.search().npm_prefix == tmp_path / "brew"


def test_where_a_version_manager_s_shim_stands_npm_puts_nothing(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path, path=[tmp_path / "shims"])
    put(tmp_path / "shims/node", '#!/bin/sh\nexec asdf exec node "$@"\n')

    assert machine.search().npm_prefix is None


@needs_unix
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
@pytest.mark.parametrize("file", ["home/.npmrc", None])
def test_the_real_npm_has_the_same_prefix(tmp_path: Path, file: str | None) -> None:
    machine = Machine(folder=tmp_path, path=[*map(Path, os.environ["PATH"].split(os.pathsep))])
    machine.home.mkdir()
    if file is not None:
        put(tmp_path / file, "prefix=~/elsewhere\n")

    ran = subprocess.run(
        [shutil.which("npm") or "npm", "prefix", "--global"],
        env={"PATH": os.environ["PATH"], "HOME": str(machine.home)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert machine.search().npm_prefix == Path(ran.stdout.strip())
