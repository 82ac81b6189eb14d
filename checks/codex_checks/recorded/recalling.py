"""Tell of what Codex recorded: how often each problem was seen, and what went wrong last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.recorded.errors import RecordedErrors, recorded_errors
from codex_checks.recorded.seen import group

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_doctor.context import Context
    from codex_doctor.explain.knowledge import Remembered


def recalled(facts: Mapping[str, object], now: float) -> Mapping[str, str]:
    """Return how often and when each problem was recorded lately, in words, by the problem's name.

    *facts* are what the probes answered, by their ids; *now* is in seconds since the epoch.
    """
    found = facts.get(recorded_errors.id)
    if not isinstance(found, RecordedErrors):
        return {}
    return {seen.problem: seen.words(now) for seen in group(found.errors) if seen.problem is not None}


def last(ctx: Context) -> Remembered | None:
    """Return what went wrong most recently, as Codex recorded it; None where it recorded nothing. Blocks."""
    from codex_doctor.errors import NotApplicable, Unavailable
    from codex_doctor.explain.knowledge import Remembered
    from codex_doctor.facts import facts

    try:
        (found,) = facts(ctx, recorded_errors)
    except (NotApplicable, Unavailable):
        return None
    groups = group(found.errors)
    if not groups:
        return None
    newest = groups[0]
    error = newest.last
    status = f"status {error.http_status}" if error.http_status else ""
    heard = "\n".join(filter(None, (error.text, error.code, error.kind, status)))
    return Remembered(
        said=error.text, heard=heard, often=newest.words(ctx.now()), where=str(error.source), when=error.when
    )
