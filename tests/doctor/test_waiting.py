"""Waiting until something is there, and watching what changes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from codex_doctor.checking import waiting
from codex_doctor.checking.changes import changes
from codex_doctor.checking.waiting import wait_for
from codex_doctor.checking.watching import as_lines, as_text, watch
from codex_doctor.examination import Request
from codex_doctor.model import Severity, Verdict
from codex_doctor.redact import Vault, redact
from codex_doctor.render.style import Style
from codex_doctor.report import Circumstances, assemble
from codex_doctor.runner import Examination
from engine import LINUX, outcome, problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codex_doctor.model import Outcome, Report
    from codex_doctor.redact import RedactedReport

DOWN = problem("proxy-down", code="TST301", area="network")
OLD = problem("file-old", code="TST801", area="files", severity=Severity.WARNING)


def seen(*outcomes: Outcome) -> RedactedReport:
    report = assemble(
        Examination(outcomes=outcomes, machine={}),
        Circumstances(started=datetime(2026, 11, 20, 9, 5, tzinfo=UTC), seconds=0.41, system=LINUX),
    )
    return redact(report, vault=Vault(), home="/home/sam")


WELL = seen(outcome("network.a"))
ILL = seen(outcome("network.a", DOWN.found("it refuses")))
LATE = seen(outcome("network.a", verdict=Verdict.TIMED_OUT, reason="5 s"))


class Clock:
    """Time that goes on only when somebody sleeps, or looks at the machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: RedactedReport, look: float = 0.1) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.asked: list[Request] = []
        self._answers = list(answers)
        self._look = look
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(time, "sleep", self.sleep)
        monkeypatch.setattr(waiting, "examine_machine", self.examine)

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds

    def examine(self, request: Request) -> RedactedReport:
        self.asked.append(request)
        self.now += self._look
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def waited(clock: Clock, *, timeout: float = 60, request: Request | None = None) -> tuple[bool, list[str]]:
    said: list[str] = []
    there = wait_for(["network"], request or Request(), timeout=timeout, tell=said.append)
    assert clock.asked
    return there, said


def test_what_is_there_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, WELL)

    assert waited(clock) == (True, [])
    assert (clock.slept, clock.asked[0].select, clock.asked[0].require) == ([], ("network",), ("network",))


def test_pauses_grow_up_to_a_bound_and_each_reason_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, ILL, ILL, LATE, ILL, ILL, ILL, ILL, WELL)
    there, said = waited(clock)

    assert there
    assert clock.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert said == [
        "Waiting for network: TST301 proxy-down (it refuses)",
        "Waiting for network: not everything could be examined",
        "Waiting for network: TST301 proxy-down (it refuses)",
    ]


def test_it_ends_at_its_time_and_the_last_look_too(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, ILL)
    there, _ = waited(clock, timeout=3)

    assert (there, clock.now <= 1003.0 + 0.1) == (False, True)
    assert clock.slept == [0.5, 1.0, 1.2]
    assert clock.asked[-1].deadline == waiting.SHORTEST_LOOK


def test_nothing_is_spent_while_one_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, WELL)
    waited(clock, request=Request(live=True, round_trip=True))

    assert [(each.live, each.round_trip) for each in clock.asked] == [(False, False)]


def changed(before: RedactedReport, after: RedactedReport) -> list[str]:
    found = tuple(changes(before.report, after.report))
    return as_text(after.report, found, style=Style(ascii=True), at="19:05:00").splitlines()


def test_only_what_changes_is_shown() -> None:
    old = outcome("files.a", OLD.found("it is old"))
    older = outcome("files.a", OLD.found("it is older"))
    grave = outcome("files.a", OLD.weighed(Severity.ERROR).found("it is old"))

    assert changed(seen(old), seen(old)) == []
    assert changed(seen(old), seen(older)) == []
    assert changed(WELL, ILL) == [
        "19:05:00 [X] TST301 proxy-down: it refuses",
        "19:05:00 [X] Codex does not work",
    ]
    assert changed(ILL, WELL) == ["19:05:00 [ok] TST301 proxy-down is gone", "19:05:00 [ok] Nothing is wrong"]
    assert changed(seen(old), seen(grave)) == [
        "19:05:00 [X] TST801 file-old, now error: it is old",
        "19:05:00 [X] Codex does not work",
    ]
    assert changed(WELL, LATE) == [
        "19:05:00 [T] network.a could not be examined: 5 s",
        "19:05:00 [T] Not everything could be examined",
    ]
    assert changed(LATE, WELL)[0] == "19:05:00 [ok] network.a can be examined again"


