"""Run a command with everything passed through: what it writes, what is typed, signals, the window's size."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Final

from codex_doctor.run.ended import Ended, Tail, not_started
from codex_doctor.run.keys import Keys, is_in_front_of
from codex_doctor.run.streams import STDERR, STDIN, STDOUT, Streams

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

CHUNK: Final = 65536

AFTERWARDS: Final = 0.2
"""Seconds for what was written just before the end; a program that was left behind may write for long."""

_FROM_KEYBOARD: Final = ("SIGINT", "SIGQUIT")
"""What a terminal sends to everybody in front of it, the command too."""

_PASSED_ON: Final = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", *_FROM_KEYBOARD)


def run(argv: Sequence[str]) -> Ended:
    """Run *argv* until it ends. Blocks."""
    with Streams() as streams, _woken() as woken:
        try:
            child = _start(argv, streams)
        except OSError as error:
            return not_started(argv[0], error)
        streams.hand_over()
        pseudo = streams.terminal if streams.typed else None
        with contextlib.nullcontext() if pseudo is None else Keys(STDIN, pseudo) as keys:
            passing = _Passing(child, streams, woken, keys)
            with passing.signals():
                passing.until_the_end()
        if streams.sources:
            passing.go_on_behind()
        return Ended(status=child.returncode, output=passing.tail.content())


def _start(argv: Sequence[str], streams: Streams) -> subprocess.Popen[bytes]:
    def take_terminal() -> None:
        import fcntl
        import termios

        os.setsid()
        fcntl.ioctl(STDIN, termios.TIOCSCTTY, 0)

    stdin, stdout, stderr = streams.given
    return subprocess.Popen(  # noqa: S603 - the user's own command
        list(argv),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        preexec_fn=take_terminal if streams.typed else None,  # noqa: PLW1509 - there is no other thread
    )


class _Passing:
    """A command that runs, and everything on its way."""

    def __init__(
        self, child: subprocess.Popen[bytes], streams: Streams, woken: int, keys: Keys | None
    ) -> None:
        self._keys = keys
        self.tail = Tail()
        self._child = child
        self._streams = streams
        self._woken = woken
        self._typing = keys is not None
        self._typed = b""

    def until_the_end(self) -> None:
        """Pass everything on until the command has ended and what it wrote is out."""
        end: float | None = None
        while self._streams.sources or end is None:
            if end is None and self._child.poll() is not None:
                end = time.monotonic() + AFTERWARDS
            left = None if end is None else max(0.0, end - time.monotonic())
            if not self._once(left) and end is not None:
                return

    def go_on_behind(self) -> None:
        """Let a process of its own read what is written from now on, until nobody can write any more.

        What the command left behind would be ended by its next word, if nobody read it. On a terminal it is
        shown; whoever reads from a pipe is told the end instead, for he may wait for it.
        """
        if os.fork():
            return
        try:
            os.setsid()  # a key that ends what is in front does not end this
            self._typing = False
            nowhere = os.open(os.devnull, os.O_RDWR)
            for each in (STDIN, STDOUT, STDERR):
                if not os.isatty(each):
                    os.dup2(nowhere, each)
            while self._streams.sources:
                self._once(None)
        finally:
            os._exit(0)

    def _once(self, seconds: float | None) -> bool:
        """Pass on what there is, waiting for it so many *seconds*; whether there was anything to read."""
        master = self._streams.terminal
        reading = [*self._streams.sources, self._woken]
        if self._typing and not self._typed and self._keys is not None and self._keys.taken:
            reading.append(STDIN)
        writing = [master] if self._typed and master in self._streams.sources else []
        ready, writable, _ = select.select(reading, writing, [], seconds)
        if self._woken in ready:
            os.read(self._woken, CHUNK)
        if writable and master is not None:
            self._typed = self._typed[os.write(master, self._typed[:512]) :]
        if STDIN in ready:
            self._type()
        sources = [each for each in ready if each in self._streams.sources]
        for source in sources:
            self._pass(source)
        return bool(sources)

    def _type(self) -> None:
        with contextlib.suppress(OSError):
            self._typed = os.read(STDIN, CHUNK)
        self._typing = bool(self._typed)
        if self._keys is not None:
            self._typed, stops = self._keys.without_stop(self._typed)
            if stops:
                self._keys.stop()

    def _pass(self, source: int) -> None:
        try:
            chunk = os.read(source, CHUNK)
        except OSError:  # Linux's way of saying that a pseudo-terminal is closed at the other end
            chunk = b""
        self.tail.add(chunk)
        try:
            _write(self._streams.sources[source], chunk)
        except OSError:  # whoever read it has gone
            chunk = b""
        if not chunk:
            self._streams.close(source)

    @contextlib.contextmanager
    def signals(self) -> Generator[None]:
        """Pass signals on to the command meanwhile; it decides what they mean."""

        def resize(_signal: int, _frame: object) -> None:
            self._streams.resize()

        def stop(_signal: int, _frame: object) -> None:
            if self._keys is not None:
                self._keys.stop()

        def go_on(_signal: int, _frame: object) -> None:
            if self._keys is not None:
                self._keys.take()
                self._streams.resize()

        def send(number: int, _frame: object) -> None:
            keyboard = signal.Signals(number).name in _FROM_KEYBOARD and not self._streams.typed
            if not (keyboard and _in_front()):
                with contextlib.suppress(OSError):
                    self._child.send_signal(number)

        before = {number: signal.signal(number, send) for name in _PASSED_ON for number in (_number(name),)}
        before[signal.SIGWINCH] = signal.signal(signal.SIGWINCH, resize)
        if self._keys is not None:
            before[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, stop)
            before[signal.SIGCONT] = signal.signal(signal.SIGCONT, go_on)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _number(name: str) -> signal.Signals:
    return signal.Signals[name]


def _in_front() -> bool:
    """Whether the terminal sends its keys to this process, and so to the command beside it."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return is_in_front_of(terminal)
    finally:
        os.close(terminal)


def _write(target: int, chunk: bytes) -> None:
    while chunk:
        try:
            chunk = chunk[os.write(target, chunk) :]
        except BlockingIOError:  # somebody made it so that it does not wait
            select.select([], [target], [])


@contextlib.contextmanager
def _woken() -> Generator[int]:
    """Give a file that can be read whenever a child has ended or a signal has come."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    os.set_blocking(reading, False)
    before = signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
    wakes = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(wakes)
        signal.signal(signal.SIGCHLD, before)
        os.close(reading)
        os.close(writing)
