"""Hear what is printed: standard output and standard error lead into a pipe that is read here."""

from __future__ import annotations

import os
import sys
import threading
from typing import Final

_KEPT: Final = 400
"""Bytes of what is printed that are shown to the author."""

_PATIENCE: Final = 2.0
"""Seconds for what was written to come through the pipe."""


class Printed:
    """The pipe; `taken` says what came through it since the last time."""

    def __init__(self) -> None:
        self._came = threading.Condition()
        self._marks = 0
        self.lay()

    def lay(self) -> None:
        """Lay the pipe, or lay it anew where somebody closed it."""
        reading, writing = os.pipe()
        for stream in (1, 2):
            os.dup2(writing, stream)
        nowhere = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nowhere, 0)
        os.close(nowhere)
        self._writing = writing
        self._start = b""
        self._size = 0
        self._seen = self._marks
        threading.Thread(target=self._read, args=(reading,), daemon=True).start()

    def taken(self) -> tuple[int, str]:
        """Return how many bytes were printed, and the first of them as text.

        :raises OSError: somebody closed the pipe.
        """
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        self._marks += 1
        os.write(self._writing, self._mark(self._marks))
        with self._came:
            self._came.wait_for(lambda: self._seen >= self._marks, _PATIENCE)
            size, start = self._size, self._start
            self._size, self._start = 0, b""
        return size, start.decode("utf-8", "replace")

    @staticmethod
    def _mark(number: int) -> bytes:
        return b"\0<codex-doctor %d>\0" % number

    def _read(self, reading: int) -> None:
        pending = b""
        while True:
            try:
                chunk = os.read(reading, 65536)
            except OSError:
                return
            if not chunk:
                return
            pending += chunk
            with self._came:
                mark = self._mark(self._seen + 1)
                before, found, after = pending.partition(mark)
                if found:
                    self._take(before)
                    self._seen += 1
                    pending = after
                    self._came.notify_all()
                else:  # a mark may still be split between this chunk and the next
                    keep = max(0, len(pending) - len(mark))
                    self._take(pending[:keep])
                    pending = pending[keep:]

    def _take(self, content: bytes) -> None:
        self._size += len(content)
        self._start += content[: _KEPT - len(self._start)]
