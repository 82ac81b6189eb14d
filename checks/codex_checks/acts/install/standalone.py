"""The standalone release, unpacked where its own installer would put it, without a script from elsewhere.

`packages/standalone/releases/<version>-<target>` in CODEX_HOME holds a release, the link `current` beside
`releases` names the one that runs, and `codex` in the user's folder of commands leads there
(codex-environment 1.2). Nothing below that needs Node.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.acts.install.change import PREFIX
from codex_checks.acts.install.fetch import Progress, Watch, fetch_file
from codex_checks.acts.install.proof import prove
from codex_checks.acts.install.releases import find, publishers
from codex_checks.acts.install.swaps import Swap
from codex_checks.acts.install.unpack import unpack
from codex_checks.install.installation import HOST
from codex_checks.install.package import targets
from codex_doctor.errors import RepairError
from codex_doctor.locks import take
from codex_doctor.private import CLOSED

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from codex_checks.acts.install.change import Change
    from codex_checks.acts.install.releases import Release
    from codex_checks.acts.install.way import Way
    from codex_doctor.context import Context

COMMANDS: Final = ("codex", HOST)
"""The commands that lead to the release, as newer installers link them."""

MARKER: Final = "auto-update-version"
"""Names the release that Codex's own updater may replace (codex-environment 1.2)."""

_BLOCK: Final = 1024 * 1024
LOCK_PATIENCE: Final = 10.0
_INTERVAL: Final = 0.1


class Site(Struct, frozen=True, kw_only=True):
    """Where a standalone release stands: *root* holds releases, *commands* the links that PATH leads to.

    *commands* is None where a host keeps a copy for itself.
    """

    root: Path
    commands: Path | None

    @property
    def program(self) -> Path:
        """What is to be started."""
        return (self.commands or self.root / "current" / "bin") / "codex"

    def release(self, name: str) -> Path:
        """Return the folder of the release *name*."""
        return self.root / "releases" / name


