"""Naming checks on the command line: by id, area, claim, problem, code or pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_doctor.catalogue import select, selected, unmatched
from codex_doctor.check import Check
from codex_doctor.errors import UsageError
from engine import problem

if TYPE_CHECKING:
    from codex_doctor.model import Problem

SIGNED_OUT = problem("not-signed-in", code="TST101", area="auth")
EXPOSED = problem("auth-file-exposed", code="TST102", area="auth")
DNS = problem("dns-failure", code="TST301", area="network")


def a_check(id: str, *reports: Problem) -> Check:
    return Check(id=id, title=id, needs=(), reports=reports, judge=lambda: ())


CHECKS = (
    a_check("auth.signed-in", SIGNED_OUT),
    a_check("auth.file-is-private", EXPOSED),
    a_check("network.hosts-resolve", DNS),
)


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ((), ["auth.signed-in", "auth.file-is-private", "network.hosts-resolve"]),
        (("auth.signed-in",), ["auth.signed-in"]),
        (("auth",), ["auth.signed-in", "auth.file-is-private"]),
        (("hosts-resolve",), ["network.hosts-resolve"]),
        (("hosts",), ["network.hosts-resolve"]),
        (("FILE-IS",), ["auth.file-is-private"]),
        (("dns-failure",), ["network.hosts-resolve"]),
        (("TST102",), ["auth.file-is-private"]),
        (("tst102",), ["auth.file-is-private"]),
        (("NETWORK",), ["network.hosts-resolve"]),
        (("*-is-*",), ["auth.file-is-private"]),
        (("dns-*", "auth.signed-in"), ["auth.signed-in", "network.hosts-resolve"]),
        (("auth", "auth.signed-in"), ["auth.signed-in", "auth.file-is-private"]),
    ],
)
def test_a_pattern_names_checks_in_the_order_of_the_catalogue(
    patterns: tuple[str, ...], expected: list[str]
) -> None:
    assert [check.id for check in select(CHECKS, patterns, ())] == expected


def test_a_word_that_names_nothing_is_wrong_usage_and_the_nearest_is_offered() -> None:
    with pytest.raises(UsageError, match=r"'dns-failur'.*did you mean dns-failure") as caught:
        select(CHECKS, ("auth", "dns-failur"), (SIGNED_OUT, EXPOSED, DNS))

    assert "codex-doctor checks" in str(caught.value)


@pytest.mark.parametrize("word", ["expired", "Acme109"])
def test_a_problem_that_no_check_reports_is_not_offered_instead_of_itself(word: str) -> None:
    with pytest.raises(UsageError) as caught:
        select(CHECKS, (word,), (SIGNED_OUT, DNS, problem("expired", code="ACME109")))

    assert str(caught.value) == (
        "no check here looks for expired: it is told where it happens (see: codex-doctor explain ACME109)"
    )


def test_the_first_letters_of_a_claim_are_no_words_of_it() -> None:
    with pytest.raises(UsageError):
        select(CHECKS, ("host",), (SIGNED_OUT, EXPOSED, DNS))


def test_a_word_that_is_close_to_nothing_gets_no_guess() -> None:
    with pytest.raises(UsageError) as caught:
        select(CHECKS, ("xyzzy",), (SIGNED_OUT, EXPOSED, DNS))

    assert "did you mean" not in str(caught.value)


def test_where_others_may_know_a_word_it_is_passed_over_and_told() -> None:
    assert [check.id for check in selected(CHECKS, ("weather", "network"))] == ["network.hosts-resolve"]
    assert unmatched(CHECKS, ("weather", "network")) == ("weather",)
    assert selected(CHECKS, ("weather",)) == ()
