"""What happened on a machine before it is examined: turns that failed, renewals that were cut off."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from codex_checks.acts.journal import Answer
from codex_checks.acts.place import effective_user
from codex_checks.acts.store import CredentialStore
from codex_doctor.redact import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from machine_text import Words


def change_database(path: Path, statements: Iterable[str]) -> None:
    """Run *statements* in a database that Codex made; each must change something."""
    for statement in statements:
        with contextlib.closing(sqlite3.connect(path)) as database:
            changed = database.execute(statement).rowcount
            database.commit()
        if not changed:
            raise AssertionError(f"{statement} changes nothing in {path}")


def interrupt(codex_home: Path, home: Path, words: Words, *, at: str | None) -> None:
    """Leave what a kill leaves in our journal: *at* is `asked`, `answered`, or None for no kill."""
    if at is None:
        return
    state = home / ".local" / "state" / "codex-doctor"
    store = CredentialStore(codex_home, state=state, keep=Secret, user=effective_user())
    entry = store.journal.begin("refresh", store.read().guard)
    if at == "answered":
        body = words.fill('{"refresh_token": "{{secret rt_new_ 40}}"}')
        store.journal.answered(entry, Answer(status=200, body=body.encode()))
