"""The door: the process begins here, does what its command line asks, and ends here."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

from codex_doctor import __version__
from codex_doctor.errors import DoctorError
from codex_doctor.lean import load
from codex_doctor.speaking import note, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final, NoReturn


USAGE: Final = 2
INTERRUPTED: Final = 130
TERMINATED: Final = 143

COMPLETES: Final = "_CODEX_DOCTOR_COMPLETE"  # as in `completing`
"""Set where a shell asks what may follow: nothing is to be done then."""


TELLING: Final = ("check", "checks", "explain", "report")
"""Commands whose answer is all that they are for; what others did is done, whoever is told of it."""


def main() -> NoReturn:
    """Run the command line, and end the process with its exit code.

    The process ends here and now: a thread that is stuck in the system would otherwise hold it up.
    """
    _fill_streams()
    for number, code in ((signal.SIGTERM, TERMINATED), (signal.SIGINT, INTERRUPTED)):
        if signal.getsignal(number) is not signal.SIG_IGN:  # else whoever started this wants it to go on
            signal.signal(number, _ended_by(code))
    _leave(run(sys.argv[1:], ends=True))


def run(args: Sequence[str], *, ends: bool = False) -> int:
    """Run the command line with *args* and return its exit code; *ends* where the process ends with it."""
    try:
        code = _at_once(args, ends=ends) if COMPLETES not in os.environ else None
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
    except OSError as error:  # a full disk, mostly
        with contextlib.suppress(OSError):
            note(f"codex-doctor: {error.strerror or error}")
        return USAGE


def _at_once(args: Sequence[str], *, ends: bool) -> int | None:
    """Do what needs no command line to be loaded, and return the exit code; None where that is not plain."""
    if list(args) == ["--version"]:
        say(f"codex-doctor {__version__}\n")
        return 0
    if ends:
        load("msgspec", without="typing_extensions")
    match list(args[:1]):
        case ["explain"]:
            return _explained(args[1:])
        case ["run"]:
            return _run(args[1:])
        case _:
            return _examined(args)


def _explained(args: Sequence[str]) -> int | None:
    from codex_doctor.explain.asked import plainly

    asked = plainly(args)
    if asked is None:
        return None
    from codex_doctor.explain.command import explain

    return explain(asked)


def _run(args: Sequence[str]) -> int | None:
    from codex_doctor.run.asked import plainly

    wrapped = plainly(args)
    if wrapped is None:
        return None
    from codex_doctor.run.command import wrap

    return wrap(wrapped)


def _examined(args: Sequence[str]) -> int | None:
    from codex_doctor.wanted import plainly

    wanted = plainly(args)
    if wanted is None:
        return None
    from codex_doctor.checking.answering import examine

    return examine(wanted)


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
        except (BrokenPipeError, ValueError):  # whoever read it has gone
            continue
        except OSError as error:  # a full disk, mostly
            asked = (*sys.argv[1:2], TELLING[0])[0]
            if stream is sys.stdout and (asked in TELLING or asked.startswith("-")):
                code = code or USAGE
                with contextlib.suppress(OSError):
                    note(f"codex-doctor: standard output: {error.strerror}")
    os._exit(code)
