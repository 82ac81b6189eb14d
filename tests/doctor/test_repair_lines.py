"""Edits of lines, and what two texts differ in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codex_doctor.fix import Edit
from codex_doctor.repair.lines import edited, edits

lines = st.lists(st.sampled_from(["a = 1", "b = 2", "", "# é", "[tui]"]), max_size=8)


def text(lines: list[str], end: str) -> bytes:
    return "".join(f"{line}{end}" for line in lines).encode()


@given(lines, lines, st.sampled_from(["\n", "\r\n"]))
def test_the_edits_between_two_texts_make_one_of_the_other(
    before: list[str], after: list[str], end: str
) -> None:
    found = edits(text(before, end), text(after, end))

    if end == "\n" or before:  # in an empty text no line shows how lines end
        assert found is not None
        assert edited(text(before, end), found) == text(after, end)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_edits_of_any_bytes_are_right_or_none(before: bytes, after: bytes) -> None:
    found = edits(before, after)

    assert found is None or edited(before, found) == after


def test_the_edits_name_only_the_lines_that_differ() -> None:
    before, after = b"a = 1\nb = 2\nc = 3\n", b"a = 1\nb = 3\nc = 3\nd = 4\n"

    assert edits(before, after) == (
        Edit(first=2, old=("b = 2",), new=("b = 3",)),
        Edit(first=4, old=(), new=("d = 4",)),
    )
