"""The nouns: what may be declared, and what a finding takes from its problem."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from codex_doctor.model import AREAS, Problem, Severity

GOOD = Problem(
    code="CDX101",
    name="not-signed-in",
    area="auth",
    severity=Severity.ERROR,
    title="You are not signed in",
    advice="Sign in.",
)


@pytest.mark.parametrize("code", ["CDX1", "CDX1010", "cdx101", "101", "C101", "CDX101 ", "CDX101\n", ""])
def test_a_code_is_capital_letters_and_three_digits(code: str) -> None:
    with pytest.raises(ValueError, match="capital letters and three digits"):
        replace(GOOD, code=code)


@pytest.mark.parametrize("name", ["Not-Signed-In", "not_signed_in", "-not", "not-", "a--b", "a b", "a\n", ""])
def test_a_name_is_kebab_case(name: str) -> None:
    with pytest.raises(ValueError, match="kebab-case"):
        replace(GOOD, name=name)


def test_an_area_is_one_of_those_that_the_report_knows() -> None:
    with pytest.raises(ValueError, match="weather is not an area"):
        replace(GOOD, area="weather")


@pytest.mark.parametrize("title", ["", "You are not signed in."])
def test_a_title_is_a_sentence_without_a_full_stop(title: str) -> None:
    with pytest.raises(ValueError, match="without a full stop"):
        replace(GOOD, title=title)


def test_every_area_can_have_problems_of_its_own() -> None:
    assert [replace(GOOD, area=area).area for area in AREAS] == list(AREAS)


def test_a_finding_gives_the_general_advice_where_there_is_none_more_exact() -> None:
    assert GOOD.found("there is no auth.json").advice == "Sign in."
    assert GOOD.found("there is no auth.json", advice="Sign in with a key.").advice == "Sign in with a key."


def test_a_finding_keeps_its_evidence_when_the_judge_goes_on_with_his() -> None:
    evidence = {"tries": 1}
    finding = GOOD.found("x", evidence=evidence)
    evidence["tries"] = 2

    assert finding.evidence == {"tries": 1}


def test_what_was_found_cannot_be_changed() -> None:
    finding = GOOD.found("x")
    with pytest.raises(AttributeError):
        finding.detail = "y"  # type: ignore[misc] # that it is refused is the point


def test_the_gravest_severity_ranks_first() -> None:
    assert sorted(Severity, key=lambda severity: severity.rank) == [
        Severity.ERROR,
        Severity.WARNING,
        Severity.NOTE,
    ]


@pytest.mark.parametrize("url", ["http://acme.example/x", "acme.example", ""])
def test_a_page_is_published_over_tls_or_not_at_all(url: str) -> None:
    with pytest.raises(ValueError, match="its url does not begin with https://"):
        replace(GOOD, url=url)
