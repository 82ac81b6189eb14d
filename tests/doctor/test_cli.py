from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
import typer

from codex_doctor import __version__
from codex_doctor.line import app
from codex_doctor.wanted import ReportFormat

if TYPE_CHECKING:
    from collections.abc import Mapping

ENOUGH = 30
"""Seconds after which a command that should have ended is called hanging."""

SLEEPER = "#!/bin/sh\ntrap '' TERM\nsleep 60 &\nwait\nsleep 60\n"
"""A codex that ignores SIGTERM and leaves a child on its pipe."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    return {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **(more or {})}


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "codex_doctor", *args]


def run(*args: str, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*args),
        env=environment(home, env),
        capture_output=True,
        text=True,
        timeout=ENOUGH,
        check=False,
    )


def hanging_codex(home: Path) -> Path:
    script = home / "codex"
    script.write_text(SLEEPER)
    script.chmod(0o755)
    return script


def marked(home: Path) -> list[int]:
    """Return the processes that this machine's home started, by the home in their environment."""
    wanted = f"HOME={home}".encode()
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended while we looked
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
    return found


def test_the_version_is_printed(home: Path) -> None:
    done = run("--version", home=home)

    assert (done.returncode, done.stdout) == (0, f"codex-doctor {__version__}\n")


def test_without_a_command_the_machine_is_examined(home: Path) -> None:
    done = run("--offline", "--format", "json", home=home)
    named = run("check", "--offline", "--format", "json", home=home)

    assert json.loads(done.stdout)["findings"] == json.loads(named.stdout)["findings"]
    assert json.loads(done.stdout)["findings"][0]["name"] == "binary-not-found"
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("frobnicate",), "No such command 'frobnicate'"),
        (("auth",), "codex-doctor check auth"),
        (("CDX101",), "codex-doctor check CDX101"),
        (("--frobnicate",), "No such option: --frobnicate"),
        (("check", "--deadline", "0"), "Invalid value for '--deadline'"),
        (("check", "--deadline", "nan"), "Invalid value for '--deadline'"),
        (("check", "--live", "--offline"), "--live needs the network, and --offline forbids it"),
        (("--offline", "--round-trip"), "--round-trip needs the network, and --offline forbids it"),
        (("check", "--format", "papyrus"), "'papyrus' is not one of"),
        (("check", "binary-not-fuond"), "did you mean binary-not-found"),
        (
            ("check", "--output", "/nonexistent/report.txt", "--offline"),
            "/nonexistent/report.txt cannot be written",
        ),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_is_wrong(
    args: tuple[str, ...], words: str, home: Path
) -> None:
    done = run(*args, home=home)

    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_misspelt_command_is_not_taken_for_something_to_examine(home: Path) -> None:
    done = run("chek", home=home)

    assert "Did you mean 'check'" in done.stderr
    assert "Is it an area" not in done.stderr


@pytest.mark.parametrize("args", [("help",), ("help", "check")])
def test_help_is_shown_without_dashes_too(args: tuple[str, ...], home: Path) -> None:
    done = run(*args, home=home)

    assert (done.returncode, done.stdout) == (0, run(*args[1:], "--help", home=home).stdout)


def test_a_code_that_is_not_close_to_any_suggests_none(home: Path) -> None:
    done = run("explain", "CDX999", home=home)

    assert done.returncode == 1
    assert "CDX6" not in done.stderr
    assert "CDX8" not in done.stderr


def test_a_problem_is_explained_by_name_and_by_code_in_the_same_words(home: Path) -> None:
    by_name = run("explain", "binary-not-found", home=home)
    code = json.loads(run("explain", "binary-not-found", "--format", "json", home=home).stdout)["candidates"][
        0
    ]["code"]
    by_code = run("explain", code.lower(), home=home)

    assert by_name.returncode == 0
    assert by_name.stdout.startswith("# ")
    assert by_code.stdout == by_name.stdout


def test_what_is_not_known_is_not_explained_but_comes_with_a_suggestion(home: Path) -> None:
    done = run("explain", "binary-not-fond", home=home)

    assert (done.returncode, done.stdout) == (1, "")
    assert "did you mean binary-not-found" in done.stderr
    assert "codex-doctor explain -" in done.stderr


