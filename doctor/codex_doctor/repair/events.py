"""The lines of a record, each a fact about a repair."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, cast

import msgspec
from msgspec import Meta, Struct, field

SCHEMA: Final = 1

Number = Annotated[int, Meta(ge=1, le=1_000_000)]
"""Which step of the repair; the first is 1."""


class Event(Struct, frozen=True, kw_only=True, tag_field="event"):
    """A line of a record."""


class Repair(Event, frozen=True, kw_only=True, tag="repair"):
    """A repair begins, at *started* in seconds since the epoch; *names* are the problems that it mends."""

    schema: int = SCHEMA
    started: Annotated[float, Meta(ge=0, le=1e12)]
    names: tuple[str, ...] = field(name="for")


class Begun(Event, frozen=True, kw_only=True, tag="begun"):
    """A step is about to be done; *kind* is the name of its handler."""

    number: Number
    kind: str
    words: str


class Noted(Event, frozen=True, kw_only=True, tag="noted"):
    """What must be known to take the step back."""

    number: Number
    note: dict[str, Any]


class Done(Event, frozen=True, kw_only=True, tag="done"):
    """The step is done; *note*, where there is one, says more than the one before."""

    number: Number
    note: dict[str, Any] | None = None


class Failed(Event, frozen=True, kw_only=True, tag="failed"):
    """The step failed, and changed nothing."""

    number: Number


class Back(Event, frozen=True, kw_only=True, tag="back"):
    """The step was taken back."""

    number: Number


class Ended(Event, frozen=True, kw_only=True, tag="ended"):
    """Nothing more is done."""


class Undone(Event, frozen=True, kw_only=True, tag="undone"):
    """All of it was taken back."""


_Line = Repair | Begun | Noted | Done | Failed | Back | Ended | Undone


def encoded(event: Event) -> bytes:
    """Return *event* as a line. A path that is no Unicode survives it, which msgspec's own JSON forbids."""
    return json.dumps(msgspec.to_builtins(event)).encode() + b"\n"


def decoded(line: bytes) -> Event | None:
    """Return what *line* says, or None where it is damaged, cut off, or from a later version."""
    try:
        return cast("Event", msgspec.convert(json.loads(line), _Line))
    except (ValueError, RecursionError):
        return None
