"""How a variable that does harm is taken away, wherever it is set."""

from __future__ import annotations

from codex_doctor.fix import Fix, ShellLine, Tell


def unset(variable: str, *, os: str, file: str | None) -> Fix:
    """Return how to unset *variable*, which the shell sets or, where it is given, the environment *file*."""
    if file is not None:
        return Fix(
            summary=f"Take {variable} out of {file}",
            steps=(Tell(text=f"Delete the line with {variable} from {file}; it wins over your shell."),),
        )
    line = f"Remove-Item Env:{variable}" if os == "windows" else f"unset {variable}"
    return Fix(
        summary=f"Unset {variable} in this terminal, and where it is set for all",
        steps=(ShellLine(line=line),),
    )
