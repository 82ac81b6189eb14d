"""What can be told of Codex without examining anything, for the entry point `codex_doctor.knowledge`."""

from __future__ import annotations

from codex_checks import pages
from codex_checks.problems import PROBLEMS, RETIRED
from codex_doctor.explain.knowledge import Knowledge


def knowledge() -> Knowledge:
    """Return every problem of Codex, its page, and the messages by which it is known."""
    return Knowledge(problems=PROBLEMS, page=pages.page, signatures=pages.signatures, retired=RETIRED)
