"""Run a program whose effect can be taken back by another, or need not be."""

from __future__ import annotations

import os
import shlex
import shutil
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_doctor.errors import RepairError
from codex_doctor.repair.handler import Handler, Note, Tools, known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codex_doctor.fix import RunCommand

SECONDS: Final = 300.0
"""How long a program may take: it may have something to download."""

PERHAPS: Final = "It may have changed something by then"

_LAST_LINES: Final = 3


class _Kept(Struct, frozen=True, kw_only=True):
    argv: tuple[str, ...]
    undo: tuple[str, ...]


def _do(step: RunCommand, tools: Tools) -> None:
    tools.remember({"argv": list(step.argv), "undo": list(step.undo or ())})
    _run(step.argv, tools)


def _undo(note: Note, tools: Tools) -> None:
    kept = known(note, _Kept)
    if kept.undo:
        _run(kept.undo, tools)


def _finish(note: Note, _tools: Tools) -> str:
    return f"it is not known whether this ran to its end: {shlex.join(known(note, _Kept).argv)}"


def _run(argv: Sequence[str], tools: Tools) -> None:
    context = tools.context
    program = _found(argv[0], context.env)
    if program is None:
        raise RepairError(f"{argv[0]} was not found", command=shlex.join(argv))
    try:
        ran = context.children.run([program, *argv[1:]], env=context.env, seconds=SECONDS)
    except OSError as error:
        raise RepairError(f"{argv[0]} cannot be started: {error}", command=shlex.join(argv)) from error
    if ran.timed_out:
        words = f"{argv[0]} took longer than {SECONDS:g} s and was ended. {PERHAPS}"
        raise RepairError(words, command=shlex.join(argv), perhaps=True)
    if ran.code:
        said = (ran.stderr or ran.stdout).decode("utf-8", "replace").strip().splitlines()[-_LAST_LINES:]
        words = f"{argv[0]} failed ({ran.code}): {' / '.join(said)}. {PERHAPS}"
        raise RepairError(words, command=shlex.join(argv), perhaps=True)


def _found(name: str, env: Mapping[str, str]) -> str | None:
    """Return the program called *name*, but none that only the working directory holds."""
    folders = [folder for folder in env.get("PATH", "").split(os.pathsep) if os.path.isabs(folder)]  # noqa: PTH117 - text
    found = shutil.which(name, path=os.pathsep.join(folders))
    return found if found is not None and os.path.isabs(found) else None  # noqa: PTH117 - as above


RUNNING = Handler(do=_do, undo=_undo, finish=_finish)
