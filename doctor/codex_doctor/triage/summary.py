"""What a triage has to say, schema 1: groups by root cause, trends, and what stands out."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - msgspec reads these annotations at run time
from typing import Final

from msgspec import Struct

from codex_doctor.triage.rows import Unreadable  # noqa: TC001 - the same

SCHEMA: Final = 1

OTHERS: Final = "(others)"
"""What the values are counted under that are too many to be listed."""


class Group(Struct, frozen=True, kw_only=True):
    """The reports of one root cause, called *name*; *code* is None where nothing was found.

    *known*: this codex-doctor knows it by name. *trend* is `new`, `rising`, `falling`, `steady`, or None
    where too little can be said. *example* is where one of them stands.
    """

    name: str
    code: str | None
    count: int
    known: bool
    severity: str | None
    title: str
    versions: Mapping[str, int]
    platforms: Mapping[str, int]
    channels: Mapping[str, int]
    first: str | None
    last: str | None
    trend: str | None
    example: str


class Period(Struct, frozen=True, kw_only=True):
    """How many reports were made in the day, week or month that begins on *begins*, and of which causes."""

    begins: str
    reports: int
    causes: Mapping[str, int]


class Trends(Struct, frozen=True, kw_only=True):
    """The *periods*, each a *unit* (`day`, `week`, `month`); *undated* reports are of no known time."""

    unit: str
    periods: tuple[Period, ...]
    undated: int


class Outlier(Struct, frozen=True, kw_only=True):
    """A cause that is found far more often where *what* (version, platform, channel, time) is *value*.

    *expected* is how often it would be found there if that made no difference.
    """

    name: str
    code: str | None
    what: str
    value: str
    count: int
    expected: float


class Triage(Struct, frozen=True, kw_only=True):
    """Everything that a triage has to say; groups that are not known come first, then the largest."""

    schema: int
    reports: int
    unreadable: tuple[Unreadable, ...]
    groups: tuple[Group, ...]
    versions: Mapping[str, int]
    platforms: Mapping[str, int]
    channels: Mapping[str, int]
    kinds: Mapping[str, int]
    trends: Trends
    outliers: tuple[Outlier, ...]


class Listed(Struct, frozen=True, kw_only=True):
    """How much is listed: *values* of a version, platform or channel in one group, and *outliers*."""

    values: int = 40
    outliers: int = 20
