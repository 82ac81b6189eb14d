"""The modification times of folders, which change with what is made or renamed in them.

An undo gives a folder its old time back, so that nothing tells of the repair any more; but only where
nothing else has touched the folder since.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Nanoseconds = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Times = dict[str, Annotated[list[Nanoseconds], Meta(min_length=1, max_length=2)]]
"""For the path of each folder, its modification time in nanoseconds before and after the step."""


def before(folders: Iterable[Path]) -> Times:
    """Return the times of *folders*, to be completed by `after`."""
    return {str(folder): [os.stat(folder).st_mtime_ns] for folder in folders}  # noqa: PTH116 - as below


def after(times: Times) -> Times:
    """Return *times* with those that the folders have now, where they can be asked."""
    found = dict(times)
    for folder, (first, *_) in times.items():
        with contextlib.suppress(OSError):
            found[folder] = [first, os.stat(folder).st_mtime_ns]  # noqa: PTH116
    return found


def untouched(times: Mapping[str, list[int]]) -> tuple[str, ...]:
    """Return the folders that nobody has touched since the step."""
    found: list[str] = []
    for folder, known in times.items():
        with contextlib.suppress(OSError):
            if len(known) > 1 and os.stat(folder).st_mtime_ns == known[1]:  # noqa: PTH116
                found.append(folder)
    return tuple(found)


def give_back(times: Mapping[str, list[int]], folders: Iterable[str]) -> None:
    """Give *folders* the times that they had before the step."""
    for folder in folders:
        with contextlib.suppress(OSError):
            accessed = os.stat(folder).st_atime_ns  # noqa: PTH116
            os.utime(folder, ns=(accessed, times[folder][0]))
