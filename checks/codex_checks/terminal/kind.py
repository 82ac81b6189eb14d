"""Whether a session of Codex can be drawn in this terminal, by what it says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from codex_checks.problems import terminal as problems
from codex_doctor.check import check
from codex_doctor.fix import Fix, ShellLine
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding


class Terminal(Struct, frozen=True, kw_only=True):
    """What TERM says; None where it is not set."""

    term: str | None


@blocking_probe("terminal.kind", touches={Touches.FILES}, limit=0.5)
def terminal(ctx: Context) -> Terminal:
    """Read what the terminal calls itself."""
    return Terminal(term=ctx.env.get("TERM"))


@check(
    "terminal.can-be-drawn-in",
    title="The terminal can show a session of Codex",
    needs=(terminal,),
    reports=(problems.TERMINAL_DUMB,),
)
def can_be_drawn_in(here: Terminal) -> Iterator[Finding]:
    """Report the one kind that Codex refuses (asked of 0.169.0); `codex exec` needs no terminal."""
    if here.term == "dumb":
        yield problems.TERMINAL_DUMB.found(
            "TERM is dumb: `codex` asks whether to go on, and without a terminal to answer in it refuses",
            evidence={"TERM": here.term},
            fix=Fix(
                summary="Say what the terminal can do", steps=(ShellLine(line="export TERM=xterm-256color"),)
            ),
        )
