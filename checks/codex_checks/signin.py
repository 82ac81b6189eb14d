"""Change the sign-in of Codex on this machine: what the commands do, for programs that embed it.

Each of these blocks until it is done, changes nothing without saying so here, and raises `ActError` where
it could not be done. *codex_home* and *codex_bin* say which Codex is meant; without them it is the one
that the environment says, as for Codex itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_checks.acts.errors import ActError
from codex_checks.acts.refresh import Ending, Renewed
from codex_checks.acts.refresh_request import SOON

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ActError", "Ending", "Renewed", "refresh"]


def refresh(
    *,
    within: float = SOON,
    force: bool = False,
    codex_home: Path | None = None,
    codex_bin: Path | None = None,
) -> Renewed:
    """Renew the stored sign-in if its access token ends within *within* seconds, or *force* says so.

    Nothing is sent unless the answer could be stored, and a token is never spent twice: not by ten of
    these at once, and not beside a Codex that runs in the background.

    :raises ActError: it could not be done; `problem` names what stands in the way, `passing` says whether
        the same may succeed a little later.
    :raises Unavailable: something that decides about the sign-in could not be read.
    """
    from codex_checks.acts.here import here
    from codex_checks.acts.renewing import renew

    with here(options(codex_home, codex_bin)) as found:
        return renew(found, within=within, force=force)


def options(codex_home: Path | None, codex_bin: Path | None) -> dict[str, str]:
    """Return which Codex is meant, as `here` wants to be told."""
    named = {"codex-home": codex_home, "codex-bin": codex_bin}
    return {name: str(path) for name, path in named.items() if path is not None}
