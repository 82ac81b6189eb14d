"""What settings decide of an examination: nothing vanishes, and what has outlived its time is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from codex_doctor.check import Check, check
from codex_doctor.errors import UsageError
from codex_doctor.examination import Request
from codex_doctor.model import Outcome, Report, Severity, Verdict
from codex_doctor.probe import Touches, probe
from codex_doctor.redact import Vault, redact
from codex_doctor.render import jsonl, sarif
from codex_doctor.render.style import Style
from codex_doctor.render.text import render
from codex_doctor.report import Circumstances, assemble
from codex_doctor.runner import Examination
from codex_doctor.settings import baseline
from codex_doctor.settings.baseline import Baseline, Known
from codex_doctor.settings.rulings import Borne, Rule, Rulings
from codex_doctor.settings.upkeep import CHECK, applied
from engine import LINUX, outcome, problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_doctor.context import Context
    from codex_doctor.model import Finding, Problem

DEAD = problem("proxy-dead", code="TST301", area="network", explains=("chat-dead",), blocks=("tls.*",))
CHAT = problem("chat-dead", code="TST302", area="network")
OLD = problem("file-old", code="TST801", area="files", severity=Severity.WARNING)
ODD = problem("file-odd", code="TST802", area="files", severity=Severity.NOTE)


def _check(id_: str, *reports: Problem, touches: Touches = Touches.FILES, by_default: bool = True) -> Check:
    @probe(f"{id_}-read", touches={touches}, limit=1.0)
    async def read(_ctx: Context) -> None:
        """Read nothing."""

    @check(id_, title=f"{id_} holds", needs=(read,), reports=reports, by_default=by_default)
    def judge(_nothing: None) -> Iterator[Finding]:
        return iter(())

    return judge


CHECKS = (
    _check("network.proxy", DEAD, touches=Touches.NETWORK),
    _check("network.chat", CHAT, touches=Touches.NETWORK),
    _check("files.age", OLD, ODD),
    _check("files.rare", ODD, by_default=False),
)
PROXY = outcome("network.proxy", DEAD.found("it refuses"))
SILENT = outcome("network.chat", CHAT.found("no answer"))
AGED = outcome("files.age", OLD.found("it is old"), ODD.found("it is odd"))
WELL = tuple(outcome(check.id) for check in CHECKS[:3])


def rule(pattern: str, severity: Severity | None = None) -> Rule:
    return Rule(pattern=pattern, where="f.toml:1:1", severity=severity)


def waiver(pattern: str, *, expired: bool = False) -> Borne:
    return Borne(rule=rule(pattern), reason="it comes", until="2999-01-01", expired=expired)


def report(
    rulings: Rulings,
    *outcomes: Outcome,
    select: Sequence[str] = (),
    offline: bool = False,
    strict: bool = False,
) -> Report:
    request = Request(rulings=rulings, select=select, offline=offline)
    circumstances = Circumstances(
        started=datetime(2026, 11, 20, 9, 5, tzinfo=UTC),
        seconds=0.41,
        system=LINUX,
        strict=strict,
        ruled=applied(request, CHECKS),
    )
    return assemble(Examination(outcomes=outcomes, machine={}), circumstances)


def seen(done: Report) -> list[tuple[str, str]]:
    return [(finding.name, finding.severity.value) for finding in done.findings]


@pytest.mark.parametrize("pattern", ["network", "network.*", "network.proxy", "proxy", "TST301", "proxy-d*"])
def test_a_check_is_disabled_by_its_id_its_area_a_glob_or_all_that_it_reports(pattern: str) -> None:
    rulings = Rulings(disable=(rule(pattern),))
    chosen = rulings.chosen(CHECKS, ())
    done = report(rulings, *WELL[1:])
    (left_out,) = (each for each in done.checks if each.id == "network.proxy")

    assert CHECKS[0] not in chosen
    assert (left_out.verdict, left_out.reason.startswith("disabled in f.toml:1:1")) == (Verdict.SKIPPED, True)


def test_a_check_that_the_user_names_is_made_although_it_is_disabled() -> None:
    rulings = Rulings(disable=(rule("network"),))

    assert CHECKS[0] in rulings.chosen(CHECKS, ["network.proxy"])
    assert CHECKS[0] in rulings.chosen(CHECKS, ["TST301"])
    assert CHECKS[0] not in rulings.chosen(CHECKS, ["network"])


def test_a_check_that_is_off_is_made_where_it_is_enabled_or_named() -> None:
    assert CHECKS[3] not in Rulings().chosen(CHECKS, ())
    assert CHECKS[3] in Rulings(enable=(rule("files.*"),)).chosen(CHECKS, ())
    assert CHECKS[3] in Rulings().chosen(CHECKS, ["files.rare"])
    assert CHECKS[3] not in Rulings(enable=(rule("files"),), disable=(rule("files"),)).chosen(CHECKS, ())


def test_a_repository_enables_nothing_that_sends() -> None:
    asking = _check("network.rare", DEAD, touches=Touches.NETWORK, by_default=False)
    theirs = Rule(pattern="*.rare", where="f.toml:1:1", foreign=True)

    assert Rulings(enable=(theirs,)).chosen((asking, CHECKS[3]), ()) == (CHECKS[3],)
    assert Rulings(enable=(rule("*.rare"),)).chosen((asking,), ()) == (asking,)


def test_what_is_borne_is_not_called_healthy_and_is_suppressed_for_viewers() -> None:
    done = redact(
        report(Rulings(waivers=(waiver("proxy-dead"),)), PROXY, *WELL[1:]), vault=Vault(), home="/h"
    )
    text = render(done, style=Style())
    (result,) = json.loads(sarif.render(done))["runs"][0]["results"]

    assert text.startswith("✓ No fault was found but 1 waived or known: 2 checks passed")
    assert result["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "waived: it comes"}
    ]


def test_what_a_third_party_found_is_disabled_too() -> None:
    theirs = replace(outcome("files.theirs", OLD.found("x")), origin="codex-doctor-theirs")
    done = report(Rulings(disable=(rule("files.th*"),)), theirs)

    assert (done.findings, done.checks[0].reason) == ((), "disabled in f.toml:1:1 (files.th*)")


def test_of_a_check_that_reports_more_one_problem_alone_is_disabled() -> None:
    assert seen(report(Rulings(disable=(rule("file-odd"),)), AGED)) == [("file-old", "warning")]


def test_a_check_all_of_whose_findings_are_disabled_is_skipped_with_the_place() -> None:
    done = report(Rulings(disable=(rule("file-old"), rule("file-od?"))), AGED)

    assert done.findings == ()
    assert (done.checks[0].verdict, done.checks[0].reason) == (
        Verdict.SKIPPED,
        "what it found is disabled in f.toml:1:1 (file-old)",
    )


def test_a_severity_is_set_by_name_code_or_glob_and_the_last_word_counts() -> None:
    raised = report(Rulings(severity=(rule("file-*", Severity.ERROR),)), AGED)
    lowered = report(
        Rulings(severity=(rule("proxy-dead", Severity.ERROR), rule("tst301", Severity.NOTE))), PROXY
    )

    assert (seen(raised), raised.exit_code) == ([("file-old", "error"), ("file-odd", "error")], 1)
    assert (seen(lowered), lowered.exit_code) == ([("proxy-dead", "note")], 0)
    assert lowered.findings[0].evidence["severity set in"] == "f.toml:1:1"


def test_what_is_waived_is_a_note_with_its_reason_and_so_is_what_follows_from_it() -> None:
    done = report(Rulings(waivers=(waiver("proxy-dead"),)), PROXY, SILENT, strict=True)
    cause, follows = done.findings

    assert (seen(done), done.exit_code) == ([("proxy-dead", "note"), ("chat-dead", "note")], 0)
    assert cause.evidence["waived"] == "it comes"
    assert (cause.evidence["waived until"], cause.evidence["waived in"]) == ("2999-01-01", "f.toml:1:1")
    assert (follows.caused_by, follows.evidence["waived with"]) == ("TST301", "proxy-dead")


def test_a_waiver_that_is_over_waives_nothing_and_is_told() -> None:
    done = report(Rulings(waivers=(waiver("proxy-dead", expired=True),)), PROXY)

    assert seen(done) == [("proxy-dead", "error"), ("waiver-expired", "warning")]
    assert "ended on 2999-01-01" in done.findings[1].detail
    assert report(Rulings(waivers=(waiver("proxy-dead", expired=True),)), *WELL).findings[0].name == (
        "waiver-expired"
    )


@pytest.mark.parametrize(
    ("outcomes", "offline", "told"),
    [
        (WELL, False, True),
        ((*WELL[:1], outcome("network.chat", verdict=Verdict.SKIPPED, reason="none is set")), False, True),
        (WELL, True, False),
        (WELL[1:], False, False),
        ((outcome("network.proxy", verdict=Verdict.CRASHED),), False, False),
        ((outcome("network.proxy", verdict=Verdict.TIMED_OUT),), False, False),
        ((outcome("network.proxy", verdict=Verdict.SKIPPED, could_be_blocked=True),), False, False),
        ((PROXY,), False, False),
    ],
    ids=["well", "not applicable", "offline", "not selected", "crashed", "timed out", "blocked", "found"],
)
def test_a_waiver_is_unused_only_where_every_check_that_could_need_it_was_judged(
    outcomes: tuple[Outcome, ...], offline: bool, told: bool
) -> None:
    done = report(Rulings(waivers=(waiver("proxy-dead"),)), *outcomes, offline=offline)

    assert ("waiver-unused" in [finding.name for finding in done.findings]) is told


def test_what_is_wrong_with_the_settings_can_be_weighed_too() -> None:
    rulings = Rulings(waivers=(waiver("proxy-dead"),), severity=(rule("waiver-unused", Severity.WARNING),))

    assert seen(report(rulings, *WELL)) == [("waiver-unused", "warning")]


def test_settings_that_hold_are_not_spoken_of_for_they_are_no_health() -> None:
    done = report(Rulings(disable=(rule("*"),)))
    text = render(redact(done, vault=Vault(), home="/home/sam"), style=Style())

    assert [check.id for check in done.checks] == ["files.age", "network.chat", "network.proxy"]
    assert "Nothing here could be judged" in text
    assert "disabled in f.toml:1:1 (*)" in text
    assert CHECK not in text


def test_what_came_last_is_a_line_of_its_own_where_checks_were_streamed() -> None:
    rulings = Rulings(disable=(rule("files"),), waivers=(waiver("proxy-dead", expired=True),))
    done = redact(report(rulings, *WELL[:2]), vault=Vault(), home="/home/sam")
    events = map(json.loads, jsonl.render(done, streamed=True).splitlines())

    assert [event["id"] for event in events if event["event"] == "check"] == ["files.age", CHECK]


def test_how_many_checks_are_disabled_is_told() -> None:
    done = report(Rulings(disable=(rule("files"),)), *WELL[:2])
    text = render(redact(done, vault=Vault(), home="/home/sam"), style=Style(), everything=True)

    assert "2 checks passed, 1 disabled" in text
    assert "1 disabled" in text.splitlines()[-1]


class TestBaseline:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        file = tmp_path / "known.json"
        file.write_text(baseline.as_json(report(Rulings(), PROXY, SILENT, AGED)), "utf-8")
        return file

    def test_it_holds_errors_and_warnings_and_what_is_known_is_a_note(self, file: Path) -> None:
        known = baseline.read(file)
        done = report(Rulings(baseline=known), PROXY, SILENT, AGED, strict=True)

        assert [each.name for each in known.findings] == ["proxy-dead", "chat-dead", "file-old"]
        assert {finding.severity for finding in done.findings} == {Severity.NOTE}
        assert (done.exit_code, done.findings[0].evidence["in the baseline"]) == (0, str(file))

    def test_what_is_new_is_told_and_more_of_the_same_is_new(self, file: Path) -> None:
        known = baseline.read(file)
        twice = outcome("files.age", OLD.found("it is old"), OLD.found("so is the other"))

        assert seen(report(Rulings(baseline=known), PROXY, twice))[:2] == [
            ("file-old", "warning"),
            ("file-old", "warning"),
        ]

    def test_what_is_gone_is_told_where_it_was_looked_for(self, file: Path) -> None:
        known = baseline.read(file)
        done = report(Rulings(baseline=known), WELL[0], AGED)

        assert [finding.detail for finding in done.findings if finding.name == "baseline-outdated"] == [
            f"{file} knows of proxy-dead, and there is less of that now"
        ]

    def test_faults_of_the_settings_are_never_known(self) -> None:
        done = report(Rulings(waivers=(waiver("proxy-dead", expired=True),)), *WELL)

        assert '"findings": []' in baseline.as_json(done)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("{", "is no baseline: Input data was truncated"),
            ('{"schema": 2, "findings": []}', "Expected `int` <= 1 - at `$.schema`"),
            ('{"schema": 1}', "missing required field `findings`"),
        ],
    )
    def test_what_is_no_baseline_is_refused(self, text: str, words: str, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(UsageError) as told:
            baseline.read(tmp_path / "x.json")

        assert words in str(told.value)

    def test_one_that_is_not_there_is_told_with_what_writes_one(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="--write-baseline writes one"):
            baseline.read(tmp_path / "gone.json")


def test_a_baseline_counts_each_check_by_itself() -> None:
    known = Baseline(
        file=Path("known.json"), findings=(Known(code="TST801", name="file-old", check="files.other"),)
    )

    assert ("file-old", "warning") in seen(report(Rulings(baseline=known), AGED))
