"""A small machine, problems and probes for the tests of the engine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from codex_doctor.context import Context, System
from codex_doctor.model import Finding, Outcome, Problem, Severity, Verdict
from codex_doctor.processes import Children

if TYPE_CHECKING:
    from collections.abc import Mapping

LINUX = System(os="linux", arch="x86_64", release="6.1.0", user=1000)


def context(  # noqa: PLR0913 - what an examination may be told
    home: Path = Path("/nowhere"),
    *,
    env: Mapping[str, str] | None = None,
    system: System = LINUX,
    seconds: float = 5.0,
    offline: bool = False,
    live: bool = False,
    round_trip: bool = False,
    options: Mapping[str, str] | None = None,
) -> Context:
    """Return a context whose deadline is *seconds* away."""
    return Context(
        env=dict(env or {}),
        home=home,
        cwd=home,
        system=system,
        deadline=time.monotonic() + seconds,
        offline=offline,
        live=live,
        round_trip=round_trip,
        options=options or {},
        root=home,
        children=Children(),
    )


def problem(
    name: str,
    *,
    code: str = "TST101",
    area: str = "doctor",
    severity: Severity = Severity.ERROR,
    explains: tuple[str, ...] = (),
    blocks: tuple[str, ...] = (),
) -> Problem:
    """Return a problem called *name*."""
    return Problem(
        code=code,
        name=name,
        area=area,
        severity=severity,
        title=f"{name} stands in the way",
        advice=f"Mend {name}.",
        explains=explains,
        blocks=blocks,
    )


def outcome(
    check: str,
    *findings: Finding,
    verdict: Verdict | None = None,
    reason: str = "",
    could_be_blocked: bool = False,
) -> Outcome:
    """Return the outcome of *check*: found where there are findings, else healthy or *verdict*."""
    return Outcome(
        check=check,
        title=f"{check} holds",
        area=check.partition(".")[0],
        verdict=verdict or (Verdict.FOUND if findings else Verdict.HEALTHY),
        reason=reason,
        findings=findings,
        could_be_blocked=could_be_blocked,
    )
