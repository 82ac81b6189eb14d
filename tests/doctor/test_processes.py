"""Running other programs: bounded in time and output, and nothing of them is left. Real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

import pytest

from codex_doctor.processes import MARK, OUTPUT_LIMIT, Children
from codex_doctor.threads import in_background
from gone import gone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

    from codex_doctor.processes import Ran

PLENTY: Final = 60.0
"""Seconds that no program below needs, unless the test fails."""

SHORT: Final = 1.0
"""Seconds: the limit of programs that never end by themselves."""

ENV: Final = {"PATH": os.environ.get("PATH", os.defpath)}


@pytest.fixture
def children() -> Iterator[Children]:
    children = Children()
    yield children
    children.close()


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


def run(children: Children, argv: list[str], *, seconds: float = PLENTY, stdin: bytes = b"") -> Ran:
    return children.run(argv, env=ENV, seconds=seconds, stdin=stdin)


def test_a_program_gives_its_code_and_both_of_its_streams(children: Children) -> None:
    ran = run(children, ["sh", "-c", "cat; echo oops >&2; exit 3"], stdin=b"hello")

    assert (ran.code, ran.stdout, ran.stderr) == (3, b"hello", b"oops\n")
    assert not ran.timed_out
    assert not ran.left_behind


def test_a_program_that_a_signal_ends_says_which(children: Children) -> None:
    assert run(children, ["sh", "-c", "kill -SEGV $$"]).code == -11


def test_a_program_sees_the_given_environment_and_its_mark_alone(children: Children, tmp_path: Path) -> None:
    ran = children.run(
        python("import os, json; print(json.dumps([dict(os.environ), os.getcwd()]))"),
        env={"CODEX_HOME": "/somewhere"},
        seconds=PLENTY,
        cwd=tmp_path,
    )
    seen, cwd = json.loads(ran.stdout)

    assert {name for name in seen if not name.startswith("LC_")} == {"CODEX_HOME", MARK}
    assert cwd == str(tmp_path)


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param(["no-such-program-anywhere"], id="missing"),
        pytest.param(["/"], id="a folder"),
        pytest.param(["/etc/passwd"], id="not executable"),
        pytest.param(["sh", "-c", "nul\0byte"], id="a NUL byte"),
    ],
)
def test_a_program_that_cannot_be_started_is_an_oserror(children: Children, argv: list[str]) -> None:
    with pytest.raises(OSError):  # noqa: PT011 - which one is the system's business
        run(children, argv)


def test_a_file_of_another_machine_is_an_oserror(children: Children, tmp_path: Path) -> None:
    program = tmp_path / "codex"
    program.write_bytes(b"\x7fELF, not really")
    program.chmod(0o755)
    with pytest.raises(OSError, match="Exec format error"):
        run(children, [str(program)])


def test_a_program_that_ignores_sigterm_is_killed_at_its_limit(children: Children) -> None:
    ran = run(
        children,
        ["sh", "-c", "trap '' TERM INT HUP; echo $$; while :; do read x </dev/zero; done"],
        seconds=SHORT,
    )

    assert ran.timed_out
    assert gone(int(ran.stdout))


def test_what_was_said_before_the_limit_is_kept(children: Children) -> None:
    ran = run(children, ["sh", "-c", "echo half; echo way >&2; exec sleep 600"], seconds=SHORT)

    assert (ran.code, ran.stdout, ran.stderr) == (None, b"half\n", b"way\n")


def test_a_program_that_closes_its_output_but_stays_is_killed_at_its_limit(children: Children) -> None:
    ran = run(children, ["sh", "-c", "echo $$; exec >&- 2>&- <&-; exec sleep 600"], seconds=SHORT)

    assert ran.timed_out
    assert gone(int(ran.stdout))


def test_a_stopped_program_is_killed_at_its_limit(children: Children) -> None:
    ran = run(children, ["sh", "-c", "echo $$; kill -STOP $$"], seconds=SHORT)

    assert ran.timed_out
    assert gone(int(ran.stdout))


def test_a_grandchild_that_holds_the_output_is_killed_and_mentioned(children: Children) -> None:
    ran = run(children, ["sh", "-c", "sleep 600 & echo $!"])

    assert (ran.code, ran.left_behind) == (0, True)
    assert gone(int(ran.stdout))


def test_a_grandchild_that_holds_nothing_is_killed_too(children: Children) -> None:
    ran = run(children, ["sh", "-c", "sleep 600 >/dev/null 2>&1 </dev/null & echo $!"])

    assert (ran.code, ran.left_behind) == (0, False)
    assert gone(int(ran.stdout))


def test_a_flood_of_output_is_bounded_and_does_not_stall_the_program(children: Children) -> None:
    size = 8 * OUTPUT_LIMIT
    ran = run(children, ["sh", "-c", f"head -c {size} /dev/zero; head -c {size} /dev/zero >&2; exit 5"])

    assert (ran.code, len(ran.stdout), len(ran.stderr)) == (5, OUTPUT_LIMIT, OUTPUT_LIMIT)


def test_a_flood_without_an_end_is_ended_at_its_limit(children: Children) -> None:
    ran = run(children, ["cat", "/dev/zero"], seconds=SHORT)

    assert ran.timed_out
    assert len(ran.stdout) == OUTPUT_LIMIT


def test_an_input_larger_than_a_pipe_reaches_the_program_whole(children: Children) -> None:
    assert run(children, ["wc", "-c"], stdin=bytes(4_000_000)).stdout.strip() == b"4000000"


@pytest.mark.parametrize("script", ["exit 0", "exec <&-; exit 0", "head -c 1 >/dev/null; exit 0"])
def test_a_program_may_leave_its_input_unread(children: Children, script: str) -> None:
    assert run(children, ["sh", "-c", script], stdin=bytes(4_000_000)).code == 0


def test_a_program_without_a_second_is_killed_at_once(children: Children) -> None:
    assert run(children, ["sleep", "600"], seconds=0.0).timed_out


def test_closing_ends_every_program_and_lets_none_start(children: Children) -> None:
    started = [children.start(["sleep", "600"], env=ENV) for _ in range(3)]
    children.close()

    assert [child.poll() for child in started] == [-9, -9, -9]
    with pytest.raises(OSError, match="the examination is over"):
        run(children, ["true"])
    _close_pipes(*started)


def test_closing_does_not_wait_for_a_program_that_cannot_get_started(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, allowed = threading.Event(), threading.Event()

    class Stuck(subprocess.Popen[bytes]):
        """A program on a file system that does not answer."""

        def __init__(self, argv: list[str], **how: object) -> None:
            asked.set()
            allowed.wait()
            super().__init__(argv, **how)  # type: ignore[call-overload] # passed on unchanged

    monkeypatch.setattr(subprocess, "Popen", Stuck)
    started: list[subprocess.Popen[bytes]] = []
    thread = threading.Thread(target=lambda: started.append(children.start(["sleep", "600"], env=ENV)))
    thread.start()
    asked.wait()
    children.close()
    allowed.set()
    thread.join()

    assert [child.wait(PLENTY) for child in started] == [-9]
    _close_pipes(*started)


def _close_pipes(*started: subprocess.Popen[bytes]) -> None:
    for child in started:
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


FLEES: Final = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(1, f"{os.getpid()} ".encode())
        if os.fork() == 0:
            os.setsid()
            os.write(1, f"{os.getpid()} ".encode())
            HOLDS or os.closerange(0, 3)
        time.sleep(600)
    os._exit(0)
os.wait()
time.sleep(LINGERS)
"""
"""A daemon, and a daemon of that daemon: each in a session of its own, without a parent."""


