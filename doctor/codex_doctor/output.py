"""Write what the user asked for into a file of their choice."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from codex_doctor.errors import UsageError


def write(path: Path, text: str) -> None:
    """Write *text* to *path*: beside it first, then renamed over it, so that it is never half there.

    :raises UsageError: it cannot be written; the message says where and why.
    """
    try:
        if path.exists() and not path.is_file():  # a terminal, a pipe: nothing to rename over
            path.write_text(text, encoding="utf-8", newline="\n")
            return
        handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            Path(beside).chmod(0o666 & ~_umask())
            Path(beside).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(beside).unlink()
            raise
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current
