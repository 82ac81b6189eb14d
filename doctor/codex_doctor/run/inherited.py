"""Run a command on this process's own streams, where there are no pseudo-terminals: Windows.

What it writes to a terminal cannot be read there without being changed, so nothing of it is kept.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
from typing import TYPE_CHECKING

from codex_doctor.run.ended import Ended, not_started

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(argv: Sequence[str]) -> Ended:
    """Run *argv* until it ends; Ctrl-C is its own affair. Blocks."""
    try:
        child = subprocess.Popen(list(argv))  # noqa: S603 - the user's own command
    except OSError as error:
        return not_started(argv[0], error)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(KeyboardInterrupt):
        child.wait()
    return Ended(status=child.wait())
