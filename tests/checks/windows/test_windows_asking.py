"""What Windows itself answers: reserved ports, the policy for scripts, and what its antivirus did.

Small programs stand in for those of System32, and print what the real ones do.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from codex_checks.places import codex_home
from codex_checks.windows.antivirus import Defended, antivirus, no_antivirus_interferes, read_events
from codex_checks.windows.ports import Reserved, login_port_is_not_reserved, read_ranges, reserved_ports
from codex_checks.windows.scripts import ScriptPolicy, powershell_starts_codex, read_value, script_policy
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.model import Severity
from engine import context
from sandboxes import answer, copies, native

if TYPE_CHECKING:
    from codex_checks.install.found import Installations
    from codex_doctor.context import Context

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are scripts of Unix")

WINDOWS = System(os="windows", arch="x86_64", release="10.0.26200", user=None)
WSL2 = System(os="linux", arch="x86_64", release="6.6.87.2-microsoft-standard-WSL2", user=1000)

RANGES = """
Protocol tcp Port Exclusion Ranges

Start Port    End Port
----------    --------
      1027        1126
      1427        1526
     50000       50059     *

* - Administered port exclusions.
"""

EVENT = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>1116</EventID>"
    "<TimeCreated SystemTime='{when}.1234567Z'/></System><EventData>"
    "<Data Name='Threat Name'>Trojan:Win32/Bearfoos.A!ml</Data>"
    "<Data Name='Path'>{path}</Data></EventData></Event>\n"
)

TAKEN = r"file:_C:\Users\sam\AppData\Roaming\npm\node_modules\@openai\codex\bin\codex.exe; process:_pid:1"


def _windows(tmp_path: Path, program: str, script: str, **env: str) -> Context:
    folder = tmp_path / "Windows" / "System32"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / program
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    ctx = context(tmp_path, env={"SYSTEMROOT": str(tmp_path / "Windows"), "PATH": "/usr/bin:/bin", **env})
    return replace(ctx, system=WINDOWS)


def _reserved(ctx: Context) -> Reserved:
    return answer(reserved_ports, ctx, answer(codex_home, ctx))


def test_reserved_ranges_are_read(tmp_path: Path) -> None:
    ctx = _windows(tmp_path, "netsh.exe", f"cat <<'E'\n{RANGES}\nE")

    assert _reserved(ctx) == Reserved(ranges=((1027, 1126), (1427, 1526), (50000, 50059)))


def test_wsl_asks_the_windows_around_it(tmp_path: Path) -> None:
    ctx = _windows(tmp_path, "netsh.exe", f"cat <<'E'\n{RANGES}\nE")
    (tmp_path / "mnt" / "c").mkdir(parents=True)
    (tmp_path / "mnt" / "c" / "Windows").symlink_to(tmp_path / "Windows")

    assert _reserved(replace(ctx, system=WSL2)).around(1455) == (1427, 1526)


def test_wsl_asks_nobody_where_somebody_is_signed_in(tmp_path: Path) -> None:
    ctx = replace(_windows(tmp_path, "netsh.exe", "exit 1"), system=WSL2)
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex" / "auth.json").write_text("{}")
    with pytest.raises(NotApplicable, match="signed in"):
        _reserved(ctx)
    with pytest.raises(Unavailable):
        _reserved(replace(ctx, live=True))


def test_a_wsl_that_shows_no_windows_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        _reserved(replace(context(tmp_path), system=WSL2))


def test_other_systems_reserve_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        _reserved(context(tmp_path))


@pytest.mark.parametrize(
    ("ranges", "severity"),
    [
        (((1400, 1499),), Severity.WARNING),
        (((1400, 1456),), Severity.NOTE),
        (((1456, 1499),), None),
        ((), None),
    ],
)
def test_a_reserved_port_matters_by_whether_there_is_another(
    ranges: tuple[tuple[int, int], ...], severity: Severity | None
) -> None:
    findings = login_port_is_not_reserved(Reserved(ranges=ranges))

    assert [each.problem.severity for each in findings] == ([severity] if severity else [])
    assert all(each.problem.name == "login-port-reserved-hyperv" for each in findings)


@given(st.text())
def test_any_answer_about_ports_is_read_without_a_traceback(text: str) -> None:
    read_ranges(text)


def _with_script(tmp_path: Path) -> Installations:
    (tmp_path / "codex.ps1").write_text("")
    installed = copies(native(tmp_path))
    return replace(installed, system=WINDOWS)


REG = 'case "$2" in {key}) printf "\\nX\\n    ExecutionPolicy    REG_SZ    {value}\\n\\n";; *) exit 1;; esac'


@pytest.mark.parametrize(
    ("key", "value", "scope"),
    [
        ("HKCU*ShellIds*", "RemoteSigned", "CurrentUser"),
        ("HKLM*Policies*", "AllSigned", "MachinePolicy"),
        ("HKCU*ShellIds*", "Undefined", "default"),
        ("nothing", "x", "default"),
    ],
)
def test_the_policy_of_the_first_scope_that_has_one_is_taken(
    tmp_path: Path, key: str, value: str, scope: str
) -> None:
    ctx = _windows(tmp_path, "reg.exe", REG.format(key=key, value=value))
    found = answer(script_policy, ctx, _with_script(tmp_path))

    assert (found.scope, found.policy) == (scope, "Restricted" if scope == "default" else value)


def test_where_codex_is_no_script_nobody_is_asked(tmp_path: Path) -> None:
    ctx = _windows(tmp_path, "reg.exe", "exit 1")
    with pytest.raises(NotApplicable):
        answer(script_policy, ctx, replace(copies(native(tmp_path)), system=WINDOWS))


@pytest.mark.parametrize(
    ("modules", "here"),
    [
        (
            r"C:\Users\sam\Documents\WindowsPowerShell\Modules;C:\Program Files\WindowsPowerShell\Modules",
            True,
        ),
        (
            r"C:\Program Files\WindowsPowerShell\Modules;C:\Windows\system32\WindowsPowerShell\v1.0\Modules",
            False,
        ),
        (r"C:\Users\sam\Documents\PowerShell\Modules;C:\Program Files\WindowsPowerShell\Modules", False),
        ("", False),
    ],
)
def test_whether_windows_powershell_started_this_is_told_by_its_modules(
    tmp_path: Path, modules: str, here: bool
) -> None:
    ctx = _windows(tmp_path, "reg.exe", "exit 1", PSMODULEPATH=modules)

    assert answer(script_policy, ctx, _with_script(tmp_path)).here is here


@pytest.mark.parametrize(
    ("policy", "here", "severity"),
    [
        ("Restricted", True, Severity.WARNING),
        ("Restricted", False, Severity.NOTE),
        ("AllSigned", True, Severity.WARNING),
        ("RemoteSigned", True, None),
        ("Bypass", True, None),
    ],
)
def test_a_policy_that_refuses_the_script_is_reported(
    policy: str, here: bool, severity: Severity | None
) -> None:
    found = ScriptPolicy(policy=policy, scope="LocalMachine", script=Path("codex.ps1"), here=here)
    findings = powershell_starts_codex(found)

    assert [each.problem.severity for each in findings] == ([severity] if severity else [])


def test_a_policy_of_the_company_is_not_said_to_be_changed() -> None:
    found = ScriptPolicy(policy="AllSigned", scope="MachinePolicy", script=Path("codex.ps1"), here=True)
    (finding,) = powershell_starts_codex(found)

    assert finding.fix is not None
    assert "Set-ExecutionPolicy" not in " ".join(step.words for step in finding.fix.steps)


@given(st.text())
def test_any_value_is_read_without_a_traceback(text: str) -> None:
    read_value(text)


def _defended(tmp_path: Path, *events: str) -> Defended:
    ctx = _windows(tmp_path, "wevtutil.exe", f"cat <<'E'\n{''.join(events)}\nE")
    return answer(antivirus, replace(ctx, now=lambda: 1_769_700_000.0))  # 2026-01-29


def test_a_file_of_codex_that_was_taken_is_named(tmp_path: Path) -> None:
    found = _defended(tmp_path, EVENT.format(when="2026-01-28T09:05:00", path=TAKEN))
    (finding,) = no_antivirus_interferes(found, copies(None))

    assert finding.problem.name == "antivirus-blocked"
    assert finding.problem.severity is Severity.ERROR
    assert r"C:\Users\sam\AppData\Roaming\npm\node_modules\@openai\codex\bin\codex.exe" in finding.detail
    assert "2026-01-28 09:05 UTC" in finding.detail


def test_it_is_a_warning_where_codex_starts_all_the_same(tmp_path: Path) -> None:
    found = _defended(tmp_path, EVENT.format(when="2026-01-28T09:05:00", path=TAKEN))
    (finding,) = no_antivirus_interferes(found, copies(native(tmp_path)))

    assert finding.problem.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("when", "path"),
    [
        ("2025-11-01T09:05:00", TAKEN),
        ("2026-01-28T09:05:00", r"file:_C:\Users\sam\Downloads\game.exe"),
        ("2026-01-28T09:05:00", r"file:_C:\codex-notes\readme.txt"),
        ("yesterday", TAKEN),
    ],
    ids=["old", "other", "another codex", "no time"],
)
def test_other_events_are_passed_over(tmp_path: Path, when: str, path: str) -> None:
    assert (
        no_antivirus_interferes(_defended(tmp_path, EVENT.format(when=when, path=path)), copies(None)) == ()
    )


@given(st.text())
def test_any_events_are_read_without_a_traceback(text: str) -> None:
    list(read_events(f"<Event {text}</Event>{text}"))
