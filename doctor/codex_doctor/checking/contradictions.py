"""What cannot be wanted of `check` at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_doctor.wanted import ReportFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.wanted import Wanted

WATCHED: Final = frozenset({ReportFormat.TEXT, ReportFormat.JSONL})
"""Formats in which changes are shown as they come."""


def contradictions(wanted: Wanted) -> Iterator[tuple[str, str]]:
    """Yield each option that cannot stand beside the others in *wanted*, and why not."""
    if wanted.from_report is not None and wanted.instead:
        option = next(iter(wanted.instead))
        yield "--from-report", f"it judges a saved report, and --{option} another one: give one of them"
    spending = [("--live", wanted.live), ("--round-trip", wanted.round_trip)]
    for option in (option for option, asked in spending if asked):
        if wanted.offline:
            yield option, f"{option} needs the network, and --offline forbids it"
        if wanted.from_report is not None:
            yield option, f"{option} proves by doing, and a saved report cannot be done to"
        if wanted.watch:
            yield "--watch", "what spends something is not done again and again"
    if wanted.from_report is not None or wanted.instead:
        asked = [("--require", wanted.require), ("--wait-for", wanted.wait_for), ("--watch", wanted.watch)]
        yield from ((option, "a saved report stays as it is") for option, given in asked if given)
    if wanted.write_baseline and wanted.baseline is None:
        yield "--write-baseline", "it needs --baseline FILE"
    if wanted.timeout is not None and not wanted.wait_for:
        yield "--timeout", "it is how long --wait-for waits"
    shown = {target.format for target in wanted.targets if target.file is None}
    if wanted.watch and not shown <= WATCHED:
        yield "--watch", "changes are shown as text or jsonl; others want a file: --format prometheus=FILE"
