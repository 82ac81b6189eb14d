"""A real `codex exec` whose input nobody ends, and those that get on."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

from codex_checks.problems import terminal as problems
from codex_checks.terminal.stdin import Standstill, Standstills, exec_gets_on, standstills
from codex_doctor.errors import NotApplicable
from engine import context
from installed import MACOS
from sandboxes import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_cli import CodexCli

HERE: Final = replace(context(), root=Path("/"))

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


@pytest.fixture
def waiting(codex_cli: CodexCli) -> Iterator[subprocess.Popen[bytes]]:
    """Start a real `codex exec` with a pipe as its input, and wait until it says that it reads it."""
    home = codex_cli.scratch_home()
    process = subprocess.Popen(
        [codex_cli.native, "exec", "--skip-git-repo-check", "hi"],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "CODEX_HOME": str(home)},
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    with process:
        if process.stderr is None:
            raise AssertionError("no pipe")
        ready, _, _ = select.select([process.stderr], [], [], 30)
        assert ready
        assert b"Reading additional input" in process.stderr.readline()
        yield process
        process.kill()


@needs_linux
def test_a_codex_exec_whose_input_stays_open_is_seen(waiting: subprocess.Popen[bytes]) -> None:
    def seen() -> list[int]:
        return [each.pid for each in answer(standstills, HERE).each]

    while waiting.pid not in seen():  # it says so just before it reads
        assert waiting.poll() is None

    assert waiting.pid in seen()


@needs_linux
def test_it_is_reported_once_it_has_waited_for_five_minutes(waiting: subprocess.Popen[bytes]) -> None:
    young = Standstill(pid=waiting.pid, seconds=250.0)  # of a pipeline, where another program writes

    assert exec_gets_on(Standstills(each=(young,))) == ()

    (finding,) = exec_gets_on(Standstills(each=(replace(young, seconds=310.0),)))
    assert finding.problem is problems.EXEC_STDIN_HANG
    assert finding.detail.startswith(
        f"Process {waiting.pid} has read from a pipe since it started 5 minutes ago"
    )


@needs_linux
def test_a_host_that_holds_the_pipe_open_is_named_at_once(waiting: subprocess.Popen[bytes]) -> None:
    seen = list[Standstill]()
    while not seen:  # it says so just before it reads
        assert waiting.poll() is None
        seen = [each for each in answer(standstills, HERE).each if each.pid == waiting.pid]

    assert seen[0].by == os.getpid()
    (finding,) = exec_gets_on(Standstills(each=(replace(seen[0], seconds=3.0),)))
    assert f"started 3 seconds ago, whose other end process {os.getpid()} holds" in finding.detail


def test_where_no_codex_exec_runs_there_is_nothing_to_judge(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable, match="no `codex exec` runs"):
        answer(standstills, context(tmp_path))


def test_elsewhere_nobody_can_tell_what_a_program_waits_for(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable, match="Linux alone"):
        answer(standstills, context(tmp_path, system=MACOS))


@pytest.mark.parametrize(
    ("line", "input_", "wchan", "seen"),
    [
        ("codex\0exec\0hi\0", "pipe:[1]", "anon_pipe_read", True),
        ("codex\0-m\0gpt\0exec\0hi\0", "pipe:[1]", "pipe_read", False),
        ("codex\0--oss\0exec\0hi\0", "socket:[1]", "unix_stream_data_wait", True),
        ("codex\0app-server\0", "pipe:[1]", "pipe_read", False),
        ("codex\0exec\0hi\0", "/dev/null", "pipe_read", False),
        ("codex\0exec\0hi\0", "pipe:[1]", "futex_do_wait", False),
    ],
)
@needs_linux
def test_what_makes_a_standstill(tmp_path: Path, line: str, input_: str, wchan: str, *, seen: bool) -> None:
    process = tmp_path / "proc/7"
    for folder in ("fd", "task/8"):
        (process / folder).mkdir(parents=True)
    (tmp_path / "proc/locks").write_text("1: FLOCK  ADVISORY  WRITE 7 00:01:2 0 EOF\n")
    (tmp_path / "proc/uptime").write_text("500.0 1.0\n")
    (process / "stat").write_text(f"7 (co) dex) S {' '.join(['0'] * 18)} 10000 0\n")
    (process / "comm").write_text("codex\n")
    (process / "cmdline").write_text(line)
    (process / "fd/0").symlink_to(input_ if input_.startswith("/") else process / "fd" / input_)
    (process / "task/8/comm").write_text("codex-main\n")
    (process / "task/8/wchan").write_text(wchan)

    try:
        found = answer(standstills, context(tmp_path)).each
    except NotApplicable:
        found = ()

    assert bool(found) is seen
