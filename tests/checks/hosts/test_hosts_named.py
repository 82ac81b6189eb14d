"""The paths of Codex that hosts were given, in variables and in settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_checks.hosts.named import HostsName, hosts_name, named_codex_is_there
from codex_checks.install.found import Installations
from codex_checks.problems import hosts as problems
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import ShellLine, Tell
from installed import LINUX, MACOS, NATIVE, WINDOWS, Machine, put
from sandboxes import answer

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.context import System
    from codex_doctor.model import Finding

NOTHING_INSTALLED: Final = Installations(system=LINUX)


def _read(machine: Machine) -> HostsName:
    return answer(hosts_name, machine.context())


def _judged(machine: Machine) -> tuple[Finding, ...]:
    return named_codex_is_there(_read(machine), machine.search())


@pytest.mark.parametrize(
    ("system", "file"),
    [
        (LINUX, ".config/Code/User/settings.json"),
        (LINUX, ".config/Cursor/User/settings.json"),
        (LINUX, ".vscode-server/data/Machine/settings.json"),
        (MACOS, "Library/Application Support/Code - Insiders/User/settings.json"),
        (WINDOWS, "AppData/Roaming/Windsurf/User/settings.json"),
    ],
)
def test_a_path_in_an_editor_s_settings_that_leads_nowhere_is_reported(
    tmp_path: Path, system: System, file: str
) -> None:
    machine = Machine(folder=tmp_path, system=system)
    put(machine.home / file, f'{{\n  "chatgpt.cliExecutable": "{tmp_path}/gone/codex"\n}}')

    (finding,) = _judged(machine)

    assert finding.problem is problems.BINARY_NOT_FOUND_GUI
    assert finding.detail == (
        f"chatgpt.cliExecutable in {machine.home / file} names {tmp_path}/gone/codex, which does not exist"
    )


def test_the_copy_that_is_there_is_named_instead(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path, env={"CODEX_CLI_PATH": f"{tmp_path}/gone"})
    there = put(machine.home / ".local/bin/codex", NATIVE["linux"])

    (finding,) = _judged(machine)

    assert finding.detail.endswith(f"names {tmp_path}/gone, which does not exist; codex is at {there}")
    assert finding.fix is not None
    assert finding.fix.steps == (ShellLine(line="unset CODEX_CLI_PATH"),)


def test_a_setting_is_corrected_by_who_wrote_it(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path)
    there = put(machine.home / ".local/bin/codex", NATIVE["linux"])
    file = put(machine.home / ".config/zed/settings.json", '{\n"command": "~/acp/codex-acp"\n}')

    (finding,) = _judged(machine)

    assert finding.fix is not None
    assert finding.fix.steps[0] == Tell(text=f"Let command in {file} be {there}")


@pytest.mark.parametrize(
    ("mode", "fault"), [(0o644, "is not executable (mode 0644)"), (None, "is a folder"), (0o755, None)]
)
def test_what_stands_at_the_path_is_judged(tmp_path: Path, mode: int | None, fault: str | None) -> None:
    machine = Machine(folder=tmp_path, env={"CODEX_EXECUTABLE": f"{tmp_path}/codex"})
    if mode is None:
        (tmp_path / "codex").mkdir()
    else:
        put(tmp_path / "codex", NATIVE["linux"], mode=mode)

    (named,) = _read(machine).each

    assert named.fault == fault
    assert bool(named_codex_is_there(HostsName(each=(named,)), NOTHING_INSTALLED)) is (fault is not None)


@pytest.mark.parametrize(
    "settings",
    [
        '{\n// "chatgpt.cliExecutable": "/gone/codex"\n}',
        '{\n"chatgpt.cliExecutable": "codex"\n}',
        '{\n"chatgpt.cliExecutable": ""\n}',
        '{\n"chatgpt.cliExecutable": null\n}',
        "",
    ],
)
def test_a_comment_a_bare_name_and_nothing_name_no_path(tmp_path: Path, settings: str) -> None:
    machine = Machine(folder=tmp_path)
    put(machine.home / ".config/Code/User/settings.json", settings)

    with pytest.raises(NotApplicable, match="no host was given"):
        _read(machine)


def test_the_escapes_of_a_path_of_windows_are_undone(tmp_path: Path) -> None:
    machine = Machine(folder=tmp_path, system=WINDOWS)
    folder = str(tmp_path).replace("/", "\\/")
    put(
        machine.home / "AppData/Roaming/Code/User/settings.json",
        f'"chatgpt.cliExecutable": "{folder}\\/codex.exe"',
    )

    assert _read(machine).each[0].path == tmp_path / "codex.exe"


@given(content=st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_settings_are_read(tmp_path: Path, content: str) -> None:
    machine = Machine(folder=tmp_path, env={"CODEX_CLI_PATH": str(tmp_path)})
    put(machine.home / ".config/Code/User/settings.json", content.encode("utf-8", "surrogatepass"))

    assert _read(machine).each[0].path == tmp_path
