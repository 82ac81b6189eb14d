"""A fake machine: its files, programs and environment as data, built in a folder of the test."""

from __future__ import annotations

import time
from collections.abc import Mapping  # noqa: TC003 - msgspec reads these annotations at run time
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - the same
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from codex_doctor.context import Context, System
from codex_doctor.facts import facts
from codex_doctor.model import Report
from codex_doctor.processes import Children
from codex_doctor.redact import redact
from codex_doctor.report import Circumstances, assemble
from codex_doctor.runner import Plan, examine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from codex_doctor.check import Check
    from codex_doctor.model import Finding
    from codex_doctor.probe import Probe

T = TypeVar("T")

USER: Final = "sam"
"""Who the machine belongs to; their home is the folder `home/sam` of the built machine."""

STARTED: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
"""When every examination of a fake machine began, so that two reports of it are equal."""

PLENTY: Final = 30.0
"""Seconds: the deadline of an examination in which nothing is meant to hang."""

LINUX: Final = System(os="linux", arch="x86_64", release="6.1.0", user=1000)
MACOS: Final = System(os="macos", arch="aarch64", release="24.1.0", user=501)
WINDOWS: Final = System(os="windows", arch="x86_64", release="11", user=None)


class File(Struct, frozen=True, kw_only=True):
    """A file that needs more said of it than its text. *mode* holds the permission bits."""

    content: str | bytes = ""
    mode: int = 0o644


class FakeMachine(Struct, frozen=True, kw_only=True):
    """A machine, described.

    *files* are by path: below the home (`.acme/settings.toml`), or below `Context.root` where the path is
    absolute (`/etc/acme.toml`). *programs* are by name: shell scripts, alone on the PATH, that begin with
    `#!/bin/sh` unless they say otherwise. In both, and in *env*, `{home}` stands for the path of the home,
    and `{secret:NAME}` for a secret of that name, which no output may ever show. *expects* names the
    problems that the conformance suite must find on it, and no others; it does not look if that is None.
    """

    files: Mapping[str, str | File] = field(default_factory=dict[str, "str | File"])
    programs: Mapping[str, str] = field(default_factory=dict[str, str])
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    system: System = LINUX
    expects: tuple[str, ...] | None = None

    def build(self, folder: Path) -> BuiltMachine:
        """Build it in the empty *folder*.

        :raises OSError: it cannot be built there.
        """
        from codex_doctor.testing.canaries import Canaries

        canaries = Canaries()
        home, root, programs = folder / "home" / USER, folder / "root", folder / "programs"
        for each in (home, root, programs):
            each.mkdir(parents=True)

        def told(text: str) -> str:
            return canaries.put_into(text.replace("{home}", str(home)))

        for name, what in self.files.items():
            file = File(content=what) if isinstance(what, str) else what
            path = root / name.lstrip("/") if name.startswith("/") else home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            content = told(file.content).encode() if isinstance(file.content, str) else file.content
            path.write_bytes(content)
            path.chmod(file.mode)
        for name, script in self.programs.items():
            text = script if script.startswith("#!") else f"#!/bin/sh\n{script}\n"
            (programs / name).write_text(told(text), "utf-8")
            (programs / name).chmod(0o755)
        env = {"HOME": str(home), "USER": USER, "PATH": str(programs), "LANG": "C.UTF-8"}
        return BuiltMachine(
            machine=self,
            home=home,
            root=root,
            env=env | {name: told(value) for name, value in self.env.items()},
            secrets=canaries.planted,
        )


class BuiltMachine(Struct, frozen=True, kw_only=True):
    """A machine that stands in a folder. *secrets* are what was planted, each with its name."""

    machine: FakeMachine
    home: Path
    root: Path
    env: Mapping[str, str]
    secrets: Mapping[str, str]

    def context(
        self,
        *,
        offline: bool = False,
        live: bool = False,
        seconds: float = PLENTY,
        now: Callable[[], float] = time.time,
    ) -> Context:
        """Return a context of this machine, whose deadline is *seconds* away; *now* is its clock."""
        return Context(
            env=dict(self.env),
            home=self.home,
            cwd=self.home,
            system=self.machine.system,
            deadline=time.monotonic() + seconds,
            offline=offline,
            live=live,
            options=dict(self.machine.options),
            root=self.root,
            now=now,
            children=Children(adopt=False),
        )

    def read(self, probe: Probe[T], *, ctx: Context | None = None) -> T:
        """Return what *probe* reads here, with what it needs read before. Blocks.

        :raises NotApplicable: there is nothing to read for it.
        :raises Unavailable: it could not be read, took too long or crashed; the reason says which.
        """
        context = ctx or self.context()
        try:
            (fact,) = facts(context, probe)
        finally:
            context.close()
        return fact  # type: ignore[no-any-return] # what the probe returned

    def judge(self, check: Check, *, ctx: Context | None = None) -> tuple[Finding, ...]:
        """Return what *check* finds here. Blocks; raises as `read` does."""
        context = ctx or self.context()
        try:
            needed: tuple[Any, ...] = facts(context, *check.needs)
        finally:
            context.close()
        return check(*needed)

    def report(self, checks: Iterable[Check], *, ctx: Context | None = None, strict: bool = False) -> Report:
        """Return the redacted report of an examination by *checks*. Blocks; raises for no check.

        What differs from one run to the next is the same in each: when it began and how long it took.
        """
        context = ctx or self.context()
        examination = examine(Plan(checks=tuple(checks)), context)
        still = tuple(replace(outcome, seconds=0.0) for outcome in examination.outcomes)
        circumstances = Circumstances(started=STARTED, seconds=0.0, system=self.machine.system, strict=strict)
        report = assemble(replace(examination, outcomes=still), circumstances)
        clean = redact(report, vault=context.vault, home=str(self.home)).report
        # As it would be on a real machine: `/etc/acme.toml`, without the folder of the test before it.
        text = msgspec.json.encode(clean).replace(str(self.root).encode(), b"")
        return msgspec.json.decode(text, type=Report)


class MachineBuilder:
    """Builds machines below *folder*, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._built = 0

    def __call__(self, machine: FakeMachine | None = None) -> BuiltMachine:
        """Build *machine*, or one with nothing on it."""
        self._built += 1
        return (machine or FakeMachine()).build(self._folder / str(self._built))
