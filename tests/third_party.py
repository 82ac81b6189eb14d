"""Throw-away distributions with a catalogue of their own, for the tests of the worker."""

from __future__ import annotations

import os
from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING, Final

from codex_doctor.catalogue import GROUP, Source
from codex_doctor.elsewhere import Worker
from codex_doctor.taken import Taken
from engine import context

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from codex_doctor.context import Context
    from codex_doctor.model import Outcome

PLENTY: Final = 30.0
"""Seconds: the deadline of a test in which nothing hangs."""

SHORT: Final = 3.0
"""Seconds: enough for a worker to start on a busy machine, short enough to wait for a hang."""

CULPRIT: Final = "acme-checks"
"""The distribution at fault."""

HEAD: Final = """
    import asyncio, os, subprocess, sys, time
    from codex_doctor.catalogue import Catalogue
    from codex_doctor.check import check
    from codex_doctor.fix import Fix, MoveAside, RunCommand, SetMode, ShellLine, Tell
    from codex_doctor.model import Problem, Severity
    from codex_doctor.probe import NotApplicable, Touches, Unavailable, blocking_probe, probe

    def declared(name, code, **more):
        return Problem(code=code, name=name, area="hosts", severity=Severity.WARNING,
                       title=f"{name} is wrong", advice="Mend it.", **more)

    def note(pid):
        with open(os.environ["NOTED"], "a") as file:
            file.write(f"{pid}\\n")

    note(os.getpid())

    VPN = declared("vpn-off", "ACME101", explains=("dns-*",), url="https://acme.example/vpn")

    @blocking_probe("acme.fact", touches={Touches.FILES}, limit=60)
    def fact(ctx):
        return ctx

    @check("hosts.acme-is-well", title="Acme is well", needs=(fact,), reports=(VPN,))
    def well(ctx):
        yield from ()
"""
"""What every such catalogue starts with: a problem, a fact (the context itself) and a healthy check.

`note` writes down a process, so that a test can look whether it is still there.
"""

TAIL: Final = """
    def catalogue():
        return Catalogue(checks=CHECKS, problems=PROBLEMS, page=lambda name: f"# {name}")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThirdParty:
    """An installed distribution. *env* is what a process needs to find it."""

    name: str
    folder: Path

    @property
    def env(self) -> Mapping[str, str]:
        """The environment of the examination."""
        return {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(self.folder),
            "NOTED": str(self.folder / "noted"),
        }

    @property
    def noted(self) -> tuple[int, ...]:
        """The processes that it wrote down: the worker itself, and what it started."""
        return tuple(map(int, (self.folder / "noted").read_text("ascii").split()))

    @property
    def source(self) -> Source:
        """What `discover` would say of it."""
        value = f"{self.name.replace('-', '_')}:catalogue"
        return Source(name="acme", distribution=self.name, value=value)


def install(
    folder: Path,
    code: str = "",
    *,
    checks: str = "(well,)",
    problems: str = "(VPN,)",
    whole: str | None = None,
    name: str = CULPRIT,
) -> ThirdParty:
    """Install a distribution whose module is the usual head, *code*, and a catalogue of *checks*.

    *whole* replaces all of the module.
    """
    module = dedent(HEAD) + dedent(code) + f"\nCHECKS = {checks}\nPROBLEMS = {problems}\n" + dedent(TAIL)
    site = folder / "site"
    package = site / name.replace("-", "_")
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(dedent(whole) if whole is not None else module, "utf-8")
    metadata = site / f"{package.name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    (metadata / "entry_points.txt").write_text(f"[{GROUP}]\nacme = {package.name}:catalogue\n", "utf-8")
    return ThirdParty(name=name, folder=site)


def judging(body: str) -> str:
    """Return the code of a check `acts` that does *body* and finds nothing."""
    return f"""
    @check("hosts.acme-acts", title="Acts", needs=(fact,), reports=(VPN,))
    def acts(ctx):
        {body}
        yield from ()
"""


def hear(
    party: ThirdParty,
    *,
    ctx: Context | None = None,
    seconds: float = PLENTY,
    patterns: tuple[str, ...] = (),
    taken: Taken | None = None,
) -> list[Outcome]:
    """Return what the doctor learns of *party*; its home is `party.folder` where no context is given."""
    outcomes: list[Outcome] = []
    worker = Worker(source=party.source, taken=taken or Taken(), patterns=patterns)
    worker.examine(ctx or context(party.folder, env=party.env, seconds=seconds), outcomes.append)
    return outcomes
