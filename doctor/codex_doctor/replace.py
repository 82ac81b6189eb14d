"""Replace a file as a whole: at every instant it is the old one or the new one, byte for byte."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, Final

from codex_doctor.alike import make_alike
from codex_doctor.private import CLOSED, PRIVATE_FILE, give, sync_folder, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PREFIX: Final = ".codex-doctor-"
"""How the name of a file begins that is about to be renamed over another."""

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def nothing(_: str) -> None:
    """Take no notice of a step."""


def replace(
    real: Path,
    content: bytes,
    *,
    mode: int = PRIVATE_FILE,
    modified_ns: int | None = None,
    prefix: str = PREFIX,
    step: Callable[[str], None] = nothing,
) -> None:
    """Put *content* in the place of the file *real*, with *mode*, and else like the old file.

    The new file is written beside it first, as *prefix* and six letters; with *modified_ns* as the time
    of its last change, if that is given. *step* is told `temporary-made`, `temporary-written`,
    `temporary-synced`, `renamed`, `folder-synced`; until `renamed`, it may still stop it by raising.

    :raises OSError: it cannot be done; the old file stands untouched.
    """
    descriptor, temporary = _made(real.parent, prefix)
    try:
        try:
            step("temporary-made")
            _dress(descriptor, temporary, real, mode)
            write(descriptor, content)
            if modified_ns is not None:
                _date(descriptor, temporary, modified_ns)
            step("temporary-written")
            os.fsync(descriptor)
            step("temporary-synced")
        finally:
            os.close(descriptor)
        os.replace(temporary, real)  # noqa: PTH105 - it says what it does
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    step("renamed")
    with contextlib.suppress(OSError):  # it is done, whether or not it outlives a power cut
        sync_folder(real.parent)
    step("folder-synced")


def sweep(folder: Path, content: bytes, *, prefix: str = PREFIX) -> None:
    """Remove what a killed replacement by the same *content* left in *folder*, whole or in part.

    Other temporary files stay: a new token of another program may stand in them.
    """
    named = re.compile(rf"{re.escape(prefix)}[A-Za-z0-9]{{6}}")
    for name in os.listdir(folder):  # noqa: PTH208 - names, not paths
        if named.fullmatch(name):
            with contextlib.suppress(OSError):
                left = folder / name
                if left.is_file() and not left.is_symlink() and content.startswith(left.read_bytes()):
                    left.unlink()


def _dress(descriptor: int, temporary: Path, real: Path, mode: int) -> None:
    if os.name != "posix":
        os.chmod(temporary, mode)  # noqa: PTH101 - as the rename
    elif os.path.lexists(real):
        make_alike(descriptor, real, mode=mode)
    else:
        give(descriptor, real.parent.stat())
        os.fchmod(descriptor, mode)


def _date(descriptor: int, temporary: Path, modified_ns: int) -> None:
    accessed = os.fstat(descriptor).st_atime_ns
    os.utime(descriptor if os.utime in os.supports_fd else temporary, ns=(accessed, modified_ns))


def _made(folder: Path, prefix: str) -> tuple[int, Path]:
    import secrets  # it brings what examinations do without

    while True:
        path = folder / f"{prefix}{''.join(secrets.choice(_LETTERS) for _ in range(6))}"
        with contextlib.suppress(FileExistsError):
            return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | CLOSED, PRIVATE_FILE), path
