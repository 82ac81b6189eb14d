"""Talk with a worker process: start it, ask once, hear what it says in time, leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

import codex_doctor
from codex_doctor import frames, wire
from codex_doctor.errors import DoctorError, FrameError
from codex_doctor.processes import DRAIN_SECONDS
from codex_doctor.threads import in_background

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Generator, Iterator

    from codex_doctor.context import Context

CHUNK: Final = 65536
"""Bytes read from a pipe at once: what Linux holds in one."""


class WorkerEndedError(DoctorError):
    """The worker ended, or gave up, before it was done."""


class WorkerOverdueError(DoctorError):
    """The time was over before the worker was done."""


class _Ended(Struct, frozen=True):
    """The process ended with *code*."""

    code: int


class _Silent:
    """The pipe is closed at the other end: nothing more will come."""


_Heard = frames.Frame | FrameError | _Ended | _Silent


@contextlib.contextmanager
def talk(kind: str, request: wire.Request, ctx: Context) -> Generator[Iterator[frames.Frame], None, None]:
    """Ask a new worker *request*, and give what it says until it is done. Blocks.

    The worker and all that it started are gone afterwards.

    :raises WorkerEndedError: it ended or gave up.
    :raises WorkerOverdueError: it was not done when `Context.time_left` was used up.
    :raises FrameError: it said something that is not a frame.
    :raises OSError: it could not be started.
    """
    until = time.monotonic() + ctx.time_left()
    question = frames.encode(kind, wire.data_of(request))
    child = ctx.children.start(_command(), env=ctx.env)
    inbox: queue.SimpleQueue[_Heard] = queue.SimpleQueue()
    threads = [
        in_background(lambda: _ask(child, question)),
        in_background(lambda: _listen(child, inbox.put)),
        in_background(lambda: inbox.put(_Ended(child.wait()))),
    ]
    try:
        yield _until_done(inbox, until)
    finally:
        ctx.children.stop(child)
        for thread in threads:
            thread.join(DRAIN_SECONDS)
        if child.stdin is not None:
            with contextlib.suppress(OSError):
                child.stdin.close()


def _command() -> list[str]:
    """Return what starts a worker that finds the same `codex_doctor` as this process runs.

    That may stand where no other interpreter looks: in the folder that a single file was unpacked to.
    """
    here = str(Path(codex_doctor.__file__).parents[1])
    place = 0 if sys.path[:1] == [here] else len(sys.path)
    start = f"import sys; sys.path.insert({place}, {here!r}); from codex_doctor.worker import main; main()"
    return [sys.executable, "-P", "-c", start]  # -P: a file in the working directory may never be imported


def _until_done(inbox: queue.SimpleQueue[_Heard], until: float) -> Iterator[frames.Frame]:
    gone: str | None = None
    while True:
        try:
            heard = inbox.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            if gone is not None:
                raise WorkerEndedError(gone) from None
            raise WorkerOverdueError("its worker was not done when the time was over") from None
        match heard:
            case frames.Frame(kind="done"):
                return
            case frames.Frame(kind="failed"):
                raise WorkerEndedError(wire.read(heard.data, wire.Failed).reason)
            case frames.Frame():
                yield heard
            case FrameError():
                raise heard
            case _Ended(code=code):  # what it said before may still be in the pipe
                gone = _how_it_ended(code)
                until = min(until, time.monotonic() + DRAIN_SECONDS)
            case _Silent():
                gone = gone or "its worker closed its pipe before it was done"
                until = min(until, time.monotonic() + DRAIN_SECONDS)


def _ask(child: subprocess.Popen[bytes], question: bytes) -> None:
    """Write *question* and leave the pipe open: its end tells the worker that the doctor is gone."""
    if child.stdin is not None:
        with contextlib.suppress(OSError, ValueError):
            child.stdin.write(question)
            child.stdin.flush()


def _listen(child: subprocess.Popen[bytes], put: Callable[[_Heard], None]) -> None:
    if child.stdout is None:
        return
    reader = frames.Reader(preamble=frames.PREAMBLE)
    try:
        while chunk := os.read(child.stdout.fileno(), CHUNK):
            for frame in reader.feed(chunk):
                put(frame)
        if reader.begun:  # else how the process ended tells more
            reader.end()
        put(_Silent())
    except FrameError as error:
        put(error)
    except (OSError, ValueError):
        put(_Silent())
    finally:
        with contextlib.suppress(OSError):
            child.stdout.close()


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"its worker ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"its worker was ended by {signal.Signals(-code).name}"
    return f"its worker was ended by signal {-code}"
