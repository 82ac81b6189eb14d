"""Run another program, bounded in time and output, and leave nothing of it behind.

A child gets a session of its own, so that its whole group can be killed. It also gets a mark in its
environment, which all that it starts inherits; on Linux the doctor adopts what a child abandons
(`PR_SET_CHILD_SUBREAPER`) and kills adopted processes that carry the mark, so that a grandchild that
left the group is found too. No polite signal is sent first: these children were asked a question,
and the time for the answer is over.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from typing import IO, TYPE_CHECKING, Final

from msgspec import Struct

from codex_doctor.orphans import become_reaper, end_marked
from codex_doctor.threads import in_background

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["Ran"]

OUTPUT_LIMIT: Final = 1024 * 1024
"""Bytes kept of each stream; the rest is read and thrown away, so that the child never stalls."""

DRAIN_SECONDS: Final = 0.1
"""How long a stream may stay open after its program ended; then whoever holds it is killed."""

MARK: Final = "CODEX_DOCTOR_CHILD"
"""The environment variable by which a process is recognised as started by this examination."""


class Ran(Struct, frozen=True, kw_only=True):
    """What became of a program. *code* is None when it was killed at its time limit.

    A negative *code* is the signal that ended it. *left_behind*: it ended, but something it had
    started still held its output and was killed.
    """

    argv: tuple[str, ...]
    code: int | None
    stdout: bytes
    stderr: bytes
    seconds: float
    left_behind: bool = False

    @property
    def timed_out(self) -> bool:
        """Whether it had not ended when its time was over."""
        return self.code is None


class Children:
    """The programs that this examination started.

    *adopt*: become the reaper of what they abandon. It concerns the whole process, so only a process
    of the doctor's own does it. *mark* is what the children's own marks start with: a worker passes
    on the one that it got, so that what it leaves behind is known to the doctor.
    """

    def __init__(self, *, adopt: bool = False, mark: str | None = None) -> None:
        self._running: dict[subprocess.Popen[bytes], str] = {}
        self._changed = threading.Condition()
        self._starting = 0
        self._started = 0
        self._closed = False
        self._mark = mark or os.urandom(16).hex()
        self._adopts = adopt and become_reaper()

    @property
    def closed(self) -> bool:
        """Whether the examination is over."""
        return self._closed

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        seconds: float,
        cwd: Path | None = None,
        stdin: bytes = b"",
        leaves: bool = False,
    ) -> Ran:
        """Run *argv* to its end, or kill it and all it started after *seconds*. Blocks.

        *leaves*: it is there to start a program that stays, so what has left its group is let be.

        :raises OSError: it could not be started.
        """
        started = time.monotonic()
        child = self.start(argv, env=env, cwd=cwd, stderr=subprocess.PIPE, leaves=leaves)
        try:
            streams = [_Kept(pipe) for pipe in (child.stdout, child.stderr) if pipe is not None]
            if stdin:
                in_background(lambda: _feed(child, stdin))
            else:
                _feed(child, stdin)  # nothing that it could leave unread
            ended = in_background(child.wait)
            ended.join(max(0.0, started + seconds - time.monotonic()))
        except BaseException:  # interrupted: whoever cleans up must not meet it at work
            self.stop(child)
            raise
        timed_out = ended.is_alive()
        left_behind = not timed_out and not _all_ended(streams)
        self.stop(child, adopted=timed_out or left_behind)
        if timed_out or left_behind:
            ended.join(DRAIN_SECONDS)
            _all_ended(streams)
        return Ran(
            argv=tuple(argv),
            code=None if timed_out else child.returncode,
            stdout=streams[0].content,
            stderr=streams[1].content,
            seconds=time.monotonic() - started,
            left_behind=left_behind,
        )

    def start(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        stderr: int = subprocess.DEVNULL,
        leaves: bool = False,
    ) -> subprocess.Popen[bytes]:
        """Start *argv* with pipes on its standard input and output, to be ended by `stop`.

        *leaves* is as for `run`.

        :raises OSError: it could not be started, or the examination is over.
        """
        with self._changed:
            if self._closed:
                raise OSError(f"{argv[0]!r} was not started: the examination is over")
            self._starting += 1
            self._started += 1
            mark = f"{self._mark}.{self._started}"
        child = None
        try:  # without the lock: a program on a dead file system keeps whoever starts it waiting
            marked = {**env, MARK: mark}
            if leaves:
                del marked[MARK]
            child = _popen(argv, marked, cwd, stderr)
            return child
        finally:
            with self._changed:
                self._starting -= 1
                if child is not None:
                    self._running[child] = mark
                closed = self._closed
                self._changed.notify_all()
            if closed and child is not None:
                self.stop(child)

    def stop(self, child: subprocess.Popen[bytes], *, adopted: bool = True) -> None:
        """End *child* and its group; with *adopted*, also what it started that left the group."""
        _kill_group(child)
        _await([child])
        with self._changed:
            mark = self._running.pop(child, None)
        if adopted and mark is not None:
            self._kill_adopted(mark)

    def close(self) -> None:
        """End everything that still runs, and let nothing more be started."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._starting, DRAIN_SECONDS)
            running = tuple(self._running)
        for child in running:
            _kill_group(child)
        _await(running)
        self._kill_adopted(self._mark)

    def _kill_adopted(self, mark: str) -> None:
        if self._adopts:
            end_marked(MARK, mark, seconds=DRAIN_SECONDS)


def _popen(
    argv: Sequence[str], env: Mapping[str, str], cwd: Path | None, stderr: int
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - the catalogue's own argv, never a shell
            list(argv),
            env=env,
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=os.name == "posix",
        )
    except ValueError as error:  # a NUL byte in a word or in the environment
        raise OSError(f"{argv[0]!r} was not started: {error}") from error


class _Kept:
    """The first bytes of a pipe, read to its end in a thread."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._bytes = bytearray()
        self._pipe = pipe
        self.reader = in_background(self._read)

    @property
    def content(self) -> bytes:
        """What has come so far."""
        return bytes(self._bytes)

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while chunk := os.read(self._pipe.fileno(), 65536):
                self._bytes += chunk[: OUTPUT_LIMIT - len(self._bytes)]
        with contextlib.suppress(OSError, ValueError):
            self._pipe.close()


def _all_ended(streams: Sequence[_Kept]) -> bool:
    until = time.monotonic() + DRAIN_SECONDS
    for stream in streams:
        stream.reader.join(max(0.0, until - time.monotonic()))
    return not any(stream.reader.is_alive() for stream in streams)


def _feed(child: subprocess.Popen[bytes], stdin: bytes) -> None:
    pipe = child.stdin
    if pipe is None:
        return
    with contextlib.suppress(OSError, ValueError):
        pipe.write(stdin)
    with contextlib.suppress(OSError, ValueError):
        pipe.close()


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        # The group outlives its leader for as long as it has a member, and its number is not given
        # to another before that; a group without members answers ProcessLookupError.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        _kill_tree(child.pid)
    with contextlib.suppress(OSError):
        child.kill()


def _await(children: Iterable[subprocess.Popen[bytes]]) -> None:
    """Wait for the end of killed *children*, but not for one that is stuck in the system."""
    until = time.monotonic() + DRAIN_SECONDS
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0.0, until - time.monotonic()))


def _kill_tree(pid: int) -> None:
    import psutil

    with contextlib.suppress(psutil.Error):
        for descendant in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                descendant.kill()
