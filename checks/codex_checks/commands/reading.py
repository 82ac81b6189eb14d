"""Read what a user pastes, from a file or from standard input, without showing any of it."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_checks.acts.pasted import NotImportable, NotThere

if TYPE_CHECKING:
    from collections.abc import Generator

    from codex_doctor.command import Door

LIMIT: Final = 1024 * 1024
"""Bytes: a real auth.json holds about 5 KB."""

STANDARD_INPUT: Final = "-"

_END_OF_INPUT: Final = b"\x04"
"""What a terminal sends for Ctrl-D."""


def read_source(source: str, door: Door) -> bytes:
    """Return what stands in the file *source*, or comes from standard input where that is `-`.

    :raises NotImportable: it cannot be read, is no regular file, or holds too much.
    """
    return _standard_input(door) if source == STANDARD_INPUT else _file(Path(source))


def _file(path: Path) -> bytes:
    from codex_doctor.files import NotAFileError, TooLargeError, read

    try:
        return read(path, limit=LIMIT)
    except FileNotFoundError:
        raise NotThere(None, f"{path} does not exist") from None
    except NotAFileError as error:
        words = f"is {error.kind}, not a file"
    except TooLargeError:
        words = f"holds more than {LIMIT} bytes, which is no sign-in"
    except OSError as error:
        words = f"cannot be read: {error.strerror or error}"
    raise NotImportable(None, f"{path} {words}")


def _standard_input(door: Door) -> bytes:
    if sys.stdin.isatty():
        with _silently(sys.stdin.fileno()):  # before anybody is asked: what comes at once would be shown
            door.note("Paste the auth.json or the API key; it is not shown. Then press Ctrl-D.")
            content = _typed(sys.stdin.fileno())
    else:
        content = sys.stdin.buffer.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise NotImportable(None, f"standard input holds more than {LIMIT} bytes, which is no sign-in")
    return content


def _typed(descriptor: int) -> bytes:
    """Return what is typed until Ctrl-D, however long a line is."""
    content = bytearray()
    while len(content) <= LIMIT and (came := os.read(descriptor, 65536)):
        content += came
        if _END_OF_INPUT in came:
            return bytes(content.partition(_END_OF_INPUT)[0])
    return bytes(content)


@contextlib.contextmanager
def _silently(descriptor: int) -> Generator[None]:
    """Show nothing of what is typed, and take it as it comes.

    Line by line, a terminal cuts what is longer than 4095 bytes: one token may be.
    """
    try:
        import termios
    except ImportError:  # Windows has no such terminals
        yield
        return
    before = termios.tcgetattr(descriptor)
    quiet = termios.tcgetattr(descriptor)
    quiet[3] &= ~(termios.ECHO | termios.ICANON)
    quiet[6][termios.VMIN], quiet[6][termios.VTIME] = 1, 0
    termios.tcsetattr(descriptor, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
