"""Every format of every report in every profile: it can be read, and the exit code is the report's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_doctor.checking import answering
from codex_doctor.checking.deciding import decided
from codex_doctor.model import Role
from codex_doctor.settings import profiles
from codex_doctor.wanted import ReportFormat, Target, Wanted
from scenes import READERS, SCENES

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.redact import RedactedReport

PROFILES = sorted(file.stem for file in profiles.SHIPPED.glob("*.toml"))


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no settings, and be a job of GitHub Actions, where text is folded."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")


def answered(report: RedactedReport, wanted: Wanted, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the exit code of an examination that ends in *report*."""

    def examined(_request: object, _observer: object) -> RedactedReport:
        return report

    monkeypatch.setattr(answering, "_examined", examined)
    return answering.examine(wanted)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("format", ReportFormat)
def test_the_exit_code_is_the_same_in_every_cell_and_each_can_be_read(
    format: ReportFormat,
    profile: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, report in SCENES.items():
        wanted = Wanted(profile=profile, targets=(Target(format),), strict="strict" in name)
        code = answered(report, wanted, monkeypatch)
        said = capsys.readouterr()

        READERS[format](said.out)
        assert (name, code, said.err) == (name, report.report.exit_code, "")
        assert "\x1b" not in said.out


@pytest.mark.parametrize("profile", PROFILES)
def test_all_formats_at_once_are_what_each_is_alone(
    profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    targets = (Target(), *(Target(each, tmp_path / each) for each in ReportFormat))
    report = SCENES["broken"]
    code = answered(report, Wanted(profile=profile, targets=targets), monkeypatch)

    assert code == report.report.exit_code
    for each in ReportFormat:
        READERS[each]((tmp_path / each).read_text("utf-8"))
    causes = [each.code for each in report.report.findings if each.role is Role.CAUSE]
    text = capsys.readouterr().out
    assert [cause for cause in causes if cause not in text] == []


@pytest.mark.parametrize("profile", PROFILES)
def test_a_deadline_that_is_named_holds_in_every_profile(profile: str) -> None:
    assert decided(Wanted(profile=profile, deadline=1.5))[0].deadline == 1.5
