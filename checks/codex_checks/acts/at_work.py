"""The Codex that runs now: each has the sign-in in memory, and renews it itself when it is about to end.

What was seen on Codex 0.169.0: an app-server whose sign-in was renewed by somebody else finds that out at
its own next renewal, and asks for nothing. Two that renew at the same moment spend the same token twice.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_checks.acts.app_server import AppServer
from codex_checks.acts.control_socket import control_socket

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    import psutil

    from codex_checks.auth.document import Keep

PROGRAMS: Final = ("codex", "codex.exe")

_WITHOUT_SIGN_IN: Final = frozenset({"daemon", "proxy", "generate-ts", "generate-json-schema"})
"""What `codex app-server` does with no sign-in in memory: it updates, passes on, or writes files."""

_COMMANDS: Final = ("app-server", "exec", "mcp-server", "resume", "login", "logout", "doctor")


class AtWork:
    """The Codex that runs with the CODEX_HOME *home*; *keep* makes secrets."""

    def __init__(self, home: Path, *, keep: Keep) -> None:
        self._home = home
        self._keep = keep

    @contextlib.contextmanager
    def background(self) -> Generator[AppServer | None]:
        """Give a conversation with the background app-server, None where none runs.

        :raises AppServerError: it runs and does not answer.
        """
        with control_socket(self._home) as wire:
            if wire is None:
                yield None
                return
            server = AppServer(wire, keep=self._keep)
            server.greet()
            yield server

    def renew(self) -> bool | None:
        """Let the background app-server renew the sign-in, and return whether it has one then.

        None: none runs. It may also have found only that somebody else had renewed it.

        :raises AppServerError: it runs and does not answer.
        """
        with self.background() as server:
            return None if server is None else server.status(renew=True).token is not None

    def others(self) -> str | None:
        """Return in words which Codex runs, None where none does; who cannot be looked at is not seen."""
        import psutil

        for process in psutil.process_iter(["name"]):
            if process.info["name"] not in PROGRAMS:
                continue
            with contextlib.suppress(psutil.Error, OSError):
                words = process.cmdline()
                if _holds_a_sign_in(words) and _home_of(process) == self._home.resolve():
                    return f"{_told(words)} (process {process.pid})"
        return None


def _holds_a_sign_in(words: Sequence[str]) -> bool:
    return not ("app-server" in words and _WITHOUT_SIGN_IN & set(words))


def _home_of(process: psutil.Process) -> Path | None:
    """Return the CODEX_HOME of *process*: as Codex finds it (codex-auth 1.1)."""
    env = process.environ()
    named = env.get("CODEX_HOME")
    if named:
        return (Path(process.cwd()) / named).resolve()
    home = env.get("HOME") or env.get("USERPROFILE")
    return (Path(home) / ".codex").resolve() if home else None


def _told(words: Sequence[str]) -> str:
    """Return what runs, without the rest of its command line: a prompt may stand there."""
    return " ".join(("codex", *(word for word in words[1:] if word in _COMMANDS)))
