"""A check of the user's own that runs a program: never through a shell, never from the working directory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from codex_checks.declared import naming
from codex_checks.declared.looking import hide_variables, matches, place, short
from codex_doctor.probe import Probe, Touches, Unavailable, probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codex_checks.declared.looking import Wrong
    from codex_checks.declared.shape import Command
    from codex_doctor.context import Context


class Seen(Struct, frozen=True, kw_only=True):
    """What became of the program.

    *code* is None where it was not done in time, and *error* says why it did not start.
    """

    code: int | None = None
    printed: str = ""
    error: str = ""


def probe_of(asked: Command, id: str) -> Probe[Seen]:
    """Return the probe that runs what is *asked*."""
    touches = {Touches.PROCESSES} if asked.offline else {Touches.PROCESSES, Touches.NETWORK}

    @probe(id, touches=touches, limit=asked.seconds + 1)
    async def look(ctx: Context) -> Seen:
        hide_variables(ctx)
        program = _program(ctx, asked.run[0])
        if program is None:
            return Seen(error="it is not there")
        try:
            ran = await ctx.run([program, *asked.run[1:]], seconds=asked.seconds, cwd=ctx.home)
        except OSError as error:
            return Seen(error=error.strerror or str(error))
        if ran.timed_out and ran.seconds < asked.seconds:
            raise Unavailable("there was no time left to wait for it")
        return Seen(code=ran.code, printed=ran.stdout.decode("utf-8", "replace"))

    return look


def _program(ctx: Context, word: str) -> str | None:
    """Return the program that *word* names, or None; what stands in the working directory is none."""
    if "/" in word or "\\" in word:
        return str(place(ctx, word))
    import shutil

    folders = [each for each in ctx.env.get("PATH", "").split(os.pathsep) if Path(each).is_absolute()]
    return shutil.which(word, path=os.pathsep.join(folders)) if folders else None


def judge_of(asked: Command) -> Callable[[Seen], Iterator[Wrong]]:
    """Return the judgement of what is *asked*."""
    line = naming.line(asked.run)

    def judge(seen: Seen) -> Iterator[Wrong]:
        if seen.error:
            yield f"`{line}` does not start: {seen.error}", {"command": line}
        elif seen.code is None:
            yield f"`{line}` was not done after {asked.seconds:g} s", {"command": line}
        elif seen.code != asked.exit:
            said = f": {short(seen.printed)}" if seen.printed.strip() else ""
            yield f"`{line}` ended with {_end(seen.code)}, not {asked.exit}{said}", {"command": line}
        elif asked.prints is not None and not matches(seen.printed, asked.prints):
            said = short(seen.printed) or "nothing"
            yield f"`{line}` printed {said}, not {asked.prints}", {"command": line}

    return judge


def _end(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"
