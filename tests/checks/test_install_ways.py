"""How Codex could come onto a machine, and who is left to do it by hand."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

from codex_checks.acts.install.asked import Asked, Via, asked
from codex_checks.install.installation import Channel, Installation
from codex_checks.install.permission import closed
from codex_checks.install.presence import binary_is_found
from codex_checks.install.remedies import fresh, install_again, instead_of, update
from codex_checks.install.rivals import next_update_can_begin
from codex_checks.install.ways import Ways, prefix_of
from codex_doctor.fix import Act, MoveAside, RunCommand, ShellLine, Tell
from installed import LAUNCHER, LINUX, NATIVE, WINDOWS, Machine, link, native_package, npm_package, put

if TYPE_CHECKING:
    from codex_checks.install.found import Installations
    from codex_doctor.context import System
    from codex_doctor.fix import Fix, Step

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners are those of Unix")

ME: Final = os.geteuid() if hasattr(os, "geteuid") else 0
MINE: Final = replace(LINUX, user=ME)
ANOTHER: Final = replace(LINUX, user=ME + 12345)
"""A user to whom nothing here belongs."""


def _machine(folder: Path, *, system: System = MINE, node: str = "v20.11.1") -> Machine:
    """Return a machine with npm in the user's own prefix, which PATH leads to."""
    machine = Machine(folder=folder, system=system)
    prefix = machine.home / ".npm-global"
    put(machine.home / "node" / node / "bin" / "node", NATIVE["linux"])
    put(machine.home / "node" / node / "bin" / "npm", "#!/usr/bin/env node\n")
    put(machine.home / ".npmrc", f"prefix={prefix}\n", mode=0o600)
    machine.path = [machine.home / ".local/bin", prefix / "bin", machine.home / "node" / node / "bin"]
    return machine


def _only(fix: Fix | None) -> Step:
    assert fix is not None
    (step,) = fix.steps
    return step


def _asked(fix: Fix | None) -> Asked:
    step = _only(fix)
    assert isinstance(step, Act)
    assert step.kind == "install"
    return asked(step.arguments)


def _copy(found: Installations, channel: Channel) -> Installation:
    return next(copy for copy in found.copies if copy.channel is channel)


def test_npm_installs_codex_where_it_may_and_where_path_leads(tmp_path: Path) -> None:
    machine = _machine(tmp_path)

    what = _asked(fresh(machine.search(), "Install Codex"))

    assert (what.via, what.otherwise) == (Via.NPM, Via.STANDALONE)
    assert what.prefix == machine.home / ".npm-global"
    assert what.npm == machine.home / "node/v20.11.1/bin/npm"


def test_the_missing_codex_is_installed_so(tmp_path: Path) -> None:
    (finding,) = binary_is_found(_machine(tmp_path).search())

    assert _asked(finding.fix).via is Via.NPM
    step = _only(finding.fix)
    assert isinstance(step, Act)
    assert step.command == "npm install -g @openai/codex@latest --include=optional"


def test_a_prefix_that_path_does_not_lead_to_is_passed_over(tmp_path: Path) -> None:
    machine = _machine(tmp_path)
    machine.path = [machine.home / "node/v20.11.1/bin"]

    assert _asked(fresh(machine.search(), "Install Codex")).via is Via.STANDALONE


def test_a_prefix_of_somebody_else_is_passed_over(tmp_path: Path) -> None:
    machine = _machine(tmp_path)
    prefix = machine.home / ".npm-global"
    (prefix / "lib" / "node_modules").mkdir(parents=True)
    put(machine.home / "keep")
    for folder in (machine.home, machine.home / ".local/bin"):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o777)
    machine.system = ANOTHER

    what = _asked(fresh(machine.search(), "Install Codex"))

    assert (what.via, what.commands) == (Via.STANDALONE, machine.home / ".local/bin")


def test_a_node_that_is_too_old_runs_no_npm(tmp_path: Path) -> None:
    machine = _machine(tmp_path, node="v14.21.3")

    assert _asked(fresh(machine.search(), "Install Codex")).via is Via.STANDALONE


def test_where_nothing_may_be_written_the_installer_is_told(tmp_path: Path) -> None:
    machine = _machine(tmp_path)
    machine.home.chmod(0o755)
    machine.system = ANOTHER

    assert isinstance(_only(fresh(machine.search(), "Install Codex")), ShellLine)


