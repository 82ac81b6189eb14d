"""What the proving process is asked, as data."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - msgspec reads these annotations at run time

from msgspec import Struct

from codex_doctor.context import System  # noqa: TC001 - the same


class Place(Struct, frozen=True, kw_only=True):
    """A machine that stands in a folder; paths are text. *secrets* maps each planted one to its name."""

    name: str
    home: str
    root: str
    env: Mapping[str, str]
    options: Mapping[str, str]
    system: System
    secrets: Mapping[str, str]


class Proving(Struct, frozen=True, kw_only=True):
    """A catalogue by its entry point, and the machines on which it is proved.

    *taken* are the codes, names and ids of others. *skip* are the subjects that ended an earlier process
    like this one. *again*: what was judged once is to be judged alone. *path* is what Python imports from.
    *now* is the time on the machines' clocks, in seconds since the epoch; *patience* is in seconds.
    """

    entry: str
    built_in: bool
    places: tuple[Place, ...]
    taken: tuple[str, ...]
    skip: tuple[str, ...]
    again: bool = False
    now: float
    path: tuple[str, ...]
    patience: float
    journal: str
    traces: str
