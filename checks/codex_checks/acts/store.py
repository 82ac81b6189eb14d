"""The one way to change a stored sign-in: read it, judge it, and replace it if nobody else has."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

from codex_checks.acts import place
from codex_checks.acts.backups import Backup, Backups
from codex_checks.acts.content import Change, Content, as_codex_writes, read_content
from codex_checks.acts.errors import Conflict, StoreNotWritable
from codex_checks.acts.journal import Journal
from codex_checks.acts.locks import CODEX_PATIENCE, OWN_PATIENCE, codex_locks, own_lock, own_lock_holder
from codex_checks.acts.state import home_key, journal_folder
from codex_checks.auth.login import LIMIT, Store
from codex_doctor.files import read
from codex_doctor.private import state_folder, sync_folder
from codex_doctor.replace import nothing, replace, sweep

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Callable
    from pathlib import Path

    from codex_checks.auth.document import Keep
    from codex_checks.auth.login import Login

TEMPORARY: Final = ".auth-"
"""How the name begins that Codex gives to a file which it renames over auth.json (codex-auth 1.5)."""

COMMIT_PATIENCE: Final = 10.0
"""Seconds to wait for Codex's locks once there are new tokens: twice as long as Codex would."""


class CredentialStore:
    """The stored sign-in of the CODEX_HOME *home*, and the journal of what is done to it.

    *state* is the folder of our own state, *kept_in* where Codex keeps its sign-ins (`Login.store`),
    and *keyring_gap* why no keyring can be reached (`Login.keyring`). *keep* makes secrets, *user* is
    the effective user id (None on Windows). *step* is told the name of every step that is done.
    `patience` are the seconds to wait for Codex's locks before anything is sent, `own_patience` those to
    wait for another doctor.
    """

    def __init__(  # noqa: PLR0913 - what it is about, and six facts that differ from place to place
        self,
        home: Path,
        *,
        state: Path,
        keep: Keep,
        user: int | None,
        kept_in: Store = Store.FILE,
        keyring_gap: str | None = None,
        step: Callable[[str], None] = nothing,
    ) -> None:
        self.home = home
        self.path = home / "auth.json"
        self.keep = keep
        self.patience = CODEX_PATIENCE
        self.own_patience = OWN_PATIENCE
        self._user = user
        self._kept_in = kept_in
        self._keyring_gap = keyring_gap
        self.step = step
        key = home_key(home)
        self._own_lock = state / "locks" / f"{key}.lock"
        self.journal = Journal(journal_folder(state), key, keep=keep, step=step)
        self.backups = Backups(state / "backups", key, keep=keep)

    def read(self) -> Content:
        """Return what is stored now.

        :raises StoreNotWritable: something is there that cannot be read.
        """
        try:
            return read_content(read(self.path, limit=LIMIT), self.keep)
        except (FileNotFoundError, NotADirectoryError):
            return read_content(None, self.keep)
        except OSError as error:
            words = f"{self.path} cannot be read: {error.strerror or error}"
            raise StoreNotWritable("auth-file-unreadable", words) from error

    def examine(self) -> place.Place:
        """Return where a change would be written, having made sure that it can be; changes nothing.

        Called before anything is sent: afterwards it is too late.

        :raises StoreNotWritable: what is stored could not be replaced.
        """
        self.examine_kind()
        return place.examine(self.path, user=self._user)

    def examine_kind(self) -> None:
        """Make sure that Codex keeps its sign-in in the file.

        :raises StoreNotWritable: it keeps it elsewhere, or nowhere.
        """
        place.examine_kind(self._kept_in, self._keyring_gap)

    def try_locks(self, *, removal: bool = False) -> None:
        """Make sure that Codex's locks can be had, and let go of them; *removal*: nothing will be written.

        :raises LockHeld: somebody holds one for longer than `patience` seconds.
        :raises StoreNotWritable: one cannot be taken here.
        """
        found = self.examine_removal() if removal else self.examine()
        with codex_locks(self.home, found.folder, patience=self.patience):
            pass

    def alone(
        self, command: str, *, patience: float | None = None
    ) -> contextlib.AbstractContextManager[None]:
        """Hold our own lock while something is done; *command* tells another doctor what it waits for.

        :raises LockHeld: another doctor is at it for longer than *patience* seconds (`own_patience`).
        :raises StoreNotWritable: our own state cannot be written.
        """
        seconds = self.own_patience if patience is None else patience
        return own_lock(self._own_lock, command=command, patience=seconds)

    def busy(self) -> str | None:
        """Return which doctor works on this sign-in now, None where none does. Changes nothing."""
        return own_lock_holder(self._own_lock)

    def commit(self, expected: str, change: Change, *, patience: float = COMMIT_PATIENCE) -> Content:
        """Make *change* in what is stored, if its guard is still *expected*, and return what stands there.

        *expected* is `Content.guard` of what the caller read. Nothing of what is stored is lost that
        the change does not name. `step` is told what `replace` tells, after `locked`.

        :raises Conflict: something else is stored now; nothing was written.
        :raises LockHeld: somebody holds Codex's locks; nothing was written.
        :raises StoreNotWritable: it cannot be written; what was there still stands.
        """

        def made(stored: Content) -> bytes:
            content = as_codex_writes(change.over(stored.members))
            if read_content(content, self.keep).document is None:
                raise StoreNotWritable("auth-json-invalid", "Codex would refuse the new sign-in")
            return content

        return self._put(expected, made, patience=patience)

    def restore(self, expected: str, backup: Content, *, patience: float = COMMIT_PATIENCE) -> None:
        """Put *backup* back byte for byte, if the guard of what is stored is still *expected*.

        That is done also where Codex refuses what is in it. Raises as `commit` does.
        """
        self._put(expected, lambda _stored: backup.raw, patience=patience)

    def _put(self, expected: str, make: Callable[[Content], bytes], *, patience: float) -> Content:
        """Put what *make* makes of what is stored in its place, and return what stands there."""
        found = self.examine()
        with codex_locks(self.home, found.folder, patience=patience):
            self.step("locked")
            if self.examine().real != found.real:
                raise Conflict(f"{self.path} leads elsewhere than before")
            stored = self.read()
            if stored.guard != expected:
                raise Conflict(f"{self.path} was changed by another program")
            content = make(stored)
            try:
                sweep(found.folder, content, prefix=TEMPORARY)
                replace(found.real, content, prefix=TEMPORARY, step=self.step)
            except OSError as error:
                raise _not_written(found.real, error) from error
            return self._proved(read_content(content, self.keep))

    def remove(self, expected: str, *, patience: float = COMMIT_PATIENCE) -> None:
        """Remove what is stored, if its guard is still *expected*. A link to it stays, and leads nowhere.

        `step` is told `locked` and `removed`.

        :raises Conflict: something else is stored now; nothing was removed.
        :raises LockHeld: somebody holds Codex's locks; nothing was removed.
        :raises StoreNotWritable: it cannot be removed.
        """
        found = self.examine_removal()
        with codex_locks(self.home, found.folder, patience=patience):
            self.step("locked")
            if self.examine_removal().real != found.real:
                raise Conflict(f"{self.path} leads elsewhere than before")
            stored = self.read()
            if stored.guard != expected:
                raise Conflict(f"{self.path} was changed by another program")
            try:
                found.real.unlink()
                sync_folder(found.folder)
                sweep(found.folder, stored.raw, prefix=TEMPORARY)
            except OSError as error:
                words = f"{found.real} cannot be removed: {error.strerror or error}"
                raise StoreNotWritable("auth-file-not-writable", words) from error
            self.step("removed")

    def examine_removal(self) -> place.Place:
        """Return where the file stands, having made sure that it can be removed; changes nothing.

        :raises StoreNotWritable: it cannot.
        """
        return place.examine_removal(self.path, user=self._user)

    def keep_backup(self, content: Content) -> Backup:
        """Keep *content* among `backups`.

        :raises StoreNotWritable: it cannot be kept.
        """
        try:
            return self.backups.add(content)
        except OSError as error:
            raise _not_written(self.path, error) from error

    def _proved(self, after: Content) -> Content:
        """Return what stands there now, having made sure that it is *after*."""
        stored = self.read()
        if stored.guard != after.guard:
            raise Conflict(f"{self.path} was changed by another program while it was written")
        return stored


_FULL: Final = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def open_store(home: Path, login: Login, *, keep: Keep) -> CredentialStore:
    """Return the store of the CODEX_HOME *home* for this user, as *login* found it to be set up."""
    return CredentialStore(
        home,
        state=state_folder(),
        keep=keep,
        user=place.effective_user(),
        kept_in=login.store,
        keyring_gap=login.keyring,
    )


def _not_written(path: Path, error: OSError) -> StoreNotWritable:
    problem = "disk-full" if error.errno in _FULL else "auth-file-not-writable"
    return StoreNotWritable(problem, f"{path} cannot be written: {error.strerror or error}")
