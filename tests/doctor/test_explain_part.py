from __future__ import annotations

from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_doctor.explain.part import BETWEEN, NEWEST, OLDEST, WHOLE, telling

LINE: Final = b"2026-01-02T03:04:05Z INFO all is well, and nothing happened to anything\n"
CALM: Final = LINE * (3 * 1024 * 1024 // len(LINE))

MOST: Final = OLDEST + NEWEST + BETWEEN + 64 * 1024
"""No more than that, with what stands around the last place."""


def test_a_short_text_is_looked_at_whole() -> None:
    assert telling(CALM[:WHOLE]) == CALM[:WHOLE]


def test_of_a_log_the_end_and_the_beginning_are_looked_at() -> None:
    part = telling(b"begin " + CALM + b" end")

    assert part.startswith(b"begin ")
    assert part.endswith(b" end")
    assert len(part) < MOST


def test_what_tells_of_something_wrong_is_looked_at_wherever_it_stands() -> None:
    middle = len(CALM) // 2
    message = b"\nError: the token\nhas been used up\n"

    part = telling(CALM[:middle] + message + CALM[middle:])

    assert message in part
    assert len(part) < MOST


def test_of_many_errors_the_last_ones_are_looked_at() -> None:
    lines = b"".join(b"error %07d\n%b" % (each, LINE * 20) for each in range(5000))

    part = telling(lines)

    assert b"error 0000000\n" in part
    assert b"error 0004999\n" in part
    assert b"error 0001000\n" not in part
    assert len(part) < MOST


@pytest.mark.parametrize(
    "piece",
    [b"error ", b"E", b"\n", b"not found timed out denied\n", b"x" * 5000 + b"refused", b"\xe9\x94\x99"],
)
def test_no_text_makes_the_part_longer(piece: bytes) -> None:
    assert len(telling(piece * (4 * 1024 * 1024 // len(piece)))) < MOST


@given(st.lists(st.sampled_from([b"error ", b"calm ", b"\n", b"denied" * 300]), max_size=30))
@example([b"error "])
def test_nothing_is_told_twice(pieces: list[bytes]) -> None:
    text = CALM[:OLDEST] + b"".join(pieces) * 40 + CALM[:WHOLE]

    part = telling(text)

    assert len(part) <= len(text) + part.count(b"\n")
    assert part.count(b"denied") <= text.count(b"denied")
