"""How a moment is told: to people, and to programs. Any number of seconds since the epoch is one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

LATEST: Final = 253_402_300_799
"""The last second of the calendar (year 9999): a token may claim any end."""


def moment(seconds: float) -> str:
    """Return a moment, in seconds since the epoch, for people: `2026-11-20 09:05 UTC`."""
    return f"{_utc(seconds):%Y-%m-%d %H:%M} UTC"


def stamp(seconds: float) -> str:
    """Return a moment, in seconds since the epoch, as RFC 3339: `2026-11-20T09:05:10Z`."""
    return f"{_utc(seconds):%Y-%m-%dT%H:%M:%SZ}"


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(min(max(seconds, 0), LATEST), UTC)
