"""Problems of the terminal, and of the pipe in its place: CDX66x."""

from __future__ import annotations

from typing import Final

from codex_doctor.model import Problem, Severity

EXEC_STDIN_HANG: Final = Problem(
    code="CDX660",
    name="exec-stdin-hang",
    area="terminal",
    severity=Severity.WARNING,
    title="A `codex exec` waits for the end of its input, and nobody ends it",
    advice="Start it with `< /dev/null`, or let the program that starts it close its input.",
)

PROBLEMS: Final[tuple[Problem, ...]] = (EXEC_STDIN_HANG,)
