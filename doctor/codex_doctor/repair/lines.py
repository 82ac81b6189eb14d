"""Replace lines of a text, leaving every other byte as it is; find and show what differs."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

from codex_doctor.errors import RepairError
from codex_doctor.fix import Edit

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")


def edited(content: bytes, edits: Sequence[Edit]) -> bytes:
    """Return *content* with *edits* made; a new line ends as the one that it replaces.

    :raises RepairError: the lines are not those that the edits expect.
    """
    lines = [line for line in _LINE.findall(content) if line]
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
    old, new = ([line for line in _LINE.findall(text) if line] for text in (before, after))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    found = tuple(
        Edit(first=first + 1, old=_decoded(old[first:end]), new=_decoded(new[start:stop]))
        for kind, first, end, start, stop in matcher.get_opcodes()
        if kind != "equal"
    )
    return found if edited(before, found) == after else None


def difference(before: bytes, after: bytes, *, name: str) -> str:
    """Return how *after* differs from *before*, as a unified diff of the file *name*."""
    old, new = (text.decode("utf-8", "replace").splitlines() for text in (before, after))
    found = difflib.unified_diff(old, new, fromfile=name, tofile=name, lineterm="", n=2)
    return "\n".join(found)


def _encoded(lines: Sequence[str]) -> list[bytes]:
    return [line.encode("utf-8", "surrogateescape") for line in lines]


def _decoded(lines: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(_bare(line).decode("utf-8", "surrogateescape") for line in lines)


def _bare(line: bytes) -> bytes:
    return line.rstrip(b"\r\n")


def _ending(line: bytes) -> bytes:
    return line[len(_bare(line)) :]
