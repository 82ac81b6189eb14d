"""The only door outside: environment, home, files, programs, time and the network's switches.

Facts of the operating system enter here too, so that every platform's branch can be tested on any.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from codex_doctor import files, locks
from codex_doctor.errors import Unavailable
from codex_doctor.processes import Children, Ran
from codex_doctor.redact import Vault
from codex_doctor.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["Context", "System"]

MARGIN: Final = 0.15
"""Seconds kept back before the deadline, so that what was learnt can still be judged and printed."""

REMOVAL: Final = 0.15
"""Seconds that removing the scratch folders may take: a copied database takes a tenth of that."""


class System(Struct, frozen=True, kw_only=True):
    """The operating system at hand.

    *os* is `linux`, `macos` or `windows`; *arch* is `x86_64` or `aarch64` where it is one of them;
    *release* is the kernel's own words, which also tell WSL apart; *user* is the numeric user id, or
    None where there is none.
    """

    os: str
    arch: str
    release: str
    user: int | None

    @property
    def wsl(self) -> int:
        """The version of the Windows Subsystem for Linux: 0 (none), 1 or 2."""
        release = self.release.lower()
        if self.os != "linux" or "microsoft" not in release:
            return 0
        return 2 if "wsl2" in release or "microsoft-standard" in release else 1

    @classmethod
    def here(cls) -> System:
        """Return the system this process runs on."""
        names = {"linux": "linux", "darwin": "macos", "win32": "windows", "cygwin": "windows"}
        machine = platform.machine().lower()
        return cls(
            os=names.get(sys.platform, sys.platform),
            arch={"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine),
            release=platform.release(),
            user=os.getuid() if hasattr(os, "getuid") else None,
        )


class Context(Struct, frozen=True, kw_only=True):
    """What probes may use to reach the machine.

    *deadline* is an instant of `time.monotonic`. *options* are the user's own words for catalogues,
    by name (`codex-bin`, `codex-home`). *root* stands before absolute system paths such as
    `/etc/codex`, so that a test can give its own. *now* returns seconds since the epoch.
    """

    env: Mapping[str, str]
    home: Path
    cwd: Path
    system: System
    deadline: float
    offline: bool = False
    live: bool = False
    round_trip: bool = False
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    root: Path = Path("/")
    now: Callable[[], float] = time.time
    vault: Vault = field(default_factory=Vault)
    children: Children = field(default_factory=Children)
    scratch_folders: list[str] = field(default_factory=list[str])

    def time_left(self) -> float:
        """Return the seconds that a probe may still use before the deadline; never negative."""
        return max(0.0, self.deadline - MARGIN - time.monotonic())

    def moment(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)

    def system_path(self, path: str) -> Path:
        """Return the absolute *path* of the machine, under this context's root."""
        return self.root / path.lstrip("/")

    def status(self, path: Path, *, follow: bool = True) -> files.Status | None:
        """Return what the file system says of *path*, or None; see `files.status`."""
        return files.status(path, follow=follow)

    def read(self, path: Path, *, limit: int = files.DEFAULT_LIMIT) -> bytes:
        """Return the bytes of a regular file; see `files.read`."""
        return files.read(path, limit=limit)

    def head(self, path: Path, *, limit: int) -> bytes:
        """Return the first bytes of a regular file; see `files.head`."""
        return files.head(path, limit=limit)

    def tail(self, path: Path, *, limit: int) -> bytes:
        """Return the last bytes of a regular file; see `files.tail`."""
        return files.tail(path, limit=limit)

    def standard_input(self, *, limit: int) -> bytes:
        """Return what comes on standard input until it ends. Blocks as long as somebody still prints.

        :raises TooLargeError: it is more than *limit* bytes.
        """
        content = b"" if sys.stdin is None else sys.stdin.buffer.read(limit + 1)
        if len(content) > limit:
            raise files.TooLargeError(f"standard input holds more than {limit} bytes")
        return content

    def copy(self, path: Path, to: Path, *, limit: int) -> None:
        """Copy a regular file into a folder of `scratch`; see `files.copy`."""
        files.copy(path, to, limit=limit)

    def lock_holder(
        self, path: Path, *, first: int, count: int, any_lock: bool = False
    ) -> locks.Holder | None:
        """Return who holds a lock on some bytes of a file; see `locks.holder`."""
        return locks.holder(path, first=first, count=count, os_name=self.system.os, any_lock=any_lock)

    def real(self, path: Path) -> Path:
        """Return *path* with every link in it followed, as far as they lead; see `files.real`."""
        return files.real(path)

    def room(self, path: Path) -> files.Room:
        """Return how much room the file system of *path* has; see `files.room`."""
        return files.room(path)

    def entries(self, folder: Path) -> Iterator[str]:
        """Yield the names in *folder*, sorted; see `files.entries`."""
        return files.entries(folder)

    async def run(
        self,
        argv: Sequence[str],
        *,
        seconds: float,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: bytes = b"",
    ) -> Ran:
        """Do what `run_here` does, without holding up the other probes.

        :raises OSError: it could not be started.
        """
        return await in_thread(
            lambda: self.run_here(argv, seconds=seconds, env=env, cwd=cwd, stdin=stdin),
            name=f"run {Path(argv[0]).name}",
        )

    def run_here(
        self,
        argv: Sequence[str],
        *,
        seconds: float,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: bytes = b"",
    ) -> Ran:
        """Run a program for at most *seconds*, or as long as the deadline leaves. Blocks.

        *env* replaces this context's environment.

        :raises OSError: it could not be started.
        """
        bounded = min(seconds, self.time_left())
        environment = self.env if env is None else env
        return self.children.run(argv, env=environment, seconds=bounded, cwd=cwd, stdin=stdin)

    def scratch(self) -> Path:
        """Make a private folder under the temporary folder; it is removed when the context closes. Blocks.

        :raises OSError: it cannot be made, or the examination is over.
        """
        folder = tempfile.mkdtemp(prefix="codex-doctor-")
        self.scratch_folders.append(folder)
        if self.children.closed:  # nobody would remove it any more
            self._remove_scratch()
            raise OSError("no scratch folder was made: the examination is over")
        return Path(folder)

    async def scratch_with(self, contents: Mapping[str, bytes]) -> Path:
        """Make such a folder with these files in it, without holding up the other probes.

        :raises Unavailable: it cannot be made or filled, or the examination is over.
        """
        return await in_thread(lambda: self.scratch_here(contents), name="scratch folder")

    def scratch_here(self, contents: Mapping[str, bytes]) -> Path:
        """Make such a folder with these files in it. Blocks.

        :raises Unavailable: it cannot be made or filled, or the examination is over.
        """
        try:
            folder = self.scratch()
            for name, content in contents.items():
                (folder / name).write_bytes(content)
        except OSError as error:
            raise Unavailable(f"no scratch folder could be made: {error.strerror or error}") from None
        return folder

    def close(self) -> None:
        """End every program that still runs and remove the scratch folders, unless their disk hangs."""
        self.children.close()
        removal = threading.Thread(target=self._remove_scratch, daemon=True)
        removal.start()
        removal.join(REMOVAL)

    def _remove_scratch(self) -> None:
        import shutil

        while self.scratch_folders:
            shutil.rmtree(self.scratch_folders.pop(), ignore_errors=True)
