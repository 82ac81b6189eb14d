"""Write what the user asked for into a file of their choice."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from codex_doctor.errors import UsageError


def write(path: Path, content: str | bytes) -> None:
    """Write *content* to *path*, text as UTF-8.

    It is written beside it first, then renamed over it, so that it is never half there.

    :raises UsageError: it cannot be written; the message says where and why.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file():  # a terminal, a pipe: nothing to rename over
            path.write_bytes(data)
            return
        handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
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
