"""Examine this machine: from a request to a report that is fit to be shown."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_doctor import clock
from codex_doctor.catalogue import Catalogue, Source, discover, select
from codex_doctor.context import Context, System
from codex_doctor.processes import Children
from codex_doctor.redact import RedactedReport, redact
from codex_doctor.report import Circumstances, assemble
from codex_doctor.runner import Plan, examine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codex_doctor.runner import Observer

DEADLINE: Final = 5.0
"""Seconds for a whole examination that changes nothing."""

LIVE_DEADLINE: Final = 30.0
"""Seconds for one that also proves by doing: a real refresh or a device code takes its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to examine, and how. *deadline* is in seconds from the start of the process."""

    select: Sequence[str] = ()
    offline: bool = False
    live: bool = False
    strict: bool = False
    deadline: float = DEADLINE
    options: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A built-in catalogue, and where it came from."""

    source: Source
    catalogue: Catalogue


def load() -> tuple[Loaded, ...]:
    """Import the built-in catalogues, the only ones that may run in this process.

    :raises CatalogueError: the installation of codex-doctor itself is broken.
    """
    return tuple(Loaded(source=source, catalogue=source.load()) for source in discover() if source.built_in)


def here(request: Request) -> Context:
    """Return the context of this process on this machine."""
    return Context(
        env=dict(os.environ),
        home=Path.home(),
        cwd=_cwd(),
        system=System.here(),
        deadline=clock.process_started() + request.deadline,
        offline=request.offline,
        live=request.live,
        options=request.options,
        children=Children(adopt=True),
    )


def examine_machine(request: Request, *, observer: Observer | None = None) -> RedactedReport:
    """Examine this machine as *request* asks, and return the redacted report.

    Blocks until done, or until the request's deadline.

    :raises UsageError: the request selects something that does not exist.
    :raises CatalogueError: the installation of codex-doctor itself is broken.
    """
    catalogues = [loaded.catalogue for loaded in load()]
    problems = [problem for catalogue in catalogues for problem in catalogue.problems]
    checks = select(
        [check for catalogue in catalogues for check in catalogue.checks], request.select, problems
    )
    machine = next((catalogue.machine for catalogue in catalogues if catalogue.machine), None)
    ctx = here(request)
    started = datetime.now(UTC)
    done = examine(Plan(checks=checks, machine=machine), ctx, observer)
    circumstances = Circumstances(
        started=started,
        seconds=time.monotonic() - clock.process_started(),
        system=ctx.system,
        strict=request.strict,
    )
    return redact(assemble(done, circumstances), vault=ctx.vault, home=str(ctx.home))


def _cwd() -> Path:
    """Return the working directory, or the root where it was removed under our feet."""
    try:
        return Path.cwd()
    except OSError:
        return Path("/")
