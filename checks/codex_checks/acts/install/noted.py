"""A change as it is written down, so that whoever comes later can complete it or take it back."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Phase(StrEnum):
    """How far a change has come (`change`)."""

    BEGUN = "begun"
    LENT = "lent"
    READY = "ready"
    DONE = "done"


class NotedSwap(Struct, frozen=True, kw_only=True):
    """A swap (`swaps.Swap`): two paths, and the numbers of what stood there."""

    place: str
    spare: str
    old: int | None
    new: int | None


class Noted(Struct, frozen=True, kw_only=True):
    """A change (`change.Change`): paths as text, times in nanoseconds since the epoch."""

    phase: Phase
    shelf: str
    made: tuple[str, ...]
    locks: tuple[str, ...]
    swaps: tuple[NotedSwap, ...]
    lent: tuple[tuple[str, str], ...]
    before: dict[str, int]
    after: dict[str, int]
    quiet: tuple[str, ...] | None
