"""What Codex recorded is evidence for what is found, and answers what went wrong last."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from codex_checks.catalogue import catalogue
from codex_checks.recorded.errors import RecordedError, RecordedErrors
from codex_checks.recorded.recalling import recalled
from codex_doctor.model import Severity
from codex_doctor.report import Circumstances, assemble
from codex_doctor.runner import Examination
from databases import everything_in
from engine import context, outcome, problem

NOW: Final = 1_800_000_000
REUSED: Final = "Your refresh token has already been used to generate a new access token."
SECRET: Final = "sk-proj-abcdefghijklmnopqrstuvwxyz123456"


def error(text: str, ago: int) -> RecordedError:
    return RecordedError(when=NOW - ago, source=Path("logs_2.sqlite"), text=text)


def home_with(folder: Path, *messages: tuple[str, int]) -> Path:
    """Make a home of Codex in which turns failed with these messages, so many seconds ago."""
    home = folder / ".codex"
    home.mkdir(parents=True)
    now = int(time.time())
    rows = [(json.dumps({"message": text}), now - ago - 1, now - ago) for text, ago in messages]
    with closing(sqlite3.connect(home / "thread_history_1.sqlite")) as database:
        database.execute(
            "CREATE TABLE thread_turns"
            " (error_json TEXT, started_at INTEGER, completed_at INTEGER, status TEXT)"
        )
        database.executemany("INSERT INTO thread_turns VALUES (?, ?, ?, 'failed')", rows)
        database.commit()
    return folder


def explain(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "codex_doctor", "explain", *args],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_problem_is_recalled_with_how_often_and_when_it_was_seen() -> None:
    errors = RecordedErrors(errors=(error(REUSED, 7200), error(REUSED, 9000), error("no idea", 60)))

    told = catalogue().recalls({"codex.recorded-errors": errors}, float(NOW))

    assert told == {"refresh-token-reused": "seen twice, last 2 hours ago"}


@pytest.mark.parametrize("facts", [{}, {"codex.recorded-errors": "something else"}])
def test_where_nothing_was_read_nothing_is_recalled(facts: dict[str, object]) -> None:
    assert recalled(facts, float(NOW)) == {}


def test_what_was_recorded_is_evidence_for_the_finding_of_the_same_problem() -> None:
    used, other = (
        problem("used-up", code="TST101"),
        problem("other", code="TST102", severity=Severity.WARNING),
    )
    outcomes = (outcome("auth.a", used.found("seen")), outcome("auth.b", other.found("x")))
    circumstances = Circumstances(
        started=datetime.now(UTC),
        seconds=0.0,
        system=context().system,
        recalled={"used-up": "seen once, 3 hours ago"},
    )

    report = assemble(Examination(outcomes=outcomes, machine={}), circumstances)

    evidence = {finding.name: finding.evidence for finding in report.findings}
    assert evidence == {"used-up": {"recorded before": "seen once, 3 hours ago"}, "other": {}}


def test_what_went_wrong_last_is_explained_with_how_often_it_did(tmp_path: Path) -> None:
    home = home_with(tmp_path, ("Usage limit reached", 90_000), (REUSED, 7300), (REUSED, 10_900))

    done = explain(home, "--last")
    answer = json.loads(explain(home, "--last", "--format", "json").stdout)

    assert (done.returncode, done.stderr) == (0, "")
    assert "seen twice, last 2 hours ago" in done.stdout
    assert "refresh-token-reused" in done.stdout
    assert answer["candidates"][0]["name"] == "refresh-token-reused"
    assert answer["recorded"]["said"] == REUSED
    assert answer["recorded"]["seen"] == "seen twice, last 2 hours ago"


def test_a_secret_that_was_recorded_is_not_said(tmp_path: Path) -> None:
    home = home_with(tmp_path, (f"Incorrect API key provided: {SECRET}", 60))

    said = explain(home, "--last").stdout + explain(home, "--last", "--format=json").stdout

    assert "auth-401-api-key" in said
    assert SECRET[8:] not in said


def test_an_error_that_is_not_known_is_shown_all_the_same(tmp_path: Path) -> None:
    done = explain(home_with(tmp_path, ("the flux is out of phase", 60)), "--last")

    assert done.returncode == 1
    assert "the flux is out of phase" in done.stdout
    assert "examines this machine" in done.stderr


def test_where_nothing_is_recorded_that_is_said_with_a_next_step(tmp_path: Path) -> None:
    done = explain(tmp_path, "--last")

    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing is recorded of late" in done.stderr
    assert json.loads(explain(tmp_path, "--last", "--format", "json").stdout)["candidates"] == []


def test_explaining_what_went_wrong_last_changes_nothing(tmp_path: Path) -> None:
    home = home_with(tmp_path, (REUSED, 60))
    before = everything_in(home)

    explain(home, "--last")

    assert everything_in(home) == before


def test_a_message_and_what_went_wrong_last_are_two_questions(tmp_path: Path) -> None:
    assert explain(tmp_path, "--last", "a message").returncode == 2