def test_for_a_machine_without_a_codex_nothing_is_tried(tmp_path: Path) -> None:
    machine = _machine(tmp_path, system=replace(MINE, arch="riscv64"))

    assert isinstance(_only(fresh(machine.search(), "Install Codex")), ShellLine)


def test_on_windows_without_npm_the_installer_is_told(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path, system=WINDOWS)

    assert isinstance(_only(fresh(machine.search(), "Install Codex")), ShellLine)


@pytest.mark.parametrize(
    ("env", "path", "commands"),
    [
        ({}, [], ".local/bin"),
        ({}, ["bin"], "bin"),
        ({}, ["bin", ".local/bin"], ".local/bin"),
        ({"CODEX_INSTALL_DIR": "own"}, ["bin"], "own"),
    ],
)
def test_the_command_goes_where_path_leads(
    tmp_path: Path, env: dict[str, str], path: list[str], commands: str
) -> None:
    machine = Machine(folder=tmp_path, system=MINE)
    machine.env = {name: str(machine.home / value) for name, value in env.items()}
    machine.path = [machine.home / each for each in path]

    assert machine.search().ways.commands == machine.home / commands


def test_a_copy_of_npm_is_mended_in_its_own_prefix(tmp_path: Path) -> None:
    machine = _machine(tmp_path)
    node = machine.home / "node/v20.11.1"
    launcher = npm_package(node / "lib" / "node_modules", whole=False)
    link(node / "bin" / "codex", launcher)

    found = machine.search()
    what = _asked(install_again(_copy(found, Channel.NPM), found))

    assert (what.via, what.otherwise, what.prefix) == (Via.NPM, None, node)
    step = _only(install_again(_copy(found, Channel.NPM), found))
    assert isinstance(step, Act)
    assert f"--prefix {node}" in (step.command or "")


def test_a_copy_that_root_installed_is_left_to_root(tmp_path: Path) -> None:
    machine = _machine(tmp_path)
    prefix = machine.home / ".npm-global"
    link(prefix / "bin" / "codex", npm_package(prefix / "lib" / "node_modules", whole=False))
    machine.system = ANOTHER

    found = machine.search()
    step = _only(install_again(_copy(found, Channel.NPM), found))

    assert isinstance(step, RunCommand)
    assert step.argv[:4] == ("sudo", "npm", "install", "-g")
    assert step.argv[-1] == "--ignore-scripts"


def test_without_npm_its_copies_are_left_to_the_user(tmp_path: Path) -> None:
    machine = _machine(tmp_path)
    prefix = machine.home / ".npm-global"
    link(prefix / "bin" / "codex", npm_package(prefix / "lib" / "node_modules", whole=False))
    machine.path = [prefix / "bin"]

    found = machine.search()

    assert isinstance(_only(install_again(_copy(found, Channel.NPM), found)), RunCommand)


def test_what_a_broken_update_left_is_found_and_moved_aside(tmp_path: Path) -> None:
    machine = _machine(tmp_path)
    modules = machine.home / ".npm-global/lib/node_modules"
    link(machine.home / ".npm-global/bin/codex", npm_package(modules))
    left = modules / "@openai/.codex-zW1CjBX3"
    put(left / "package.json", "{}", mode=0o644)
    put(modules / "@openai/.codex-doctor-0123abcd/package.json", "{}", mode=0o644)

    (finding,) = next_update_can_begin(machine.search())

    assert finding.fix is not None
    assert finding.fix.steps[:-1] == (MoveAside(path=str(left), to=f"{left}.aside"),)
    assert isinstance(finding.fix.steps[-1], Tell)


def test_where_npm_left_nothing_the_next_update_can_begin(tmp_path: Path) -> None:
    machine = _machine(tmp_path)
    link(machine.home / ".npm-global/bin/codex", npm_package(machine.home / ".npm-global/lib/node_modules"))

    assert next_update_can_begin(machine.search()) == ()


