"""What the user does at the keyboard: an answer, Enter while a command goes on, and Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import FrameType


class _Msvcrt(Protocol):
    def kbhit(self) -> bool: ...
    def getwch(self) -> str: ...


def line_typed() -> str:
    """Wait for a line at the terminal on standard input and return it; nothing where the input ends.

    A signal that comes just before the system waits would be looked at only when a key is pressed. So
    Python is asked to write down each signal as it comes, and that is waited for too.

    :raises OSError: the terminal has gone.
    :raises UnicodeError: what was typed is no text.
    """
    with _signals_written_down() as written:
        while written is not None and sys.stdin not in select.select([sys.stdin, written], [], [])[0]:
            os.read(written, 1)  # whoever handles the signal has had its turn, and nothing was raised
    return sys.stdin.readline()


@contextlib.contextmanager
def _signals_written_down() -> Generator[int | None]:
    """Give the descriptor that can be read when a signal has come; None where there is no such thing."""
    if os.name == "nt" or threading.current_thread() is not threading.main_thread():
        yield None
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)


def enter_pressed(*, os_name: str = os.name) -> bool:
    """Whether Enter was pressed at the terminal on standard input since that was asked last. Never waits."""
    if os_name == "nt":
        import importlib

        console = cast("_Msvcrt", importlib.import_module("msvcrt"))
        pressed = False
        while console.kbhit():
            pressed = console.getwch() in "\r\n" or pressed
        return pressed
    return _in_front() and _a_line_is_there()


def _in_front() -> bool:
    """Whether this process may read from its terminal; the system would stop it otherwise."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False


def _a_line_is_there() -> bool:
    """Read what stands on standard input, if a whole line does; its end is no line."""
    try:
        ready, _, _ = select.select([sys.stdin], [], [], 0)
        return bool(ready) and sys.stdin.readline().endswith("\n")
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def interruptions() -> Generator[Callable[[], bool]]:
    """Give what tells whether Ctrl-C was pressed: the first one does nothing else, the second one its usual.

    Signals belong to the main thread: in another, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    pressed: list[int] = []
    before = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: FrameType | None) -> None:
        if pressed and callable(before):
            before(number, frame)
        pressed.append(number)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
