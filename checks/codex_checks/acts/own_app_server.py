"""Start an app-server of our own, for what only Codex itself can reach: its keyring (codex-auth 5.4)."""

from __future__ import annotations

import contextlib
import queue
import time
from typing import IO, TYPE_CHECKING

from codex_checks.acts.app_server import LONGEST
from codex_checks.acts.errors import AppServerError, Silent
from codex_doctor.threads import in_background

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Generator
    from pathlib import Path

    from codex_doctor.context import Context


@contextlib.contextmanager
def own_app_server(ctx: Context, program: Path, home: Path) -> Generator[Pipes]:
    """Start *program* as an app-server for the CODEX_HOME *home*; it is ended afterwards.

    :raises AppServerError: it cannot be started.
    """
    env = {**ctx.env, "CODEX_HOME": str(home)}
    try:
        child = ctx.children.start([str(program), "app-server"], env=env, cwd=ctx.home)
    except OSError as error:
        raise AppServerError(f"{program} could not be started: {error.strerror or error}") from error
    try:
        yield Pipes(child)
    finally:
        ctx.children.stop(child)
        if child.stdin is not None:
            with contextlib.suppress(OSError):  # what was not taken any more
                child.stdin.close()


class Pipes:
    """The standard input and output of an app-server: a message is a line."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._to = child.stdin
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        stream = child.stdout
        if stream is not None:
            in_background(lambda: self._listen(stream))

    def send(self, message: bytes) -> None:
        """Send *message*; see `app_server.Wire`."""
        try:
            if self._to is not None:
                self._to.write(message + b"\n")
                self._to.flush()
        except (OSError, ValueError) as error:
            raise AppServerError("it takes no question") from error

    def receive(self, until: float) -> bytes:
        """Return the next message; see `app_server.Wire`."""
        try:
            line = self._lines.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise Silent("it does not answer") from None
        if not line.endswith(b"\n"):
            raise AppServerError("it ended, or says more than can be read")
        return line

    def _listen(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while (line := stream.readline(LONGEST)).endswith(b"\n"):
                self._lines.put(line)
        self._lines.put(b"")
        with contextlib.suppress(OSError):
            stream.close()
