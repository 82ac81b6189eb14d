"""The door: the only module that prints or exits."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from codex_doctor import __version__
from codex_doctor.errors import DoctorError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final, NoReturn

    from codex_doctor.explain.asked import Asked
    from codex_doctor.progress import Progress
    from codex_doctor.redact import RedactedReport
    from codex_doctor.render.jsonl import Stream
    from codex_doctor.render.text import Style
    from codex_doctor.run.asked import Wrapped
    from codex_doctor.run.ended import Ended
    from codex_doctor.wanted import Wanted

USAGE: Final = 2
INTERRUPTED: Final = 130
TERMINATED: Final = 143

COMPLETES: Final = "_CODEX_DOCTOR_COMPLETE"
"""Set where a shell asks what may follow: nothing is to be done then."""

_LIVE: Final = (
    "--live changes something: it renews the stored sign-in, lets a device code expire, "
    "starts your MCP servers and runs `codex doctor`."
)


def main() -> NoReturn:
    """Run the command line, and end the process with its exit code.

    The process ends here and now: a thread that is stuck in the system would otherwise hold it up.
    """
    _fill_streams()
    signal.signal(signal.SIGTERM, _ended_by(TERMINATED))
    signal.signal(signal.SIGINT, _ended_by(INTERRUPTED))
    _leave(run(sys.argv[1:]))


def run(args: Sequence[str]) -> int:
    """Run the command line with *args* and return its exit code."""
    try:
        code = _at_once(args) if COMPLETES not in os.environ else None
        if code is not None:
            return code
        from codex_doctor import line

        return line.run(args)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except DoctorError as error:
        note(f"codex-doctor: {error}")
        return USAGE
    except BrokenPipeError:  # whoever read it has gone
        return 1


def _at_once(args: Sequence[str]) -> int | None:
    """Do what needs no command line to be loaded, and return the exit code; None where that is not plain."""
    if list(args) == ["--version"]:
        say(f"codex-doctor {__version__}\n")
        return 0
    if list(args[:1]) == ["explain"]:
        from codex_doctor.explain.asked import plainly as plainly_asked

        asked = plainly_asked(args[1:])
        return explain(asked) if asked else None
    if list(args[:1]) == ["run"]:
        from codex_doctor.run.asked import plainly as plainly_wrapped

        wrapped = plainly_wrapped(args[1:])
        return wrap(wrapped) if wrapped else None
    from codex_doctor.wanted import plainly

    wanted = plainly(args)
    return examine(wanted) if wanted else None


def examine(wanted: Wanted) -> int:
    """Examine this machine as is *wanted*, print or write the report, and return the exit code."""
    from codex_doctor.examination import DEADLINE, LIVE_DEADLINE, Request, examine_machine
    from codex_doctor.terminal import style_for
    from codex_doctor.wanted import FOR_OTHERS

    if wanted.live:
        note(_LIVE)
    named = {"codex-bin": wanted.codex_bin, "codex-home": wanted.codex_home}
    request = Request(
        select=wanted.select,
        offline=wanted.offline,
        live=wanted.live,
        strict=wanted.strict,
        leaves=any(target.format in FOR_OTHERS for target in wanted.targets),
        deadline=wanted.deadline or (LIVE_DEADLINE if wanted.live or wanted.instead else DEADLINE),
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


def explain(asked: Asked) -> int:
    """Say what *asked* names or means, and return the exit code: 1 where nothing fits."""
    from codex_doctor.explain.explaining import explained
    from codex_doctor.terminal import style_for

    style = style_for(sys.stdout, ascii=asked.ascii, no_color=asked.no_color)
    found = explained(asked, style=style)
    if found.complaint:
        note(found.complaint)
    say(found.text)
    return 0 if found.fits else 1


def wrap(wrapped: Wrapped) -> int:
    """Run the command that is *wrapped*, and return its exit code; say on standard error why it failed."""
    import time
    from contextlib import suppress

    began = time.time()
    if os.name == "nt":
        from codex_doctor.run.inherited import run as run_command
    else:
        from codex_doctor.run.through import run as run_command
    ended = run_command(wrapped.argv)
    if not ended.started:
        note(ended.output.decode("utf-8", "replace"))
    if ended.status and not ended.called_off:
        try:
            _explain_failure(ended, wrapped, began=began)
        except (DoctorError, OSError) as error:  # the exit code is the command's, whatever becomes of this
            with suppress(OSError):
                note(f"codex-doctor: {error}")
    ended.repeat()
    return ended.code


def _explain_failure(ended: Ended, wrapped: Wrapped, *, began: float) -> None:
    """Say on standard error what the end of the output means, and what the checks that belong to it see."""
    import time

    from codex_doctor.explain.answer import as_text
    from codex_doctor.run.after import UNKNOWN, explained
    from codex_doctor.terminal import style_for

    found = explained(ended, began=began)
    if not found.told:
        note(UNKNOWN)
        return
    style = style_for(sys.stderr, ascii=False, no_color=False)
    note(f"\n{as_text(found, style=style)}")
    if found.to_check:
        from codex_doctor.examination import Request, examine_machine
        from codex_doctor.render import text

        request = Request(select=found.to_check, offline=wrapped.offline, since=time.monotonic())
        note(text.render(examine_machine(request), style=style).rstrip())


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


def say(text: str) -> None:
    """Print *text*; what the terminal's encoding cannot show is replaced, never fatal."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))


def say_now(text: str) -> None:
    """Print *text*, and let whoever reads it have it at once."""
    say(text)
    sys.stdout.flush()


def note(text: str) -> None:
    """Print *text* and a line feed to standard error, as `say` does."""
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(f"{text}\n".encode(encoding, "replace").decode(encoding))


def _fill_streams() -> None:
    """Let a standard stream that is closed lead nowhere: any other file would take its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Open for the whole life; pathlib takes as long to load as the rest of `--version`.
            nowhere = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115
            setattr(sys, name, nowhere)


def _ended_by(code: int) -> Callable[[int, object], NoReturn]:
    def leave(_signal: int, _frame: object) -> NoReturn:
        raise SystemExit(code)

    return leave


def _leave(code: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # whoever read it has gone
            continue
    os._exit(code)
