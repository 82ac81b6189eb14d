"""A turn that failed is told until one is completed, with what the service said in plain words."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import engine
from codex_checks.account.gates import Judged
from codex_checks.account.rulings import RULINGS
from codex_checks.catalogue import catalogue
from codex_checks.install.found import Installations
from codex_checks.install.header import Format, Header
from codex_checks.install.installation import Channel, Installation, Kind, Program
from codex_checks.network.links import Links
from codex_checks.network.reach import Reach
from codex_checks.problems import PROBLEMS
from codex_checks.problems import turns as p
from codex_checks.problems.limits import API_QUOTA_EXCEEDED
from codex_checks.recorded import said
from codex_checks.recorded.errors import DAY, RecordedError, RecordedErrors
from codex_checks.turns.checks import turns_are_completed, turns_are_served, turns_get_through
from codex_checks.turns.failed import LONGEST, FailedTurns, failed_turns, words
from codex_doctor.causes import trace
from codex_doctor.fix import RewriteFile
from codex_doctor.model import Severity
from config_mends import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_checks.account.session import Session
    from codex_checks.config.settings import Settings
    from codex_doctor.model import Finding

NOW: Final = 1_800_000_000
CUT: Final = "stream disconnected before completion: stream closed before response.completed"
UNSENT: Final = "stream disconnected before completion: error sending request for url (https://chatgpt.com/x)"
TOO_OLD: Final = '{"detail": "The \'gpt-7\' model requires a newer version of Codex."}'
SUMMARY: Final = json.dumps(
    {
        "error": {
            "message": "Unsupported parameter: 'reasoning.summary' is not supported with this model.",
            "code": "unsupported_parameter",
            "param": "reasoning.summary",
        }
    }
)

_read: Callable[..., FailedTurns] = failed_turns.read  # type: ignore[assignment]


def error(text: str, *, ago: int = 600, turn: bool = True) -> RecordedError:
    heard = said.from_text(text)
    return RecordedError(
        when=NOW - ago,
        source=Path("thread_history_1.sqlite"),
        text=text,
        http_status=heard.http_status,
        code=heard.code,
        turn=turn,
    )


def turns(
    *errors: RecordedError, completed: int | None = None, configured: Settings | None = None
) -> FailedTurns:
    ctx = replace(engine.context(), now=lambda: float(NOW))
    records = RecordedErrors(errors=errors, completed=None if completed is None else NOW - completed)
    return _read(ctx, records, configured)


def names(found: FailedTurns) -> list[str]:
    findings = [*turns_are_completed(found, None, None), *turns_get_through(found, None)]
    return [finding.problem.name for finding in findings]


def reached() -> Reach:
    return Reach(visits=(), links=Links(route=True, interface=True))


def test_a_turn_that_failed_is_told_with_what_the_service_said() -> None:
    (finding,) = turns_are_completed(turns(error(TOO_OLD), error(TOO_OLD, ago=7200)), None, None)

    assert finding.problem is p.VERSION_TOO_OLD_FOR_MODEL
    assert finding.detail == (
        "Codex recorded it twice, last 10 minutes ago, and no turn was completed since: "
        "The 'gpt-7' model requires a newer version of Codex."
    )
    assert finding.evidence["times"] == 2


@pytest.mark.parametrize(
    ("text", "ago", "expected"),
    [
        ("Quota exceeded. Check your plan and billing details.", 80_000, ("api-quota-exceeded", "warning")),
        (
            "Selected model is at capacity. Please try a different model.",
            600,
            ("model-at-capacity", "warning"),
        ),
        ("Selected model is at capacity. Please try a different model.", 7200, ("model-at-capacity", "note")),
        (
            "The 'gpt-9' model is not supported when using Codex with a ChatGPT account.",
            600,
            ("model-not-supported-chatgpt", "warning"),
        ),
    ],
)
def test_what_only_a_turn_is_told_is_a_warning_until_it_is_over(
    text: str, ago: int, expected: tuple[str, str]
) -> None:
    (finding,) = turns_are_served(turns(error(text, ago=ago)), None)

    assert (finding.problem.name, str(finding.problem.severity)) == expected


def test_what_a_question_is_told_now_is_not_told_of_a_turn_too() -> None:
    found = turns(error("Quota exceeded. Check your plan and billing details."))
    met = next(row for row in RULINGS if row.problem is API_QUOTA_EXCEEDED)
    told = Judged(session=cast("Session", None), ruling=met)

    assert turns_are_served(found, told) == ()


def test_once_a_turn_was_completed_the_failed_one_is_over() -> None:
    assert names(turns(error(TOO_OLD), completed=599)) == []
    assert names(turns(error(TOO_OLD), completed=601)) == ["version-too-old-for-model"]


def test_what_happened_more_than_a_day_ago_is_over() -> None:
    assert names(turns(error(CUT, ago=DAY + 1))) == []


def test_a_retry_that_ended_no_turn_is_not_told() -> None:
    assert names(turns(error(CUT, turn=False))) == []


def test_what_was_before_the_settings_changed_is_over(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('model = "gpt-6-sol"\n', "utf-8")
    os.utime(config, (NOW - 300, NOW - 300))

    assert names(turns(error(TOO_OLD, ago=400), configured=read(tmp_path))) == []
    assert names(turns(error(TOO_OLD, ago=200), configured=read(tmp_path))) != []


def test_no_record_is_healthy() -> None:
    assert names(turns()) == []


def test_a_turn_that_could_not_be_sent_is_a_note_where_the_way_is_free_now() -> None:
    (told,) = turns_get_through(turns(error(UNSENT)), None)
    (noted,) = turns_get_through(turns(error(UNSENT)), reached())

    assert (told.problem.severity, noted.problem.severity) == (Severity.WARNING, Severity.NOTE)
    assert "the hosts that Codex needs answer now" in noted.detail


def test_an_answer_that_was_cut_off_counts_where_the_way_is_free() -> None:
    (finding,) = turns_get_through(turns(error(CUT)), reached())

    assert finding.problem == p.STREAM_CLOSED_EARLY


@pytest.mark.parametrize(
    "cause",
    [
        "connection-timeout",
        "dns-failure",
        "openai-unreachable",
        "proxy-connection-refused",
        "tls-unknown-issuer",
    ],
)
def test_a_turn_that_was_lost_follows_from_the_fault_of_the_way(cause: str) -> None:
    broken = next(problem for problem in PROBLEMS if problem.name == cause)
    lost: tuple[Finding, ...] = turns_get_through(turns(error(UNSENT), error(CUT)), None)
    outcomes = [
        engine.outcome("network.hosts", broken.found("broken", subjects=frozenset({"chatgpt.com"}))),
        engine.outcome("network.turns-get-through", *lost),
    ]

    first, *rest = trace(outcomes).findings

    assert first.finding.problem is broken
    assert [each.cause for each in rest] == [first.finding, first.finding]


def test_a_codex_that_is_too_old_is_updated_by_the_way_it_came() -> None:
    path = Path("/opt/bun/bin/codex")
    file = Program(path=path, mode=0o755, size=1, header=Header(format=Format.SCRIPT))
    copy = Installation(
        path=path, real=path, kind=Kind.LAUNCHER, channel=Channel.BUN, found_by=("PATH",), file=file
    )
    copies = Installations(system=engine.LINUX, copies=(copy,), running=copy)

    (finding,) = turns_are_completed(turns(error(TOO_OLD)), None, copies)

    assert finding.fix is not None


def test_the_setting_that_was_refused_is_deleted(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('model = "gpt-6-sol"\nmodel_reasoning_summary = "detailed"\n', "utf-8")
    os.utime(config, (NOW - 900, NOW - 900))
    configured = read(tmp_path)

    (finding,) = turns_are_completed(turns(error(SUMMARY), configured=configured), configured, None)

    assert finding.fix is not None
    step = finding.fix.steps[0]
    assert isinstance(step, RewriteFile)
    assert [edit.old for edit in step.edits] == [('model_reasoning_summary = "detailed"',)]


def test_a_setting_that_nobody_set_is_not_mended(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('model = "gpt-6-sol"\n', "utf-8")

    (finding,) = turns_are_completed(turns(error(SUMMARY)), read(tmp_path), None)

    assert finding.fix is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ('{"error": {"message": "No.\\n Not so.", "code": "x"}}', "No. Not so."),
        ('{"detail": "Unsupported model"}', "Unsupported model"),
        ('Error: {"error": {"message": "Too long", "par', "Too long"),
        ("plain words", "plain words"),
        ("{no JSON}", "{no JSON}"),
        ("[" * 10_000 + "{" * 10_000, "[" * LONGEST + "..."),
        ('{"error": []}', '{"error": []}'),
    ],
)
def test_an_answer_is_told_in_plain_words(text: str, plain: str) -> None:
    assert words(text) == plain


@given(text=st.text())
def test_any_words_are_told_on_one_short_line(text: str) -> None:
    told = words(text)

    assert "\n" not in told
    assert len(told) <= LONGEST + 3


def test_every_problem_of_a_turn_is_one_that_a_record_can_show() -> None:
    from codex_checks.recorded.signatures import known

    checks = {check.id for check in catalogue().checks}

    assert {problem.name for problem in p.PROBLEMS} <= known().signatures.keys()
    assert {"service.turns-are-completed", "network.turns-get-through"} <= checks
