"""What a repair did, written down before it was done: one private folder for each, one line for each fact.

A half-written line is as if it were not there. What a step replaced is kept in a folder beside the
record, which is named by the step's number.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_doctor import files
from codex_doctor.errors import PrivateFolderError, RecordError, RepairError
from codex_doctor.private import (
    CLOSED,
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    give,
    give_path,
    private_folder,
    state_folder,
    sync_folder,
    write,
)
from codex_doctor.repair import events

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from codex_doctor.repair.handler import Note

KEPT: Final = 30
"""Repairs that are kept to be undone; of more, the oldest go when a new one begins."""

_ID: Final = re.compile(r"\d{8}-\d{6}-\d{3}")
_FILE: Final = "record.jsonl"
_TICK: Final = timedelta(milliseconds=1)


class StepRecord(Struct, frozen=True, kw_only=True):
    """What is known of one step: its *number*, its handler's *kind*, and what it was done *for*.

    *state* is `begun`, `done`, `failed` or `back` (taken back).
    """

    number: int
    kind: str
    words: str
    state: str = "begun"
    note: Note | None = None

    @property
    def standing(self) -> bool:
        """Whether it changed something, or may have, that was not taken back."""
        return self.state == "done" or (self.state == "begun" and self.note is not None)


class Record(Struct, frozen=True, kw_only=True):
    """What is known of one repair. *started* is in seconds since the epoch, *names* are problems."""

    id: str
    folder: Path
    started: float
    names: tuple[str, ...]
    steps: tuple[StepRecord, ...] = ()
    ended: bool = False
    undone: bool = False

    @property
    def undoable(self) -> bool:
        """Whether anything was done that has not been taken back."""
        return not self.undone and any(step.standing for step in self.steps)

    @property
    def standing(self) -> str:
        """How it ended, in a word or two."""
        if self.undone:
            return "taken back"
        if not self.ended:
            return "cut off"
        return "done" if self.undoable else "changed nothing"

    @property
    def unfinished(self) -> bool:
        """Whether it was cut off on its way."""
        return not self.ended and not self.undone


class Writer:
    """Writes the record of one repair, each line on the disk before the next thing happens.

    Each method raises `RecordError` where that fails.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def repair(self, names: Sequence[str]) -> None:
        """Write down that a repair of the problems *names* begins."""
        self._add(events.Repair(started=time.time(), names=tuple(names)))

    def begun(self, number: int, *, kind: str, words: str) -> Path:
        """Write down that a step is about to be done, and return the private folder that is its own."""
        try:
            own = private_folder(self.folder / str(number))
        except PrivateFolderError as error:
            raise _unwritten(error) from error
        self._add(events.Begun(number=number, kind=kind, words=words))
        return own

    def noted(self, number: int, note: Note) -> None:
        """Write down what must be known to take the step back."""
        self._add(events.Noted(number=number, note=dict(note)))

    def done(self, number: int, note: Note | None = None) -> None:
        """Write down that the step is done; *note*, if there is one, takes the place of the last."""
        self._add(events.Done(number=number, note=None if note is None else dict(note)))

    def failed(self, number: int) -> None:
        """Write down that the step failed, and changed nothing."""
        self._add(events.Failed(number=number))

    def back(self, number: int) -> None:
        """Write down that the step was taken back."""
        self._add(events.Back(number=number))

    def ended(self) -> None:
        """Write down that nothing more is done."""
        self._add(events.Ended())

    def undone(self) -> None:
        """Write down that all of it was taken back."""
        self._add(events.Undone())

    def _add(self, event: events.Event) -> None:
        line = events.encoded(event)
        try:
            descriptor = os.open(
                self.folder / _FILE, os.O_RDWR | os.O_APPEND | os.O_CREAT | CLOSED, PRIVATE_FILE
            )
            try:
                give(descriptor, self.folder.stat())
                write(descriptor, line if _is_whole(descriptor) else b"\n" + line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _unwritten(f"{self.folder} cannot be written: {error.strerror or error}") from error


class Records:
    """The records of all repairs of this user, in the private folder *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, names: Sequence[str], *, forgetting: Callable[[Record], None] | None = None) -> Writer:
        """Begin the record of a repair of *names*; each that is too old goes, once *forgetting* was told it.

        :raises RecordError: it cannot be written, so nothing may be changed.
        """
        try:
            private_folder(self.folder)
            self._forget(forgetting)
            folder = self._new()
            sync_folder(self.folder)
        except (OSError, PrivateFolderError) as error:
            raise RecordError(f"no record of the repair can be kept: {error}") from error
        writer = Writer(folder)
        try:
            writer.repair(names)
        except RecordError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return writer

    def all(self) -> tuple[Record, ...]:
        """Return what is kept, the newest first. Changes nothing."""
        names = (name for name in files.entries(self.folder) if _ID.fullmatch(name))
        found = (_read(self.folder / name) for name in sorted(names, reverse=True))
        return tuple(record for record in found if record is not None)

    def find(self, id: str | None) -> Record:
        """Return the record called *id*, or the newest that can be undone.

        :raises RepairError: there is none.
        """
        records = self.all()
        if id is None:
            found = next((record for record in records if record.undoable), None)
            if found is None:
                raise RepairError("there is no repair that could be undone")
            return found
        found = next((record for record in records if record.id == id), None)
        if found is None and _ID.fullmatch(id) and (self.folder / id).is_dir():
            raise RepairError(
                f"the record of the repair {id} is damaged; what it kept is in {self.folder / id}"
            )
        if found is None:
            near = ", ".join(record.id for record in records[:3]) or "none is kept"
            raise RepairError(f"no repair is called {id} (the newest: {near})")
        return found

    def _new(self) -> Path:
        """Make the folder of a new repair. Its name stands after all others, whatever the clock says."""
        kept = [moment for name in files.entries(self.folder) if (moment := _moment(name))]
        moment = max([datetime.now(UTC), *(last + _TICK for last in kept)])
        while True:
            folder = self.folder / _id(moment)
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=PRIVATE_FOLDER)
                give_path(folder)
                return private_folder(folder)
            moment += _TICK

    def _forget(self, forgetting: Callable[[Record], None] | None) -> None:
        """Remove the oldest records, but none that was cut off: it is still to be finished."""
        settled = [record for record in self.all() if not record.unfinished]
        for record in settled[KEPT - 1 :]:
            if forgetting is not None:
                forgetting(record)
            shutil.rmtree(record.folder, ignore_errors=True)


_STATES: Final = {events.Done: "done", events.Failed: "failed", events.Back: "back"}


def own_records() -> Records:
    """Return the records of this user's repairs; there may be none yet."""
    return Records(state_folder() / "repairs")


def _unwritten(why: object) -> RecordError:
    return RecordError(f"{why}; nothing more is changed without a record of it")


def _is_whole(descriptor: int) -> bool:
    """Whether the last line of the open file has its end; one that was cut off would swallow the next."""
    if os.lseek(descriptor, 0, os.SEEK_END) == 0:
        return True
    os.lseek(descriptor, -1, os.SEEK_END)
    return os.read(descriptor, 1) == b"\n"


def _id(moment: datetime) -> str:
    return f"{moment:%Y%m%d-%H%M%S}-{moment.microsecond // 1000:03d}"


def _moment(id: str) -> datetime | None:
    with contextlib.suppress(ValueError):
        return datetime.strptime(id, "%Y%m%d-%H%M%S-%f").replace(tzinfo=UTC)
    return None


def _read(folder: Path) -> Record | None:
    try:
        lines = files.read(folder / _FILE).split(b"\n")
    except OSError:
        return None
    record: Record | None = None
    for event in map(events.decoded, lines):
        if record is not None and event is not None:
            record = _with(record, event)
        elif isinstance(event, events.Repair) and event.schema == events.SCHEMA:
            record = Record(id=folder.name, folder=folder, started=event.started, names=event.names)
    return record


def _with(record: Record, event: events.Event) -> Record:
    """Return *record* with what *event* adds to it."""
    match event:
        case events.Begun(number=number, kind=kind, words=words):
            return replace(record, steps=(*record.steps, StepRecord(number=number, kind=kind, words=words)))
        case events.Noted():
            return _changed(record, event.number, note=event.note)
        case events.Done() | events.Failed() | events.Back():
            note = event.note if isinstance(event, events.Done) else None
            more: dict[str, object] = {} if note is None else {"note": note}
            return _changed(record, event.number, state=_STATES[type(event)], **more)
        case events.Ended():
            return replace(record, ended=True)
        case events.Undone():
            return replace(record, undone=True)
        case _:
            return record


def _changed(record: Record, number: int, **changes: object) -> Record:
    steps = (replace(step, **changes) if step.number == number else step for step in record.steps)
    return replace(record, steps=tuple(steps))
