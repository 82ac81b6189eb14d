"""How the background Codex is started again: the words of a fix, and the kind of its step.

Seen on Codex 0.169.0: the one that runs ends, up to a minute later where it is in the middle of a turn, and
the new one has the environment of whoever asked for it (codex-environment 5).
"""

from __future__ import annotations

from typing import Final

RESTARTING: Final = "restart-daemon"
"""The kind of the step; `acts.daemon_step` does it."""

LINE: Final = "codex app-server daemon restart"
