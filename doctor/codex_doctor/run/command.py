"""`run`: a command is run unchanged, and where it failed, it is said why on standard error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from codex_doctor.errors import DoctorError
from codex_doctor.speaking import note

if TYPE_CHECKING:
    from codex_doctor.run.asked import Wrapped
    from codex_doctor.run.ended import Ended


def wrap(wrapped: Wrapped) -> int:
    """Run the command that is *wrapped*, and return its exit code; say on standard error why it failed."""
    import time
    from contextlib import suppress

    began = time.time()
    if os.name == "nt":
        from codex_doctor.run.inherited import run as run_command
    else:
        from codex_doctor.run.through import run as run_command
    ended = run_command(wrapped.argv)
    if not ended.started:
        note(ended.output.decode("utf-8", "replace"))
    if ended.status and not ended.called_off:
        try:
            _explain_failure(ended, wrapped, began=began)
        except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001 - the exit code is the command's
            with suppress(OSError, ValueError):
                note(f"codex-doctor: {error}" if isinstance(error, DoctorError) else _broken(error))
    ended.repeat()
    return ended.code


def _broken(error: BaseException) -> str:
    """Return in words that the failure could not be explained."""
    if isinstance(error, (KeyboardInterrupt, SystemExit)):
        return "codex-doctor: called off"
    return f"codex-doctor: the failure could not be explained ({type(error).__name__})"


def _explain_failure(ended: Ended, wrapped: Wrapped, *, began: float) -> None:
    """Say on standard error what the end of the output means, and what the checks that belong to it see."""
    import time

    from codex_doctor.explain.answer import as_text
    from codex_doctor.run.after import UNKNOWN, explained
    from codex_doctor.terminal import style_for

    found = explained(ended, began=began)
    if not found.told:
        note(UNKNOWN)
        return
    style = style_for(sys.stderr, ascii=False, no_color=False)
    note(f"\n{as_text(found, style=style)}")
    if found.to_check:
        from codex_doctor.examination import Request, examine_machine
        from codex_doctor.render import text

        request = Request(select=found.to_check, offline=wrapped.offline, since=time.monotonic())
        note(text.render(examine_machine(request), style=style).rstrip())
