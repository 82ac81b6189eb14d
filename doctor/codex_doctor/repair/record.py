"""What a repair did, written down before it was done: one private folder for each, one line for each fact.

repair    a repair begins; *for* names what it mends
begun     a step is about to be done; *kind* is the name of its handler
noted     what must be known to take that step back
done      the step is done
failed    the step failed, and changed nothing
ended     nothing more is done
undone    all of it was taken back

A half-written last line is as if it were not there. What a step replaced is kept in a folder beside,
which is named by the step's number.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import Struct
from msgspec.structs import replace

from codex_doctor.errors import PrivateFolderError, RepairError
from codex_doctor.private import CLOSED, PRIVATE_FILE, private_folder, sync_folder, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from codex_doctor.repair.handler import Note

SCHEMA: Final = 1

KEPT: Final = 30
"""Repairs that are kept to be undone; of more, the oldest go when a new one begins."""

_ID: Final = re.compile(r"\d{8}-\d{6}-\d{3}")
_FILE: Final = "record.jsonl"


class StepRecord(Struct, frozen=True, kw_only=True):
    """What is known of one step: its *number*, its handler's *kind*, and what it was done *for*.

    *state* is `begun`, `done` or `failed`.
    """

    number: int
    kind: str
    words: str
    state: str = "begun"
    note: Note | None = None


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
        return not self.undone and any(step.state == "done" for step in self.steps)

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
    """Writes the record of one repair, each line on the disk before the next thing happens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def repair(self, names: Sequence[str]) -> None:
        """Write down that a repair of the problems *names* begins."""
        self._add("repair", schema=SCHEMA, started=time.time(), **{"for": list(names)})

    def begun(self, number: int, *, kind: str, words: str) -> Path:
        """Write down that a step is about to be done, and return the private folder that is its own."""
        own = private_folder(self.folder / str(number))
        self._add("begun", number=number, kind=kind, words=words)
        return own

    def noted(self, number: int, note: Note) -> None:
        """Write down what must be known to take the step back."""
        self._add("noted", number=number, note=note)

    def done(self, number: int) -> None:
        """Write down that the step is done."""
        self._add("done", number=number)

    def failed(self, number: int) -> None:
        """Write down that the step failed, and changed nothing."""
        self._add("failed", number=number)

    def ended(self) -> None:
        """Write down that nothing more is done."""
        self._add("ended")

    def undone(self) -> None:
        """Write down that all of it was taken back."""
        self._add("undone")

    def _add(self, event: str, **said: object) -> None:
        try:
            descriptor = os.open(
                self.folder / _FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT | CLOSED, PRIVATE_FILE
            )
            try:
                write(descriptor, json.dumps({"event": event, **said}).encode() + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            words = f"{self.folder} cannot be written: {error.strerror or error}"
            raise RepairError(f"{words}; nothing more is changed without a record of it") from error


class Records:
    """The records of all repairs of this user, in the private folder *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, names: Sequence[str]) -> Writer:
        """Begin the record of a repair of the problems *names*, and forget those that are too old.

        :raises RepairError: it cannot be written, so nothing may be changed.
        """
        try:
            private_folder(self.folder)
            self._forget()
            folder = self._new()
            sync_folder(self.folder)
        except (OSError, PrivateFolderError) as error:
            raise RepairError(f"no record of the repair can be kept: {error}") from error
        writer = Writer(folder)
        writer.repair(names)
        return writer

    def all(self) -> tuple[Record, ...]:
        """Return what is kept, the newest first. Changes nothing."""
        try:
            names = sorted(os.listdir(self.folder), reverse=True)  # noqa: PTH208 - names, not paths
        except OSError:
            return ()
        found = (_read(self.folder / name) for name in names if _ID.fullmatch(name))
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
        if found is None:
            near = ", ".join(record.id for record in records[:3]) or "none is kept"
            raise RepairError(f"no repair is called {id} (the newest: {near})")
        return found

    def _new(self) -> Path:
        while True:
            now = time.time()
            name = f"{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}-{int(now * 1000) % 1000:03d}"
            with contextlib.suppress(FileExistsError):
                folder = self.folder / name
                folder.mkdir(mode=0o700)
                return private_folder(folder)

    def _forget(self) -> None:
        """Remove the oldest records, but none that was cut off: it is still to be finished."""
        settled = [record for record in self.all() if not record.unfinished]
        for record in settled[KEPT - 1 :]:
            shutil.rmtree(record.folder, ignore_errors=True)


def _read(folder: Path) -> Record | None:
    try:
        lines = (folder / _FILE).read_bytes().split(b"\n")
    except OSError:
        return None
    record: Record | None = None
    for said in filter(None, map(_said, lines)):
        with contextlib.suppress(KeyError, TypeError, ValueError):
            record = _first(folder, said) if record is None else _next(record, said)
    return record


def _said(line: bytes) -> Mapping[str, Any] | None:
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else None


def _first(folder: Path, said: Mapping[str, Any]) -> Record:
    if said["event"] != "repair" or said["schema"] != SCHEMA:
        raise ValueError(said["event"])
    return Record(
        id=folder.name, folder=folder, started=float(said["started"]), names=tuple(map(str, said["for"]))
    )


def _next(record: Record, said: Mapping[str, Any]) -> Record:
    match said["event"]:
        case "begun":
            step = StepRecord(number=int(said["number"]), kind=str(said["kind"]), words=str(said["words"]))
            return replace(record, steps=(*record.steps, step))
        case "noted" | "done" | "failed" as event:
            change = {"note": said["note"]} if event == "noted" else {"state": event}
            number = int(said["number"])
            steps = (replace(step, **change) if step.number == number else step for step in record.steps)
            return replace(record, steps=tuple(steps))
        case "ended":
            return replace(record, ended=True)
        case "undone":
            return replace(record, undone=True)
        case event:
            raise ValueError(event)
