"""Edits of lines, and what two texts differ in."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from codex_doctor.fix import Edit
from codex_doctor.repair.lines import MOST_COMPARED, difference, edited, edits

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


HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@given(lines, lines)
def test_what_is_shown_is_a_unified_diff(before: list[str], after: list[str]) -> None:
    found = edits(text(before, "\n"), text(after, "\n"))
    assert found is not None

    shown = difference(text(before, "\n"), found, name="x").splitlines()

    assert shown[:2] == (["--- x", "+++ x"] if before != after else [])
    at, made = 0, list[str]()
    for line in shown[2:]:
        if hunk := HUNK.fullmatch(line):
            old, length, new = int(hunk[1]), int(hunk[2] or 1), int(hunk[3])
            start = old - bool(length)
            made += before[at:start]
            assert len(made) == new - (hunk[4] != "0")
            at = start
            continue
        if line[0] in " -":
            assert before[at] == line[1:]
            at += 1
        if line[0] in " +":
            made.append(line[1:])
    assert made + before[at:] == after


def test_of_a_long_file_of_the_same_lines_only_what_changes_is_shown() -> None:
    content = text(["a = 1", *["# x"] * 200_000, "b = 1"], "\n")
    changes = (
        Edit(first=1, old=("a = 1",), new=("a = 2",)),
        Edit(first=200_002, old=("b = 1",), new=("b = 2",)),
    )

    assert len(difference(content, changes, name="x").splitlines()) == 12


def test_texts_that_differ_all_over_are_not_compared_for_ever() -> None:
    before = text([f"k = {number % 150}" for number in range(30_000)], "\n")
    after = text([f"k = {number % 149}" for number in range(30_000)], "\n")

    found = edits(before, after)

    assert found is not None
    assert (len(found), edited(before, found)) == (1, after)
    assert len(found[0].old) > MOST_COMPARED
