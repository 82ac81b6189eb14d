"""Starting the background Codex again as a step of a repair: by its own command, and by no signal of ours.

Seen on Codex 0.169.0: `codex app-server daemon restart` ends the one that runs, up to a minute later where it
is in the middle of a turn, starts a new one, and says so as JSON. There is nothing to take back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.background import LINE
from codex_doctor.errors import RepairError
from codex_doctor.repair.handler import Handler, Note, Tools, known

if TYPE_CHECKING:
    from codex_doctor.fix import Act

COMMAND: Final = ("app-server", "daemon", "restart")

SECONDS: Final = 120.0
"""A turn has a minute to come to its end, and the first start copies the whole package, 375 MB."""

_LAST_LINES: Final = 3


class _Noted(Struct, frozen=True, kw_only=True):
    home: str


def _do(_: Act, tools: Tools) -> None:
    from codex_checks.install.binary import codex
    from codex_checks.places import codex_home
    from codex_doctor.facts import facts

    ctx = tools.context
    home, found = facts(ctx, codex_home, codex)
    tools.remember({"home": str(home.path)})
    env = {**ctx.env, "CODEX_HOME": str(home.path)}
    try:
        ran = ctx.children.run([str(found.path), *COMMAND], env=env, seconds=SECONDS, leaves=True)
    except OSError as error:
        words = f"{found.path} could not be started: {error.strerror or error}"
        raise RepairError(words, command=LINE) from error
    if ran.code != 0:
        how = f"failed ({ran.code})" if ran.code is not None else f"took longer than {SECONDS:g} s"
        said = " / ".join(ran.stderr.decode("utf-8", "replace").strip().splitlines()[-_LAST_LINES:])
        raise RepairError(f"`{LINE}` {how}: {said or 'it said nothing'}", command=LINE, perhaps=True)


def _undo(_note: Note, _tools: Tools) -> None:
    """Do nothing: the one that ran before had nothing that the new one lacks."""


def _finish(note: Note, _tools: Tools) -> str:
    return f"the background Codex of {known(note, _Noted).home} was about to be started again"


HANDLER: Final = Handler(do=_do, undo=_undo, finish=_finish)
