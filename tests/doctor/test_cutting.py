"""A text that is cut shows no half of a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_doctor.cutting import cut, on_one_line


@pytest.mark.parametrize(
    ("text", "most", "kept"),
    [
        ("short enough", 12, "short enough"),
        ("refused: rt_abcdefghijkl", 15, "refused:"),
        ("refused: rt_abcdefghijkl", 9, "refused:"),
        ('{"error":"rt_abcdefghijkl"}', 15, '{"error":"'),
        ("token=rt_abcdefghijkl, and more", 10, "token="),
        ("rt_abcdefghijkl", 10, "rt_abcdefg"),
        ("one two three", 7, "one two"),
        ("one two three", 8, "one two"),
    ],
)
def test_what_would_be_halved_is_left_out_unless_it_is_everything(text: str, most: int, kept: str) -> None:
    assert cut(text, most) == kept


@given(text=st.text(), most=st.integers(min_value=1, max_value=40))
def test_what_is_kept_is_a_beginning_of_bounded_length(text: str, most: int) -> None:
    kept = cut(text, most)

    assert text.startswith(kept)
    assert len(kept) <= most or kept == text


def test_a_key_that_goes_on_in_the_next_line_is_taken_out_before_the_lines_are_joined() -> None:
    first, second = "sk-proj-W0QMf9VvvcOqWOZF1mm8VI4faOKW", "TXD2IuBtbTv7DUtttSWSNLGf2n29FjpWiu8R"

    assert on_one_line(f"refused:\n{first}\n{second} ;\nask again", 200) == "refused: *** ; ask again"


def test_what_is_longer_than_a_line_may_be_says_so() -> None:
    assert on_one_line("one\ntwo three", 7, more=" ...") == "one two ..."
    assert on_one_line("one\ntwo", 7, more=" ...") == "one two"
