"""What is being done to a sign-in, written down before it is done, so that a kill loses no token.

One file for each act, one line for each step, each on the disk before the next step begins:

intent    about to ask the service; *guard* names the sign-in that is stored, *terms* how to store the answer
answered  what the service answered, as it came: it may hold the only copy of a rotated token, and a kill
          finds no call of the system between receiving it and having it in the file (`receipt`)
ready     the change that follows from it, and the guard of the sign-in that it makes
committed the change stands in auth.json, or the file is gone

Signing out changes nothing: it is `leaving`, with the token that is to be revoked once the file is gone.

and then the file is removed. Codex may sign in, in a folder of the entry's own: what it stores there counts
as what is to be stored. Room for the answer is taken when the intent is written, so that a full
disk is noticed before the service is asked. A half-written last line is as if it were not there.
The content is secret, names of files are not.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import json
import os
import time
from pathlib import Path  # noqa: TC003 - beside the facts that hold it
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct, field
from msgspec.structs import replace

from codex_checks.acts.content import Change, Replacement, change_in, change_out, read_content
from codex_checks.acts.errors import StoreNotWritable
from codex_checks.acts.receipt import Receipts
from codex_checks.acts.state import private_folder
from codex_doctor import files
from codex_doctor.private import CLOSED, sync_folder, write, write_private
from codex_doctor.replace import nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_checks.auth.document import Keep
    from codex_doctor.redact import Secret

SCHEMA: Final = 1
_SUFFIX: Final = ".jsonl"
_FOLDER: Final = ".folder"

ROOM: Final = 64 * 1024
"""Bytes taken beforehand: an answer holds about 5 KB of tokens."""

_FULL: Final = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


class Answer(Struct, frozen=True, kw_only=True):
    """What the service said: an HTTP *status* and a *body* as it came, which may hold tokens.

    *retry_after* are the seconds after which it wants to be asked again; they are not written down.
    """

    status: int
    body: bytes
    retry_after: float | None = None

    def __repr__(self) -> str:
        return f"Answer(status={self.status})"


class Leaving(Struct, frozen=True, kw_only=True):
    """What is to be revoked once it is signed out here: a *token*, which is a *kind* of token."""

    token: Secret
    kind: str


class Entry(Struct, frozen=True, kw_only=True):
    """An act that was begun: *act* is `refresh`, `login`, `import` or `logout`.

    *started* is in seconds since the epoch. *expected* is the guard of what was stored then, *after* that of
    what *change* makes of it; what follows from a step that was not done is None. *terms* is plain data
    without a secret.
    """

    path: Path
    act: str
    started: float
    expected: str
    terms: Mapping[str, object] = field(default_factory=dict[str, object])
    answer: Answer | None = None
    change: Change | None = None
    after: str | None = None
    leaving: Leaving | None = None
    committed: bool = False

    @property
    def folder(self) -> Path:
        """A folder of its own, gone with the entry; it exists only where the act makes it."""
        return self.path.with_suffix(_FOLDER)


class Journal:
    """The entries of one CODEX_HOME, whose *key* begins their names, in the private folder *folder*.

    Only who holds our own lock may write; *step* is told the name of each step that is done.
    """

    def __init__(self, folder: Path, key: str, *, keep: Keep, step: Callable[[str], None] = nothing) -> None:
        self._folder = folder
        self._key = key
        self._keep = keep
        self._step = step
        self._receipts = Receipts()

    def begin(self, act: str, expected: str, *, terms: Mapping[str, object] | None = None) -> Entry:
        """Write down that *act* is about to ask the service, while *expected* is stored.

        :raises StoreNotWritable: it cannot be written down, so nothing must be sent.
        """
        private_folder(self._folder)
        self._sweep()
        started = time.time_ns()
        path = self._folder / f"{self._key}-{started}-{os.getpid()}{_SUFFIX}"
        entry = Entry(path=path, act=act, started=started / 10**9, expected=expected, terms=terms or {})
        said: dict[str, object] = {
            "schema": SCHEMA,
            "act": act,
            "started": entry.started,
            "expected": expected,
        }
        if terms:
            said["terms"] = terms
        line = _line("intent", said)
        try:
            write_private(path, line + b"\n" * ROOM)
        except OSError as error:
            words = f"{self._folder} cannot be written: {error.strerror or error}"
            raise StoreNotWritable("disk-full" if error.errno in _FULL else None, words) from error
        self._receipts.expect(path, len(line))
        self._step("intent")
        return entry

    def answered(self, entry: Entry, answer: Answer) -> Entry:
        """Write down the answer of the service as it came."""
        body = base64.b64encode(answer.body).decode()
        said = {"status": answer.status, "body": body}
        if self._receipts.take(entry.path, _line("answered", said)):
            self._step("answered")
        else:
            self._add(entry, "answered", said)
        return replace(entry, answer=answer)

    def ready(self, entry: Entry, change: Change, after: str, *, expected: str | None = None) -> Entry:
        """Write down what will be written, and the guard of what that makes.

        *expected* is the guard of what is stored now, where that is not what it was at the beginning.
        """
        expected = expected or entry.expected
        self._add(entry, "ready", {"change": change_out(change), "after": after, "expected": expected})
        return replace(entry, change=change, after=after, expected=expected)

    def leaving(self, entry: Entry, token: Secret, kind: str) -> Entry:
        """Write down that the sign-in is about to be removed, and which *token* is to be revoked then."""
        self._add(entry, "leaving", {"token": token.reveal(), "kind": kind})
        return replace(entry, leaving=Leaving(token=token, kind=kind))

    def committed(self, entry: Entry) -> Entry:
        """Write down that the change stands in auth.json, or that the file is gone."""
        self._add(entry, "committed", {})
        return replace(entry, committed=True)

    def clear(self, entry: Entry) -> None:
        """Forget *entry*, and every token in it and in its folder."""
        self._receipts.close(entry.path)
        _remove(entry.folder)
        entry.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            sync_folder(self._folder)
        self._step("cleared")

    def unfinished(self) -> tuple[Entry, ...]:
        """Return the entries that stand here, the oldest first. Changes nothing.

        One of them may be in progress: `own_lock_holder` tells. A file without a whole first line was
        begun and never used; it is no entry.
        """
        try:
            names = sorted(os.listdir(self._folder))  # noqa: PTH208 - names, not paths
        except OSError:
            return ()
        mine = (name for name in names if name.startswith(f"{self._key}-") and name.endswith(_SUFFIX))
        found = (self._entry(self._folder / name) for name in mine)
        return tuple(entry for entry in found if entry is not None)

    def _sweep(self) -> None:
        """Remove what a kill left of entries: those that were begun and not used, and folders without one."""
        for name in os.listdir(self._folder):  # noqa: PTH208 - names, not paths
            path = self._folder / name
            if not name.startswith(f"{self._key}-"):
                continue
            if path.suffix == _FOLDER and not path.with_suffix(_SUFFIX).exists():
                _remove(path)
            with contextlib.suppress(OSError):  # what is in the way is no entry
                if path.suffix == _SUFFIX and _said(files.read(path).partition(b"\n")[0]) is None:
                    path.unlink()

    def _add(self, entry: Entry, step: str, said: Mapping[str, object]) -> None:
        self._receipts.close(entry.path)
        descriptor = os.open(entry.path, os.O_RDWR | CLOSED)
        try:
            used = os.read(descriptor, os.fstat(descriptor).st_size).rstrip(b"\n")
            os.lseek(descriptor, len(used) + 1, os.SEEK_SET)
            write(descriptor, _line(step, said))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._step(step)

    def _entry(self, path: Path) -> Entry | None:
        try:
            lines = files.read(path).rstrip(b"\n").split(b"\n")
        except OSError:
            return None
        entry: Entry | None = None
        for said in filter(None, map(_said, lines)):
            with contextlib.suppress(KeyError, TypeError, ValueError):
                entry = _intent(path, said) if entry is None else self._next(entry, said)
        return entry and self._with_what_codex_stored(entry)

    def _with_what_codex_stored(self, entry: Entry) -> Entry:
        if entry.change is not None:
            return entry
        try:
            content = read_content(files.read(entry.folder / "auth.json"), self._keep)
        except OSError:
            return entry
        if content.document is None:
            return entry
        return replace(entry, change=Replacement(members=content.members))

    def _next(self, entry: Entry, said: Mapping[str, object]) -> Entry:
        match said["step"]:
            case "answered":
                body = base64.b64decode(str(said["body"]), validate=True)
                return replace(entry, answer=Answer(status=int(str(said["status"])), body=body))
            case "ready":
                change = change_in(cast("Mapping[str, object]", said["change"]), self._keep)
                expected = str(said.get("expected", entry.expected))
                return replace(entry, change=change, after=str(said["after"]), expected=expected)
            case "leaving":
                leaving = Leaving(token=self._keep(str(said["token"])), kind=str(said["kind"]))
                return replace(entry, leaving=leaving)
            case "committed":
                return replace(entry, committed=True)
            case step:
                raise ValueError(step)


def _line(step: str, said: Mapping[str, object]) -> bytes:
    return json.dumps({"step": step, **said}).encode() + b"\n"


def _said(line: bytes) -> Mapping[str, object] | None:
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else None


def _intent(path: Path, said: Mapping[str, object]) -> Entry:
    if said["step"] != "intent" or said["schema"] != SCHEMA:
        raise ValueError(said["step"])
    terms = said.get("terms")
    return Entry(
        path=path,
        act=str(said["act"]),
        started=float(str(said["started"])),
        expected=str(said["expected"]),
        terms=cast("Mapping[str, object]", terms) if isinstance(terms, dict) else {},
    )


def _remove(folder: Path) -> None:
    """Remove *folder* and what Codex left in it, its sign-in first."""
    import shutil

    with contextlib.suppress(OSError):
        (folder / "auth.json").unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
