"""Machines that are mended: a tree, the handlers, and a door that takes down what is said."""

from __future__ import annotations

import contextlib
import hashlib
import stat
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import engine
from codex_doctor.causes import Traced
from codex_doctor.fix import Fix
from codex_doctor.render.style import Style
from codex_doctor.repair.applying import Applied, apply
from codex_doctor.repair.handlers import Handlers
from codex_doctor.repair.plan import Planned, plan
from codex_doctor.repair.record import Record, Records
from codex_doctor.repair.undoing import finish, undo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from codex_doctor.fix import Step
    from codex_doctor.redact import Vault
    from codex_doctor.repair.handler import Handler


@dataclass(kw_only=True)
class Listener:
    """A door that nobody stands at; *said* is everything that was said through it.

    Where it is *interactive*, whoever stands there gives *answers* in turn, and then no more.
    """

    interactive: bool = False
    answers: list[bool] = field(default_factory=list[bool])
    style: Style = field(default_factory=Style)
    said: list[str] = field(default_factory=list[str])

    def say(self, text: str, *, shown: str = "", under: int | None = None) -> None:  # noqa: ARG002 - as it is
        self.said.append(text)

    def passing(self, text: str) -> None:
        self.said.append(text)

    def note(self, text: str, *, under: int | None = None) -> None:  # noqa: ARG002 - the same
        self.said.append(text)

    def hide(self, vault: Vault, *, home: str = "") -> None:
        pass

    def restyle(self, *, ascii: bool = False, no_color: bool = False) -> None:
        pass

    def ask(self, question: str) -> bool:
        self.said.append(question)
        return self.interactive and bool(self.answers) and self.answers.pop(0)

    def pressed(self) -> bool:
        return False

    def calling_off(self) -> contextlib.AbstractContextManager[Callable[[], bool]]:
        return contextlib.nullcontext(lambda: False)


def traced(*steps: Step, name: str = "broken-thing", destructive: bool = False) -> Traced:
    """Return a finding whose fix is *steps*."""
    fix = Fix(summary=f"Mend {name}", steps=steps, destructive=destructive)
    return Traced(
        finding=engine.problem(name).found("seen", fix=fix), check="doctor.check", cause=None, blocks=()
    )


@dataclass(kw_only=True)
class Workshop:
    """A place for the repairs of *user*: the machine's *home*, and *state*, where their records are kept."""

    home: Path
    state: Path
    acts: Mapping[str, Callable[[], Handler]] = field(default_factory=dict[str, "Callable[[], Handler]"])
    door: Listener = field(default_factory=Listener)
    user: int | None = None

    @property
    def records(self) -> Records:
        return Records(self.state / "repairs")

    @property
    def handlers(self) -> Handlers:
        return Handlers(self.acts, os="linux", user=self.user)

    def plan(self, *findings: Traced, named: tuple[str, ...] = ()) -> tuple[Planned, ...]:
        return plan(findings, named=named, handlers=self.handlers, os="linux")

    def mend(self, *steps: Step) -> tuple[Applied, ...]:
        """Do *steps* as the fix of one finding."""
        return self.mend_all(traced(*steps))

    def mend_all(self, *findings: Traced) -> tuple[Applied, ...]:
        """Do what is planned for *findings*."""
        with contextlib.closing(engine.context(self.home, env={"PATH": "/usr/bin:/bin"}, seconds=60)) as ctx:
            return apply(
                self.plan(*findings),
                self.records.begin(["broken-thing"]),
                handlers=self.handlers,
                context=ctx,
                door=self.door,
                announce=lambda step: self.door.say(step.words),
            )

    def undo(self, id: str | None = None, *, force: bool = False) -> None:
        """Take the newest repair back, or the one called *id*."""
        record = self.records.find(id)
        with contextlib.closing(engine.context(self.home, env={"PATH": "/usr/bin:/bin"}, seconds=60)) as ctx:
            undo(record, handlers=self.handlers, context=ctx, door=self.door, force=force)

    def finish(self) -> tuple[str, ...]:
        """Finish whatever was cut off."""
        told: list[str] = []
        with contextlib.closing(engine.context(self.home, seconds=60)) as ctx:
            for record in self.cut_off():
                told += finish(record, handlers=self.handlers, context=ctx, door=self.door)
        return tuple(told)

    def cut_off(self) -> list[Record]:
        return [record for record in self.records.all() if record.unfinished]


Kept = tuple[str, int, int, str]
"""Of one path: mode, owner, modification time, and what stands in it (a digest, or where it leads)."""


def tree(home: Path) -> Mapping[str, Kept]:
    """Return everything about *home* that an undo must bring back, by the path in it."""
    found: dict[str, Kept] = {}
    for path in (home, *sorted(home.rglob("*"))):
        status = path.lstat()
        kept = (oct(status.st_mode), status.st_uid, status.st_mtime_ns)
        if stat.S_ISLNK(status.st_mode):
            found[str(path.relative_to(home))] = (*kept, str(path.readlink()))
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            found[str(path.relative_to(home))] = (*kept, content)
    return found


def age(home: Path, seconds: float = 1000.0) -> None:
    """Make all of *home* older, so that whatever touches it now shows."""
    import os

    then = int((time.time() - seconds) * 10**9)
    for path in (*home.rglob("*"), home):
        os.utime(path, ns=(then, then), follow_symlinks=False)
