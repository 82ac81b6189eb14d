"""Install Codex: what the command `install` does, for programs that keep a copy of their own."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from codex_checks.acts.installing import Installed
from codex_doctor.errors import RepairError
from codex_doctor.render.style import Style

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_doctor.redact import Vault

__all__ = ["Installed", "RepairError", "install"]


def install(
    *, into: Path | None = None, version: str | None = None, say: Callable[[str], None] | None = None
) -> Installed:
    """Install Codex where there is none, or *into* a folder to which no command leads. Blocks.

    The release is downloaded, its checksum compared, tried out, and put in its place by one rename; *into* is
    brought to *version*, None: the newest. Where it stands already, nothing is downloaded. *say* is told in
    words what is done. `Installed.repair` names it for `codex-doctor repair --undo`.

    :raises RepairError: it could not be done, and everything stands as before; `transient` says whether the
        same may succeed a little later.
    :raises Unavailable: what decides about it could not be read.
    """
    from codex_checks.acts.here import LONGEST
    from codex_checks.acts.installing import install_codex
    from codex_doctor.examination import Request, here

    context = here(Request(deadline=LONGEST, since=time.monotonic()), adopt=False)
    try:
        return install_codex(context, _Listening(say or (lambda _: None)), into=into, version=version)
    finally:
        context.close()


class _Listening:
    """A door at which a program listens, and nobody answers."""

    interactive = False

    def __init__(self, listen: Callable[[str], None]) -> None:
        self._listen = listen
        self.style = Style()

    def say(self, text: str, *, shown: str = "", under: int | None = None) -> None:  # noqa: ARG002 - a door
        self._listen(text)

    def note(self, text: str, *, under: int | None = None) -> None:  # noqa: ARG002 - the same
        self._listen(text)

    def passing(self, text: str) -> None:
        """Show nothing: nobody watches."""

    def hide(self, vault: Vault, *, home: str = "") -> None:
        """Hide nothing: nothing that is secret is said here."""

    def restyle(self, *, ascii: bool = False, no_color: bool = False) -> None:
        """Look as before."""

    def ask(self, question: str) -> bool:  # noqa: ARG002 - a door
        return False

    def pressed(self) -> bool:
        return False

    def calling_off(self) -> contextlib.AbstractContextManager[Callable[[], bool]]:
        return contextlib.nullcontext(lambda: False)
