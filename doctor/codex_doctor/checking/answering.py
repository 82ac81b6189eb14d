"""Examine this machine as the command line asks, and write every report that is wanted."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from codex_doctor.speaking import note, say, say_now

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.checking.changes import Change
    from codex_doctor.examination import Request
    from codex_doctor.progress import Progress
    from codex_doctor.redact import RedactedReport
    from codex_doctor.render.jsonl import Stream
    from codex_doctor.render.style import Style
    from codex_doctor.wanted import Wanted

LIVE_SAYS: Final = (
    "--live changes something: it renews the stored sign-in, lets a device code expire, "
    "starts your MCP servers and runs `codex doctor`."
)

_ROUND_TRIP: Final = (
    "--round-trip asks the model of your account for one word: that costs some hundred tokens of your plan, "
    "or of your key's credit."
)


def examine(wanted: Wanted) -> int:
    """Examine this machine as is *wanted*, print or write the report, and return the exit code.

    :raises UsageError: what is wanted does not exist, or contradicts the profile or the user's settings.
    """
    from codex_doctor.checking.deciding import decided, requested
    from codex_doctor.terminal import style_for

    if wanted.from_report is not None:
        style = style_for(sys.stdout, ascii=wanted.ascii, no_color=wanted.no_color)
        return _judge_again(wanted.from_report, wanted, style=style)
    wanted, settings = decided(wanted)
    if wanted.live:
        note(LIVE_SAYS)
    if wanted.round_trip:
        note(_ROUND_TRIP)
    style = style_for(sys.stdout, ascii=wanted.ascii, no_color=wanted.no_color)
    request = requested(wanted, settings)
    if wanted.wait_for:
        request = _when_there(request, wanted)
    observer = None if settings.plain and not _streams(wanted) else _observer(wanted, style=style)
    redacted = _examined(request, observer)
    _write(redacted, wanted, style=style, fold=settings.fold)
    if wanted.watch:
        _watch(redacted, request, wanted, style=style)
    if wanted.write_baseline and wanted.baseline is not None:
        _write_baseline(wanted.baseline, redacted)
    return redacted.report.exit_code


def _when_there(request: Request, wanted: Wanted) -> Request:
    """Wait for what is *wanted*, and return *request* as one that begins now."""
    import gc
    import time

    from msgspec.structs import replace

    from codex_doctor.checking.waiting import TIMEOUT, wait_for

    gc.enable()  # no short life
    wait_for(wanted.wait_for, request, timeout=wanted.timeout or TIMEOUT, tell=note)
    return replace(request, since=time.monotonic())


def _watch(first: RedactedReport, request: Request, wanted: Wanted, *, style: Style) -> None:
    """Show what changes from *first* on, until the process is ended."""
    import gc
    import time

    from msgspec.structs import replace

    from codex_doctor.checking.pace import PACE
    from codex_doctor.checking.watching import as_lines, as_text, watch
    from codex_doctor.examination import examine_machine

    def look() -> RedactedReport:
        return examine_machine(replace(request, since=time.monotonic()))

    def show(redacted: RedactedReport, found: tuple[Change, ...]) -> None:
        at = time.strftime("%H:%M:%S")
        report = redacted.report
        _write(
            redacted,
            replace(wanted, targets=tuple(each for each in wanted.targets if each.file)),
            style=style,
        )
        say_now(as_lines(report, found) if _streams(wanted) else as_text(report, found, style=style, at=at))

    gc.enable()  # no short life
    sys.stdout.flush()
    watch(first, look, show, pace=wanted.watch or PACE)


def _judge_again(file: Path, wanted: Wanted, *, style: Style) -> int:
    from codex_doctor.bundle.judging import judge_again
    from codex_doctor.bundle.reading import read
    from codex_doctor.bundle.showing import harmless

    saved = judge_again(read(file), patterns=wanted.select, strict=wanted.strict)
    _write(harmless(saved), wanted, style=style)
    return saved.exit_code


def _examined(request: Request, observer: Progress | Stream | None) -> RedactedReport:
    from codex_doctor.examination import examine_machine

    try:
        return examine_machine(request, observer=observer)
    finally:
        if observer:
            observer.clear()


def _write_baseline(file: Path, redacted: RedactedReport) -> None:
    from codex_doctor.output import write
    from codex_doctor.settings import baseline

    write(file, baseline.as_json(redacted.report))
    note(f"What was found is written into {file}: from now on it is known.")


def _streams(wanted: Wanted) -> bool:
    from codex_doctor.wanted import ReportFormat, Target

    return Target(ReportFormat.JSONL) in wanted.targets


def _observer(wanted: Wanted, *, style: Style) -> Progress | Stream | None:
    """Return who watches the examination: a line of progress, or the lines of a report as they happen."""
    if _streams(wanted):
        from codex_doctor.render.jsonl import Stream

        return Stream(say_now)
    from codex_doctor.terminal import progress_for

    return progress_for(ascii=style.ascii)


def _write(redacted: RedactedReport, wanted: Wanted, *, style: Style, fold: bool = False) -> None:
    """Write every report that is wanted; *fold*: text for a job of GitHub Actions is folded.

    :raises UsageError: a file cannot be written; every other report is.
    """
    from msgspec.structs import replace

    from codex_doctor.errors import UsageError
    from codex_doctor.output import write
    from codex_doctor.render.formats import How, rendered

    failed: UsageError | None = None
    for target in wanted.targets:
        here = target.file is None
        how = How(
            style=style if here else replace(style, colour=False),
            everything=wanted.everything,
            strict=wanted.strict,
            streamed=here,
            folded=here and fold and os.environ.get("GITHUB_ACTIONS") == "true",
        )
        text = rendered(redacted, target.format, how)
        if target.file is None:
            say(text)
            continue
        try:
            write(target.file, text)
        except UsageError as error:
            failed = failed or error
    if failed:
        raise failed
