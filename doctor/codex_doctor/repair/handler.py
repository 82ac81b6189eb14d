"""How one kind of step is done, and taken back.

Whatever a handler does is written down before it is done, so that a kill at any instant can be
finished or reported by the next repair, and undone by the user later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path  # noqa: TC003 - beside the struct that holds it
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct

from codex_doctor.errors import RepairError

if TYPE_CHECKING:
    from codex_doctor.command import Door
    from codex_doctor.context import Context

Note = Mapping[str, Any]
"""What must be known to take a step back, as plain data (JSON). It holds paths and digests, no secret."""


T = TypeVar("T")


def known(note: Note, shape: type[T]) -> T:
    """Return *note*, which was read from the disk, as *shape*.

    :raises RepairError: it says something else: the record is damaged.
    """
    try:
        return msgspec.convert(note, shape)
    except msgspec.ValidationError as error:
        raise RepairError(f"the record of it is damaged: {error}") from error


class Tools(Struct, frozen=True, kw_only=True):
    """What a handler may use.

    *context* is the way to the machine, *door* the way to the user. *folder* is private and belongs to
    this step alone: what it needs to be taken back is kept there. *remember* writes a note down, on the
    disk, before it returns; the last one counts. *force*: the user insists on an undo that warns.
    """

    context: Context
    door: Door
    folder: Path
    remember: Callable[[Note], None]
    force: bool = False


def _never(_note: Note, _tools: Tools) -> None:
    return None


def _nothing(_note: Note, _tools: Tools) -> None:
    return None


def _path(note: Note) -> tuple[str, ...]:
    path = note.get("path")
    return (path,) if isinstance(path, str) else ()


class Handler(Struct, frozen=True, kw_only=True):
    """How the steps of one kind are done.

    *do* does a step: it first remembers what an undo needs, then changes something, and raises
    `RepairError` where that fails (nothing is half done then, or *perhaps* says that nobody knows). It may
    return a note that says more, which is written down together with the step's being done. *objection* says
    why a step cannot be taken back any more, or None. *undo* takes it back. *finish* is called for a step
    that was killed on its way, with its last note: it completes it or takes it back, and says in one sentence
    what the state is now. *needs_force* says what the user loses by an undo, or None; without `--force` such
    an undo is refused. *forget* is called before the record of a step goes for good: what was kept elsewhere
    only so that it can be taken back goes too.

    *places* are the files and folders that a step changed, by its note: where a later step of the same
    repair changed one too, only the later step's objection is asked before anything is taken back, and
    the earlier one's when its turn comes. *online*: it cannot be done without the network.
    """

    do: Callable[[Any, Tools], Note | None]
    undo: Callable[[Note, Tools], None]
    finish: Callable[[Note, Tools], str]
    objection: Callable[[Note, Tools], str | None] = _never
    needs_force: Callable[[Note, Tools], str | None] = _never
    places: Callable[[Note], tuple[str, ...]] = _path
    online: bool = False
    forget: Callable[[Note, Tools], None] = _nothing
