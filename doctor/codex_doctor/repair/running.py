"""Run a program whose effect can be taken back by another, or need not be."""

from __future__ import annotations

import shlex
import shutil
from typing import TYPE_CHECKING, Final

from codex_doctor.errors import RepairError
from codex_doctor.repair.handler import Handler, Note, Tools

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.fix import RunCommand

SECONDS: Final = 300.0
"""How long a program may take: it may have something to download."""

_LAST_LINES: Final = 3


def _do(step: RunCommand, tools: Tools) -> None:
    tools.remember({"argv": list(step.argv), "undo": list(step.undo or ())})
    _run(step.argv, tools)


def _undo(note: Note, tools: Tools) -> None:
    if note["undo"]:
        _run(note["undo"], tools)


def _finish(note: Note, _tools: Tools) -> str:
    return f"it is not known whether this ran to its end: {shlex.join(note['argv'])}"


def _run(argv: Sequence[str], tools: Tools) -> None:
    context = tools.context
    program = shutil.which(argv[0], path=context.env.get("PATH"))
    if program is None:
        raise RepairError(f"{argv[0]} was not found", command=shlex.join(argv))
    try:
        ran = context.children.run([program, *argv[1:]], env=context.env, seconds=SECONDS)
    except OSError as error:
        raise RepairError(f"{argv[0]} cannot be started: {error}", command=shlex.join(argv)) from error
    if ran.timed_out:
        raise RepairError(f"{argv[0]} took longer than {SECONDS:g} s and was ended", command=shlex.join(argv))
    if ran.code:
        said = (ran.stderr or ran.stdout).decode("utf-8", "replace").strip().splitlines()[-_LAST_LINES:]
        raise RepairError(f"{argv[0]} failed ({ran.code}): {' / '.join(said)}", command=shlex.join(argv))


RUNNING = Handler(do=_do, undo=_undo, finish=_finish)
