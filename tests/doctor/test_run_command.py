"""A command runs as if nobody watched it, and what is said about its failure comes after it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from terminals import CTRL_C, CTRL_Z, OnTerminal

REUSED: Final = "Your refresh token has already been used to generate a new access token."
PYTHON: Final = sys.executable


def command(*args: str) -> list[str]:
    return [PYTHON, "-m", "codex_doctor", "run", "--offline", "--", *args]


def environment(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


def run(home: Path, *args: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command(*args), env=environment(home), input=given, capture_output=True, check=False, timeout=60
    )


def test_what_is_read_and_written_is_the_same_to_the_byte(tmp_path: Path) -> None:
    script = "import sys, os; d = sys.stdin.buffer.read(); os.write(1, d[::-1]); os.write(2, d[:9])"
    given = bytes(range(256)) * 4096

    done = run(tmp_path, PYTHON, "-c", script, given=given)

    assert (done.returncode, done.stdout, done.stderr) == (0, given[::-1], given[:9])


def test_a_failure_is_explained_on_standard_error_and_its_checks_are_run(tmp_path: Path) -> None:
    done = run(tmp_path, "sh", "-c", f"echo out; echo '{REUSED}' >&2; exit 3")

    assert (done.returncode, done.stdout) == (3, b"out\n")
    assert done.stderr.startswith(f"{REUSED}\n\n".encode())
    assert b"refresh-token-reused" in done.stderr
    assert b"## What to do" in done.stderr


def test_the_checks_that_belong_to_it_say_what_they_see(tmp_path: Path) -> None:
    done = run(tmp_path, "sh", "-c", "echo 'Not logged in. Run codex login'; exit 1")

    assert done.returncode == 1
    assert b"not-signed-in" in done.stderr
    assert b"codex-doctor repair" in done.stderr


def test_a_command_that_succeeds_is_not_talked_about(tmp_path: Path) -> None:
    done = run(tmp_path, "sh", "-c", f"echo '{REUSED}'")

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_failure_that_is_not_known_keeps_its_code_and_gets_a_next_step(tmp_path: Path) -> None:
    done = run(tmp_path, "sh", "-c", "echo frobnicated; exit 42")

    assert done.returncode == 42
    assert b"nothing that is known of Codex fits" in done.stderr


def test_a_command_that_is_not_there_ends_as_in_a_shell(tmp_path: Path) -> None:
    done = run(tmp_path, "codex", "exec", "hello")

    assert (done.returncode, done.stdout) == (127, b"")
    assert done.stderr.startswith(b"codex: command not found\n")
    assert b"binary-not-" in done.stderr


def test_a_command_that_may_not_be_run_ends_as_in_a_shell(tmp_path: Path) -> None:
    (tmp_path / "codex").write_text("#!/bin/sh\n")

    assert run(tmp_path, str(tmp_path / "codex")).returncode == 126


def test_where_both_streams_are_one_the_order_stays(tmp_path: Path) -> None:
    script = "; ".join(f"echo {each}; echo {each} >&2" for each in range(50))

    done = subprocess.run(
        command("sh", "-c", script),
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )

    assert done.stdout.split() == [str(each).encode() for each in range(50) for _ in range(2)]


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT])
def test_a_signal_reaches_the_command_which_decides_what_it_means(
    tmp_path: Path, sent: signal.Signals
) -> None:
    script = f"trap 'echo heard; exit 9' {sent.name[3:]}; echo ready; while :; do sleep 0.02; done"
    process = subprocess.Popen(
        command("sh", "-c", script),
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(sent)

        assert process.stdout.read() == b"heard\n"
        assert process.wait(60) == 9


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGINT])
def test_a_command_that_a_signal_ends_ends_this_process_by_the_same(
    tmp_path: Path, sent: signal.Signals
) -> None:
    done = run(tmp_path, PYTHON, "-c", f"import os; os.kill(os.getpid(), {int(sent)})")

    assert done.returncode == -sent


def test_a_program_that_is_left_behind_holds_nothing_up(tmp_path: Path) -> None:
    done = run(tmp_path, "sh", "-c", "sleep 50 & echo $!")

    os.kill(int(done.stdout), signal.SIGKILL)
    assert done.returncode == 0


def test_a_reader_that_has_gone_ends_the_command_as_it_would_without(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("yes"),
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"y\n"
        process.stdout.close()

        assert process.wait(60) == -signal.SIGPIPE


ON_TERMINAL: Final = (
    "import os, sys; size = os.get_terminal_size(1);"
    "print(*(os.isatty(each) for each in (0, 1, 2)), *size, os.ttyname(0) == os.ttyname(1));"
    "print('read', input('name? ')); sys.exit(5)"
)


def test_at_a_terminal_the_command_has_a_terminal_of_the_same_size(tmp_path: Path) -> None:
    line = shlex.join(command(PYTHON, "-c", ON_TERMINAL))

    with OnTerminal(
        ["/bin/sh", "-c", f"stty cols 97 rows 31; {line}"], env=environment(tmp_path)
    ) as terminal:
        terminal.wait_for("name? ")
        terminal.press("Sam\r")
        code = terminal.end()

    assert code == 5
    assert "True True True 97 31 True" in terminal.shown
    assert "read Sam" in terminal.shown


def test_at_a_terminal_ctrl_c_is_the_command_s(tmp_path: Path) -> None:
    script = "trap 'echo heard; exit 4' INT; echo ready; while :; do sleep 0.02; done"

    with OnTerminal(command("sh", "-c", script), env=environment(tmp_path)) as terminal:
        terminal.wait_for("ready")
        terminal.press(CTRL_C)
        code = terminal.end()

    assert code == 4
    assert "heard" in terminal.shown


def test_a_terminal_is_as_before_afterwards(tmp_path: Path) -> None:
    line = " ".join(["stty -a > before;", *command("true"), "; stty -a > after"])

    with OnTerminal(["/bin/sh", "-c", line], env=environment(tmp_path), cwd=tmp_path) as terminal:
        assert terminal.end() == 0

    assert (tmp_path / "before").read_bytes() == (tmp_path / "after").read_bytes() != b""


def test_at_a_terminal_with_something_else_to_read_nothing_is_typed_through(tmp_path: Path) -> None:
    line = " ".join(["echo given |", *command("sh", "-c", "'cat; test -t 1 && echo shown; exit 3'")])

    with OnTerminal(["/bin/sh", "-c", line], env=environment(tmp_path)) as terminal:
        code = terminal.end()

    assert code == 3
    assert terminal.shown.startswith("given\r\nshown\r\n")


def test_a_name_that_is_no_text_is_said_in_letters_and_the_exit_code_is_a_shell_s(tmp_path: Path) -> None:
    done = run(tmp_path, os.fsdecode(b"\xff\x1b]0;x"))

    assert (done.returncode, done.stdout) == (127, b"")
    assert b"\\x1b]0;x': command not found" in done.stderr


def test_what_was_written_is_explained_even_where_nobody_could_read_it(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command("sh", "-c", f"echo '{REUSED}'; exit 3"),
            env=environment(tmp_path),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )

    assert done.returncode == 3
    assert b"refresh-token-reused" in done.stderr


def test_a_command_keeps_ignoring_what_it_was_started_to_ignore(tmp_path: Path) -> None:
    ignoring = f"trap '' INT TERM; exec {shlex.join(command('grep', 'SigIgn', '/proc/self/status'))}"
    done = subprocess.run(
        ["/bin/sh", "-c", ignoring], env=environment(tmp_path), capture_output=True, check=False, timeout=60
    )

    ignored = int(done.stdout.split()[1], 16)
    assert ignored & (1 << (signal.SIGINT - 1))
    assert ignored & (1 << (signal.SIGTERM - 1))


@pytest.mark.skipif(not Path("/bin/bash").exists(), reason="only a shell with jobs can stop one and go on")
def test_ctrl_z_stops_the_command_and_the_job_goes_on_where_it_was(tmp_path: Path) -> None:
    line = shlex.join(command("sh", "-c", "echo be''gun; read answer; echo got $answer"))
    shell = ["/bin/bash", "--noprofile", "--norc", "-i"]
    with OnTerminal(shell, env={**environment(tmp_path), "PS1": "$ "}) as terminal:
        terminal.press(f"{line}\n")
        terminal.wait_for("begun")
        terminal.press(CTRL_Z)
        terminal.wait_for("Stopped")
        terminal.press("stty -a; fg; echo o''ver\n")
        terminal.wait_for(" icanon")
        terminal.wait_for("codex_doctor run --offline", times=2)
        terminal.press("it\n")
        terminal.wait_for("got it")
        terminal.wait_for("over")
        terminal.press("exit 0\n")

        assert terminal.end() == 0


@pytest.mark.skipif(not Path("/bin/bash").exists(), reason="only a shell with jobs puts one behind it")
def test_behind_the_shell_it_runs_without_taking_its_keys(tmp_path: Path) -> None:
    line = shlex.join(command("sh", "-c", "until test -e go; do sleep 0.05; done; echo from''behind"))
    shell = ["/bin/bash", "--noprofile", "--norc", "-i"]
    with OnTerminal(shell, env={**environment(tmp_path), "PS1": "$ "}, cwd=tmp_path) as terminal:
        terminal.press(f"{line} &\n")
        terminal.press("echo in''front\n")
        terminal.wait_for("infront")
        terminal.press("echo $((6 * 7)); touch go\n")
        terminal.wait_for("42")
        terminal.wait_for("frombehind")
        terminal.press("wait; exit 0\n")

        assert terminal.end() == 0


def test_what_the_command_left_behind_may_go_on_writing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "told")
    done = run(
        tmp_path, "sh", "-c", f"cd '{tmp_path}'; (read x <told; echo late; echo late; echo on >told) & exit 7"
    )
    (tmp_path / "told").write_text("go\n", "utf-8")

    assert (done.returncode, done.stdout) == (7, b"")
    told = subprocess.run(["/bin/cat", tmp_path / "told"], capture_output=True, check=True, timeout=30)
    assert told.stdout == b"on\n"
