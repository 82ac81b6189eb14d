"""Examine this machine as the command line asks, and write every report that is wanted."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from codex_doctor.speaking import note, say, say_now

if TYPE_CHECKING:
    from codex_doctor.progress import Progress
    from codex_doctor.redact import RedactedReport
    from codex_doctor.render.jsonl import Stream
    from codex_doctor.render.text import Style
    from codex_doctor.wanted import Wanted

_LIVE: Final = (
    "--live changes something: it renews the stored sign-in, lets a device code expire, "
    "starts your MCP servers and runs `codex doctor`."
)

_ROUND_TRIP: Final = (
    "--round-trip asks the model of your account for one word: that costs some hundred tokens of your plan, "
    "or of your key's credit."
)


def examine(wanted: Wanted) -> int:
    """Examine this machine as is *wanted*, print or write the report, and return the exit code."""
    from codex_doctor.examination import DEADLINE, LIVE_DEADLINE, Request, examine_machine
    from codex_doctor.terminal import style_for
    from codex_doctor.wanted import FOR_OTHERS

    if wanted.live:
        note(_LIVE)
    if wanted.round_trip:
        note(_ROUND_TRIP)
    takes_its_time = wanted.live or wanted.round_trip or wanted.instead
    named = {"codex-bin": wanted.codex_bin, "codex-home": wanted.codex_home}
    request = Request(
        select=wanted.select,
        require=wanted.require,
        offline=wanted.offline,
        live=wanted.live,
        round_trip=wanted.round_trip,
        strict=wanted.strict,
        leaves=any(target.format in FOR_OTHERS for target in wanted.targets),
        deadline=wanted.deadline or (LIVE_DEADLINE if takes_its_time else DEADLINE),
        options={name: str(path) for name, path in named.items() if path is not None} | dict(wanted.instead),
    )
    style = style_for(sys.stdout, ascii=wanted.ascii, no_color=wanted.no_color)
    if wanted.from_report is not None:
        from codex_doctor.bundle.judging import judge_again
        from codex_doctor.bundle.reading import read
        from codex_doctor.bundle.showing import harmless

        saved = judge_again(read(wanted.from_report), patterns=wanted.select, strict=wanted.strict)
        _write(harmless(saved), wanted, style=style)
        return saved.exit_code
    observer = _observer(wanted, style=style)
    try:
        redacted = examine_machine(request, observer=observer)
    finally:
        if observer:
            observer.clear()
    _write(redacted, wanted, style=style)
    return redacted.report.exit_code


def _observer(wanted: Wanted, *, style: Style) -> Progress | Stream | None:
    """Return who watches the examination: a line of progress, or the lines of a report as they happen."""
    from codex_doctor.wanted import ReportFormat, Target

    if Target(ReportFormat.JSONL) in wanted.targets:
        from codex_doctor.render.jsonl import Stream

        return Stream(say_now)
    from codex_doctor.terminal import progress_for

    return progress_for(ascii=style.ascii)


def _write(redacted: RedactedReport, wanted: Wanted, *, style: Style) -> None:
    """Write every report that is wanted.

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
