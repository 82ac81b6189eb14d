"""Replace lines of a text, leaving every other byte as it is; find and show what differs."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

from codex_doctor.errors import RepairError
from codex_doctor.fix import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONTEXT: Final = 2
"""Lines that are shown before and after those that change."""

MOST_COMPARED: Final = 1000
"""Lines, from the first that differs to the last, that are compared in detail: time grows with the square."""

_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")


def edited(content: bytes, edits: Sequence[Edit]) -> bytes:
    """Return *content* with *edits* made; a new line ends as the one that it replaces.

    :raises RepairError: the lines are not those that the edits expect.
    """
    lines = _lines(content)
    made: list[bytes] = []
    at = 0
    for edit in edits:
        first = edit.first - 1
        old = lines[first : first + len(edit.old)]
        if first < at or first > len(lines) or [_bare(line) for line in old] != _encoded(edit.old):
            raise RepairError(f"line {edit.first} is not what it was when it was examined")
        made += lines[at:first]
        end = next((ending for line in (*old, *lines) if (ending := _ending(line))), b"\n")
        new = [line + end for line in _encoded(edit.new)]
        at = first + len(old)
        if new and old and at == len(lines):
            new[-1] = _bare(new[-1]) + _ending(old[-1])  # a last line without an end stays one
        elif new and made and not _ending(made[-1]):
            made[-1] += end
        made += new
    return b"".join([*made, *lines[at:]])


def edits(before: bytes, after: bytes) -> tuple[Edit, ...] | None:
    """Return what makes *after* of *before* in `edited`, or None where nothing does.

    That is so where lines would have to end otherwise than those that they replace.
    """
    old, new = _lines(before), _lines(after)
    found = tuple(
        Edit(first=first + 1, old=_decoded(old[first:end]), new=_decoded(new[start:stop]))
        for first, end, start, stop in _changes(old, new)
    )
    return found if edited(before, found) == after else None


def difference(content: bytes, edits: Sequence[Edit], *, name: str) -> str:
    """Return what *edits*, which fit *content*, change in the file *name*, as a unified diff."""
    lines = [_bare(line).decode("utf-8", "replace") for line in _lines(content)]
    shown: list[str] = [f"--- {name}", f"+++ {name}"]
    added = 0
    for hunk in _hunks(edits):
        first = max(0, hunk[0].first - 1 - CONTEXT)
        last = min(len(lines), _end(hunk[-1]) + CONTEXT)
        body: list[str] = []
        at, more = first, 0
        for edit in hunk:
            body += (f" {line}" for line in lines[at : edit.first - 1])
            body += (f"-{line}" for line in lines[edit.first - 1 : _end(edit)])
            body += (f"+{line}" for line in edit.new)
            at, more = _end(edit), more + len(edit.new) - len(edit.old)
        body += (f" {line}" for line in lines[at:last])
        length = last - first
        shown += [f"@@ -{_range(first, length)} +{_range(first + added, length + more)} @@", *body]
        added += more
    return "\n".join(shown) if edits else ""


def _hunks(edits: Sequence[Edit]) -> list[list[Edit]]:
    """Return *edits* in groups: those of one group are so near that the lines between them are shown."""
    hunks: list[list[Edit]] = []
    for edit in edits:
        if hunks and edit.first - 1 - _end(hunks[-1][-1]) <= 2 * CONTEXT:
            hunks[-1].append(edit)
        else:
            hunks.append([edit])
    return hunks


def _end(edit: Edit) -> int:
    """Return how many lines there are up to the last one that *edit* replaces."""
    return edit.first - 1 + len(edit.old)


def _range(first: int, length: int) -> str:
    """Return a range of lines as a unified diff has it: an empty one is named by the line before it."""
    return f"{first + 1}" if length == 1 else f"{first + bool(length)},{length}"


def _changes(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[tuple[int, int, int, int]]:
    """Yield from where to where *old* is replaced by what of *new*, in order."""
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    tail = 0
    while tail < min(len(old), len(new)) - same and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middles = old[same : len(old) - tail], new[same : len(new) - tail]
    if max(map(len, middles)) > MOST_COMPARED:
        yield same, len(old) - tail, same, len(new) - tail
        return
    for kind, first, end, start, stop in difflib.SequenceMatcher(
        None, *middles, autojunk=False
    ).get_opcodes():
        if kind != "equal":
            yield same + first, same + end, same + start, same + stop


def _lines(content: bytes) -> list[bytes]:
    return [line for line in _LINE.findall(content) if line]


def _encoded(lines: Sequence[str]) -> list[bytes]:
    return [line.encode("utf-8", "surrogateescape") for line in lines]


def _decoded(lines: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(_bare(line).decode("utf-8", "surrogateescape") for line in lines)


def _bare(line: bytes) -> bytes:
    return line.rstrip(b"\r\n")


def _ending(line: bytes) -> bytes:
    return line[len(_bare(line)) :]
