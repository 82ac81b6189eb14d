"""Wait until something is there (`--wait-for`): a network that is still coming up, a service that is down."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from codex_doctor.examination import DEADLINE, examine_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from codex_doctor.examination import Request
    from codex_doctor.model import Report

TIMEOUT: Final = 60.0
"""Seconds of waiting, if nobody says otherwise."""

FIRST: Final = 0.5
"""Seconds between the first two looks; each pause is twice the one before."""

LONGEST: Final = 8.0
"""Seconds that a pause takes at most: whoever waits is not kept waiting much longer than needed."""

SHORTEST_LOOK: Final = 0.5
"""Seconds that a look is given at least, so that the last one can see anything."""


def wait_for(names: Sequence[str], request: Request, *, timeout: float, tell: Callable[[str], None]) -> bool:
    """Look at what *names* stand for until it is healthy, for *timeout* seconds; return whether it is.

    Blocks. It is healthy when all of it came to a judgement and nothing was found that counts for the exit
    code of *request*. *tell* is told what is waited for when that changes.

    :raises UsageError: a name does not exist.
    """
    began = time.monotonic()
    said = ""
    for pause in _pauses():
        now = time.monotonic()
        left = timeout - (now - began)
        report = _look(names, request, since=now, seconds=max(SHORTEST_LOOK, min(left, DEADLINE)))
        if report.exit_code == 0:
            return True
        if (reason := _why(report)) != said:
            said = reason
            tell(f"Waiting for {', '.join(names)}: {reason}")
        left = timeout - (time.monotonic() - began)
        if left <= 0:
            return False
        time.sleep(min(pause, left))
    raise AssertionError  # the pauses never end


def _look(names: Sequence[str], request: Request, *, since: float, seconds: float) -> Report:
    looking = replace(
        request,
        select=tuple(names),
        require=tuple(names),
        live=False,  # what spends something is never done again and again
        round_trip=False,
        since=since,
        deadline=seconds,
    )
    return examine_machine(looking).report


def _why(report: Report) -> str:
    """Return in words what is not well yet."""
    if report.findings:
        first = report.findings[0]
        return f"{first.code} {first.name} ({first.detail})"
    return "not everything could be examined"


def _pauses() -> Iterator[float]:
    pause = FIRST
    while True:
        yield pause
        pause = min(pause * 2, LONGEST)