def test_a_standalone_copy_is_replaced_where_it_stands(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path, system=MINE)
    root = machine.home / ".codex/packages/standalone"
    native_package(root / "releases/0.169.0-x86_64-unknown-linux-musl")
    link(root / "current", root / "releases/0.169.0-x86_64-unknown-linux-musl")
    link(machine.home / "tools/codex", root / "current/bin/codex")
    machine.path = [machine.home / "tools"]

    found = machine.search()
    for fix in (install_again, update):
        what = _asked(fix(_copy(found, Channel.STANDALONE), found))
        assert (what.via, what.root, what.commands) == (Via.STANDALONE, root, machine.home / "tools")


def test_a_copy_that_nobody_updates_gives_way_to_a_release(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path, system=MINE)
    copy = put(machine.home / "bin/codex", b"")
    machine.path = [machine.home / "bin"]

    found = machine.search()
    what = _asked(install_again(_copy(found, Channel.OTHER), found))

    assert (what.via, what.away) == (Via.STANDALONE, copy)
    step = _only(install_again(_copy(found, Channel.OTHER), found))
    assert isinstance(step, Act)
    assert (step.command or "").startswith(f"mv {copy} {copy}.aside && ")


def test_such_a_copy_is_not_moved_for_an_update(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path, system=MINE)
    put(machine.home / "bin/codex", NATIVE["linux"])
    machine.path = [machine.home / "bin"]

    found = machine.search()

    assert isinstance(_only(update(_copy(found, Channel.OTHER), found)), ShellLine)


def test_another_package_called_codex_is_replaced_in_its_prefix(tmp_path: Path) -> None:
    machine = _machine(tmp_path)
    prefix = machine.home / ".npm-global"
    root = prefix / "lib/node_modules/codex"
    put(root / "package.json", '{"name": "codex", "version": "0.2.3"}', mode=0o644)
    link(prefix / "bin/codex", put(root / "bin/codex.js", LAUNCHER))

    found = machine.search()
    (copy,) = found.copies
    what = _asked(instead_of(copy, found))

    assert (what.via, what.instead, what.prefix) == (Via.NPM, "codex", prefix)


def test_a_prefix_on_windows_has_no_lib(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path, system=WINDOWS)
    prefix = machine.home / "AppData/Roaming/npm"
    npm_package(prefix / "node_modules", os="windows")
    put(prefix / "codex.cmd", b'@"%dp0%\\node_modules\\@openai\\codex\\bin\\codex.js" %*\r\n')

    (copy,) = machine.search().copies

    assert prefix_of(copy) == prefix


def test_what_is_asked_for_travels_as_words() -> None:
    what = Asked(
        via=Via.NPM,
        otherwise=Via.STANDALONE,
        npm=Path("/usr/bin/npm"),
        prefix=Path("/usr"),
        version="0.170.0",
        instead="codex",
        away=Path("/bin/codex"),
        root=Path("/root"),
        commands=Path("/commands"),
        into=Path("/into"),
    )

    assert asked(what.arguments()) == what
    assert asked({"via": "npm"}) == Asked(via=Via.NPM)


def test_nothing_is_possible_where_nothing_was_looked_at() -> None:
    assert Ways() == Ways(npm=None, prefix=None, anywhere=None, standalone=False, commands=None)


@pytest.mark.parametrize(
    ("mode", "user", "is_closed"),
    [
        (0o755, ME, False),
        (0o755, ME + 12345, True),
        (0o777, ME + 12345, False),
        (0o555, 0, False),
    ],
)
def test_a_folder_is_closed_by_its_owner_and_mode(
    tmp_path: Path, mode: int, user: int, *, is_closed: bool
) -> None:
    machine = Machine(folder=tmp_path, system=replace(LINUX, user=user))
    folder = machine.home / "folder"
    folder.mkdir(parents=True)
    folder.chmod(mode)

    assert (closed(machine.context(), folder) == folder) is is_closed


def test_an_absent_folder_is_as_closed_as_the_one_above_it(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path, system=ANOTHER)
    above = machine.home / "above"
    above.mkdir(parents=True)

    above.chmod(0o755)
    shut = closed(machine.context(), above / "a" / "b")
    above.chmod(0o777)
    opened = closed(machine.context(), above / "a" / "b")

    assert (shut, opened) == (above / "a" / "b", None)


def test_a_file_in_the_place_of_a_folder_is_closed(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path, system=MINE)
    put(machine.home / "file")

    assert closed(machine.context(), machine.home / "file" / "bin") is not None
