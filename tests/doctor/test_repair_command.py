"""The command `repair`: nothing happens unasked, and what happened is said and can be taken back."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from signal import SIGHUP, SIGINT, SIGTERM, Signals
from typing import TYPE_CHECKING, Any

import pytest

from codex_doctor.locks import take
from repairs import age, tree
from terminals import OnTerminal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes are those of Unix")

KEY = "sk-proj-repair0123456789abcdef"
EXPOSED = "auth-file-exposed"
ENOUGH = 60


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose sign-in others can read, and nothing else that a repair would touch."""
    folder = tmp_path / "home"
    (folder / ".codex").mkdir(parents=True)
    auth = folder / ".codex" / "auth.json"
    auth.write_text(json.dumps({"auth_mode": "apikey", "OPENAI_API_KEY": KEY}), "utf-8")
    auth.chmod(0o644)
    age(folder)
    return folder


def environment(home: Path) -> Mapping[str, str]:
    return {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "XDG_STATE_HOME": str(home.parent / "state"),
    }


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "codex_doctor", "repair", "--offline", *args]


def repair(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*args),
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=ENOUGH,
        check=False,
    )


def mode(home: Path) -> int:
    return (home / ".codex" / "auth.json").stat().st_mode & 0o777


def answered(home: Path, answer: str) -> tuple[int, str]:
    """Run the command on a terminal, type *answer*, and return the exit code and what was shown."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command(EXPOSED), env=environment(home), stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        os.write(ours, answer.encode())
        shown = b""
        while True:
            try:
                shown += os.read(ours, 4096)
            except OSError:  # the terminal is closed: it has ended
                break
        code = process.wait(ENOUGH)
    os.close(ours)
    return code, shown.decode()


def test_a_dry_run_shows_the_plan_and_writes_nothing_anywhere(home: Path) -> None:
    before = tree(home.parent)

    ran = repair(home, "--dry-run", EXPOSED)

    assert ran.returncode == 0
    assert "chmod 600 ~/.codex/auth.json" in ran.stdout
    assert "Nothing was changed" in ran.stdout
    assert tree(home.parent) == before


def test_nothing_is_changed_where_nobody_can_be_asked(home: Path) -> None:
    before = tree(home)

    ran = repair(home, EXPOSED)

    assert (ran.returncode, tree(home)) == (1, before)
    assert "add --yes" in ran.stderr


@pytest.mark.parametrize(
    ("answer", "code", "after"), [("y\n", 0, 0o600), ("\n", 1, 0o644), ("n\n", 1, 0o644)]
)
def test_the_user_is_asked_and_the_default_is_no(home: Path, answer: str, code: int, after: int) -> None:
    ended, shown = answered(home, answer)

    assert (ended, mode(home)) == (code, after)
    assert "Do this? [y/N]" in shown


def test_what_was_mended_is_examined_again_and_can_be_taken_back(home: Path) -> None:
    before = tree(home)

    ran = repair(home, EXPOSED, "--yes")
    mended = mode(home)
    back = repair(home, "--undo")

    assert (ran.returncode, mended) == (0, 0o600)
    assert "CDX116 auth-file-exposed is mended" in ran.stdout
    assert "codex-doctor repair --undo 2" in ran.stdout
    assert (back.returncode, tree(home)) == (0, before)


@pytest.mark.parametrize("where", [">&-", ">/dev/full 2>&1", ">&- 2>&- <&-", "| exec true"])
def test_a_repair_comes_to_its_end_though_nobody_reads_it(home: Path, where: str) -> None:
    script = f'set -o pipefail; "$@" {where}'
    argv = ["bash", "-c", script, "bash", *command(EXPOSED, "--yes")]

    ran = subprocess.run(argv, env=environment(home), capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr, mode(home)) == (0, "", 0o600)


def test_what_only_the_user_can_mend_is_told_and_counts_as_not_done(home: Path) -> None:
    ran = repair(home, "--yes")

    assert ran.returncode == 1  # Codex is not installed here, and without the network it cannot be
    assert mode(home) == 0o600
    assert "binary-not-found" in ran.stdout


def test_the_plan_as_json_has_the_agreed_form(home: Path) -> None:
    ran = repair(home, EXPOSED, "--dry-run", "--format", "json")
    said: dict[str, Any] = json.loads(ran.stdout)

    (planned,) = said["plan"]
    (step,) = planned["steps"]
    assert said["schema"] == 1
    assert (planned["for"], planned["destructive"]) == (EXPOSED, False)
    assert (step["do"], step["target"]) == ("set-mode", "~/.codex/auth.json")
    assert step["command"] == "chmod 600 ~/.codex/auth.json"


def test_what_is_not_broken_is_not_mended(home: Path) -> None:
    (home / ".codex" / "auth.json").chmod(0o600)

    ran = repair(home, EXPOSED, "--yes")

    assert (ran.returncode, ran.stdout) == (0, "auth-file-exposed: not found here, nothing to mend\n")


def test_a_code_names_a_problem_however_it_is_written(home: Path) -> None:
    ran = repair(home, "cdx116", "--yes")

    assert (ran.returncode, mode(home)) == (0, 0o600)


def test_of_two_problems_the_one_that_is_there_is_mended_and_the_other_is_said(home: Path) -> None:
    ran = repair(home, EXPOSED, "config-syntax", "--yes")

    assert (ran.returncode, mode(home)) == (0, 0o600)
    assert "config-syntax: not found here, nothing to mend" in ran.stdout


def test_a_dry_run_says_that_something_is_to_be_finished_first(home: Path) -> None:
    repair(home, EXPOSED, "--yes")
    (record,) = (home.parent / "state" / "codex-doctor" / "repairs").glob("*/record.jsonl")
    record.write_bytes(b"".join(record.read_bytes().splitlines(keepends=True)[:3]))

    ran = repair(home, EXPOSED, "--dry-run")

    assert f"An earlier repair was cut off; it is finished first ({record.parent.name})." in ran.stdout


def test_whoever_waits_for_the_examination_sees_what_it_waits_for(home: Path) -> None:
    (home / ".codex" / "bin").mkdir()
    slow = home / ".codex" / "bin" / "codex"
    slow.write_text("#!/bin/sh\nsleep 1\n", "utf-8")
    slow.chmod(0o755)

    with OnTerminal(command("--dry-run", "--codex-bin", str(slow)), env=environment(home)) as ran:
        ran.wait_for(" to go: ")
        ended = ran.end()

    assert ended == 0
    assert ran.shown.rstrip().endswith("Nothing was changed (--dry-run).")


@pytest.mark.parametrize(("signal", "code"), [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, -SIGHUP)])
def test_who_leaves_at_the_question_leaves_everything_as_it_is(
    home: Path, signal: Signals, code: int
) -> None:
    before = tree(home)

    with OnTerminal(command(EXPOSED), env=environment(home)) as ran:
        ran.wait_for("Do this? [y/N]")
        ran.process.send_signal(signal)
        ended = ran.end()

    assert (ended, tree(home), "Traceback" in ran.shown) == (code, before, False)
    assert repair(home, "--list").stdout == "No repair was made yet.\n"


def test_two_repairs_at_once_do_not_meet(home: Path) -> None:
    locks = home.parent / "state" / "codex-doctor" / "locks"
    locks.mkdir(parents=True)
    descriptor = os.open(locks / "repair.lock", os.O_RDWR | os.O_CREAT, 0o600)
    assert take(descriptor, byte=0)

    ran = repair(home, EXPOSED, "--yes")
    os.close(descriptor)

    assert (ran.returncode, mode(home)) == (3, 0o644)
    assert "another codex-doctor repair is at work" in ran.stderr


def test_a_repair_that_was_cut_off_is_finished_first(home: Path) -> None:
    repair(home, EXPOSED, "--yes")
    (record,) = (home.parent / "state" / "codex-doctor" / "repairs").glob("*/record.jsonl")
    lines = record.read_bytes().splitlines(keepends=True)
    record.write_bytes(b"".join(lines[:3]))

    ran = repair(home, EXPOSED, "--yes")

    assert ran.returncode == 0
    assert "was cut off:" in ran.stdout
    assert "the mode of ~/.codex/auth.json was set (it is 600)" in ran.stdout


def test_what_was_cut_off_is_finished_and_can_be_taken_back_at_once(home: Path) -> None:
    before = tree(home)
    repair(home, EXPOSED, "--yes")
    (record,) = (home.parent / "state" / "codex-doctor" / "repairs").glob("*/record.jsonl")
    record.write_bytes(b"".join(record.read_bytes().splitlines(keepends=True)[:3]))

    ran = repair(home, "--undo")

    assert (ran.returncode, tree(home)) == (0, before), ran.stderr


def test_nothing_is_changed_where_no_record_of_it_can_be_kept(home: Path) -> None:
    (home.parent / "state").write_text("in the way", "utf-8")

    ran = repair(home, EXPOSED, "--yes")

    assert (ran.returncode, mode(home)) == (1, 0o644)
    assert "no record of a repair can be kept" in ran.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--undo", "20200101-000000-000"), "no repair is called 20200101-000000-000"),
        (("--undo", "20200101-000000-000", "--dry-run"), "no repair is called 20200101-000000-000"),
        (("--undo",), "there is no repair that could be undone"),
        (("--undo", "--dry-run"), "there is no repair that could be undone"),
    ],
)
def test_an_undo_of_nothing_says_so(home: Path, args: tuple[str, ...], words: str) -> None:
    ran = repair(home, *args)

    assert (ran.returncode, words in ran.stderr) == (1, True)


@pytest.mark.parametrize(
    "args",
    [
        ("--format", "json"),
        ("--format", "json", "--dry-run", "--undo"),
        ("--force",),
        ("--undo", "a", "b"),
        ("no-such-problem", "--yes"),
        ("auth", "--yes"),
        ("auth.file-is-private", "--dry-run"),
        ("auth-*", "--dry-run"),
        (EXPOSED, "no-such-problem", "--yes"),
        ("--list", EXPOSED),
        ("--deadline", "nan"),
    ],
)
def test_wrong_usage_of_repair_exits_with_2(home: Path, args: tuple[str, ...]) -> None:
    ran = repair(home, *args)

    assert (ran.returncode, "Traceback" in ran.stderr) == (2, False)


def test_what_is_said_holds_no_secret(home: Path) -> None:
    config = home / ".codex" / "config.toml"
    config.write_text(f'model = "x"\nexperimental_bearer_token = "{KEY}"\n', "utf-8")

    said = [repair(home, *args) for args in (("--dry-run",), ("--yes",), ("--list",), ("--undo",))]
    shutil.rmtree(home / ".codex")

    assert [KEY in ran.stdout + ran.stderr for ran in said] == [False] * 4
