"""What a graphical session finds of Codex, beside what this shell finds."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from codex_checks.hosts.session import (
    STANDARD_PATH,
    Session,
    session,
    session_finds_codex,
    session_has_your_variables,
)
from codex_checks.install.found import Installations, installations
from codex_checks.problems.hosts import BINARY_NOT_FOUND_GUI
from codex_checks.problems.install import ENV_NODE_NOT_FOUND
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable
from codex_doctor.fix import ShellLine
from engine import context
from installed import LAUNCHER, NATIVE, WINDOWS, put
from sandboxes import answer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from codex_doctor.context import Context

ME = os.getuid() if hasattr(os, "getuid") else None
LINUX = System(os="linux", arch="x86_64", release="6.1.0", user=ME)
MACOS = System(os="macos", arch="aarch64", release="25.0.0", user=ME)


def machine(
    home: Path, env: Mapping[str, str], *, system: System = LINUX, desktop: Mapping[str, str] | None = None
) -> Context:
    """Return a machine on which this shell has *env*, and the process of a *desktop* its own."""
    if desktop is not None:
        folder = home / "proc" / "2143"
        put(folder / "comm", "gnome-shell\n")
        put(folder / "environ", "".join(f"{name}={value}\0" for name, value in desktop.items()))
        put(home / "proc" / "7" / "comm", "bash\n")
    return context(home, env={"HOME": str(home), **env}, system=system)


def program(folder: Path, name: str, script: str) -> None:
    put(folder / name, f"#!/bin/sh\n{script}\n")


def test_a_codex_that_only_the_shell_finds_is_told_with_its_place(tmp_path: Path) -> None:
    codex = put(tmp_path / "own" / "bin" / "codex", NATIVE["linux"])
    ctx = machine(tmp_path, {"PATH": str(codex.parent)}, desktop={"PATH": "/gone/bin"})
    (finding,) = session_finds_codex(answer(session, ctx), answer(installations, ctx))

    assert finding.problem == BINARY_NOT_FOUND_GUI
    assert finding.detail == (
        f"codex is at {codex}, and the PATH of the graphical session (gnome-shell, process 2143) does "
        "not lead there"
    )
    assert finding.advice.endswith(f"as CODEX_BIN: {codex}")
    assert finding.fix is not None
    (step,) = finding.fix.steps
    assert isinstance(step, ShellLine)
    subprocess.run(
        ["/bin/sh", "-c", step.line], env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, check=True
    )
    written = tmp_path / ".config" / "environment.d" / "60-codex.conf"
    assert written.read_text() == f'PATH="{codex.parent}:$PATH"\n'


def test_a_session_that_finds_it_is_fine(tmp_path: Path) -> None:
    codex = put(tmp_path / "own" / "bin" / "codex", NATIVE["linux"])
    ctx = machine(
        tmp_path,
        {"PATH": str(codex.parent)},
        desktop={"PATH": f"relative:/gone:{codex.parent}:{codex.parent}"},
    )
    seen = answer(session, ctx)

    assert (seen.codex, [str(folder) for folder in seen.folders]) == (codex, ["/gone", str(codex.parent)])
    assert list(session_finds_codex(seen, answer(installations, ctx))) == []


def test_a_session_that_is_told_which_codex_is_fine_too(tmp_path: Path) -> None:
    codex = put(tmp_path / "own" / "bin" / "codex", NATIVE["linux"])
    ctx = machine(tmp_path, {"PATH": str(codex.parent)}, desktop={"PATH": "/gone", "CODEX_BIN": str(codex)})

    assert list(session_finds_codex(answer(session, ctx), answer(installations, ctx))) == []


def test_where_no_codex_is_nothing_is_said_of_the_session(tmp_path: Path) -> None:
    ctx = machine(tmp_path, {"PATH": "/gone"}, desktop={"PATH": "/gone"})

    assert list(session_finds_codex(answer(session, ctx), Installations(system=LINUX))) == []


@pytest.mark.parametrize("with_node", [False, True])
def test_a_launcher_for_node_needs_the_node_of_the_session(tmp_path: Path, *, with_node: bool) -> None:
    codex = put(tmp_path / "npm" / "codex", LAUNCHER)
    if with_node:
        put(tmp_path / "npm" / "node", NATIVE["linux"])
    ctx = machine(tmp_path, {"PATH": str(codex.parent)}, desktop={"PATH": str(codex.parent)})
    found = session_finds_codex(answer(session, ctx), answer(installations, ctx))

    assert [each.problem for each in found] == ([] if with_node else [ENV_NODE_NOT_FOUND])


def test_what_the_session_lacks_is_told_by_name_and_never_by_value(tmp_path: Path) -> None:
    secret = "http://sam:swordfish@proxy.example:3128"
    here = {"HTTPS_PROXY": secret, "OPENAI_API_KEY": "sk-swordfish", "CODEX_HOME": "/a", "EDITOR": "vi"}
    ctx = machine(
        tmp_path, here, desktop={"PATH": "/bin", "CODEX_HOME": "/b", "OPENAI_API_KEY": "sk-swordfish"}
    )
    seen = answer(session, ctx)
    (finding,) = session_has_your_variables(seen)

    assert finding.detail == (
        "In the graphical session (gnome-shell, process 2143): HTTPS_PROXY is set here and not there; "
        "CODEX_HOME is set otherwise there"
    )
    assert "swordfish" not in f"{finding!r} {seen!r}"


def test_a_session_with_the_same_variables_is_fine(tmp_path: Path) -> None:
    here = {"HTTPS_PROXY": "http://proxy:1", "PATH": "/bin"}

    assert list(session_has_your_variables(answer(session, machine(tmp_path, here, desktop=here)))) == []


def test_a_desktop_of_somebody_else_is_none_of_yours(tmp_path: Path) -> None:
    ctx = machine(tmp_path, {"PATH": str(tmp_path)}, desktop={"PATH": "/bin"})
    stranger = replace(ctx, system=replace(LINUX, user=(ME or 0) + 1))

    with pytest.raises(NotApplicable, match="no graphical session of yours was found"):
        answer(session, stranger)


def test_without_a_desktop_the_service_manager_tells_of_the_session(tmp_path: Path) -> None:
    said = "DISPLAY=:0\nPATH=/usr/bin:/bin\nCODEX_HOME=$'/a b\\'s'\nnot a line"
    program(tmp_path, "systemctl", f"cat <<'END'\n{said}\nEND")
    env = {"PATH": f"{tmp_path}:/bin:/usr/bin", "CODEX_HOME": "/a b's", "NO_PROXY": "x"}
    seen = answer(session, machine(tmp_path, env))

    assert (seen.source, seen.lacks, seen.differs) == (
        "systemctl --user show-environment",
        ("NO_PROXY",),
        (),
    )


@pytest.mark.parametrize("script", ["echo PATH=/bin", "exit 1"])
def test_a_service_manager_without_a_display_is_no_session(tmp_path: Path, script: str) -> None:
    program(tmp_path, "systemctl", script)

    with pytest.raises(NotApplicable):
        answer(session, machine(tmp_path, {"PATH": f"{tmp_path}:/bin:/usr/bin"}))


def test_on_macos_launchd_says_what_a_session_has(tmp_path: Path) -> None:
    program(tmp_path, "launchctl", '[ "$2" = HTTPS_PROXY ] && echo http://proxy:1; exit 0')
    env = {"PATH": f"{tmp_path}:/bin:/usr/bin", "HTTPS_PROXY": "http://proxy:1", "CODEX_HOME": "/a"}
    seen = answer(session, machine(tmp_path, env, system=MACOS))

    assert (seen.source, seen.lacks, seen.differs) == ("launchd", ("CODEX_HOME",), ())
    assert ":".join(map(str, seen.folders)) == STANDARD_PATH


def test_on_windows_a_terminal_has_what_the_session_has(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        answer(session, machine(tmp_path, {}, system=WINDOWS))


def test_a_session_is_looked_at_only_where_somebody_wants_it() -> None:
    assert not session_finds_codex.by_default
    assert Session(source="x", folders=()).lacks == ()
