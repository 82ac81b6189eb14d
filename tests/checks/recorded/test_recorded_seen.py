from __future__ import annotations

from pathlib import Path

import pytest

from codex_checks.recorded import seen
from codex_checks.recorded.errors import RecordedError, RecordedErrors, distinct

SOURCE = Path("thread_history_1.sqlite")
LIMIT = "You\u2019ve hit your usage limit. Try again later."


def error(when: int, text: str = LIMIT, *, turn: bool = False) -> RecordedError:
    return RecordedError(when=when, source=SOURCE, text=text, turn=turn)


def test_errors_that_mean_the_same_are_one_group() -> None:
    (group,) = seen.group([error(1000, LIMIT), error(9000, "The usage limit has been reached")])

    assert (group.problem, group.count, group.first, group.last.when) == ("usage-limit-hit", 2, 1000, 9000)


def test_errors_of_no_known_problem_are_grouped_by_their_words() -> None:
    groups = seen.group([error(1, "odd"), error(2, "odd"), error(3, "strange")])

    assert [(group.last.text, group.count) for group in groups] == [("strange", 1), ("odd", 2)]


@pytest.mark.parametrize(
    ("count", "age", "words"),
    [
        (3, 7300, "seen 3 times, last 2 hours ago"),
        (2, 60, "seen twice, last 1 minute ago"),
        (1, 200_000, "seen once, 2 days ago"),
        (1, -30, "seen once, just now"),
        (5, 3, "seen 5 times, last just now"),
    ],
)
def test_how_often_and_when_is_said_in_words(count: int, age: int, words: str) -> None:
    (group,) = seen.group([error(100_000 - place * 600) for place in range(count)])

    assert group.words(100_000 + age) == words


def test_only_what_is_newer_than_an_instant_is_given() -> None:
    errors = RecordedErrors(errors=(error(30), error(20), error(10)))

    assert [found.when for found in errors.newer_than(20)] == [30]


def test_retries_within_a_minute_are_one_failure_and_the_failed_turn_stands_for_them() -> None:
    found = distinct([error(100), error(130), error(130, turn=True), error(1000)])

    assert [(each.when, each.turn) for each in found] == [(1000, False), (130, True)]