def test_the_report_goes_into_a_file_when_asked(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.json"

    done = run("--offline", "--format", "json", "--output", str(target), home=home)

    assert done.stdout == ""
    assert json.loads(target.read_text("utf-8"))["exit_code"] == done.returncode == 1
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["report.json"]


def test_every_check_is_listed_with_what_it_touches(home: Path) -> None:
    rows = json.loads(run("checks", "--format", "json", home=home).stdout)

    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert {row["from"] for row in rows} == {"codex-doctor"}
    assert all(set(row) == {"id", "title", "area", "needs", "touches", "problems", "from"} for row in rows)


def test_a_terminal_that_knows_only_ascii_gets_only_ascii(home: Path) -> None:
    done = run("--offline", home=home, LANG="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")

    assert done.stdout.isascii()
    assert done.stdout.startswith("[X] ")


@pytest.mark.parametrize("extra", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_leaves_no_escape_sequence_on_a_terminal(extra: dict[str, str], home: Path) -> None:
    text = on_a_terminal(home, "--offline", **extra)

    assert "\x1b[3" not in text
    assert "binary-not-found" in text


def test_a_terminal_shows_progress_and_takes_it_away_again(home: Path) -> None:
    text = on_a_terminal(home, "--offline", "--deadline", "3", "--codex-bin", str(hanging_codex(home)))

    assert " to go: " in text
    assert text.rindex("\r\x1b[K") < text.rindex("binary-hangs")


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_examination_says_so_in_its_exit_code_and_leaves_no_process(
    sent: signal.Signals, code: int, home: Path
) -> None:
    script = hanging_codex(home)
    started = subprocess.Popen(
        command("--offline", "--deadline", "20", "--codex-bin", str(script)),
        env=environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + ENOUGH
    while not [pid for pid in marked(home) if pid != started.pid] and time.monotonic() < until:
        time.sleep(0.02)  # until the child of the examination is there to be left behind

    started.send_signal(sent)

    assert started.wait(ENOUGH) == code
    assert marked(home) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there a process cannot press Ctrl-C for itself")
@pytest.mark.parametrize("module", ["enum", "msgspec", "queue"])
def test_whoever_interrupts_it_while_it_is_still_loading_sees_no_traceback(
    module: str, home: Path, tmp_path: Path
) -> None:
    press = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"
    (tmp_path / f"{module}.py").write_text(press, "utf-8")

    done = run("--offline", home=home, PYTHONPATH=str(tmp_path))

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_codex_that_ignores_everything_is_killed_with_all_that_it_started(home: Path) -> None:
    done = run(
        "--offline", "--deadline", "3", "--format", "json", "--codex-bin", str(hanging_codex(home)), home=home
    )

    assert [finding["name"] for finding in json.loads(done.stdout)["findings"]][:1] == ["binary-hangs"]
    assert marked(home) == []


def test_no_file_is_looked_at_before_the_examination(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(path: object, **_: object) -> NoReturn:
        raise AssertionError(f"{path!r} may stand on a disk that never answers")

    monkeypatch.setattr(os, "stat", hang)
    args = ["--codex-bin", "/far/codex", "--codex-home", "/far/home", "--output", "/far/report"]
    commands: Any = typer.main.get_group(app)
    understood: dict[str, object] = commands.commands["check"].make_context("check", args).params

    assert understood["codex_bin"] == Path("/far/codex")
    assert understood["codex_home"] == Path("/far/home")
    assert understood["output"] == Path("/far/report")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_standard_stream_that_is_closed_is_no_error(closed: str, home: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    args = shlex.join(command("--offline", "--output", str(report)))
    done = subprocess.run(
        ["/bin/sh", "-c", f"{args} {closed}"],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=ENOUGH,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert "binary-not-found" in report.read_text()


def test_a_terminal_of_any_width_gets_its_report(home: Path) -> None:
    done = run("--offline", home=home, COLUMNS="9" * 20)

    assert done.stderr == ""
    assert "binary-not-found" in done.stdout


def test_a_reader_that_goes_away_is_no_error(home: Path) -> None:
    started = subprocess.Popen(
        command("--offline"), env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert started.stdout is not None
    started.stdout.close()
    _, stderr = started.communicate(timeout=ENOUGH)

    assert (started.returncode, stderr) == (1, b"")


def on_a_terminal(home: Path, *args: str, **env: str) -> str:
    """Run the command on a real pseudo-terminal and return everything it wrote there."""
    ours, theirs = pty.openpty()
    more = {"TERM": "xterm-256color", "COLUMNS": "100", **env}
    started = subprocess.Popen(
        command(*args), env=environment(home, more), stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    written = b""
    until = time.monotonic() + ENOUGH
    while time.monotonic() < until:
        if not select.select([ours], [], [], 0.1)[0]:
            continue
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # Linux's way of saying that the other end is closed
            break
        if not chunk:
            break
        written += chunk
    os.close(ours)
    started.wait(ENOUGH)
    return written.decode("utf-8", "replace")


def test_every_format_ends_with_the_same_exit_code(home: Path) -> None:
    assert {
        name: run("--offline", "--format", name, home=home).returncode for name in ReportFormat
    } == dict.fromkeys(ReportFormat, 1)


def test_several_reports_are_written_at_once(home: Path, tmp_path: Path) -> None:
    junit, sarif = tmp_path / "out.xml", tmp_path / "out.sarif"

    done = run(
        "--offline", "--format", f"junit={junit}", "--format", "text", f"--format=sarif={sarif}", home=home
    )

    assert "binary-not-found" in done.stdout
    assert "binary-not-found" in junit.read_text("utf-8")
    assert json.loads(sarif.read_text("utf-8"))["version"] == "2.1.0"


def test_a_report_that_cannot_be_written_costs_no_other(home: Path) -> None:
    done = run("--offline", "--format", "junit=/nonexistent/out.xml", "--format", "text", home=home)

    assert done.returncode == 2
    assert "/nonexistent/out.xml cannot be written" in done.stderr
    assert "binary-not-found" in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--format", "yaml"), "'yaml' is not one of text, json"),
        (("--format", "text", "--format", "json"), "only one report can be written to standard output"),
        (("--format", "json=a", "--format", "tap=a"), "only one report can be written into a"),
        (("--format", "json=a", "--output", "b"), "--output is for a format without a file"),
        (("--format", "json="), "json= names no file"),
    ],
    ids=["unknown", "two at once", "one file", "no place", "no name"],
)
def test_what_cannot_be_written_is_refused_before_anything_is_examined(
    args: tuple[str, ...], said: str, home: Path
) -> None:
    done = run("--offline", *args, home=home)

    assert done.returncode == 2
    assert said in " ".join(done.stderr.replace("│", "").split())


def test_json_lines_come_as_each_check_is_done(home: Path) -> None:
    with subprocess.Popen(
        command("--deadline", "3", "--format", "jsonl", "--codex-bin", str(hanging_codex(home))),
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as running:
        assert running.stdout is not None
        first = json.loads(running.stdout.readline())
        still = running.poll()
        last = json.loads(running.stdout.readlines()[-1])

    assert (first["event"], still, last["event"]) == ("check", None, "report")
