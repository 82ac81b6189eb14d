"""The beginnings of the newest session records, without keeping anything that was said in them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - facts are read at run time when a report is stored
from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final

import msgspec
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
HEADER: Final = 64 * 1024
"""Bytes: the header holds the instructions of the session, some 20 KB mostly; a longer one is not judged."""
SETTLED: Final = 60
"""Seconds: a record that changed since may be about to get its first line, if a Codex runs."""


class Rollout(Struct, frozen=True, kw_only=True):
    """A session's record. *start* holds its first bytes, as many as `START`; *size* is in bytes.

    *cut*: its first line is no whole JSON object.
    """

    path: Path
    size: int
    start: bytes
    cut: bool = False

    @property
    def begins(self) -> bool:
        """Whether it begins with what may be the header of a session."""
        return self.start.startswith(START) and not self.cut


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
    at_work: bool | None = None
    for path in _paths(ctx, home.path / "sessions"):
        try:
            status = ctx.status(path)
            if status is None:
                continue
            head = ctx.head(path, limit=HEADER)
            record = Rollout(
                path=path, size=status.size, start=head[: len(START)], cut=_is_cut(head, status.size)
            )
            fresh = ctx.now() - status.modified_ns / 1e9 < SETTLED
            if fresh and not record.size:
                continue  # about to get its first line, by a Codex that may not be seen from here
            if fresh and not record.begins:
                at_work = _is_at_work(ctx, home) if at_work is None else at_work  # it takes a while
                if at_work:
                    continue
            found.append(record)
        except OSError:
            continue  # gone meanwhile, or not for this user to read: no sign of damage
        if len(found) == NEWEST:
            break
    if not found:
        raise NotApplicable("Codex has recorded no session yet")
    return Rollouts(newest=tuple(found), examined=ctx.moment())


def _is_cut(head: bytes, size: int) -> bool:
    """Return whether the first line, or the only one, is no JSON object. Nothing of it is kept."""
    line, newline, _ = head.partition(b"\n")
    if not newline and size > len(head):
        return False  # longer than what is read
    try:
        return not isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return True


def _is_at_work(ctx: Context, home: CodexHome) -> bool:
    """Return whether a Codex runs that keeps its files there."""
    from codex_checks.acts.at_work import AtWork

    return AtWork(home.path, keep=ctx.vault.secret).others() is not None


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