class Standalone(Struct, frozen=True, kw_only=True):
    """Installs a standalone release. *downloads* is a folder for what is half downloaded.

    *version* is the one that is wanted, None: the newest. *away* is a copy that gives way. *say* is told
    what is being done, in words, and *show* how far it is.
    """

    context: Context
    way: Way
    site: Site
    downloads: Path
    version: str | None
    away: Path | None
    say: Callable[[str], None]
    show: Callable[[str], None]

    def install(self, change: Change, key: str) -> str:
        """Install it as *change*, under names that hold *key*, and return its version.

        :raises RepairError: it cannot be had, or is not what it should be; nothing changed places.
        :raises OSError: something cannot be written; the same.
        """
        release = find(
            publishers(self.context.env), self.way, target=target(self.context), version=self.version
        )
        shelf = self.site.root / f"{PREFIX}{key}"
        folders = [self.site.root / "releases", *([self.site.commands] if self.site.commands else [])]
        folders += [self.away.parent] if self.away else []
        lock = self.site.root / "install.lock"
        change.begin(shelf, folders=folders, locks=(lock,))
        with installer_lock(lock):
            place = self.site.release(release.name)
            swaps: list[Swap] = []
            if not self._whole(place, release):
                swaps.append(Swap.prepare(place, self._unpacked(release, shelf, change)))
            change.ready([*swaps, *self._links(place, shelf, key)])
            change.carry_out()
        return release.version

    def _whole(self, place: Path, release: Release) -> bool:
        """Return whether the release stands at *place* already, and starts."""
        if not (place / "codex-package.json").exists():
            return False
        with contextlib.suppress(RepairError):
            return prove(self.context, place / "bin" / "codex") == release.version
        return False

    def _unpacked(self, release: Release, shelf: Path, change: Change) -> Path:
        archive = self._downloaded(release)
        change.step("downloaded")
        self.show(f"Unpacking Codex {release.version}")
        unpacked = shelf / release.name
        unpacked.mkdir()
        unpack(archive, unpacked)
        if not (unpacked / "codex").exists():
            (unpacked / "codex").symlink_to("bin/codex")  # as the installer does
        change.step("unpacked")
        version = prove(self.context, unpacked / "bin" / "codex")
        if version != release.version:
            raise RepairError(f"the archive of {release.version} holds Codex {version}")
        archive.unlink()
        return unpacked

    def _downloaded(self, release: Release) -> Path:
        """Return the archive of *release*, whole and with the right digest."""
        path = self.downloads / f"{release.digest}.tar.gz"
        failure: RepairError | None = None
        for url in release.urls:
            try:
                fetch_file(url, path, self.way, watch=self._watch(release))
            except RepairError as error:
                failure = error
                continue
            if digest(path) == release.digest:
                return path
            path.unlink()
            failure = RepairError(
                f"the archive of Codex {release.version} is not what was published: its checksum differs"
            )
        raise failure or RepairError("nobody publishes Codex")

    def _watch(self, release: Release) -> Watch:
        told = set[int]()

        def watch(progress: Progress) -> None:
            percent = 100 * progress.got // progress.whole if progress.whole else 0
            if not told:
                size = f", {progress.whole / 10**6:.0f} MB" if progress.whole else ""
                self.say(f"Downloading Codex {release.version}{size}")
            if percent not in told:
                told.add(percent)
                self.show(f"{percent} %")

        return watch

    def _links(self, place: Path, shelf: Path, key: str) -> Iterator[Swap]:
        """Yield the links that must be made or changed so that everything leads to *place*."""
        current = self.site.root / "current"
        before = current.readlink() if current.is_symlink() else None
        if before != place:
            yield _linked(current, place, shelf / "current")
        marker = self.site.root / MARKER
        if before is not None and _text(marker) == before.name and before != place:
            (shelf / MARKER).write_text(place.name, "utf-8")
            yield Swap.prepare(marker, shelf / MARKER)
        if self.away is not None and self.away.parent != self.site.commands:
            yield Swap.prepare(self.away, self.away.with_name(f"{PREFIX}{key}-{self.away.name}"))
        if self.site.commands is None:
            return
        for name in COMMANDS:
            command, to = self.site.commands / name, current / "bin" / name
            if not command.is_symlink() or command.readlink() != to:
                yield _linked(command, to, command.with_name(f"{PREFIX}{key}-{name}"))


@contextlib.contextmanager
def installer_lock(path: Path) -> Generator[None]:
    """Hold the lock of Codex's own installer, which would sweep up under our feet.

    :raises RepairError: an installer is at work.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | CLOSED, 0o644)
    try:
        until = time.monotonic() + LOCK_PATIENCE
        while not take(descriptor, byte=0):
            if time.monotonic() >= until:
                raise RepairError(f"an installer of Codex is at work: {path} is locked", transient=True)
            time.sleep(_INTERVAL)
        yield
    finally:
        os.close(descriptor)


def target(ctx: Context) -> str:
    """Return the kind of machine that a release must be for, as its archive is named.

    :raises RepairError: there is none.
    """
    known = targets(ctx.system)
    if not known:
        raise RepairError(f"there is no Codex for {ctx.system.os} on {ctx.system.arch}")
    if ctx.system.os == "macos" and ctx.system.arch == "x86_64" and _translated(ctx):
        return known[1][0]
    return known[0][0]


def digest(path: Path) -> str:
    """Return the SHA-256 digest of a file."""
    import hashlib

    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def _translated(ctx: Context) -> bool:
    """Return whether this Python is an Intel program on an ARM Mac: the installer asks the same."""
    try:
        ran = ctx.children.run(("sysctl", "-n", "sysctl.proc_translated"), env=ctx.env, seconds=5.0)
    except OSError:
        return False
    return ran.stdout.strip() == b"1"


def _linked(place: Path, to: Path, spare: Path) -> Swap:
    spare.symlink_to(to)
    return Swap.prepare(place, spare)


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, ValueError):
        return None
