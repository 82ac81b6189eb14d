"""How what Codex recorded is told: how often, when last, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.moments import stamp

if TYPE_CHECKING:
    from codex_checks.recorded.seen import Seen
    from codex_doctor.model import Evidence


def record(seen: Seen) -> dict[str, Evidence]:
    """Return what was recorded, as evidence."""
    return {
        "recorded": seen.last.text,
        "in": str(seen.last.source),
        "times": seen.count,
        "last": stamp(seen.last.when),
    }


def times(seen: Seen, now: float) -> str:
    """Return `3 times, last 2 hours ago`."""
    return seen.words(now).removeprefix("seen ")
