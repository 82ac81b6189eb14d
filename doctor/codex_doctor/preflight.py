"""Will Codex work here? For programs that embed it: they ask before they start it, and get a report.

Nothing is changed, no token is spent and nothing is printed, and the answer comes by the deadline.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from codex_doctor.checking.deciding import decided, requested
from codex_doctor.errors import UsageError
from codex_doctor.examination import Request, examine_machine
from codex_doctor.wanted import LONGEST_DEADLINE, SHORTEST_DEADLINE, Wanted

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
    profile: str | None = None,
    offline: bool = False,
    strict: bool = False,
    deadline: float | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    codex_home: Path | None = None,
    codex_bin: Path | None = None,
    on_check: Callable[[Checked], None] | None = None,
) -> Report:
    """Examine this machine and return the report, without secrets.

    It blocks for *deadline* seconds at most: 5, or what the *profile* says. *select* are checks, areas, or
    problems by name or code; none: all there are. *env* and *cwd* are those in which Codex will be started,
    without them this process's own. *codex_home* and *codex_bin* say which Codex is meant, as on the command
    line. *strict*: warnings count as errors in `Report.exit_code`. *on_check* is called with each check that
    is done, in the thread of the caller. No `codex-doctor.toml` is read: the host decides.

    :raises UsageError: a profile or a selection does not exist, or *deadline* is not between 0.1 and 3600.
    :raises CatalogueError: the installation of codex-doctor itself is broken.
    """
    wanted = Wanted(
        select=select,
        profile=profile,
        offline=offline,
        strict=strict,
        deadline=deadline,
        codex_home=codex_home,
        codex_bin=codex_bin,
        isolated=True,
    )
    request = _request(wanted, env=env, cwd=cwd)
    return _examine(request, on_check)


async def diagnose_async(  # noqa: PLR0913 - the same
    *select: str,
    profile: str | None = None,
    offline: bool = False,
    strict: bool = False,
    deadline: float | None = None,
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

    wanted = Wanted(
        select=select,
        profile=profile,
        offline=offline,
        strict=strict,
        deadline=deadline,
        codex_home=codex_home,
        codex_bin=codex_bin,
        isolated=True,
    )
    request = _request(wanted, env=env, cwd=cwd)
    examination = asyncio.ensure_future(asyncio.to_thread(_examine, request, tell, called_off))
    try:
        return await asyncio.shield(examination)
    except asyncio.CancelledError:
        called_off.set()
        await asyncio.wait([examination])
        examination.exception()  # it is known why
        raise


def _request(wanted: Wanted, *, env: Mapping[str, str] | None, cwd: Path | None) -> Request:
    """Return the examination that is *wanted*, which begins now."""
    since = time.monotonic()
    if wanted.deadline is not None and not SHORTEST_DEADLINE <= wanted.deadline <= LONGEST_DEADLINE:
        raise UsageError(f"a deadline is {SHORTEST_DEADLINE:g} to {LONGEST_DEADLINE:g} seconds")
    return replace(requested(*decided(wanted)), since=since, embedded=True, env=env, cwd=cwd)


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
    return examine_machine(request, observer=_Watching(tell, called_off or threading.Event())).report
