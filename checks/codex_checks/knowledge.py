"""What can be told of Codex without examining anything, for the entry point `codex_doctor.knowledge`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks import pages
from codex_checks.problems import PROBLEMS, RETIRED
from codex_checks.problems.sources import NAMELESS
from codex_doctor.explain.knowledge import Knowledge

if TYPE_CHECKING:
    from codex_doctor.catalogue import Source
    from codex_doctor.context import Context
    from codex_doctor.explain.knowledge import Remembered


def knowledge() -> Knowledge:
    """Return every problem of Codex, its page, and the messages by which it is known."""
    return Knowledge(
        problems=PROBLEMS,
        page=pages.page,
        signatures=pages.signatures,
        retired=RETIRED,
        last=_last,
        further=_further,
        nameless=NAMELESS,
    )


def _last(ctx: Context) -> Remembered | None:
    from codex_checks.recorded.recalling import last

    return last(ctx)


def _further() -> tuple[Source, ...]:
    from codex_checks.declared import further

    return further()
