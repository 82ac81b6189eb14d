"""Earlier sign-ins, kept privately so that a login can be undone; one whose token is spent is not kept."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path  # noqa: TC003 - beside the fact that holds it
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.acts.content import Content, as_utf_8, read_content
from codex_checks.acts.state import private_folder
from codex_doctor import files
from codex_doctor.private import sync_folder, write_private

if TYPE_CHECKING:
    from collections.abc import Collection

    from codex_checks.auth.document import Keep

MOST: Final = 10
"""Earlier sign-ins that are kept."""

LONGEST: Final = 30 * 24 * 3600.0
"""Seconds that one is kept: a copy of a credential that nobody remembers should not lie about."""

_SUFFIX: Final = ".json"
_BEGUN: Final = ".part"
_REVOKED: Final = ".revoked"


class Backup(Struct, frozen=True, kw_only=True):
    """A copy of an earlier auth.json at *path*, *taken* in seconds since the epoch.

    *revoked*: the service was told that it is not used any more.
    """

    path: Path
    taken: float
    revoked: bool = False


class Backups:
    """The earlier sign-ins of one CODEX_HOME, whose *key* begins their names, in the private *folder*."""

    def __init__(self, folder: Path, key: str, *, keep: Keep) -> None:
        self.folder = folder
        self._key = key
        self._keep = keep

    def add(self, content: Content) -> Backup:
        """Keep *content* byte for byte; what is kept already is not kept twice.

        :raises StoreNotWritable: the folder cannot be used.
        :raises OSError: it cannot be written.
        """
        for backup in self.all()[:1]:
            if files.read(backup.path) == content.raw:
                return backup
        private_folder(self.folder)
        self._sweep()
        taken = time.time_ns()
        path = self.folder / f"{self._key}-{taken}-{os.getpid()}{_SUFFIX}"
        begun = path.with_suffix(_BEGUN)
        write_private(begun, content.raw)
        begun.rename(path)  # whole or not at all, whenever it is killed
        sync_folder(self.folder)
        return Backup(path=path, taken=taken / 10**9)

    def all(self) -> tuple[Backup, ...]:
        """Return what is kept, the newest first. Changes nothing."""
        try:
            names = sorted(os.listdir(self.folder), reverse=True)  # noqa: PTH208 - names, not paths
        except OSError:
            return ()
        mine = [name.removesuffix(_SUFFIX).split("-") for name in names if name.endswith(_SUFFIX)]
        return tuple(
            Backup(
                path=self.folder / f"{'-'.join(parts)}{_SUFFIX}",
                taken=int(parts[1]) / 10**9,
                revoked=parts[2].endswith(_REVOKED),
            )
            for parts in mine
            if len(parts) == _PARTS and parts[0] == self._key and parts[1].isdigit()
        )

    def _sweep(self) -> None:
        """Remove what was begun and never came to be a backup."""
        for begun in self.folder.glob(f"{self._key}-*{_BEGUN}"):
            begun.unlink(missing_ok=True)

    def read(self, backup: Backup) -> Content:
        """Return what *backup* holds.

        :raises OSError: it cannot be read.
        """
        return read_content(files.read(backup.path), self._keep)

    def mark_revoked(self, backup: Backup) -> Backup:
        """Note that the sign-in in *backup* was revoked: whoever restores it is told.

        :raises OSError: it cannot be noted.
        """
        if backup.revoked:
            return backup
        path = backup.path.with_name(f"{backup.path.name.removesuffix(_SUFFIX)}{_REVOKED}{_SUFFIX}")
        backup.path.rename(path)
        sync_folder(self.folder)
        return replace(backup, path=path, revoked=True)

    def prune(self, *, pending: Collection[str] = (), now: float | None = None) -> None:
        """Remove what is older than `LONGEST`, and of more than `MOST` the oldest.

        The newest stays however old it is, and so does one whose guard is *pending*: an act that was cut off
        may still replace it. *now* is in seconds since the epoch.
        """
        at = time.time() if now is None else now
        for place, backup in enumerate(self.all()):
            if place == 0 or (place < MOST and at - backup.taken <= LONGEST):
                continue
            with contextlib.suppress(OSError):
                if self.read(backup).guard not in pending:
                    self.forget(backup)

    def forget(self, backup: Backup) -> None:
        """Remove *backup*."""
        backup.path.unlink(missing_ok=True)

    def let_go(self, backup: Backup | None) -> None:
        """Remove *backup*, which nobody can ask for any more, unless it is the newest."""
        if backup is not None and backup not in self.all()[:1]:
            self.forget(backup)

    def forget_spent(self, token: str) -> None:
        """Remove every backup that holds *token*, which was used up or is revoked.

        Whoever restored one would use the token twice, and the service then ends the whole sign-in.
        """
        self._sweep()
        for backup in self.all():
            content = self.read(backup)
            if content.document is None and (text := as_utf_8(content.raw)) is not None:
                content = read_content(text, self._keep)
            document = content.document
            tokens = document.tokens if document else None
            if tokens is not None and token in (tokens.refresh_token.reveal(), tokens.access_token.reveal()):
                self.forget(backup)


_PARTS: Final = 3
