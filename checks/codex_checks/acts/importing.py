"""Store a sign-in that came from elsewhere; what was stored before is kept, and can be put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.acts.content import ABSENT, as_codex_writes
from codex_checks.acts.errors import ActError
from codex_checks.acts.pasted import NotImportable, Pasted, read_pasted
from codex_checks.acts.recovery import recover
from codex_checks.acts.settle import settle
from codex_checks.auth.document import Document, Mode
from codex_checks.auth.methods import broken_rule

if TYPE_CHECKING:
    from codex_checks.acts.backups import Backup
    from codex_checks.acts.here import Here
    from codex_checks.acts.recovery import Fate
    from codex_checks.acts.store import CredentialStore

COMMAND: Final = "codex-doctor import-auth"
"""What another doctor is told that waits for us."""

ACT: Final = "import"


class Imported(Struct, frozen=True, kw_only=True):
    """What is stored now. *backup* is what was stored before, None where nothing was.

    *changed*: it was not stored already. *restorable*: Codex could read what was stored before. *notes* are
    sentences about what was added or lacks, and *finished* is what became of earlier acts that had been
    interrupted.
    """

    document: Document
    changed: bool
    backup: Backup | None = None
    restorable: bool = False
    notes: tuple[str, ...] = ()
    finished: tuple[Fate, ...] = ()

    @property
    def in_use_elsewhere(self) -> bool:
        """Whether another machine may go on renewing the same sign-in."""
        tokens = self.document.tokens if self.document.mode is Mode.CHATGPT else None
        return tokens is not None and bool(tokens.refresh_token)


def import_auth(here: Here, raw: bytes) -> Imported:
    """Store the sign-in in *raw* as that of *here*. Nothing is sent. Blocks.

    :raises NotImportable: Codex would refuse it, or the settings forbid it; nothing was changed.
    :raises StoreNotWritable: what is stored could not be replaced.
    :raises LockHeld: another program works on the sign-in.
    :raises Conflict: somebody else changed it meanwhile; what they stored stays.
    """
    pasted = read_pasted(raw, here.ctx.vault.secret)
    broken = broken_rule(here.login.rules, pasted.document, state="imported")
    if broken is not None:
        error = NotImportable("login-method-forbidden", f"{broken}. Codex would delete it")
        error.next_step = "Import one that the settings allow, or change them; nothing was changed here."
        raise error
    store = here.store()
    store.examine_kind()
    here.make_home()
    return install(store, pasted)


def install(store: CredentialStore, pasted: Pasted, *, command: str = COMMAND) -> Imported:
    """Store *pasted* in *store*; raises as `import_auth` does."""
    with store.alone(command):
        finished = recover(store)
        store.try_locks()
        before = store.read()
        imported = Imported(document=pasted.document, changed=False, notes=pasted.notes, finished=finished)
        if before.raw == as_codex_writes(pasted.replacement.members):
            return imported
        entry = store.journal.begin(ACT, before.guard)
        try:
            settle(store, entry, before, pasted.replacement)
        except ActError as error:  # it stands where it came from: nothing is lost, and nothing left to finish
            store.journal.clear(entry)
            error.kept = False
            raise
        backup = next(iter(store.backups.all()), None) if before.guard != ABSENT else None
        return replace(imported, changed=True, backup=backup, restorable=before.document is not None)
