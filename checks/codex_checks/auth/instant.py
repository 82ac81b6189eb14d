"""Read a moment as Codex does: RFC 3339 with some freedom, and never without an offset from UTC."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

_USUAL: Final = r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9](?:\.[0-9]{1,9})?Z"
"""How Codex itself writes it, and Python reads it alike; the freedoms take two milliseconds to understand."""

_SHAPE: Final = r"""
    \s*(?P<year>[0-9]{1,4}|[+-][0-9]+) \s*- \s*(?P<month>[0-9]{1,2}) \s*- \s*(?P<day>[0-9]{1,2})
    [Tt\ ]
    \s*(?P<hour>[0-9]{1,2}) \s*: \s*(?P<minute>[0-9]{1,2}) \s*: \s*(?P<second>[0-9]{1,2})
    (?:\.(?P<fraction>[0-9]+))? \s*
    (?: [Zz] | (?i:UTC) | (?P<sign>[+\-\N{MINUS SIGN}])(?P<hours>[0-9]{2})[\s:]*(?P<minutes>[0-5][0-9]) )
    \s*"""
"""What chrono's relaxed RFC 3339 takes; each case of the tests was put to Codex 0.169.0."""

_FIRST_YEAR: Final = -262_142
_LAST_YEAR: Final = 262_141
"""The years of chrono's calendar, less the one at each end where an offset may leave it."""

EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
LATEST: Final = datetime.max.replace(tzinfo=UTC)

_CYCLE: Final = 400
"""Years after which the calendar repeats itself."""


def moment(text: str) -> datetime | None:
    """Return the moment that *text* names, in UTC; None where Codex would refuse it.

    A year outside Python's calendar is brought to its nearest end: it is as far away.
    """
    if re.fullmatch(_USUAL, text):
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    found = re.fullmatch(_SHAPE, text, re.VERBOSE)
    if found is None:
        return None
    year, second = int(found["year"]), int(found["second"])
    hours, minutes = int(found["hours"] or 0), int(found["minutes"] or 0)
    if not _FIRST_YEAR <= year <= _LAST_YEAR or second > 60 or hours > 23:  # noqa: PLR2004 - a leap second
        return None
    try:
        local = datetime(
            2000 + year % _CYCLE,  # the same leap years
            int(found["month"]),
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            min(second, 59),
            int((found["fraction"] or "0")[:6].ljust(6, "0")),
            tzinfo=UTC,
        )
    except ValueError:
        return None
    if year <= EARLIEST.year or year >= LATEST.year:
        return EARLIEST if year <= EARLIEST.year else LATEST
    offset = timedelta(hours=hours, minutes=minutes)
    exact = local.replace(year=year)
    return exact - offset if found["sign"] == "+" else exact + offset
