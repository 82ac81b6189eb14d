"""Will Codex work here? For programs that embed it: they ask before they start it, and get a report.

Nothing is changed, no token is spent and nothing is printed, and the answer comes by the deadline.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from msgspec import Struct

from codex_doctor.errors import UsageError
from codex_doctor.examination import DEADLINE, Request, examine_machine
from codex_doctor.wanted import LONGEST_DEADLINE, SHORTEST_DEADLINE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from codex_doctor.model import Outcome, Report, Verdict


class Checked(Struct, frozen=True, kw_only=True):
    """A check that is done, after *seconds*. What it found stands in the report, without secrets."""

    id: str
    area: str
    verdict: Verdict
    seconds: float


def diagnose(  # noqa: PLR0913 - one parameter for each thing that a host decides
    *select: str,
    offline: bool = False,
    strict: bool = False,
    deadline: float = DEADLINE,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    codex_home: Path | None = None,
    codex_bin: Path | None = None,
    on_check: Callable[[Checked], None] | None = None,
) -> Report:
    """Examine this machine and return the report, without secrets. Blocks for *deadline* seconds at most.

    *select* are checks, areas, or problems by name or code; none: all there are. *env* and *cwd* are those in
    which Codex will be started, without them this process's own. *codex_home* and *codex_bin* say which Codex
    is meant, as on the command line. *strict*: warnings count as errors in `Report.exit_code`. *on_check* is
    called with each check that is done, in the thread of the caller.

    :raises UsageError: something is selected that does not exist, or *deadline* is not between 0.1 and 3600.
    :raises CatalogueError: the installation of codex-doctor itself is broken.
    """
    named = {"codex-home": codex_home, "codex-bin": codex_bin}
    request = Request(
        select=select,
        offline=offline,
        strict=strict,
        deadline=deadline,
        since=time.monotonic(),
        embedded=True,
        env=env,
        cwd=cwd,
        options={name: str(path) for name, path in named.items() if path is not None},
    )
    return _examine(request, on_check)


async def diagnose_async(  # noqa: PLR0913 - the same
    *select: str,
    offline: bool = False,
    strict: bool = False,
    deadline: float = DEADLINE,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    codex_home: Path | None = None,
    codex_bin: Path | None = None,
    on_check: Callable[[Checked], None] | None = None,
) -> Report:
    """Do what `diagnose` does while the event loop of asyncio goes on; *on_check* is called in that loop.

    Where the task is cancelled, the examination ends before this does, within a quarter of a second: no
    program that it started is left.

    :raises UsageError: as for `diagnose`.
    :raises CatalogueError: the same.
    """
    import asyncio

    loop = asyncio.get_running_loop()
    called_off = threading.Event()

    def tell(checked: Checked) -> None:
        if on_check is not None:
            loop.call_soon_threadsafe(on_check, checked)

    named = {"codex-home": codex_home, "codex-bin": codex_bin}
    request = Request(
        select=select,
        offline=offline,
        strict=strict,
        deadline=deadline,
        since=time.monotonic(),
        embedded=True,
        env=env,
        cwd=cwd,
        options={name: str(path) for name, path in named.items() if path is not None},
    )
    examination = asyncio.ensure_future(asyncio.to_thread(_examine, request, tell, called_off))
    try:
        return await asyncio.shield(examination)
    except asyncio.CancelledError:
        called_off.set()
        await asyncio.wait([examination])
        examination.exception()  # it is known why
        raise


class _CalledOffError(Exception):
    """Nobody waits for the report any more."""


class _Watching:
    """Hands on what is done, and ends the examination where it was called off."""

    def __init__(self, tell: Callable[[Checked], None] | None, called_off: threading.Event) -> None:
        self._tell = tell
        self._called_off = called_off

    def finished(self, outcome: Outcome) -> None:
        """Hand on that the check is done."""
        if self._tell is not None:
            self._tell(
                Checked(
                    id=outcome.check,
                    area=outcome.area,
                    verdict=outcome.verdict,
                    seconds=round(outcome.seconds, 4),
                )
            )

    def tick(self, in_flight: Sequence[str]) -> None:  # noqa: ARG002 - an observer
        """End it where nobody waits."""
        if self._called_off.is_set():
            raise _CalledOffError


def _examine(
    request: Request,
    tell: Callable[[Checked], None] | None,
    called_off: threading.Event | None = None,
) -> Report:
    if not SHORTEST_DEADLINE <= request.deadline <= LONGEST_DEADLINE:
        raise UsageError(f"a deadline is {SHORTEST_DEADLINE:g} to {LONGEST_DEADLINE:g} seconds")
    return examine_machine(request, observer=_Watching(tell, called_off or threading.Event())).report