def test_a_second_finding_of_the_same_kind_is_one_more() -> None:
    one = seen(outcome("files.a", OLD.found("x")))
    two = seen(outcome("files.a", OLD.found("x"), OLD.found("y")))

    assert changed(one, two) == ["19:05:00 [!] TST801 file-old: y"]
    assert len(changed(two, one)) == 1


def test_changes_are_lines_of_json_for_programs() -> None:
    lines = as_lines(ILL.report, tuple(changes(WELL.report, ILL.report))).splitlines()
    first, last = map(json.loads, lines)

    assert (first["event"], first["change"], first["finding"]["code"]) == ("change", "appeared", "TST301")
    assert (last["change"], last["status"], last["at"]) == ("status", "error", "2026-11-20T09:05:00Z")


def test_watching_looks_at_its_pace_until_somebody_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, WELL)
    looks = iter([WELL, ILL, WELL])
    shown: list[Sequence[object]] = []

    def look() -> RedactedReport:
        return next(looks)

    with pytest.raises(StopIteration):
        watch(WELL, look, lambda _, found: shown.append(found), pace=7.0)

    assert clock.slept == [7.0] * 4
    assert [len(found) for found in shown] == [0, 2, 2]


def doctor(home: Path, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "codex_doctor", "check", "--offline", "auth.file-is-valid", *args],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def auth(tmp_path: Path) -> Path:
    """Return a stored sign-in that is broken."""
    file = tmp_path / ".codex" / "auth.json"
    file.parent.mkdir()
    file.write_text("{")
    file.chmod(0o600)
    return file


def mend(auth: Path) -> None:
    whole = auth.with_name("whole")
    whole.write_text('{"auth_mode": "apikey", "OPENAI_API_KEY": "sk-proj-0123456789"}')
    whole.chmod(0o600)
    whole.replace(auth)


def first_line(process: subprocess.Popen[str], *, error: bool = False) -> str:
    stream = process.stderr if error else process.stdout
    assert stream is not None
    return stream.readline()


def test_an_examination_waits_for_what_it_needs_and_ends_as_it_says(auth: Path, tmp_path: Path) -> None:
    with doctor(tmp_path, "--wait-for", "auth.file-is-valid", "--timeout", "30") as process:
        said = first_line(process, error=True)
        mend(auth)
        output, rest = process.communicate(timeout=30)

    assert said.startswith("Waiting for auth.file-is-valid: CDX102 auth-json-invalid")
    assert (process.returncode, rest, "1 check passed" in output) == (0, "", True)


def test_what_never_comes_is_examined_all_the_same(auth: Path, tmp_path: Path) -> None:
    with doctor(tmp_path, "--wait-for", "auth.file-is-valid", "--timeout", "0.1") as process:
        output, _ = process.communicate(timeout=30)

    assert (auth.exists(), process.returncode, "CDX102" in output) == (True, 1, True)


@pytest.mark.skipif(os.name == "nt", reason="no Ctrl-C for one process alone")
def test_a_watch_shows_the_change_and_ends_quietly_at_ctrl_c(auth: Path, tmp_path: Path) -> None:
    with doctor(tmp_path, "--watch", "1") as process:
        assert process.stdout is not None
        assert "1 cause" in first_line(process)
        mend(auth)
        line = next(line for line in process.stdout if "is gone" in line)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)

    assert line.rstrip().endswith("CDX102 auth-json-invalid is gone")
    assert (process.returncode, error) == (130, "")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--timeout", "5"), "it is how long --wait-for waits"),
        (("--watch", "--format", "junit"), "changes are shown as text or jsonl"),
        (("--watch", "--live"), "what spends something is not done again"),
        (("--wait-for", "netwrok"), "did you mean network"),
        (("--watch", "0"), "Invalid value for '--watch'"),
        (("--from-report", "x.zip", "--wait-for", "auth"), "a saved report stays as it is"),
    ],
)
def test_what_cannot_be_waited_for_is_wrong_usage(
    args: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from codex_doctor import cli

    assert cli.run(["check", *args]) == 2
    assert words in capsys.readouterr().err


def test_a_report_of_now_is_never_taken_for_one_of_before() -> None:
    report: Report = WELL.report

    assert list(changes(report, report)) == []