def adopting(program: str) -> list[int]:
    """Run *program* in a process that adopts, as the command line does; return the numbers it prints."""
    head = """
import os, sys
from codex_doctor.processes import Children
children = Children(adopt=True)
def run(code, seconds=60.0):
    return children.run([sys.executable, "-I", "-S", "-c", code], env={}, seconds=seconds)
def alive(pid):
    try: return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError: return False
"""
    ran = subprocess.run([sys.executable, "-c", head + program], capture_output=True, check=True, text=True)
    return [int(word) for word in ran.stdout.split()]


@pytest.mark.parametrize(
    ("holds", "lingers"), [("True", "0"), ("True", "600")], ids=["after its end", "at its limit"]
)
def test_daemons_that_hold_the_output_are_found_wherever_they_fled(holds: str, lingers: str) -> None:
    code = FLEES.replace("HOLDS", holds).replace("LINGERS", lingers)
    pids = adopting(f"print(run({code!r}, seconds={SHORT}).stdout.decode())")

    assert len(pids) == 2
    assert all(map(gone, pids))


QUIET: Final = """
import os, time
pid = os.fork()
if pid == 0:
    os.setsid()
    os.closerange(0, 3)
    time.sleep(600)
print(pid)
"""


def test_a_quiet_daemon_lasts_until_the_examination_is_over() -> None:
    pid, while_it_runs, after = adopting(f"""
pid = int(run({QUIET!r}).stdout)
print(pid, int(alive(pid)))
children.close()
print(int(alive(pid)))
""")

    assert (while_it_runs, after) == (1, 0)
    assert gone(pid)


def test_what_a_program_is_to_leave_running_outlives_the_examination() -> None:
    pid, stays = adopting(f"""
import signal
code = {QUIET!r}
ran = children.run([sys.executable, "-I", "-S", "-c", code], env={{}}, seconds=60.0, leaves=True)
pid = int(ran.stdout)
children.close()
print(pid, int(alive(pid)))
os.kill(pid, signal.SIGKILL)
""")

    assert stays == 1
    assert gone(pid)


def test_ending_one_program_spares_what_another_one_started() -> None:
    pid, spared, after = adopting(f"""
pid = int(run({QUIET!r}).stdout)
run("import time; time.sleep(600)", seconds=0.1)
print(pid, int(alive(pid)))
children.close()
print(int(alive(pid)))
""")

    assert (spared, after) == (1, 0)
    assert gone(pid)


def test_a_process_that_somebody_else_started_is_never_killed() -> None:
    pid, spared = adopting("""
import subprocess
other = subprocess.Popen(["sleep", "600"], env={"CODEX_DOCTOR_CHILD": "another examination"})
run("import time; time.sleep(600)", seconds=0.1)
children.close()
print(other.pid, int(alive(other.pid)))
other.kill()
""")

    assert spared == 1
    assert gone(pid)


def is_waiting(thread: threading.Thread) -> bool:
    """Return whether *thread* waits for another to end."""
    frames: Callable[[], dict[int, FrameType]] = getattr(sys, "_current_frames")  # noqa: B009 - not public
    frame = frames().get(thread.ident or 0)
    while frame is not None:
        if frame.f_code is threading.Thread.join.__code__:
            return True
        frame = frame.f_back
    return False


def test_a_program_does_not_outlive_whoever_is_interrupted_waiting_for_it(
    children: Children, tmp_path: Path
) -> None:
    pipe, pids = tmp_path / "pipe", list[int]()
    os.mkfifo(pipe)

    def interrupt() -> None:
        pids.append(int(pipe.read_text()))
        while not is_waiting(threading.main_thread()):
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)

    in_background(interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(
            children,
            python(f"import os, signal; open({str(pipe)!r}, 'w').write(str(os.getpid())); signal.pause()"),
        )

    assert gone(pids[0])
