"""Start the program of a server as Codex does, ask it `initialize`, and end it again.

Whatever it does, it is over in time: it runs in a group of its own that is killed, with what it started.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from typing import IO, TYPE_CHECKING, Final

from msgspec.structs import replace

from codex_checks.mcp.given import environment_of
from codex_checks.mcp.messages import INITIALIZE, Kind, understood
from codex_checks.mcp.tried import Ending, Tried
from codex_doctor.cutting import cut
from codex_doctor.threads import in_background

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_checks.mcp.needs import Needs
    from codex_checks.mcp.servers import Program
    from codex_doctor.context import Context

LINE: Final = 1024 * 1024
"""Bytes of a line: an answer takes some kilobytes, and what has no end is no answer."""

SAID: Final = 2000
"""Bytes kept of what it says on standard error: the last ones tell why it ended."""

SHOWN: Final = 300
"""Characters of its words that are handed on."""

PARTING: Final = 0.3
"""Seconds that it gets to end by itself once its standard input is closed; then it is killed."""


def start_and_ask(
    ctx: Context, needs: Needs, program: Program, variables: Mapping[str, str], until: float
) -> Tried:
    """Start *program*, and return what became of asking it. Blocks a little longer than *until*.

    That is an instant of `time.monotonic`.
    """
    began = time.monotonic()
    environment = environment_of(program, variables, os=ctx.system.os)
    tried = Tried(server=needs.server.name, ending=Ending.NOT_STARTED)
    try:
        child = ctx.children.start(
            [str(needs.path), *program.args], env=environment, cwd=needs.folder, stderr=subprocess.PIPE
        )
    except OSError as error:
        return replace(tried, words=error.strerror or str(error))
    exchange = _Exchange(child, tried)
    try:
        tried = exchange.first_answer(began=began, until=until)
        exchange.part(wait=tried.ending in (Ending.ANSWERED, Ending.CLOSED))
        if tried.ending is Ending.CLOSED:  # one that only closed its output still runs
            tried = replace(tried, code=child.poll())
    finally:
        ctx.children.stop(child)
    tried = replace(tried, said=exchange.said())
    return _without(tried, [value.reveal() for value in program.env.values()])


def _without(tried: Tried, values: list[str]) -> Tried:
    """Return *tried* with no value of its variables in it; the report's own redaction knows no short ones."""

    def clean(text: str) -> str:
        for value in sorted(values, key=len, reverse=True):
            text = text.replace(value, "***") if len(value) > 1 else text
        return text[-SHOWN:]

    return replace(
        tried, words=clean(tried.words), said=clean(tried.said), first_noise=clean(tried.first_noise)
    )


class _Exchange:
    """What is said to a program and by it; two threads read, so that neither pipe fills up.

    What it prints is judged as it comes and not kept, for it may be without end.
    """

    def __init__(self, child: subprocess.Popen[bytes], tried: Tried) -> None:
        self._child = child
        self._tried = replace(tried, ending=Ending.SILENT)
        self._over = threading.Event()
        self._rest = b""
        self._err = bytearray()
        in_background(self._listen)
        self._listener = in_background(lambda: _read(child.stderr, self._keep))

    def first_answer(self, *, began: float, until: float) -> Tried:
        """Ask, and return what came of it *until* an instant."""
        in_background(lambda: self._say(INITIALIZE + b"\n"))
        self._over.wait(max(0.0, until - time.monotonic()))
        return replace(self._tried, seconds=time.monotonic() - began)

    def part(self, *, wait: bool) -> None:
        """Close its standard input, which tells it to end, and *wait* a moment for it to do so."""
        with contextlib.suppress(OSError, ValueError):
            if self._child.stdin is not None:
                self._child.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(PARTING if wait else 0.0)

    def said(self) -> str:
        """Return the last line that stands on its standard error."""
        self._listener.join(PARTING)
        lines = bytes(self._err).decode("utf-8", "replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def _say(self, message: bytes) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._child.stdin is not None:
                self._child.stdin.write(message)
                self._child.stdin.flush()

    def _keep(self, chunk: bytes) -> None:
        self._err += chunk
        del self._err[:-SAID]

    def _listen(self) -> None:
        _read(self._child.stdout, self._hear)
        if not self._over.is_set():
            self._tried = replace(self._tried, ending=Ending.CLOSED)
            self._over.set()

    def _hear(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > LINE:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            if not self._over.is_set():
                self._tried, over = _noticed(self._tried, line)
                if over:
                    self._over.set()


def _noticed(tried: Tried, line: bytes) -> tuple[Tried, bool]:
    """Return *tried* with what *line* tells, and whether that is the end of the exchange."""
    heard = understood(line) if line.strip() else None
    match heard.kind if heard else None:
        case Kind.ANSWER:
            return replace(tried, ending=Ending.ANSWERED), True
        case Kind.REFUSAL | Kind.WRONG:
            return replace(tried, ending=Ending.WRONG, words=heard.words if heard else ""), True
        case Kind.NOISE | Kind.GLUED:
            first = tried.first_noise or cut(line.decode("utf-8", "replace").strip(), SHOWN)
            glued = tried.glued or (heard is not None and heard.kind is Kind.GLUED)
            return replace(tried, noise=tried.noise + 1, first_noise=first, glued=glued), False
        case _:
            return tried, False


def _read(pipe: IO[bytes] | None, take: Callable[[bytes], object]) -> None:
    """Hand over what comes out of *pipe*, to its end."""
    if pipe is None:
        return
    with contextlib.suppress(OSError, ValueError):
        while chunk := os.read(pipe.fileno(), 65536):
            take(chunk)
    with contextlib.suppress(OSError, ValueError):
        pipe.close()
