"""Where the variables are set that lead Codex astray, and how one of them is taken away."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - facts are read at run time
from typing import TYPE_CHECKING

from msgspec import Struct, field

from codex_doctor.fix import Fix, ShellLine, Tell, quote

if TYPE_CHECKING:
    from codex_checks.places import Environment


class Origins(Struct, frozen=True, kw_only=True):
    """*names* are all variables that are set, *lines* those that the *file* of Codex sets, by their lines.

    *os* is the system whose shell takes them away.
    """

    names: frozenset[str] = frozenset()
    file: str | None = None
    lines: Mapping[str, int] = field(default_factory=dict[str, int])
    os: str = "linux"

    def where(self, variable: str) -> str:
        """Return in words where *variable* is set: `the environment`, or `/home/me/.codex/.env, line 3`."""
        if self.file is None or variable not in self.lines:
            return "the environment"
        return f"{self.file}, line {self.lines[variable]}"


def origins(surroundings: Environment, *, os: str) -> Origins:
    """Return where the variables of *surroundings* are set."""
    file = None if surroundings.file is None else str(surroundings.file)
    return Origins(names=frozenset(surroundings.variables), file=file, lines=surroundings.lines, os=os)


def unset(variable: str, found: Origins) -> Fix:
    """Return how to be without *variable*: unset in this shell, or with its line in the file commented out.

    Both spellings of a name go, for Codex falls back on the other one.
    """
    if found.file is not None and variable in found.lines:
        return _commented_out(variable, found.file, found)
    other = variable.lower() if variable.isupper() else variable.upper()
    names = [variable, *({other} & found.names - set(found.lines))]
    line = f"Remove-Item Env:{variable}" if found.os == "windows" else f"unset {' '.join(names)}"
    return Fix(summary=f"Do without {variable} in this terminal", steps=(ShellLine(line=line),))


def _commented_out(variable: str, file: str, found: Origins) -> Fix:
    summary = f"Take {variable} out of {found.where(variable)}; it outweighs your shell"
    if found.os == "windows":
        return Fix(summary=summary, steps=(ShellLine(line=f"notepad {quote(file, os=found.os)}"),))
    script = f"s/^ *(export +)?{variable} *=/# &/"
    line = f"sed -i.old -E {quote(script, os=found.os)} {quote(file, os=found.os)}"
    return Fix(summary=summary, steps=(ShellLine(line=line), Tell(text="The old file is kept as .env.old.")))
