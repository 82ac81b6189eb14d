"""How what Codex recorded is told: how often, when last, and where it stands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from codex_checks.recorded.seen import Seen
    from codex_doctor.model import Evidence

LATEST: Final = 253_402_300_799
"""The last second of the calendar (year 9999): a token may claim any end."""


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


def moment(seconds: float) -> str:
    """Return a moment, in seconds since the epoch, for people."""
    return f"{_utc(seconds):%Y-%m-%d %H:%M} UTC"


def stamp(seconds: float) -> str:
    """Return a moment, in seconds since the epoch, as RFC 3339."""
    return f"{_utc(seconds):%Y-%m-%dT%H:%M:%SZ}"


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(min(max(seconds, 0), LATEST), UTC)
