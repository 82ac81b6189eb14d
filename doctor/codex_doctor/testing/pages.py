"""What the page of a problem must hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Problem

SECTIONS: Final = ("What you see", "Why", "What to do", "How to confirm")

FEWEST_WORDS: Final = 8
"""Words of a section, below which nothing is said in it."""


def wrong_with(problem: Problem, text: str, *, judged: bool = True) -> Iterator[str]:
    """Yield in words what the page *text* of *problem* lacks.

    *judged*: a check reports it, and so confirms that it is gone.
    """
    head = f"# {problem.title}\n\n`{problem.code}` · `{problem.name}` · {problem.severity}\n\n"
    if not text.startswith(head):
        yield f"its page must begin with {head.rstrip()!r}"
    sections = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    if tuple(sections[0::2]) != SECTIONS:
        yield f"its page has the sections {sections[0::2]}, and must have {list(SECTIONS)}"
    for title, said in zip(sections[0::2], sections[1::2], strict=False):
        if len(said.split()) < FEWEST_WORDS:
            yield f"the section {title!r} of its page says next to nothing: {len(said.split())} words"
    fences = re.findall(r"^```(\w*)$", text, flags=re.MULTILINE)
    if fences.count("") * 2 != len(fences):
        yield "a code block of its page has no end, or does not say what is in it (text, sh, powershell)"
    if "text" not in fences:
        yield "its page shows no text to recognise the problem by, in a block of `text`"
    if "sh" not in fences:
        yield "its page has no command to copy, in a block of `sh`"
    if judged and f"codex-doctor check {problem.name}" not in text.partition("## How to confirm")[2]:
        yield f"its page does not confirm with `codex-doctor check {problem.name}`"
