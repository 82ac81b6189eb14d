"""What Codex wrote about its sandbox on Windows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from codex_checks.places import codex_home
from codex_checks.sandbox.policy import Policy
from codex_checks.windows.sandbox_log import (
    Failure,
    SandboxLog,
    last_failure,
    sandbox_log,
    windows_commands_start,
)
from codex_doctor.context import System
from codex_doctor.errors import NotApplicable
from engine import context
from sandboxes import answer

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.context import Context

WINDOWS = System(os="windows", arch="x86_64", release="10.0.26200", user=None)

AT = "[2026-01-28 23:52:44.542 codex.exe] "

SAID = {
    "sandbox setup required: marker missing ... CreateProcessAsUserW failed: 5": ("createprocess", 5),
    "runner failed during SpawnChild: CreateProcessAsUserW failed: 2 (file not found)": ("createprocess", 2),
    "runner error: CreateProcessAsUserW failed: 1312": ("createprocess", 1312),
    "windows sandbox: CreateProcessWithLogonW failed: 5": ("createprocess", 5),
    "windows sandbox: CreateProcessWithLogonW failed: 1909": ("logon-failed", 1909),
    "windows sandbox: CreateProcessWithLogonW failed: 1326": ("logon-failed", 1326),
    "CreateProcessWithLogonW failed: 1385": ("logon-failed", 1385),
    r"setup refresh: failed to spawn C:\x\codex-windows-sandbox-setup.exe: elevation. (os error 740)": (
        "setup-refresh",
        740,
    ),
    "windows sandbox failed: spawn setup refresh": ("setup-refresh", None),
    "setup refresh failed with status exit code: 1": ("setup-refresh", None),
    "ShellExecuteExW failed to launch setup helper: 1223": ("setup-refresh", 1223),
    "helper_sandbox_lock_failed: lock sandbox bin dir": ("setup-refresh", None),
}


def _windows(home: Path) -> Context:
    return replace(context(home), system=WINDOWS)


def _folder(home: Path) -> Path:
    folder = home / ".codex" / ".sandbox"
    folder.mkdir(parents=True)
    return folder


def _read(home: Path) -> SandboxLog:
    ctx = _windows(home)
    return answer(sandbox_log, ctx, Policy(), answer(codex_home, ctx))


@pytest.mark.parametrize(("said", "meant"), SAID.items(), ids=[said[:40] for said in SAID])
def test_each_stage_is_known_by_its_words(tmp_path: Path, said: str, meant: tuple[str, int | None]) -> None:
    (_folder(tmp_path) / "sandbox.log").write_text(AT + said + "\n")
    (finding,) = windows_commands_start(_read(tmp_path))

    assert finding.problem.name == f"windows-sandbox-{meant[0]}"
    assert finding.evidence["error"] == meant[1]
    assert "2026-01-28 23:52:44" in finding.detail


def test_a_command_that_ran_later_ends_it(tmp_path: Path) -> None:
    lines = ["FAILURE: dir (CreateProcessAsUserW failed: 5)", "SUCCESS: dir"]
    (_folder(tmp_path) / "sandbox.log").write_text("".join(f"{AT}{line}\n" for line in lines))

    assert windows_commands_start(_read(tmp_path)) == ()


def test_the_logs_of_two_days_are_read_in_their_order(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    now = _windows(tmp_path).now()
    for name, said, age in (
        ("sandbox.2026-01-27.log", "CreateProcessAsUserW failed: 5", 3600),
        ("sandbox.2026-01-28.log", "SUCCESS: dir", 60),
    ):
        (folder / name).write_text(f"{AT}{said}\n")
        os.utime(folder / name, (now - age, now - age))

    assert _read(tmp_path).failure is None


def test_what_is_older_than_a_week_is_passed_over(tmp_path: Path) -> None:
    path = _folder(tmp_path) / "sandbox.log"
    path.write_text(f"{AT}CreateProcessAsUserW failed: 5\n")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    with pytest.raises(NotApplicable, match="last days"):
        _read(tmp_path)


def test_the_command_that_was_to_be_run_is_not_repeated(tmp_path: Path) -> None:
    line = f"{AT}FAILURE: curl -H 'Authorization: secret' (CreateProcessAsUserW failed: 5) | cmd=curl\n"
    (_folder(tmp_path) / "sandbox.log").write_text(line)
    (finding,) = windows_commands_start(_read(tmp_path))

    assert "curl" not in finding.detail
    assert "access was denied" in finding.detail


def test_a_set_up_that_failed_is_told_by_its_code(tmp_path: Path) -> None:
    told = '{"code": "orchestrator_helper_launch_canceled", "message": "setup helper: 1223"}'
    (_folder(tmp_path) / "setup_error.json").write_text(told)
    (finding,) = windows_commands_start(_read(tmp_path))

    assert finding.problem.name == "windows-sandbox-setup-refresh"
    assert "orchestrator_helper_launch_canceled" in finding.detail
    assert finding.evidence["error"] == 1223


@pytest.mark.parametrize("content", ["", "[]", '{"code": 3}', '{"code": "a b"}', "\x00"])
def test_a_set_up_error_that_makes_no_sense_is_passed_over(tmp_path: Path, content: str) -> None:
    (_folder(tmp_path) / "setup_error.json").write_text(content)
    with pytest.raises(NotApplicable):
        _read(tmp_path)


def test_elsewhere_there_is_no_such_sandbox(tmp_path: Path) -> None:
    ctx = context(tmp_path)
    with pytest.raises(NotApplicable, match="not Windows"):
        answer(sandbox_log, ctx, Policy(), answer(codex_home, ctx))


def test_a_machine_without_failures_is_healthy() -> None:
    assert windows_commands_start(SandboxLog()) == ()


@given(st.text())
def test_any_log_is_read_without_a_traceback(text: str) -> None:
    from pathlib import Path

    found = last_failure(iter([(Path("sandbox.log"), f"{AT}{text}\n{text}")]))

    assert found is None or isinstance(found, Failure)
