"""Each format is read by the parser that others use, and means the same in all of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_doctor.render.formats import How, rendered
from codex_doctor.render.style import Style
from codex_doctor.wanted import ReportFormat
from scenes import NASTY, READERS, SCENES, broken, junitparser, prometheus, sarif, scene, tap, written

if TYPE_CHECKING:
    from codex_doctor.redact import RedactedReport


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("format", ReportFormat)
def test_every_format_of_every_report_is_valid(format: ReportFormat, scene: str) -> None:
    text = written(SCENES[scene], format)

    READERS[format](text)
    assert text.endswith("\n")


@settings(deadline=None)  # a machine may be slow
@given(detail=st.text(max_size=80))
@pytest.mark.parametrize("format", ReportFormat)
def test_whatever_was_seen_leaves_a_format_valid(format: ReportFormat, detail: str) -> None:
    READERS[format](written(scene(*broken(detail)), format))


def test_junit_has_a_suite_for_each_area_and_fails_what_is_wrong() -> None:
    suites = list(junitparser.JUnitXml.fromstring(written(SCENES["broken"], ReportFormat.JUNIT).encode()))

    assert {suite.name: (suite.tests, suite.failures, suite.skipped) for suite in suites} == {
        "codex-doctor.network": (2, 2, 0),
        "codex-doctor.tls": (1, 0, 1),
        "codex-doctor.auth": (1, 0, 0),
        "codex-doctor.mcp": (1, 0, 1),
    }
    proxy = next(iter(suites[0]))
    (failure,) = proxy.result
    assert failure.message == "TST301 proxy-dead stands in the way"
    assert NASTY.replace("\u2028", "") in failure.text.replace("\u2028", "").replace("\\u2028", "")
    assert "    systemctl --user start proxy" in failure.text.splitlines()
    (skip,) = next(iter(suites[1])).result
    assert skip.message == "blocked by TST301"


def test_a_warning_fails_a_test_only_where_it_counts() -> None:
    def failures(*, strict: bool) -> int:
        xml = written(SCENES["warned"], ReportFormat.JUNIT, strict=strict)
        return sum(suite.failures for suite in junitparser.JUnitXml.fromstring(xml.encode()))

    assert (failures(strict=False), failures(strict=True)) == (0, 1)
    assert "it is old" in written(SCENES["warned"], ReportFormat.JUNIT)


def test_a_check_that_crashed_is_an_error_of_junit_and_not_ok_of_tap() -> None:
    (auth, tls) = junitparser.JUnitXml.fromstring(written(SCENES["crashed"], ReportFormat.JUNIT).encode())
    lines = [
        line
        for line in tap.Parser().parse_text(written(SCENES["crashed"], ReportFormat.TAP))
        if line.category == "test"
    ]

    assert (auth.errors, tls.errors) == (1, 1)
    assert [line.ok for line in lines] == [False, False]


@pytest.mark.parametrize("format", ReportFormat)
def test_what_was_required_and_not_examined_is_said_in_every_format(format: ReportFormat) -> None:
    text = written(SCENES["required"], format, strict=True)

    assert "required-not-examined" in text
    assert "tls.b was required" in text or format is ReportFormat.PROMETHEUS


def test_what_was_required_and_not_examined_fails_no_test_but_breaks_one() -> None:
    xml = written(SCENES["required"], ReportFormat.JUNIT, strict=True)
    suites = {suite.name: suite for suite in junitparser.JUnitXml.fromstring(xml.encode())}
    lines = tap.Parser().parse_text(written(SCENES["required"], ReportFormat.TAP, strict=True))

    assert (suites["codex-doctor.doctor"].errors, suites["codex-doctor.doctor"].failures) == (1, 0)
    assert [line.ok for line in lines if line.category == "test"] == [True, False]


def test_tap_says_which_check_it_was_and_why_one_was_skipped() -> None:
    lines = [
        line
        for line in tap.Parser().parse_text(written(SCENES["broken"], ReportFormat.TAP))
        if line.category == "test"
    ]

    assert [(line.ok, line.skip) for line in lines] == [
        (False, False),
        (False, False),
        (True, True),
        (True, False),
        (True, True),
    ]
    assert lines[0].description.startswith("- network.proxy")


def test_sarif_points_at_the_rule_and_at_the_check() -> None:
    (run,) = sarif.Sarif.model_validate_json(written(SCENES["broken"], ReportFormat.SARIF)).runs
    first, second = run.results
    rules = run.tool.driver.rules

    assert [rules[result.rule_index].name for result in (first, second)] == ["proxy-dead", "host-dead"]
    assert (first.properties, second.properties) == (
        {"role": "cause"},
        {"role": "blocked", "caused_by": "TST301"},
    )
    (invocation,) = run.invocations
    assert invocation.execution_successful


def test_github_annotates_causes_alone_and_folds_the_rest() -> None:
    lines = written(SCENES["broken"], ReportFormat.GITHUB).split("\n")

    assert [line for line in lines if line.startswith("::error")] == [lines[0]]
    assert lines[0].startswith("::error title=TST301 proxy-dead stands in the way::seen <here>")
    assert "50%25, a" in lines[0]
    assert lines[1] == "::group::codex-doctor: error"


def test_text_for_a_job_of_github_folds_every_check_and_is_no_command_of_the_job() -> None:
    how = How(style=Style(), folded=True)
    lines = rendered(scene(*broken("::error::x ##[group]")), ReportFormat.TEXT, how).splitlines()

    assert [line for line in lines if line.startswith("::")] == [
        "::group::Every check of codex-doctor",
        "::endgroup::",
    ]
    assert "auth.a" not in "".join(lines[: lines.index("::group::Every check of codex-doctor")])


def test_gitlab_knows_the_same_finding_again_and_another_machine_apart() -> None:
    def fingerprints(report: RedactedReport) -> list[str]:
        return [issue["fingerprint"] for issue in json.loads(written(report, ReportFormat.GITLAB))]

    assert fingerprints(scene(*broken("a"))) == fingerprints(scene(*broken("a")))
    assert fingerprints(scene(*broken("a"))) != fingerprints(scene(*broken("b")))


def test_prometheus_counts_what_the_report_counts() -> None:
    families = prometheus.text_string_to_metric_families(written(SCENES["broken"], ReportFormat.PROMETHEUS))
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }

    assert samples["codex_doctor_exit_code",] == 1
    assert samples["codex_doctor_causes", "error"] == 1
    assert samples["codex_doctor_finding", "TST302", "host-dead", "network", "error", "blocked"] == 1
    assert samples["codex_doctor_checks", "skipped"] == 2
    assert (
        samples["codex_doctor_run_timestamp_seconds",] == datetime(2026, 11, 20, 9, 5, tzinfo=UTC).timestamp()
    )


def test_the_last_line_of_json_lines_is_the_whole_report() -> None:
    lines = written(SCENES["broken"], ReportFormat.JSONL).splitlines()
    last = json.loads(lines[-1])

    assert [json.loads(line)["event"] for line in lines] == [*["check"] * 5, *["finding"] * 2, "report"]
    assert last.pop("event") == "report"
    assert last == json.loads(msgspec.json.encode(SCENES["broken"].report))
