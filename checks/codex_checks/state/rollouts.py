"""The beginnings of the newest session records, without reading what was said in them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - facts are read at run time when a report is stored
from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.places import codex_home
from codex_doctor.errors import NotApplicable
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.places import CodexHome
    from codex_doctor.context import Context

NEWEST: Final = 40
"""Records looked at: what `codex resume` shows on its first pages."""
START: Final = b"{"
"""How a record of any Codex begins: its first line is the session's header, a JSON object."""
SETTLED: Final = 60
"""Seconds: a record that changed since may be about to get its first line."""


class Rollout(Struct, frozen=True, kw_only=True):
    """A session's record. *start* holds its first bytes, as many as `START`; *size* is in bytes."""

    path: Path
    size: int
    start: bytes


class Rollouts(Struct, frozen=True, kw_only=True):
    """The newest records that are not being written at the moment."""

    newest: tuple[Rollout, ...]
    examined: datetime


@blocking_probe("state.rollouts", touches={Touches.FILES}, limit=1.5, needs=(codex_home,))
def rollouts(ctx: Context, home: CodexHome) -> Rollouts:
    """Read the first bytes of the newest session records."""
    if not home.usable:
        raise NotApplicable(f"there are no sessions: {home.path} is no folder")
    found: list[Rollout] = []
    for path in _paths(ctx, home.path / "sessions"):
        try:
            status = ctx.status(path)
            if status is None or ctx.now() - status.modified_ns / 1e9 < SETTLED:
                continue
            found.append(Rollout(path=path, size=status.size, start=ctx.head(path, limit=len(START))))
        except OSError:
            continue  # gone meanwhile, or not for this user to read: no sign of damage
        if len(found) == NEWEST:
            break
    if not found:
        raise NotApplicable("Codex has recorded no session yet")
    return Rollouts(newest=tuple(found), examined=ctx.moment())


def _paths(ctx: Context, folder: Path) -> Iterator[Path]:
    """Yield `sessions/YYYY/MM/DD/rollout-<time>-<id>.jsonl`, the newest first: names sort by time."""
    for year in _numbers(ctx, folder):
        for month in _numbers(ctx, year):
            for day in _numbers(ctx, month):
                for name in sorted(ctx.entries(day), reverse=True):
                    if name.startswith("rollout-") and name.endswith(".jsonl"):
                        yield day / name


def _numbers(ctx: Context, folder: Path) -> list[Path]:
    names = (name for name in ctx.entries(folder) if name.isascii() and name.isdigit())
    return [folder / name for name in sorted(names, reverse=True)]
